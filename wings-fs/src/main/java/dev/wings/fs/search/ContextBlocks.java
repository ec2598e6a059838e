package dev.wings.fs.search;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wings.fs.search.FoundFile.Block;
import dev.wings.fs.search.FoundFile.Span;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Collects the lines around the matches of one file. Matches come in order; lines that overlap or
/// touch become one block.
final class ContextBlocks {
  private final SearchQuery.Context context;
  private final AtomicLong budget;
  private final List<Block> blocks = new ArrayList<>();
  private long matches;
  private boolean truncated;
  private @Nullable Draft current;

  /// Number of the line that holds the byte at [#counted] of the window.
  private long line = 1;

  private int counted;

  /// Consecutive bytes of the file.
  ///
  /// @param start index of the first in the file
  /// @param first whether it is the file's first
  /// @param last whether the file ends with them
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Window(byte[] bytes, int filled, long start, boolean first, boolean last) {
    int newlines(int from, int to) {
      int count = 0;
      for (int i = from; i < to; i++) {
        if (bytes[i] == '\n') {
          count++;
        }
      }
      return count;
    }
  }

  /// A block that may still grow.
  private static final class Draft {
    final long start;
    final long startLine;
    final ByteArrayOutputStream content = new ByteArrayOutputStream();
    final List<Span> spans = new ArrayList<>();
    long end;
    long endLine;

    Draft(long start, long startLine) {
      this.start = start;
      this.startLine = startLine;
      this.end = start;
      this.endLine = startLine;
    }

    Block finish() {
      byte[] bytes = content.toByteArray();
      boolean exact = Utf8.isText(bytes, bytes.length, /* cut= */ false);
      String text = new String(bytes, UTF_8);
      return new Block(startLine, endLine, text, exact ? spans : shown(bytes));
    }

    /// Bytes that are no text are shown as other characters, which are longer.
    private List<Span> shown(byte[] bytes) {
      return spans.stream()
          .map(span -> new Span(shownLength(bytes, span.start()), shownLength(bytes, span.end())))
          .toList();
    }

    private static long shownLength(byte[] bytes, long length) {
      return new String(bytes, 0, (int) length, UTF_8).getBytes(UTF_8).length;
    }
  }

  /// @param budget bytes that all files together may still collect
  ContextBlocks(SearchQuery.Context context, AtomicLong budget) {
    this.context = context;
    this.budget = budget;
  }

  /// @param at index of the match in the window, behind the match before
  /// @return false when no more can be shown, and the rest need not be looked for
  boolean add(Window window, int at, int end) {
    if (matches == context.maxMatches()) {
      truncated = true;
      return false;
    }
    matches++;
    line += window.newlines(counted, at);
    counted = at;
    int from = lineStart(window, at);
    int to = lineEnd(window, end);
    long fileFrom = window.start() + from;
    Draft draft = current;
    if (draft == null || fileFrom > draft.end + 1) {
      close();
      draft = new Draft(fileFrom, line - window.newlines(from, at));
      current = draft;
    }
    long fileTo = window.start() + to;
    if (fileTo > draft.end) {
      long missing = fileTo - draft.end;
      if (draft.content.size() + missing > budget.get()) {
        truncated = true;
        current = null;
        return false;
      }
      if (draft.end < window.start()) {
        draft.content.write('\n'); // the one byte between two blocks that touch
        missing--;
      }
      draft.content.write(window.bytes(), (int) (to - missing), (int) missing);
      draft.end = fileTo;
      draft.endLine = line + window.newlines(at, to);
    }
    long matchStart = window.start() + at - draft.start;
    draft.spans.add(new Span(matchStart, matchStart + end - at));
    return true;
  }

  /// Where the lines before a match begin.
  private int lineStart(Window window, int at) {
    int bound = Math.max(0, at - ContentScanner.MARGIN);
    long seen = 0;
    int from = at;
    while (from > bound) {
      if (window.bytes()[from - 1] == '\n') {
        if (seen == context.before()) {
          return from;
        }
        seen++;
      }
      from--;
    }
    boolean whole = from == 0 && window.first();
    truncated |= !whole;
    return from;
  }

  /// Where the lines behind a match end.
  private int lineEnd(Window window, int end) {
    int bound = Math.min(window.filled(), end + ContentScanner.MARGIN);
    long seen = 0;
    int to = end;
    while (to < bound) {
      if (window.bytes()[to] == '\n') {
        if (seen == context.after()) {
          return to;
        }
        seen++;
      }
      to++;
    }
    boolean whole = to == window.filled() && window.last();
    truncated |= !whole;
    return whole && to > end && window.bytes()[to - 1] == '\n' ? to - 1 : to;
  }

  /// Told before the first `bytes` of the window are dropped.
  void passed(Window window, int bytes) {
    if (counted < bytes) {
      line += window.newlines(counted, bytes);
      counted = bytes;
    }
    counted -= bytes;
  }

  boolean any() {
    return matches > 0;
  }

  FoundFile.Matches finish() {
    close();
    return new FoundFile.Matches(truncated, blocks);
  }

  private void close() {
    Draft draft = current;
    current = null;
    if (draft == null) {
      return;
    }
    long bytes = draft.content.size();
    if (budget.addAndGet(-bytes) < 0) {
      budget.addAndGet(bytes);
      truncated = true;
      return;
    }
    blocks.add(draft.finish());
  }
}
