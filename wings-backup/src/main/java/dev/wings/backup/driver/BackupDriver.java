package dev.wings.backup.driver;

import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/// One way of keeping backups (`backups.md` 15 to 22). Safe for use by many threads; whoever calls
/// sees to it that a backup is not made, restored or deleted by two at a time. It may be looked
/// for, looked into and downloaded at any time, also while it is being deleted.
public interface BackupDriver {
  BackupAdapter adapter();

  /// Whether this node alone can tell at once if a backup exists.
  default boolean keepsOnNode() {
    return true;
  }

  /// Makes a backup. When this returns it is complete and durable; before that [#find] does not see
  /// it.
  ///
  /// @throws dev.wings.core.operation.OperationAbortedException when it was cancelled
  /// @throws dev.wings.core.WingsException when it cannot be made here, with the reason
  /// @throws IOException when something failed. Whatever failed: nothing is left that [#find] would
  ///   see, and what is left otherwise goes with [#discard]
  BackupResult create(Creation creation) throws IOException;

  /// Looks a backup up. Creates nothing.
  ///
  /// @throws IOException when it cannot be told whether it exists
  Optional<StoredBackup> find(UUID backup) throws IOException;

  /// Removes what an interrupted or failed creation left: files, snapshots, uploads, locks.
  /// Idempotent; does nothing when there is nothing.
  void discard(UUID backup) throws IOException;

  /// Called once at each start of the daemon, before anything else: removes what earlier processes
  /// left behind that belongs to no backup.
  default void recover() throws IOException {}
}
