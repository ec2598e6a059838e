package dev.wings.backup.tree;

import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/// What a [TreeBackup] needs of the driver that keeps it.
public interface KeptTree {
  BackupAdapter adapter();

  /// The server it was made of, when that is known.
  Optional<UUID> server();

  /// Opens the files for reading.
  ///
  /// @return closed by the caller
  OpenTree open() throws IOException;

  /// As [dev.wings.backup.driver.StoredBackup#check].
  void check(Optional<String> expected, Progress progress) throws IOException;

  /// As [dev.wings.backup.driver.StoredBackup#delete].
  void delete(Progress progress) throws IOException;
}
