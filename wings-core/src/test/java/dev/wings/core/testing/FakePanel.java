package dev.wings.core.testing;

import dev.wings.core.activity.Activity;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.panel.SftpAttempt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A Panel that answers from memory.
public final class FakePanel implements PanelClient {
  /// Where calls can be made to wait or fail.
  public enum Call {
    SERVERS,
    SERVER,
    RESET,
    SCRIPT,
    LOGIN,
    BACKUP
  }

  /// One reported result about a backup.
  ///
  /// @param kind `backup`, `restore` or `deletion`
  /// @param result of a creation, of others [BackupResult#FAILED]
  public record BackupReport(String kind, UUID backup, boolean successful, BackupResult result) {}

  /// One reported installation.
  public record InstallationReport(UUID server, boolean successful, boolean reinstall) {}

  private final Gates<Call> gates = new Gates<>();
  private final Map<UUID, ServerDefinition> definitions = new LinkedHashMap<>();
  private final CopyOnWriteArrayList<Call> calls = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<InstallationReport> reports = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<BackupReport> backupReports = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<SftpAttempt> attempts = new CopyOnWriteArrayList<>();
  private final Map<String, SftpAccess> logins = new ConcurrentHashMap<>();
  private volatile InstallationScript script =
      new InstallationScript("installer:1", "sh", "echo installed", Map.of());

  public Gates<Call> gates() {
    return gates;
  }

  /// All calls fail as if nobody answered.
  public void away(boolean away) {
    for (Call call : Call.values()) {
      gates.fail(call, away ? new PanelException(0, List.of(), null) : null);
    }
  }

  public synchronized void put(ServerDefinition definition) {
    definitions.put(definition.uuid(), definition);
  }

  public synchronized void remove(UUID server) {
    definitions.remove(server);
  }

  public void script(InstallationScript newScript) {
    script = newScript;
  }

  public List<Call> calls() {
    return List.copyOf(calls);
  }

  public List<InstallationReport> reports() {
    return List.copyOf(reports);
  }

  private void call(Call call) {
    calls.add(call);
    gates.pass(call);
  }

  @Override
  public List<ServerDefinition> servers() {
    call(Call.SERVERS);
    synchronized (this) {
      return List.copyOf(definitions.values());
    }
  }

  @Override
  public Optional<ServerDefinition> server(UUID server) {
    call(Call.SERVER);
    synchronized (this) {
      return Optional.ofNullable(definitions.get(server));
    }
  }

  @Override
  public void resetServers() {
    call(Call.RESET);
  }

  @Override
  public InstallationScript installationScript(UUID server) {
    call(Call.SCRIPT);
    return script;
  }

  @Override
  public void reportInstallation(UUID server, boolean successful, boolean reinstall) {
    reports.add(new InstallationReport(server, successful, reinstall));
  }

  /// Results about backups that were accepted.
  public List<BackupReport> backupReports() {
    return List.copyOf(backupReports);
  }

  @Override
  public void reportBackup(UUID backup, boolean successful, BackupResult result) {
    call(Call.BACKUP);
    backupReports.add(new BackupReport("backup", backup, successful, result));
  }

  @Override
  public void reportRestore(UUID server, UUID backup, boolean successful) {
    call(Call.BACKUP);
    backupReports.add(new BackupReport("restore", backup, successful, BackupResult.FAILED));
  }

  @Override
  public void reportDeletion(UUID backup, boolean successful) {
    call(Call.BACKUP);
    backupReports.add(new BackupReport("deletion", backup, successful, BackupResult.FAILED));
  }

  @Override
  public PartUrls parts(UUID backup, int fromPart) {
    throw new PanelException(417, List.of("backup is not on s3"), null);
  }

  @Override
  public PartUrls allParts(UUID backup, long size) {
    throw new PanelException(405, List.of(), null);
  }

  @Override
  public ResticRepository restic(UUID backup) {
    throw new PanelException(417, List.of("backup is not on restic"), null);
  }

  @Override
  public void reportActivity(List<Activity> batch) {}

  /// What a secret opens from now on, whatever its kind.
  public void login(String userName, String secret, SftpAccess access) {
    logins.put(userName + '\n' + secret, access);
  }

  public List<SftpAttempt> attempts() {
    return List.copyOf(attempts);
  }

  @Override
  public SftpAccess sftpAuth(SftpAttempt attempt) {
    attempts.add(attempt);
    call(Call.LOGIN);
    SftpAccess access = logins.get(attempt.userName() + '\n' + attempt.secret());
    if (access == null) {
      throw new PanelException(417, List.of("user not found"), null);
    }
    return access;
  }
}
