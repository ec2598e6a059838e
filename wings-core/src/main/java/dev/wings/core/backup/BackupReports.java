package dev.wings.core.backup;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// Port for results about backups that the Panel must learn (`backups.md` 5.1). When a method
/// returns the result is on disk; it is delivered in the background, across restarts (`threats.md`
/// PN-03). Nobody calls this before the Panel's own request was answered: a result that overtakes
/// it is refused (`panel-remote-api.md` 2.17).
///
/// The futures complete when the Panel has accepted the result, exceptionally when it never will.
public interface BackupReports {
  /// @param result [BackupResult#FAILED] when `successful` is false
  CompletableFuture<Void> backupFinished(
      UUID server, UUID backup, boolean successful, BackupResult result);

  CompletableFuture<Void> restoreFinished(UUID server, UUID backup, boolean successful);

  CompletableFuture<Void> deletionFinished(UUID backup, boolean successful);
}
