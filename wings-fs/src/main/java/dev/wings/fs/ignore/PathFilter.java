package dev.wings.fs.ignore;

/// Decides which entries of a tree exist for somebody (`filesystem.md` 4). Paths are relative to
/// the root of the server's volume, without a leading slash, names separated by `/`; the empty path
/// is the root, which is never hidden. Safe for use by many threads.
public interface PathFilter {
  /// Hides nothing.
  PathFilter NONE = (_, _) -> Verdict.KEEP;

  /// What a filter says about a path.
  enum Verdict {
    /// The entry exists.
    KEEP,
    /// The entry is hidden, and so is everything below it.
    SKIP,
    /// A hidden directory that may hold entries which are not: it may be walked and read through,
    /// nothing may be written to it.
    DESCEND
  }

  /// @param directory whether the entry is a directory, not following links
  Verdict judge(String path, boolean directory);

  /// Whether the entry itself is hidden; [Verdict#DESCEND] is hidden for writes and as a file.
  default boolean hides(String path, boolean directory) {
    return judge(path, directory) != Verdict.KEEP;
  }

  /// Both have to keep an entry; a directory is walked through when neither skips it.
  default PathFilter and(PathFilter other) {
    if (equals(NONE)) {
      return other;
    }
    if (other.equals(NONE)) {
      return this;
    }
    return (path, directory) -> {
      Verdict first = judge(path, directory);
      if (first == Verdict.SKIP) {
        return first;
      }
      Verdict second = other.judge(path, directory);
      return second == Verdict.KEEP ? first : second;
    };
  }
}
