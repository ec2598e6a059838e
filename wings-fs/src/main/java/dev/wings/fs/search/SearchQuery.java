package dev.wings.fs.search;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.fs.ignore.PathFilter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What is looked for (`filesystem.md` 17.1). Start with [#everything] and narrow it down.
///
/// @param include globs of which a path has to match one, [Optional#empty] for any path; globs that
///   cannot be understood are left out
/// @param exclude what is not wanted; paths are relative to the root of the tree
/// @param ignoreCase whether `include` takes letters in both cases for the same
/// @param minSize smallest size in bytes
/// @param endSize sizes are below it
/// @param content what the files have to hold
/// @param anyway a file whose path holds this text is found whatever its content
/// @param limit the search ends with so many results
public record SearchQuery(
    Optional<List<String>> include,
    PathFilter exclude,
    boolean ignoreCase,
    long minSize,
    long endSize,
    Optional<Content> content,
    Optional<String> anyway,
    long limit) {
  /// Longest text that can be looked for, in bytes.
  public static final int MAX_TEXT_BYTES = 64 * 1024;

  public SearchQuery {
    include = include.map(List::copyOf);
    requireNonNull(exclude, "exclude");
    requireNonNull(content, "content");
    requireNonNull(anyway, "anyway");
    if (limit < 0) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: >= 0)");
    }
  }

  /// All regular files.
  public static SearchQuery everything(long limit) {
    return new SearchQuery(
        Optional.empty(),
        PathFilter.NONE,
        false,
        0,
        Long.MAX_VALUE,
        Optional.empty(),
        Optional.empty(),
        limit);
  }

  /// Only some paths, all relative to the root of the tree.
  ///
  /// @param newInclude globs, none for everything; those that cannot be understood are left out
  /// @param newExclude lines of a gitignore file
  /// @param newIgnoreCase whether both take letters in both cases for the same
  /// @throws WingsException kind IMPOSSIBLE for a line of `newExclude` without meaning
  public SearchQuery withPaths(
      List<String> newInclude, List<String> newExclude, boolean newIgnoreCase) {
    return new SearchQuery(
        newInclude.isEmpty() ? Optional.empty() : Optional.of(newInclude),
        PathGlobs.excludes(newExclude, newIgnoreCase)
            .orElseThrow(() -> WingsException.impossible("invalid path filter")),
        newIgnoreCase,
        minSize,
        endSize,
        content,
        anyway,
        limit);
  }

  public SearchQuery withSizes(long newMin, long newEnd) {
    return new SearchQuery(include, exclude, ignoreCase, newMin, newEnd, content, anyway, limit);
  }

  public SearchQuery withContent(Content newContent) {
    return new SearchQuery(
        include, exclude, ignoreCase, minSize, endSize, Optional.of(newContent), anyway, limit);
  }

  /// Finds, beside what the content decides, what has `text` in its path. Without content only
  /// that.
  public SearchQuery withPathText(String text) {
    return new SearchQuery(
        include, exclude, ignoreCase, minSize, endSize, content, Optional.of(text), limit);
  }

  /// A text inside of files.
  ///
  /// @param text bytes to find; empty finds every text file
  /// @param ignoreCase whether ASCII letters are the same in both cases
  /// @param maxSize larger files are not read
  /// @param includeUnread whether files that are too large, or in a tree that is too slow, are
  ///   results
  /// @param headBytes a file is text when so many first bytes are UTF-8
  /// @param context the lines around each match, if wanted
  @SuppressWarnings("ArrayRecordComponent") // copied, never compared
  public record Content(
      byte[] text,
      boolean ignoreCase,
      long maxSize,
      boolean includeUnread,
      int headBytes,
      Optional<Context> context) {
    public Content {
      if (text.length > MAX_TEXT_BYTES) {
        throw new IllegalArgumentException(
            "text: " + text.length + " bytes (expected: at most " + MAX_TEXT_BYTES + ")");
      }
      text = Arrays.copyOf(text, text.length);
      if (context.isPresent() && text.length == 0) {
        throw new IllegalArgumentException("context: of the empty text (expected: a text)");
      }
    }

    @Override
    public byte[] text() {
      return Arrays.copyOf(text, text.length);
    }
  }

  /// Lines around matches.
  ///
  /// @param before lines before a match
  /// @param after lines behind it
  /// @param maxMatches matches of one file that are shown
  /// @param maxBytes bytes of all lines of the whole result
  public record Context(long before, long after, long maxMatches, long maxBytes) {
    public Context {
      if (before < 0 || after < 0 || maxMatches < 1 || maxBytes < 0) {
        throw new IllegalArgumentException(
            "context: %d, %d, %d, %d (expected: not negative, at least 1 match)"
                .formatted(before, after, maxMatches, maxBytes));
      }
    }
  }
}
