package dev.wings.daemon.api.files;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.fs.view.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Entries that a request lists by names relative to a directory. A name that means this directory
/// itself or one above it, such as the empty name, `.`, `/` and `..`, names no entry: whoever sends
/// that by mistake must not lose everything.
final class NamedEntries {
  private final FileRequest files;
  private final List<String> root;

  NamedEntries(FileRequest files, String root) {
    this.files = files;
    this.root = fold(List.of(), root);
  }

  /// The directory, as a path from the server's root.
  String root() {
    return path(root);
  }

  /// Where reading an entry leads; empty for a name that names none.
  Optional<Location> forReading(String name) {
    return named(name).flatMap(path -> located(() -> files.locate(path)));
  }

  /// Where writing an entry leads.
  Optional<Location> forWriting(String name) {
    return named(name).flatMap(path -> located(() -> files.locateForWriting(path)));
  }

  /// Path of an entry from the server's root.
  private Optional<String> named(String name) {
    List<String> names = fold(root, name);
    boolean isOrHoldsRoot =
        names.size() <= root.size() && root.subList(0, names.size()).equals(names);
    return isOrHoldsRoot ? Optional.empty() : Optional.of(path(names));
  }

  private static String path(List<String> names) {
    return "/" + String.join("/", names);
  }

  @FunctionalInterface
  private interface Locating {
    Location run();
  }

  /// What cannot be a name is the name of nothing.
  private static Optional<Location> located(Locating locating) {
    try {
      return Optional.of(locating.run());
    } catch (WingsException refused) {
      if (refused.kind() != ErrorKind.NOT_FOUND) {
        throw refused;
      }
      return Optional.empty();
    }
  }

  private static List<String> fold(List<String> directory, String path) {
    List<String> names = new ArrayList<>(directory);
    for (String name : path.split("/")) {
      switch (name) {
        case "", "." -> {}
        case ".." -> {
          if (!names.isEmpty()) {
            names.removeLast();
          }
        }
        default -> names.add(name);
      }
    }
    return names;
  }
}
