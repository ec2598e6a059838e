package dev.wings.backup.s3;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.regex.Pattern;

/// The files that a backup has on this node until it is in the storage: `<uuid>.s3.part.<n>`, or
/// the whole archive `<uuid>.s3.tar.gz` for a Panel that has to know its size first.
final class Scratch {
  private static final Pattern NAME =
      Pattern.compile(
          "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.s3\\.(part(\\.[0-9]{1,5})?|tar\\.gz)");

  private final Path directory;
  private final UUID backup;

  Scratch(Path directory, UUID backup) {
    this.directory = directory;
    this.backup = backup;
  }

  Path part(int number) {
    return directory.resolve(backup + ".s3.part." + number);
  }

  Path whole() {
    return directory.resolve(backup + ".s3.tar.gz");
  }

  /// Makes the directory when it is missing.
  void prepare() throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /// Removes everything of this backup.
  void remove() throws IOException {
    remove(directory, backup + ".s3.*");
  }

  /// Removes everything of all backups.
  ///
  /// @return files that there were
  static int removeAll(Path directory) throws IOException {
    return remove(directory, "*.s3.*");
  }

  private static int remove(Path directory, String glob) throws IOException {
    int removed = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
      for (Path file : files) {
        if (NAME.matcher(String.valueOf(file.getFileName())).matches()
            && Files.deleteIfExists(file)) {
          removed++;
        }
      }
    } catch (NoSuchFileException none) {
      // no backup was ever made
    }
    return removed;
  }
}
