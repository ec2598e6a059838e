package dev.wings.core.event;

import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.OperationStatus;
import dev.wings.core.power.ServerState;
import dev.wings.core.upload.UploadEntry;
import dev.wings.core.usage.ResourceUsage;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Everything a server publishes (`websocket.md` 1.8). Immutable.
public sealed interface ServerEvent {
  record StateChanged(ServerState state) implements ServerEvent {}

  record StatsChanged(ResourceUsage usage) implements ServerEvent {}

  record PendingRestart(boolean pending) implements ServerEvent {}

  /// Lines of the throttled console stream and daemon lines with prefix, in order, without line
  /// ends.
  ///
  /// @param skipped lines that were lost before these, in the console pipeline itself; 0 normally
  record ConsoleOutput(List<String> lines, long skipped) implements ServerEvent {}

  /// A notice without prefix; may contain ANSI.
  record DaemonMessage(String text) implements ServerEvent {}

  record InstallStarted() implements ServerEvent {}

  record InstallOutput(List<String> lines) implements ServerEvent {}

  record InstallProgress(long progress, long total, @Nullable String label)
      implements ServerEvent {}

  record InstallCompleted(boolean successful) implements ServerEvent {}

  record ImagePullProgress(String layer, boolean extracting, long processed, long total)
      implements ServerEvent {}

  record ImagePullCompleted(String layer) implements ServerEvent {}

  /// A message for chosen connections only (`websocket.md` 1.11 broadcast).
  ///
  /// @param users receivers, empty for all
  /// @param permissions wire names that the receiver's token must all hold
  record Targeted(List<UUID> users, List<String> permissions, String event, List<String> args)
      implements ServerEvent {}

  /// Sent when an operation starts, and every second while it runs.
  record OperationProgress(OperationStatus status) implements ServerEvent {}

  record OperationCompleted(UUID operation) implements ServerEvent {}

  record OperationAborted(UUID operation) implements ServerEvent {}

  /// @param message for the user
  record OperationFailed(UUID operation, String message) implements ServerEvent {}

  /// All uploads that are known, while some are under way.
  record FileUploads(List<UploadEntry> entries) implements ServerEvent {
    public FileUploads {
      entries = List.copyOf(entries);
    }
  }

  /// A backup is about to be made (`backups.md` 6).
  record BackupStarted(UUID backup) implements ServerEvent {}

  /// @param bytesTotal 0 when unknown
  record BackupProgress(UUID backup, long bytesProcessed, long bytesTotal, long filesProcessed)
      implements ServerEvent {}

  /// @param result [BackupResult#FAILED] when `successful` is false
  record BackupCompleted(UUID backup, boolean successful, BackupResult result)
      implements ServerEvent {}

  record BackupDeleted(UUID backup, boolean successful) implements ServerEvent {}

  /// The files of a backup are about to be written.
  record RestoreStarted() implements ServerEvent {}

  /// @param bytesTotal 0 when unknown
  record RestoreProgress(long bytesProcessed, long bytesTotal, long filesProcessed)
      implements ServerEvent {}

  record RestoreCompleted(boolean successful) implements ServerEvent {}

  /// The server is being deleted; subscribers let go of it.
  record Deleted() implements ServerEvent {}
}
