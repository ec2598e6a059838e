package dev.wings.daemon.setup;

import dev.wings.core.config.SystemPaths;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// The daemon's directories (`configuration.md` 13).
public final class Directories {
  private Directories() {}

  /// Creates what is missing, with mode 0700; existing directories are left as they are. The data
  /// directory and its parents must be passable for the container user, which only ever enters
  /// through bind mounts, so 0700 is enough there too.
  public static void create(SystemPaths paths) throws IOException {
    for (Path directory : paths.all()) {
      if (!Files.isDirectory(directory)) {
        Path parent = directory.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.createDirectories(directory);
        if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
          Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
      }
    }
  }

  /// Empties the temporary directory, except for entries with the given names (servers whose
  /// installation goes on). Links are removed, never followed.
  public static void cleanTemporary(Path temporary, Set<String> keep) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(temporary)) {
      for (Path entry : entries) {
        if (!keep.contains(String.valueOf(entry.getFileName()))) {
          delete(entry);
        }
      }
    }
  }

  private static void delete(Path entry) throws IOException {
    Files.walkFileTree(
        entry,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path directory, @org.jspecify.annotations.Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
