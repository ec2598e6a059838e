package dev.wings.fs.change;

import dev.wings.core.WingsException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// What all changes need to know about a place.
final class Sandboxed {
  private Sandboxed() {}

  /// The file system of a place that can be changed.
  static Sandbox of(Location place) {
    if (place.path().getFileSystem() instanceof Sandbox sandbox) {
      return sandbox;
    }
    throw new IllegalArgumentException("place: " + place + " (expected: in a sandbox)");
  }

  /// The entry itself, a link is a link; empty when there is none.
  static Optional<BasicFileAttributes> entry(Location place) throws IOException {
    try {
      return Optional.of(
          Files.readAttributes(place.path(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException | NotDirectoryException absent) {
      return Optional.empty();
    }
  }

  /// @throws WingsException kind IMPOSSIBLE for an archive, a backup or a read-only mount
  static void requireWritable(Location place) {
    if (!place.view().writable()) {
      throw WingsException.impossible("filesystem is read-only");
    }
  }

  /// Makes the directories that are missing above a place.
  ///
  /// @throws NoSuchFileException for one that must look as if it did not exist
  static void createParents(Location place) throws IOException {
    Deque<Location> missing = new ArrayDeque<>();
    Optional<Location> parent = place.parent();
    while (parent.isPresent() && !Files.isDirectory(parent.get().path())) {
      missing.push(parent.get());
      parent = parent.get().parent();
    }
    for (Location directory : missing) {
      if (directory.hiddenAsDirectory()) {
        throw new NoSuchFileException(directory.path().toString());
      }
      createDirectory(directory);
    }
  }

  /// Makes one directory unless there is one.
  static void createDirectory(Location directory) throws IOException {
    try {
      Files.createDirectory(directory.path());
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory.path())) {
        throw new NotDirectoryException(directory.path().toString());
      }
    }
  }
}
