package dev.wings.backup.ddup;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemConfig.DdupBakBackup;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/// Keeps backups in a ddup-bak repository, where equal pieces of files are stored once for all
/// backups of the node (`backups.md` 17). It is the repository of Calagopus: what that has stored
/// is read and added to, and the other way round.
public final class DdupBackups implements BackupDriver {
  private final Repository repository;
  private final ArchiveWriter writer;
  private final LiveConfig config;

  /// @param directory the backup directory; nothing is made in it before the first backup
  /// @param writer for downloads, shared with whoever makes archives on this node
  public DdupBackups(Path directory, ArchiveWriter writer, LiveConfig config) {
    this(
        new Repository(
            directory.resolve(Repository.NAME),
            LockFile.Processes.ofMachine(),
            Repository.Steps.UNWATCHED),
        writer,
        config);
  }

  /// The same for tests.
  DdupBackups(Repository repository, ArchiveWriter writer, LiveConfig config) {
    this.repository = requireNonNull(repository, "repository");
    this.writer = requireNonNull(writer, "writer");
    this.config = requireNonNull(config, "config");
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.DDUP_BAK;
  }

  private DdupBakBackup settings() {
    return config.current().system().backups().ddupBak();
  }

  int threads() {
    return Math.max(1, settings().createThreads());
  }

  ArchiveWriter writer() {
    return writer;
  }

  /// How an archive for a download is written.
  ArchiveSettings settings(ArchiveFormat format) {
    return new ArchiveSettings(
        format,
        config.current().system().backups().compressionLevel(),
        config.current().api().fileCompressionThreads());
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    return new DdupCreation(repository, creation, compression(), threads()).run();
  }

  private Compression compression() {
    return switch (settings().compressionFormat()) {
      case NONE -> Compression.NONE;
      case DEFLATE -> Compression.DEFLATE;
      case GZIP -> Compression.GZIP;
      case BROTLI -> Compression.BROTLI;
      case ZSTD ->
          throw WingsException.impossible(
              "system.backups.ddup_bak.compression_format: zstd (expected: none, deflate, gzip or"
                  + " brotli)");
    };
  }

  @Override
  public Optional<StoredBackup> find(UUID backup) throws IOException {
    return Files.isRegularFile(repository.archive(backup), LinkOption.NOFOLLOW_LINKS)
        ? Optional.of(new DdupBackup(backup, repository, this))
        : Optional.empty();
  }

  /// What was stored belongs to nobody then, and goes with the next count.
  @Override
  public void discard(UUID backup) throws IOException {
    if (repository.exists()) {
      Files.deleteIfExists(repository.part(backup));
    }
  }

  @Override
  public void recover() throws IOException {
    repository.recover();
  }
}
