package dev.wings.backup.btrfs;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.tree.KeptTree;
import dev.wings.backup.tree.OpenTree;
import dev.wings.backup.tree.SnapshotRecords;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One snapshot that is a backup.
final class BtrfsSnapshot implements KeptTree {
  private static final Logger log = LoggerFactory.getLogger(BtrfsSnapshot.class);

  private final UUID backup;
  private final SnapshotRecords records;
  private final BtrfsBackups backups;
  private final Btrfs btrfs;

  BtrfsSnapshot(UUID backup, SnapshotRecords records, BtrfsBackups backups, Btrfs btrfs) {
    this.backup = backup;
    this.records = records;
    this.backups = backups;
    this.btrfs = btrfs;
  }

  private Path directory() {
    return records.of(backup).resolve(BtrfsBackups.SUBVOLUME);
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.BTRFS;
  }

  @Override
  public Optional<UUID> server() {
    return Optional.empty(); // a snapshot does not tell
  }

  @Override
  public OpenTree open() throws IOException {
    return OpenTree.of(Sandbox.open(directory()), records.hidden(backup), () -> {});
  }

  /// The generation is not compared: balancing the file system changes it.
  @Override
  public void check(Optional<String> expected, Progress progress) throws IOException {
    if (!SnapshotRecords.isDirectory(directory())) {
      throw new DamagedBackupException("the snapshot is missing");
    }
    Optional<String> uuid = expected.flatMap(Btrfs.Identity::uuidOf);
    if (uuid.isEmpty()) {
      return;
    }
    String found;
    try {
      found = btrfs.identify(directory()).uuid();
    } catch (CommandException unknown) {
      throw new DamagedBackupException("the snapshot is no subvolume: " + unknown.getMessage());
    } catch (IOException noProgram) {
      log.atWarn().addKeyValue("backup", backup).setCause(noProgram).log("snapshot is not checked");
      return;
    }
    if (!found.equals(uuid.get())) {
      throw new DamagedBackupException(
          "the snapshot is another one: its UUID is " + found + ", not " + uuid.get());
    }
  }

  @Override
  public void delete(Progress progress) throws IOException {
    backups.delete(backup, progress);
  }
}
