package dev.wings.fs.ignore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One line of a list. It matches an entry, or everything below a directory that it matches, which
/// is what the companion patterns of `filesystem.md` 4.2 say: `name` comes with `**/name/**`, `a/b`
/// with `a/b/**`, and `dir/**` with the directory itself.
final class Rule {
  private static final String ANY_DEPTH = "**";
  private static final int UNLIMITED = Integer.MAX_VALUE;

  private final boolean negated;
  private final boolean directoriesOnly;

  /// Empty elements stand for any number of directories.
  private final List<Optional<Glob>> segments;

  /// Whether the place of an entry counts, not only its name.
  private final boolean anchored;

  /// Levels below the literal beginning that the line speaks of.
  private final int furtherLevels;

  private Rule(
      boolean negated,
      boolean directoriesOnly,
      List<Optional<Glob>> segments,
      boolean anchored,
      int furtherLevels) {
    this.negated = negated;
    this.directoriesOnly = directoriesOnly;
    this.segments = segments;
    this.anchored = anchored;
    this.furtherLevels = furtherLevels;
  }

  /// @return empty for a blank line or a comment
  /// @throws BadPatternException for a line without meaning
  static Optional<Rule> parse(String line) throws BadPatternException {
    String text = trim(line);
    if (text.isEmpty() || text.startsWith("#")) {
      return Optional.empty();
    }
    boolean negated = text.startsWith("!");
    String pattern = negated ? text.substring(1) : text;
    boolean directoriesOnly = pattern.endsWith("/");
    while (pattern.endsWith("/")) {
      pattern = pattern.substring(0, pattern.length() - 1);
    }
    if (pattern.isEmpty()) {
      return Optional.empty(); // the root itself is never hidden
    }
    boolean anchored = pattern.contains("/");
    List<Optional<Glob>> segments = new ArrayList<>();
    if (!anchored) {
      segments.add(Optional.empty());
    }
    for (String segment : pattern.split("/")) {
      if (segment.equals(ANY_DEPTH)) {
        if (segments.isEmpty() || segments.getLast().isPresent()) {
          segments.add(Optional.empty());
        }
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        segments.add(Optional.of(Glob.parse(segment)));
      }
    }
    return Optional.of(build(negated, directoriesOnly, segments, anchored));
  }

  /// Everything below `dir` and `dir` itself is what `dir` alone stands for here.
  private static Rule build(
      boolean negated, boolean directoriesOnly, List<Optional<Glob>> segments, boolean anchored) {
    boolean contents = segments.size() > 1 && segments.getLast().isEmpty();
    List<Optional<Glob>> kept =
        contents ? segments.subList(0, segments.size() - 1) : List.copyOf(segments);
    return new Rule(
        negated,
        directoriesOnly && !contents,
        List.copyOf(kept),
        anchored,
        furtherLevels(segments));
  }

  private static int furtherLevels(List<Optional<Glob>> segments) {
    return segments.stream().anyMatch(Optional::isEmpty)
        ? UNLIMITED
        : segments.size() - literals(segments);
  }

  private static int literals(List<Optional<Glob>> segments) {
    int count = 0;
    while (count < segments.size() && segments.get(count).flatMap(Glob::literal).isPresent()) {
      count++;
    }
    return count;
  }

  /// Space at both ends goes, except one at the end that a backslash keeps.
  static String trim(String line) {
    String text = line.strip();
    int backslashes = 0;
    while (backslashes < text.length() && text.charAt(text.length() - 1 - backslashes) == '\\') {
      backslashes++;
    }
    boolean kept = backslashes % 2 == 1 && line.stripLeading().length() > text.length();
    return kept ? text + " " : text;
  }

  boolean negated() {
    return negated;
  }

  boolean anchored() {
    return anchored;
  }

  /// @param path names from the root on
  /// @param directory whether the last one is a directory
  boolean matches(String[] path, boolean directory) {
    int segment = 0;
    int position = 0;
    int any = -1;
    int resume = 0;
    while (true) {
      if (segment == segments.size()) {
        // the first end that is found is the earliest one: nothing later could be a directory
        return position > 0 && (position < path.length || !directoriesOnly || directory);
      }
      Optional<Glob> glob = segments.get(segment);
      if (glob.isEmpty()) {
        if (segment == segments.size() - 1) {
          return true; // only `**`
        }
        any = segment++;
        resume = position;
      } else if (position < path.length && glob.get().matches(path[position])) {
        segment++;
        position++;
      } else if (any >= 0 && resume < path.length) {
        segment = any + 1;
        position = ++resume;
      } else {
        return false;
      }
    }
  }

  /// Whether a directory may have to be walked through to reach what this negated line keeps.
  boolean leadsThrough(String[] directory) {
    int literal = literals(segments);
    if (!anchored || literal == 0) {
      return true;
    }
    for (int i = 0; i < Math.min(literal, directory.length); i++) {
      if (!segments.get(i).flatMap(Glob::literal).orElseThrow().equals(directory[i])) {
        return false;
      }
    }
    return directory.length - literal <= furtherLevels;
  }
}
