package dev.wings.fs.search;

import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A list of globs of which a path has to match one. They mean what lines of a gitignore file mean:
/// one without a slash matches a name at any depth, another one is anchored at the root, and what
/// matches a directory matches everything in it. Beyond that `{a,b}` stands for either. Immutable.
final class PathGlobs {
  private static final int MAX_LENGTH = 4096;
  private static final int MAX_ALTERNATIVES = 64;

  private final PathFilter globs;
  private final boolean ignoreCase;

  private PathGlobs(PathFilter globs, boolean ignoreCase) {
    this.globs = globs;
    this.ignoreCase = ignoreCase;
  }

  /// Globs that cannot be understood are left out; when none is left nothing matches.
  static PathGlobs of(List<String> lines, boolean ignoreCase) {
    List<String> globs = new ArrayList<>();
    for (String line : lines) {
      globs.addAll(alternatives(ignoreCase ? line.toLowerCase(Locale.ROOT) : line));
    }
    return new PathGlobs(IgnoreList.lenient(globs), ignoreCase);
  }

  /// A filter that hides what the lines say; empty when one of them has no meaning.
  static Optional<PathFilter> excludes(List<String> lines, boolean ignoreCase) {
    if (!ignoreCase) {
      return IgnoreList.compile(lines);
    }
    List<String> lower = lines.stream().map(line -> line.toLowerCase(Locale.ROOT)).toList();
    return IgnoreList.compile(lower)
        .map(filter -> (path, directory) -> filter.judge(path.toLowerCase(Locale.ROOT), directory));
  }

  /// @param path of a file relative to the root, without a leading slash
  boolean matches(String path) {
    return globs.hides(ignoreCase ? path.toLowerCase(Locale.ROOT) : path, /* directory= */ false);
  }

  /// The glob without braces: each way to choose. Empty when there are too many, or a brace is left
  /// open or inside another.
  private static List<String> alternatives(String glob) {
    List<String> done = new ArrayList<>();
    List<String> open = new ArrayList<>(List.of(glob));
    while (!open.isEmpty()) {
      String next = open.removeLast();
      int brace = unescaped(next, 0, "{");
      if (next.length() > MAX_LENGTH || done.size() + open.size() >= MAX_ALTERNATIVES) {
        return List.of();
      }
      if (brace < 0) {
        done.add(next);
        continue;
      }
      int end = unescaped(next, brace + 1, "{}");
      if (end < 0 || next.charAt(end) == '{') {
        return List.of();
      }
      String rest = next.substring(end + 1);
      int from = brace + 1;
      while (from <= end) {
        int to = unescaped(next, from, ",}");
        open.add(next.substring(0, brace) + next.substring(from, to) + rest);
        from = to + 1;
      }
    }
    return done;
  }

  private static int unescaped(String text, int from, String wanted) {
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (wanted.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }
}
