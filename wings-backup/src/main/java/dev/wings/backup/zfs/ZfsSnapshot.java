package dev.wings.backup.zfs;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.tree.KeptTree;
import dev.wings.backup.tree.OpenTree;
import dev.wings.backup.tree.SnapshotRecords;
import dev.wings.backup.zfs.Zfs.Dataset;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/// One snapshot that is a backup.
final class ZfsSnapshot implements KeptTree {
  private static final String SERVER_PREFIX = "server-";

  private final UUID backup;
  private final String dataset;
  private final ZfsBackups backups;

  ZfsSnapshot(UUID backup, String dataset, ZfsBackups backups) {
    this.backup = backup;
    this.dataset = dataset;
    this.backups = backups;
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.ZFS;
  }

  /// Only the last part of the name counts: a pool may be called `server-` as well.
  @Override
  public Optional<UUID> server() {
    String last = Dataset.last(dataset);
    return last.startsWith(SERVER_PREFIX)
        ? SnapshotRecords.canonical(last.substring(SERVER_PREFIX.length()))
        : Optional.empty();
  }

  @Override
  public OpenTree open() throws IOException {
    return backups.open(backup, dataset);
  }

  @Override
  public void check(Optional<String> expected, Progress progress) throws IOException {
    if (expected.isPresent() && !expected.get().equals(dataset)) {
      throw new DamagedBackupException(
          "the snapshot is said to be of %s, not of %s".formatted(dataset, expected.get()));
    }
    if (!backups.exists(backup, dataset)) {
      throw new DamagedBackupException("the snapshot is missing");
    }
  }

  @Override
  public void delete(Progress progress) throws IOException {
    backups.delete(backup, Optional.of(dataset), progress);
  }
}
