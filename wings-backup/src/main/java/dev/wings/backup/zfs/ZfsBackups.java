package dev.wings.backup.zfs;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.transfer.Pace;
import dev.wings.backup.tree.OpenTree;
import dev.wings.backup.tree.SnapshotRecords;
import dev.wings.backup.tree.TreeBackup;
import dev.wings.backup.tree.TreeSize;
import dev.wings.backup.zfs.Zfs.Dataset;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.Progress;
import dev.wings.fs.AtomicFiles;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.Commands;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.WorkCrew;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps each backup as a snapshot `<dataset>@backup-<uuid>`, and in `<backup
/// directory>/zfs/<uuid>` the name of the dataset and the ignore list (`backups.md` 19).
///
/// The name is in a file called `pending` until the snapshot is made, and gets its own name last. A
/// backup is what has that file and a snapshot. So a process that ends anywhere leaves a backup
/// that is complete, or something that [#discard] removes; and what other daemons left half done is
/// not taken for a backup.
public final class ZfsBackups implements BackupDriver {
  private static final String KIND = "zfs";
  private static final String CHECKSUM_TYPE = "zfs-snapshot";
  private static final String DATASET = "dataset";
  private static final String PENDING = "pending";
  private static final Logger log = LoggerFactory.getLogger(ZfsBackups.class);

  private final SnapshotRecords records;
  private final Zfs zfs;
  private final ZfsViews views;
  private final TreeBackup.Reading reading;

  /// @param backups the backup directory
  /// @param archives shared with whoever makes archives on this node
  public ZfsBackups(Path backups, Commands commands, ArchiveWriter archives, LiveConfig config) {
    this(backups, commands, archives, config, Thread::sleep);
  }

  ZfsBackups(
      Path backups,
      Commands commands,
      ArchiveWriter archives,
      LiveConfig config,
      Pace.Sleeper sleeper) {
    this.records =
        new SnapshotRecords(requireNonNull(backups, "backups").toAbsolutePath().resolve(KIND));
    this.zfs = new Zfs(commands, sleeper);
    this.views = new ZfsViews(zfs, records);
    this.reading =
        new TreeBackup.Reading(
            archives, config, current -> current.system().backups().zfs().restoreThreads());
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.ZFS;
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    UUID backup = creation.backup();
    String dataset = require(creation);
    if (find(backup).isPresent()) {
      throw WingsException.conflict("backup already exists");
    }
    discard(backup);
    Path directory = records.make(backup);
    AtomicFiles.replace(directory.resolve(SnapshotRecords.IGNORED), creation.ignoreText());
    AtomicFiles.replace(directory.resolve(PENDING), dataset);
    zfs.snapshot(ZfsViews.snapshot(dataset, backup), creation.progress());
    TreeSize size = measure(creation, dataset);
    show(directory);
    return new BackupResult(
        CHECKSUM_TYPE,
        dataset,
        size.bytes(),
        size.files(),
        /* browsable= */ true,
        /* streaming= */ true,
        List.of());
  }

  /// The dataset of a server, which must be its own.
  private String require(Creation creation) throws IOException {
    Path volume = Path.of(creation.hostPath());
    Optional<Dataset> found;
    try {
      found = zfs.dataset(creation.hostPath());
    } catch (CommandException notZfs) {
      throw WingsException.impossible(
          "zfs backups need the servers' files on ZFS (system.data): "
              + notZfs.errors().strip().replace(creation.hostPath(), "the server's directory"));
    }
    boolean own = found.isPresent() && isAt(found.get().mountpoint(), volume);
    if (!own) {
      throw WingsException.impossible(
          "the files of this server are a plain directory and no ZFS dataset of their own: set"
              + " system.disk_limiter_mode to zfs_dataset, stop the daemon and run: wings"
              + " migrate-disk-limiter --mode zfs --server "
              + creation.server());
    }
    return found.get().name();
  }

  private static boolean isAt(String mountpoint, Path volume) throws IOException {
    Path point = Path.of(mountpoint);
    return point.isAbsolute()
        && Files.exists(point)
        && point.toRealPath().equals(volume.toRealPath());
  }

