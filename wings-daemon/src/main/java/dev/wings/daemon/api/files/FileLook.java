package dev.wings.daemon.api.files;

import dev.wings.fs.content.FileContent;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.attribute.BasicFileAttributes;

/// Looks at the file that a request names, in the one way that tells nothing about what is hidden:
/// what is hidden, missing, behind a broken link or no regular file is not found.
final class FileLook {
  private FileLook() {}

  @FunctionalInterface
  private interface Look<T> {
    T at(Location location) throws IOException;
  }

  private static <T> T look(FileRequest files, Location location, Look<T> look) throws IOException {
    if (location.hiddenFromReading()) {
      throw files.notFound();
    }
    try {
      return look.at(location);
    } catch (NoSuchFileException | NotDirectoryException | FileSystemLoopException absent) {
      throw files.notFound();
    }
  }

  /// @throws dev.wings.core.WingsException kind `NOT_FOUND`
  static FileContent content(FileRequest files, Location location) throws IOException {
    return look(files, location, place -> FileContent.of(place.path()));
  }

  /// @throws dev.wings.core.WingsException kind `NOT_FOUND`
  static BasicFileAttributes regular(FileRequest files, Location location) throws IOException {
    return attributes(files, location, BasicFileAttributes::isRegularFile);
  }

  /// @throws dev.wings.core.WingsException kind `NOT_FOUND`
  static BasicFileAttributes directory(FileRequest files, Location location) throws IOException {
    return attributes(files, location, BasicFileAttributes::isDirectory);
  }

  private static BasicFileAttributes attributes(
      FileRequest files,
      Location location,
      java.util.function.Predicate<BasicFileAttributes> expected)
      throws IOException {
    BasicFileAttributes found =
        look(
            files,
            location,
            place -> Files.readAttributes(place.path(), BasicFileAttributes.class));
    if (!expected.test(found)) {
      throw files.notFound();
    }
    return found;
  }
}
