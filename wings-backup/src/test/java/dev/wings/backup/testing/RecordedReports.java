package dev.wings.backup.testing;

import dev.wings.core.backup.BackupReports;
import dev.wings.core.backup.BackupResult;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// A Panel that accepts every result at once and remembers it.
public final class RecordedReports implements BackupReports {
  public sealed interface Report {}

  public record Created(UUID server, UUID backup, boolean successful, BackupResult result)
      implements Report {}

  public record Restored(UUID server, UUID backup, boolean successful) implements Report {}

  public record Deleted(UUID backup, boolean successful) implements Report {}

  private final CopyOnWriteArrayList<Report> reports = new CopyOnWriteArrayList<>();
  private volatile CompletableFuture<Void> answer = CompletableFuture.completedFuture(null);

  /// Later reports are accepted when this completes.
  public void willAnswer(CompletableFuture<Void> later) {
    answer = later;
  }

  public List<Report> all() {
    return List.copyOf(reports);
  }

  @Override
  public CompletableFuture<Void> backupFinished(
      UUID server, UUID backup, boolean successful, BackupResult result) {
    reports.add(new Created(server, backup, successful, result));
    return answer;
  }

  @Override
  public CompletableFuture<Void> restoreFinished(UUID server, UUID backup, boolean successful) {
    reports.add(new Restored(server, backup, successful));
    return answer;
  }

  @Override
  public CompletableFuture<Void> deletionFinished(UUID backup, boolean successful) {
    reports.add(new Deleted(backup, successful));
    return answer;
  }
}
