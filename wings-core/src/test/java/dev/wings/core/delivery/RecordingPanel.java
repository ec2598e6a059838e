package dev.wings.core.delivery;

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
import dev.wings.core.testing.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A Panel that notes when it is called, and refuses what the test wants refused.
final class RecordingPanel implements PanelClient {
  private final ManualClock clock;
  private final long start;
  private final List<Duration> calls = new ArrayList<>();
  private final List<List<Activity>> batches = new ArrayList<>();
  private final List<Result> results = new ArrayList<>();
  private final List<BackupCall> backupCalls = new ArrayList<>();
  private Refusals<BackupCall> backupRefusals = _ -> null;
  private Refusals<Result> resultRefusals = _ -> null;
  private Refusals<List<Activity>> batchRefusals = _ -> null;

  record Result(UUID server, boolean successful, boolean reinstall) {}

  record BackupCall(String kind, UUID backup, boolean successful, BackupResult result) {}

  /// Decides about a call; null accepts it.
  @FunctionalInterface
  interface Refusals<T> {
    @Nullable PanelException of(T call);
  }

  RecordingPanel(ManualClock clock) {
    this.clock = clock;
    this.start = clock.nanos();
  }

  static PanelException refusal(int status) {
    return new PanelException(status, List.of(), null);
  }

  static PanelException tooMany(Duration retryAfter) {
    return new PanelException(429, List.of(), retryAfter, null);
  }

  synchronized void refuseResults(Refusals<Result> refusals) {
    resultRefusals = refusals;
  }

  synchronized void refuseBatches(Refusals<List<Activity>> refusals) {
    batchRefusals = refusals;
  }

  synchronized void refuseBackups(Refusals<BackupCall> refusals) {
    backupRefusals = refusals;
  }

  /// Results about backups that were accepted.
  synchronized List<BackupCall> backupCalls() {
    return List.copyOf(backupCalls);
  }

  private synchronized void backup(BackupCall call) {
    calls.add(elapsed());
    PanelException refusal = backupRefusals.of(call);
    if (refusal != null) {
      throw refusal;
    }
    backupCalls.add(call);
  }

  @Override
  public void reportBackup(UUID backup, boolean successful, BackupResult result) {
    backup(new BackupCall("backup", backup, successful, result));
  }

  @Override
  public void reportRestore(UUID server, UUID backup, boolean successful) {
    backup(new BackupCall("restore", backup, successful, BackupResult.FAILED));
  }

  @Override
  public void reportDeletion(UUID backup, boolean successful) {
    backup(new BackupCall("deletion", backup, successful, BackupResult.FAILED));
  }

  @Override
  public PartUrls parts(UUID backup, int fromPart) {
    throw new UnsupportedOperationException();
  }

  @Override
  public PartUrls allParts(UUID backup, long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ResticRepository restic(UUID backup) {
    throw new UnsupportedOperationException();
  }

  /// Times of all calls since the panel was made.
  synchronized List<Duration> calls() {
    return List.copyOf(calls);
  }

  /// Batches that were accepted.
  synchronized List<List<Activity>> batches() {
    return List.copyOf(batches);
  }

  /// Events that were accepted.
  synchronized List<Activity> events() {
    return batches.stream().flatMap(List::stream).toList();
  }

  synchronized List<Result> results() {
    return List.copyOf(results);
  }

  Duration elapsed() {
    return Duration.ofNanos(clock.nanos() - start);
  }

  @Override
  public synchronized void reportInstallation(UUID server, boolean successful, boolean reinstall) {
    calls.add(elapsed());
    Result result = new Result(server, successful, reinstall);
    PanelException refusal = resultRefusals.of(result);
    if (refusal != null) {
      throw refusal;
    }
    results.add(result);
  }

  @Override
  public synchronized void reportActivity(List<Activity> batch) {
    calls.add(elapsed());
    PanelException refusal = batchRefusals.of(batch);
    if (refusal != null) {
      throw refusal;
    }
    batches.add(List.copyOf(batch));
  }

  @Override
  public List<ServerDefinition> servers() {
    return List.of();
  }

  @Override
  public Optional<ServerDefinition> server(UUID server) {
    return Optional.empty();
  }

  @Override
  public SftpAccess sftpAuth(SftpAttempt attempt) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resetServers() {}

  @Override
  public InstallationScript installationScript(UUID server) {
    return new InstallationScript("", "", "", Map.of());
  }
}
