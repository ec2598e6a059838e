package dev.wings.fs.view;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/// Resolves links also in paths that lead to nothing, as far as they exist.
final class RealPaths {
  /// As the kernel's limit of links in one path.
  private static final int MAX_LINKS = 40;

  private int links;

  private RealPaths() {}

  /// @param path absolute and normalized
  /// @throws NoSuchFileException when links go round in circles
  static Path of(Path path) throws IOException {
    try {
      return path.toRealPath();
    } catch (IOException absent) {
      return new RealPaths().walk(root(path), path);
    }
  }

  private static Path root(Path path) {
    Path root = path.getRoot();
    if (root == null) {
      throw new IllegalArgumentException("path: " + path + " (expected: absolute)");
    }
    return root;
  }

  /// @param from has no links in it
  private Path walk(Path from, Path names) throws IOException {
    Path current = from;
    for (Path name : names) {
      switch (name.toString()) {
        case "", "." -> {}
        case ".." -> {
          Path parent = current.getParent();
          current = parent == null ? current : parent;
        }
        default -> current = step(current, name);
      }
    }
    return current;
  }

  private Path step(Path directory, Path name) throws IOException {
    Path entry = directory.resolve(name);
    try {
      if (!Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isSymbolicLink()) {
        return entry;
      }
    } catch (IOException absent) { // nothing below it exists either
      return entry;
    }
    Path target = target(entry);
    if (target.isAbsolute()) {
      return entry; // leads out of the tree, so nothing can be created through it
    }
    if (++links > MAX_LINKS) {
      throw new NoSuchFileException(entry.toString());
    }
    return walk(directory, target);
  }

  private static Path target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link);
    } catch (NotLinkException replaced) { // since it was looked at
      throw new NoSuchFileException(link.toString());
    }
  }
}
