package dev.wings.fs.view;

import java.nio.file.Path;

/// How much the directories of a tree hold, from what was counted before: asking never walks.
@FunctionalInterface
public interface DirectorySizes {
  /// Nothing is known.
  DirectorySizes NONE = _ -> Size.UNKNOWN;

  /// Bytes of a directory with everything below it.
  ///
  /// @param logical sum of the sizes
  /// @param physical sum of what is allocated
  record Size(long logical, long physical) {
    public static final Size UNKNOWN = new Size(0, 0);
  }

  /// @param directory path in the tree, links resolved
  Size of(Path directory);
}
