package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.ignore.PathFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What goes into an archive.
///
/// @param root directory that names in the archive are relative to; of any file system. In a
///   [dev.wings.fs.sandbox.Sandbox] everything is read from descriptors, so that no name can be
///   exchanged underneath.
/// @param names entries of `root`, relative to it; they may lead into subdirectories. Empty for
///   everything in it. What is missing, is `root` itself or lies outside of it is left out.
/// @param filter what does not exist for whoever asked
/// @param base directory that the filter's paths are relative to, `root` or above it
/// @param excluded an entry that is left out whatever else is said: the archive itself
public record ArchiveSource(
    Path root, List<String> names, PathFilter filter, Path base, Optional<Path> excluded) {
  public ArchiveSource {
    requireNonNull(root, "root");
    names = List.copyOf(names);
    requireNonNull(filter, "filter");
    requireNonNull(base, "base");
    requireNonNull(excluded, "excluded");
  }

  /// Everything in a directory.
  public static ArchiveSource of(Path root) {
    return new ArchiveSource(root, List.of(), PathFilter.NONE, root, Optional.empty());
  }

  /// Only some entries; none at all when `names` is empty.
  public ArchiveSource only(List<String> chosen) {
    // a name that is always left out keeps "nothing" apart from "everything"
    return new ArchiveSource(
        root, chosen.isEmpty() ? List.of(".") : chosen, filter, base, excluded);
  }

  /// Without what a filter hides.
  public ArchiveSource hiding(PathFilter hidden, Path hiddenBase) {
    return new ArchiveSource(root, names, hidden, hiddenBase, excluded);
  }

  /// Without one entry.
  public ArchiveSource without(Path entry) {
    return new ArchiveSource(root, names, filter, base, Optional.of(entry));
  }
}
