package dev.wings.core.panel;

import dev.wings.core.activity.Activity;
import dev.wings.core.backup.BackupPanel;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Calls to the Panel (`panel-remote-api.md` 2). Methods block; they throw [PanelException] when
/// the Panel refuses or cannot be reached after the retries that the document prescribes. Each
/// result method is one attempt: the outbox repeats it.
public interface PanelClient extends BackupPanel {
  /// All servers of this node, every page.
  List<ServerDefinition> servers();

  /// One server; empty when it does not belong to this node.
  Optional<ServerDefinition> server(UUID server);

  /// Tells that the node (re)started.
  void resetServers();

  InstallationScript installationScript(UUID server);

  void reportInstallation(UUID server, boolean successful, boolean reinstall);

  void reportActivity(List<Activity> batch);

  /// Asks whether somebody may log in by SSH or SFTP. Somebody waits for the answer, so what the
  /// Panel does not answer soon is given up.
  ///
  /// @throws PanelException when the Panel refuses; it does not say whether the secret was wrong
  ///   when [PanelException#unavailable] is true
  SftpAccess sftpAuth(SftpAttempt attempt);
}