  /// Of the snapshot where it can be seen at once, else of the files that it was made of.
  private TreeSize measure(Creation creation, String dataset) throws IOException {
    Optional<Sandbox> shown = views.shown(dataset, creation.backup());
    try {
      Path root = shown.map(sandbox -> sandbox.getPath("/")).orElse(creation.root());
      return TreeSize.measure(root, creation.filter(), WorkCrew.threads(0), creation.progress());
    } finally {
      shown.ifPresent(Sandbox::close);
    }
  }

  /// The step that makes a backup of what is there.
  private static void show(Path directory) throws IOException {
    Path shown = directory.resolve(DATASET);
    boolean done = false;
    try {
      Files.move(directory.resolve(PENDING), shown, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.syncDirectory(directory);
      done = true;
    } finally {
      if (!done && Files.exists(shown)) {
        Files.move(shown, directory.resolve(PENDING), StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  @Override
  public Optional<StoredBackup> find(UUID backup) throws IOException {
    Optional<String> dataset = dataset(backup, DATASET);
    return dataset.isPresent() && exists(backup, dataset.get())
        ? Optional.of(new TreeBackup(backup, new ZfsSnapshot(backup, dataset.get(), this), reading))
        : Optional.empty();
  }

  /// A name that was written down; one that cannot be a dataset's is none.
  private Optional<String> dataset(UUID backup, String file) throws IOException {
    return records
        .read(backup, file)
        .map(String::strip)
        .filter(name -> name.matches("[A-Za-z0-9][A-Za-z0-9 _.:/-]*"));
  }

  boolean exists(UUID backup, String dataset) throws IOException {
    return zfs.exists(ZfsViews.snapshot(dataset, backup));
  }

  OpenTree open(UUID backup, String dataset) throws IOException {
    ZfsViews.View view = views.open(dataset, backup);
    boolean done = false;
    try {
      OpenTree tree = OpenTree.of(view.sandbox(), records.hidden(backup), view.end());
      done = true;
      return tree;
    } finally {
      if (!done) {
        view.sandbox().close();
        view.end().close();
      }
    }
  }

  @Override
  public void discard(UUID backup) throws IOException {
    if (!SnapshotRecords.isDirectory(records.of(backup)) || find(backup).isPresent()) {
      return;
    }
    Optional<String> pending = dataset(backup, PENDING);
    delete(backup, pending.isPresent() ? pending : dataset(backup, DATASET), new Progress());
  }

  /// Removes whatever there is. The snapshot goes first, and the backup with it.
  ///
  /// @param dataset empty when nobody knows it, and only what was written down is removed
  void delete(UUID backup, Optional<String> dataset, Progress progress) throws IOException {
    if (!SnapshotRecords.isDirectory(records.of(backup))) {
      return;
    }
    if (dataset.isPresent()) {
      views.end(dataset.get(), backup, progress);
      zfs.destroySnapshot(ZfsViews.snapshot(dataset.get(), backup), progress);
    }
    removeRecord(backup);
  }

  /// Never goes into a view that somebody still reads, which is mounted there.
  private void removeRecord(UUID backup) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(records.of(backup))) {
      for (Path file : files) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.delete(file);
        }
      }
    }
    views.removePlace(backup);
    AtomicFiles.syncDirectory(records.directory());
  }

  /// What cannot be removed now is tried again at the next start.
  @Override
  public void recover() throws IOException {
    List<UUID> all = records.all();
    if (all.isEmpty()) {
      return; // a node that has nothing to do with ZFS
    }
    try {
      views.recover();
    } catch (IOException stays) {
      log.atWarn().setCause(stays).log("views of snapshots cannot be removed");
    }
    for (UUID backup : all) {
      try {
        recover(backup);
      } catch (IOException stays) {
        log.atWarn()
            .addKeyValue("backup", backup)
            .setCause(stays)
            .log("what is left of a snapshot cannot be removed");
      }
    }
  }

  /// A backup of a whole dataset that is missing stays: somebody may bring the dataset back.
  private void recover(UUID backup) throws IOException {
    Optional<String> whole = dataset(backup, DATASET);
    if (whole.isPresent() && (exists(backup, whole.get()) || zfs.dataset(whole.get()).isEmpty())) {
      return;
    }
    discard(backup);
    log.atInfo().addKeyValue("backup", backup).log("an unfinished snapshot was removed");
  }
}
