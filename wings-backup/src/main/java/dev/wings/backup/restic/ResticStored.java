package dev.wings.backup.restic;

import dev.wings.backup.driver.BrowsedArchive;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.read.ArchiveException;
import dev.wings.fs.archive.read.TarStream;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
import dev.wings.fs.archive.write.ArchiveSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A snapshot in a repository.
final class ResticStored implements StoredBackup {
  private static final int COPY_BYTES = 256 << 10;

  private final Snapshot snapshot;
  private final ResticBackups backups;

  ResticStored(Snapshot snapshot, ResticBackups backups) {
    this.snapshot = snapshot;
    this.backups = backups;
  }

  @Override
  public UUID id() {
    return snapshot.backup();
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.RESTIC;
  }

  @Override
  public Optional<UUID> server() {
    return snapshot.server();
  }

  /// The snapshot's id is the hash of all that it holds, and restic compares every part that it
  /// reads with its own; so it is enough to see that it is the right one.
  @Override
  public void check(Optional<String> expected, Progress progress) throws IOException {
    if (expected.isPresent() && !snapshot.is(expected.get())) {
      throw new DamagedBackupException(
          "the backup is not what it was: its snapshot is %s, not %s"
              .formatted(snapshot.id(), expected.get()));
    }
  }

  /// Reads all of it out of the repository.
  @Override
  public Verification verify(Optional<String> expected, Progress progress) throws IOException {
    List<String> faults = new ArrayList<>();
    long files = 0;
    long bytes = 0;
    if (expected.isPresent() && !snapshot.is(expected.get())) {
      faults.add("the snapshot is " + snapshot.id() + ", not " + expected.get());
    }
    try (ResticRun run = dump(snapshot.path(), progress);
        TarStream tar = TarStream.of(run.output(), progress)) {
      byte[] buffer = new byte[COPY_BYTES];
      for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
        for (int count = tar.read(buffer, 0, buffer.length);
            count >= 0;
            count = tar.read(buffer, 0, buffer.length)) {
          bytes += count;
          progress.addBytes(count);
        }
        if (entry.get().kind() != TarStream.Kind.DIRECTORY) {
          files++;
          progress.addFile();
        }
      }
      run.await("dump");
    } catch (ArchiveException | ResticException damaged) {
      progress.check();
      faults.add(damaged.getMessage());
    }
    return new Verification(files, bytes, faults);
  }

  /// Starts to read a file, or a directory as a tar archive with names from the root on.
  private ResticRun dump(String path, Progress progress) throws IOException {
    return backups
        .restic()
        .start(Restic.Call.reading(snapshot.repository(), "dump", snapshot.id(), path), progress);
  }

  @Override
  public void restore(Restoration restoration) throws IOException {
    new ResticRestore(snapshot, backups, restoration).run();
  }

  @Override
  public void delete(Progress progress) throws IOException {
    backups.forget(snapshot, progress);
  }

  @Override
  public Download download(ArchiveFormat format) {
    return Download.Streamed.of(
        id(), format, (target, progress) -> download(format, target, progress));
  }

  private void download(ArchiveFormat format, OutputStream target, Progress progress)
      throws IOException {
    try (ResticRun run = dump(snapshot.path(), progress);
        TarStream tar = TarStream.of(run.output(), progress)) {
      backups
          .writer()
          .write(
              new TarTree(tar, snapshot.path(), () -> run.await("dump")),
              new ArchiveSettings(format, backups.compressionLevel(), backups.compressionThreads()),
              target,
              progress);
    }
  }

  @Override
  public Optional<Browsing> browse() throws IOException {
    ArchiveFileSystem tree =
        ArchiveFileSystem.of(
            ResticEntries.open(backups, snapshot, path -> dump(path, new Progress())),
            Instant.EPOCH);
    return Optional.of(new BrowsedArchive(tree));
  }
}
