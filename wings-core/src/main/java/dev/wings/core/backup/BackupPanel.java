package dev.wings.core.backup;

import java.util.UUID;

/// What the daemon says to and asks of the Panel about backups (`panel-remote-api.md` 2.16 to
/// 2.21). Each result method is one attempt, which [BackupReports] repeats.
public interface BackupPanel extends PartSource, ResticSource {
  /// @param result [BackupResult#FAILED] when `successful` is false
  /// @throws dev.wings.core.panel.PanelException when the Panel refuses or does not answer
  void reportBackup(UUID backup, boolean successful, BackupResult result);

  /// @throws dev.wings.core.panel.PanelException when the Panel refuses or does not answer; 417
  ///   also as long as it has not committed its own request for the restore
  void reportRestore(UUID server, UUID backup, boolean successful);

  /// @throws dev.wings.core.panel.PanelException when the Panel refuses or does not answer
  void reportDeletion(UUID backup, boolean successful);
}
