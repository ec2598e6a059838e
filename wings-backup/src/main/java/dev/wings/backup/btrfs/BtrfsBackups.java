package dev.wings.backup.btrfs;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.tree.OpenTree;
import dev.wings.backup.tree.SnapshotRecords;
import dev.wings.backup.tree.TreeBackup;
import dev.wings.backup.tree.TreeSize;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.Progress;
import dev.wings.fs.AtomicFiles;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.host.Commands;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.WorkCrew;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps each backup as a snapshot `<backup directory>/btrfs/<uuid>/subvolume` beside the ignore
/// list that says what of it belongs to the backup (`backups.md` 18). The list is written last, so
/// a snapshot without one is no backup; and nothing is a backup whose snapshot is gone. So a
/// process that ends anywhere leaves a backup that is complete, or something that [#discard]
/// removes.
public final class BtrfsBackups implements BackupDriver {
  static final String SUBVOLUME = "subvolume";
  private static final String KIND = "btrfs";
  private static final String CHECKSUM_TYPE = "btrfs-subvolume";

  /// Snapshots that were being sent to another node.
  private static final String SENDING = ".send-*";

  private static final Logger log = LoggerFactory.getLogger(BtrfsBackups.class);

  private final SnapshotRecords records;
  private final BtrfsPlace place;
  private final Btrfs btrfs;
  private final TreeBackup.Reading reading;

  /// @param backups the backup directory
  /// @param archives shared with whoever makes archives on this node
  public BtrfsBackups(Path backups, Commands commands, ArchiveWriter archives, LiveConfig config) {
    this(backups, new BtrfsPlace(), commands, archives, config);
  }

  BtrfsBackups(
      Path backups,
      BtrfsPlace place,
      Commands commands,
      ArchiveWriter archives,
      LiveConfig config) {
    this.records = new SnapshotRecords(requireNonNull(backups, "backups").resolve(KIND));
    this.place = place;
    this.btrfs = new Btrfs(commands);
    this.reading =
        new TreeBackup.Reading(
            archives, config, current -> current.system().backups().btrfs().restoreThreads());
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.BTRFS;
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    UUID backup = creation.backup();
    place.require(creation.server(), Path.of(creation.hostPath()), records.directory());
    if (exists(backup)) {
      throw WingsException.conflict("backup already exists");
    }
    discard(backup);
    Path directory = records.make(backup);
    Path snapshot = directory.resolve(SUBVOLUME);
    boolean readOnly = reading.config().current().system().backups().btrfs().createReadOnly();
    btrfs.snapshot(creation.hostPath(), snapshot, readOnly, creation.progress());
    String checksum = identify(snapshot).checksum();
    TreeSize size = measure(creation, snapshot);
    show(directory, creation.ignoreText());
    return new BackupResult(
        CHECKSUM_TYPE,
        checksum,
        size.bytes(),
        size.files(),
        /* browsable= */ true,
        /* streaming= */ true,
        List.of());
  }

  /// A backup whose checksum is unknown is still one.
  private Btrfs.Identity identify(Path snapshot) {
    try {
      return btrfs.identify(snapshot);
    } catch (IOException unknown) {
      log.atWarn().setCause(unknown).log("a new snapshot cannot be identified");
      return Btrfs.Identity.UNKNOWN;
    }
  }

  private static TreeSize measure(Creation creation, Path snapshot) throws IOException {
    try (OpenTree tree = OpenTree.of(Sandbox.open(snapshot), creation.filter(), () -> {})) {
      return TreeSize.measure(
          tree.root(), creation.filter(), WorkCrew.threads(0), creation.progress());
    }
  }

  /// The step that makes a backup of what is there.
  private static void show(Path directory, String ignoreText) throws IOException {
    Path ignored = directory.resolve(SnapshotRecords.IGNORED);
    boolean done = false;
    try {
      AtomicFiles.replace(ignored, ignoreText);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(ignored);
      }
    }
  }

  private boolean exists(UUID backup) throws IOException {
    return records.has(backup, SnapshotRecords.IGNORED)
        && SnapshotRecords.isDirectory(records.of(backup).resolve(SUBVOLUME));
  }

  @Override
  public Optional<StoredBackup> find(UUID backup) throws IOException {
    return exists(backup)
        ? Optional.of(
            new TreeBackup(backup, new BtrfsSnapshot(backup, records, this, btrfs), reading))
        : Optional.empty();
  }

  @Override
  public void discard(UUID backup) throws IOException {
    if (!exists(backup)) {
      delete(backup, new Progress());
    }
  }

  /// Removes whatever there is. The snapshot goes first and at once, and the backup with it.
  void delete(UUID backup, Progress progress) throws IOException {
    Path directory = records.of(backup);
    if (!SnapshotRecords.isDirectory(directory)) {
      return;
    }
    deleteSubvolume(directory.resolve(SUBVOLUME), progress);
    deleteSending(directory, progress);
    records.remove(backup);
  }

  /// A copy of a snapshot that somebody made with other programs is a plain directory.
  private void deleteSubvolume(Path subvolume, Progress progress) throws IOException {
    if (place.isSubvolume(subvolume)) {
      btrfs.delete(subvolume, progress);
    }
  }

  private void deleteSending(Path directory, Progress progress) throws IOException {
    try (DirectoryStream<Path> sending = Files.newDirectoryStream(directory, SENDING)) {
      for (Path each : sending) {
        deleteSubvolume(each.resolve(SUBVOLUME), progress);
        SnapshotRecords.removeTree(each);
      }
    }
  }

  /// What cannot be removed now is tried again at the next start.
  @Override
  public void recover() throws IOException {
    List<UUID> all = records.all();
    for (UUID backup : all) {
      try {
        if (exists(backup)) {
          deleteSending(records.of(backup), new Progress());
        } else {
          discard(backup);
          log.atInfo().addKeyValue("backup", backup).log("an unfinished snapshot was removed");
        }
      } catch (IOException stays) {
        log.atWarn()
            .addKeyValue("backup", backup)
            .setCause(stays)
            .log("what is left of a snapshot cannot be removed");
      }
    }
    if (!all.isEmpty()) {
      btrfs.destroyStale(records.directory());
    }
  }
}
