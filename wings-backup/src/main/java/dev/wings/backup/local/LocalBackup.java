package dev.wings.backup.local;

import dev.wings.backup.driver.BrowsedArchive;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.backup.transfer.HashedFile;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.read.ArchiveCheck;
import dev.wings.fs.archive.read.Extraction;
import dev.wings.fs.archive.read.ExtractionLimits;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// One archive in the backup directory.
final class LocalBackup implements StoredBackup {
  private final UUID id;
  private final ArchiveFormat format;
  private final Path file;
  private final LocalBackups backups;

  LocalBackup(UUID id, ArchiveFormat format, Path file, LocalBackups backups) {
    this.id = id;
    this.format = format;
    this.file = file;
    this.backups = backups;
  }

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.WINGS;
  }

  @Override
  public Optional<UUID> server() {
    return Optional.empty(); // an archive does not tell
  }

  @Override
  public Optional<ArchiveFormat> format() {
    return Optional.of(format);
  }

  @Override
  public OptionalLong size() {
    try {
      return OptionalLong.of(Files.size(file));
    } catch (IOException gone) {
      return OptionalLong.empty();
    }
  }

  @Override
  public void check(Optional<String> expected, Progress progress) throws IOException {
    if (expected.isPresent()) {
      String found = HashedFile.sha256Hex(file, Pace.free(), progress);
      if (!found.equals(expected.get())) {
        throw new DamagedBackupException(
            "the archive is not what it was: its SHA-256 is " + found + ", not " + expected.get());
      }
    }
  }

  @Override
  public Verification verify(Optional<String> expected, Progress progress) throws IOException {
    Pace pace = Pace.free();
    List<String> faults = new ArrayList<>();
    if (expected.isPresent()) {
      String found = HashedFile.sha256Hex(file, pace, progress);
      if (!found.equals(expected.get())) {
        faults.add("SHA-256 is " + found + ", not " + expected.get());
      }
    }
    ArchiveCheck.Findings findings =
        ArchiveCheck.run(file, ExtractionLimits.OWN, progress, bytes -> pace.took(bytes, progress));
    faults.addAll(findings.faults());
    return new Verification(findings.files(), findings.bytes(), faults);
  }

  @Override
  public void restore(Restoration restoration) throws IOException {
    try (Extraction extraction =
        Extraction.open(file, backups.restoreThreads(), ExtractionLimits.OWN)) {
      extraction.restore(
          restoration.target(), restoration.filter(), restoration.progress(), restoration.watch());
    }
  }

  @Override
  public void delete(Progress progress) throws IOException {
    backups.remove(file);
  }

  @Override
  public Download download(ArchiveFormat wanted) {
    return new Download.Stored(id + "." + format.extension(), format.contentType(), file);
  }

  @Override
  public Optional<Browsing> browse() throws IOException {
    if (!LocalBackups.browsable(format)) {
      return Optional.empty();
    }
    return Optional.of(new BrowsedArchive(ArchiveFileSystem.open(file)));
  }
}
