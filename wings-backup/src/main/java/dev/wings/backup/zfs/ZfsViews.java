package dev.wings.backup.zfs;

import dev.wings.backup.tree.SnapshotRecords;
import dev.wings.backup.zfs.Zfs.Dataset;
import dev.wings.core.operation.Progress;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the files of snapshots readable. OpenZFS shows them below `.zfs` in the file system they
/// are of. zfs-fuse does not (`backups.md` C.6): there a read-only clone shows them,
/// `<parent>/wings-view-<backup uuid>`, which all readers of one backup share and which goes with
/// the last of them.
final class ZfsViews {
  private static final String PREFIX = "wings-view-";
  private static final String VIEW = "view";
  private static final Logger log = LoggerFactory.getLogger(ZfsViews.class);

  private final Zfs zfs;
  private final SnapshotRecords records;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<UUID, Clone> clones = new HashMap<>(); // guarded by lock

  /// A clone, or the place of one. What happens to it is guarded by its own lock.
  private static final class Clone {
    final ReentrantLock lock = new ReentrantLock();
    int readers;
  }

  ZfsViews(Zfs zfs, SnapshotRecords records) {
    this.zfs = zfs;
    this.records = records;
  }

  static String snapshot(String dataset, UUID backup) {
    return dataset + "@" + snapshotName(backup);
  }

  private static String snapshotName(UUID backup) {
    return "backup-" + backup;
  }

  private static String cloneName(String dataset, UUID backup) {
    return Dataset.parent(dataset) + "/" + PREFIX + backup;
  }

  private Path place(UUID backup) {
    return records.of(backup).resolve(VIEW);
  }

  /// A directory that is being read.
  ///
  /// @param end called once the sandbox is closed
  record View(Sandbox sandbox, Closeable end) {}

  /// Opens the files of a snapshot that exists.
  View open(String dataset, UUID backup) throws IOException {
    Optional<Sandbox> shown = shown(dataset, backup);
    return shown.isPresent() ? new View(shown.get(), () -> {}) : openClone(dataset, backup);
  }

  /// The files where OpenZFS shows them. A server can make directories of the same names where they
  /// are not shown, but not mount anything there: what is no mount of its own is not believed.
  Optional<Sandbox> shown(String dataset, UUID backup) throws IOException {
    Optional<Dataset> found = zfs.dataset(dataset);
    if (found.isEmpty() || !found.get().mountpoint().startsWith("/")) {
      return Optional.empty();
    }
    int flags = Linux.O_PATH | Linux.oDirectory() | Linux.oNofollow();
    try (Descriptor top = Linux.open(found.get().mountpoint(), flags);
        Descriptor control = Linux.openat(top, bytes(".zfs"), flags, 0);
        Descriptor snapshots = Linux.openat(control, bytes("snapshot"), flags, 0)) {
      int reading = Linux.O_RDONLY | Linux.oDirectory() | Linux.oNofollow(); // mounts it
      Descriptor files = Linux.openat(snapshots, bytes(snapshotName(backup)), reading, 0);
      if (Linux.statx(files).sameMount(Linux.statx(top))) {
        files.close();
        return Optional.empty();
      }
      Sandbox sandbox = Sandbox.closed(SandboxOptions.defaults());
      sandbox.open(files);
      return Optional.of(sandbox);
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
        return Optional.empty();
      }
      throw e.forFile(found.get().mountpoint() + "/.zfs/snapshot/" + snapshotName(backup));
    }
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  private Clone clone(UUID backup) {
    lock.lock();
    try {
      return clones.computeIfAbsent(backup, _ -> new Clone());
    } finally {
      lock.unlock();
    }
  }

  private View openClone(String dataset, UUID backup) throws IOException {
    Clone clone = clone(backup);
    clone.lock.lock();
    try {
      if (clone.readers == 0) {
        destroyClone(dataset, backup, new Progress()); // one that an earlier process has left
        zfs.cloneAt(snapshot(dataset, backup), cloneName(dataset, backup), place(backup));
      }
      Sandbox sandbox;
      try {
        sandbox = Sandbox.open(place(backup));
      } catch (IOException | RuntimeException unreadable) {
        if (clone.readers == 0) {
          endClone(dataset, backup, new Progress());
        }
        throw unreadable;
      }
      clone.readers++;
      return new View(sandbox, () -> close(clone, dataset, backup));
    } finally {
      clone.lock.unlock();
    }
  }

  private void close(Clone clone, String dataset, UUID backup) {
    clone.lock.lock();
    try {
      if (--clone.readers == 0) {
        endClone(dataset, backup, new Progress());
      }
    } finally {
      clone.lock.unlock();
    }
  }

  /// A clone that stays is destroyed before the next reader, before a deletion or at the next
  /// start.
  private void endClone(String dataset, UUID backup, Progress progress) {
    try {
      destroyClone(dataset, backup, progress);
    } catch (IOException busy) {
      log.atWarn()
          .addKeyValue("backup", backup)
          .addKeyValue("reason", busy.getMessage())
          .log("the view of a snapshot stays for now");
    }
  }

  private void destroyClone(String dataset, UUID backup, Progress progress) throws IOException {
    String name = cloneName(dataset, backup);
    if (zfs.dataset(name).isPresent()) {
      zfs.destroyDataset(name, progress);
    }
    removePlace(backup);
  }

  /// Removes the directory that the clone was mounted at, and the one that holds it when nothing
  /// else is in it.
  void removePlace(UUID backup) throws IOException {
    try {
      Files.deleteIfExists(place(backup));
      Files.deleteIfExists(records.of(backup));
    } catch (DirectoryNotEmptyException stillInUse) {
      log.atTrace().addKeyValue("backup", backup).log("the directory of a snapshot stays");
    } catch (FileSystemException mounted) {
      log.atDebug().addKeyValue("backup", backup).setCause(mounted).log("a view is still mounted");
    }
  }

  /// Takes the clone away from whoever still reads it, before the snapshot is destroyed.
  ///
  /// One that stays busy keeps the snapshot until its last reader is gone.
  void end(String dataset, UUID backup, Progress progress) {
    Clone clone = clone(backup);
    clone.lock.lock();
    try {
      if (Files.exists(place(backup))) {
        endClone(dataset, backup, progress);
      }
    } finally {
      clone.lock.unlock();
    }
    lock.lock();
    try {
      clones.remove(backup);
    } finally {
      lock.unlock();
    }
  }

  /// Destroys the clones that an earlier process of this node has left.
  void recover() throws IOException {
    for (Dataset dataset : zfs.datasets()) {
      String last = Dataset.last(dataset.name());
      Optional<UUID> backup =
          last.startsWith(PREFIX)
              ? SnapshotRecords.canonical(last.substring(PREFIX.length()))
              : Optional.empty();
      if (backup.isPresent() && dataset.mountpoint().equals(place(backup.get()).toString())) {
        zfs.destroyDataset(dataset.name(), new Progress());
        removePlace(backup.get());
        log.atInfo().addKeyValue("dataset", dataset.name()).log("view of a snapshot was removed");
      }
    }
  }
}
