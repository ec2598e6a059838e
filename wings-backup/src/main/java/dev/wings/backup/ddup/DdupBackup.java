package dev.wings.backup.ddup;

import dev.wings.backup.driver.BrowsedArchive;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
import dev.wings.fs.archive.write.ArchiveReport;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// One archive of the repository.
final class DdupBackup implements StoredBackup {
  private final UUID id;
  private final Path file;
  private final Repository repository;
  private final DdupBackups backups;

  DdupBackup(UUID id, Repository repository, DdupBackups backups) {
    this.id = id;
    this.file = repository.archive(id);
    this.repository = repository;
    this.backups = backups;
  }

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.DDUP_BAK;
  }

  @Override
  public Optional<UUID> server() {
    return Optional.empty(); // an archive does not tell
  }

  @Override
  public Optional<ArchiveFormat> format() {
    return Optional.empty(); // no format that anybody asks for
  }

  /// That the archive has its checksum, and that each of its chunks is there.
  @Override
  public void check(Optional<String> expected, Progress progress) throws IOException {
    if (expected.isPresent()) {
      String found = Scan.checksum(file, progress);
      if (!found.equals(expected.get())) {
        throw new DamagedBackupException(
            "the archive is not what it was: %s (expected: %s)".formatted(found, expected.get()));
      }
    }
    try (DdupArchive archive = DdupArchive.open(file);
        ChunkNames names = ChunkNames.of(archive, repository)) {
      IdList ids = new IdList();
      if (!Scan.ids(archive, ids, progress)) {
        throw new DamagedBackupException("the archive cannot be read to its end");
      }
      checkPresence(ids, names, progress);
    }
  }

  private void checkPresence(IdList ids, ChunkNames names, Progress progress) throws IOException {
    BitSet seen = new BitSet(names.slots());
    String[] missing = new String[1];
    ids.forEach(chunk -> {
      progress.check();
      try {
        int slot = names.slot(chunk);
        if (missing[0] == null && !seen.get(slot)) {
          seen.set(slot);
          if (!repository.chunks().exists(names.hash(slot))) {
            missing[0] = "chunk " + names.hash(slot) + " is missing";
          }
        }
      } catch (DamagedBackupException unknown) {
        missing[0] = String.valueOf(unknown.getMessage());
      }
    });
    if (missing[0] != null) {
      throw new DamagedBackupException(missing[0]);
    }
  }

  @Override
  public Verification verify(Optional<String> expected, Progress progress) throws IOException {
    String found = Scan.checksum(file, progress);
    List<String> before =
        expected.isEmpty() || expected.get().equals(found)
            ? List.of()
            : List.of(
                "the archive is not what it was: %s (expected: %s)"
                    .formatted(found, expected.get()));
    try (DdupArchive archive = DdupArchive.open(file);
        ChunkNames names = ChunkNames.of(archive, repository)) {
      return new DdupVerify(archive, names, repository.chunks(), progress).run(before);
    } catch (DamagedBackupException unreadable) {
      return new Verification(0, 0, List.of(unreadable.getMessage()));
    }
  }

  @Override
  public void restore(Restoration restoration) throws IOException {
    try (DdupArchive archive = DdupArchive.open(file);
        ChunkNames names = ChunkNames.of(archive, repository)) {
      new DdupRestore(archive, names, repository, restoration).run(backups.threads());
    }
  }

  @Override
  public void delete(Progress progress) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (Repository.Session session = repository.begin(LockFile.Mode.DESTRUCTIVE, progress)) {
      IdList ids = new IdList();
      Optional<ChunkTable> table = Optional.empty();
      boolean complete = false;
      try (DdupArchive archive = DdupArchive.open(file)) {
        table = archive.table();
        complete = Scan.ids(archive, ids, progress);
      } catch (NoSuchFileException gone) {
        return;
      } catch (DamagedBackupException unreadable) {
        // a damaged backup can be deleted, too; then its chunks are found by counting
      }
      try {
        session.remove(file, ids, table, complete);
      } finally {
        table.ifPresent(ChunkTable::close);
      }
    }
  }

  @Override
  public Download download(ArchiveFormat format) {
    return Download.Streamed.of(id, format, (target, progress) -> write(format, target, progress));
  }

  private void write(ArchiveFormat format, OutputStream target, Progress progress)
      throws IOException {
    try (DdupArchive archive = DdupArchive.open(file);
        ChunkNames names = ChunkNames.of(archive, repository)) {
      progress.expect(Scan.size(archive, progress));
      ArchiveReport report =
          backups
              .writer()
              .write(
                  new DdupTree(archive, names, repository.chunks()),
                  backups.settings(format),
                  target,
                  progress);
      if (report.troubles() > 0) { // it must not look complete
        throw new DamagedBackupException("cannot be read: " + report.findings().getFirst().name());
      }
    }
  }

  @Override
  public Optional<Browsing> browse() throws IOException {
    Instant created = Files.getLastModifiedTime(file).toInstant();
    return Optional.of(
        new BrowsedArchive(
            ArchiveFileSystem.of(DdupEntries.open(DdupArchive.open(file), repository), created)));
  }
}
