package dev.wings.backup.local;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.SourceTroubles;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.transfer.HashedFile;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemConfig.Backups;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.archive.write.Measurement;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps each backup as one archive `<backup directory>/<uuid>.<extension>` (`backups.md` 15). It
/// is written under a name that ends in `.part`, synced, and gets its own name when it is whole, so
/// that a backup is seen only when it is complete.
public final class LocalBackups implements BackupDriver {
  static final String CHECKSUM_TYPE = "sha256";
  private static final String PART = ".part";

  /// In the order in which they are looked for.
  private static final List<ArchiveFormat> FORMATS =
      Arrays.stream(dev.wings.core.config.SystemConfig.ArchiveFormat.values())
          .map(ArchiveFormat::of)
          .toList();

  private static final Logger log = LoggerFactory.getLogger(LocalBackups.class);

  private final Path directory;
  private final ArchiveWriter writer;
  private final LiveConfig config;

  /// @param directory the backup directory, made when it is missing
  /// @param writer shared with whoever makes archives on this node
  public LocalBackups(Path directory, ArchiveWriter writer, LiveConfig config) {
    this.directory = requireNonNull(directory, "directory");
    this.writer = requireNonNull(writer, "writer");
    this.config = requireNonNull(config, "config");
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.WINGS;
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    prepare();
    Backups settings = config.current().system().backups();
    ArchiveFormat format = ArchiveFormat.of(settings.wings().archiveFormat());
    Path target = directory.resolve(creation.backup() + "." + format.extension());
    Path part = target.resolveSibling(target.getFileName() + PART);
    boolean done = false;
    try {
      BackupResult result = write(creation, settings, format, part);
      creation.progress().check();
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      done = true;
      sync();
      return result;
    } finally {
      if (!done) {
        Files.deleteIfExists(part);
      }
    }
  }

  private BackupResult write(Creation creation, Backups settings, ArchiveFormat format, Path part)
      throws IOException {
    ArchiveSource source =
        ArchiveSource.of(creation.root()).hiding(creation.filter(), creation.root());
    var archive =
        new ArchiveSettings(format, settings.compressionLevel(), settings.wings().createThreads());
    try (Measurement _ = Measurement.start(source, creation.progress());
        HashedFile file = HashedFile.create(part, creation.pace(), creation.progress())) {
      SourceTroubles.judge(creation, writer.write(source, archive, file, creation.progress()));
      file.force();
      long size = file.size();
      if (size == 0) {
        throw new IOException("the archive is empty");
      }
      return new BackupResult(
          CHECKSUM_TYPE,
          file.sha256Hex(),
          size,
          creation.progress().files(),
          browsable(format),
          /* streaming= */ false,
          List.of());
    }
  }

  static boolean browsable(ArchiveFormat format) {
    return switch (format.container()) {
      case ZIP, SEVEN_ZIP -> true;
      case TAR, ITAF -> false;
    };
  }

  private void prepare() throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  @Override
  public Optional<StoredBackup> find(UUID backup) throws IOException {
    for (ArchiveFormat format : FORMATS) {
      Path file = directory.resolve(backup + "." + format.extension());
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(new LocalBackup(backup, format, file, this));
      }
    }
    return Optional.empty();
  }

  /// Removes a backup's file; returns when it will not come back.
  void remove(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      sync();
    }
  }

  int restoreThreads() {
    return config.current().system().backups().wings().restoreThreads();
  }

  private void sync() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(/* metaData= */ true);
    }
  }

  @Override
  public void discard(UUID backup) throws IOException {
    for (ArchiveFormat format : FORMATS) {
      Files.deleteIfExists(directory.resolve(backup + "." + format.extension() + PART));
    }
  }

  /// Removes archives that were not complete when an earlier process ended.
  @Override
  public void recover() throws IOException {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(directory, "*" + PART)) {
      for (Path part : parts) {
        if (ours(String.valueOf(part.getFileName()))) {
          Files.deleteIfExists(part);
          log.atInfo()
              .addKeyValue("file", part.getFileName())
              .log("removed an unfinished backup of an earlier run");
        }
      }
    } catch (NoSuchFileException none) {
      // no backup was ever made
    }
  }

  private static boolean ours(String name) {
    for (ArchiveFormat format : FORMATS) {
      String suffix = "." + format.extension() + PART;
      if (name.endsWith(suffix)
          && name.length() == suffix.length() + 36
          && isUuid(name.substring(0, 36))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUuid(String text) {
    try {
      return UUID.fromString(text).toString().equals(text);
    } catch (IllegalArgumentException other) {
      return false;
    }
  }
}
