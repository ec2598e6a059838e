package dev.wings.fs.search;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Looks into files, one after the other, with buffers of a fixed size. Each file is read once,
/// from its beginning to the match that decides: the head that tells text from other content, the
/// text that is looked for and the lines around it come from the same read. For one thread at a
/// time.
final class ContentScanner {
  /// How far the lines around a match are shown in each direction, at most.
  static final int MARGIN = 128 * 1024;

  private static final int WINDOW = 256 * 1024;
  private static final int CONTEXT_WINDOW = 1024 * 1024;

  /// Larger files may turn out to be no text: they are begun with so much.
  private static final int FIRST_READ = 64 * 1024;

  private final SearchQuery.Content query;
  private final @Nullable ByteSearch search;
  private final AtomicLong contextBudget;
  private final BooleanSupplier cancelled;
  private final ByteBuffer direct = ByteBuffer.allocateDirect(WINDOW);
  private final byte[] window;

  // of the file that is being read
  private int filled;
  private long position;
  private long size;

  /// Reads a file at a position into a direct buffer; 0 or less at its end.
  @FunctionalInterface
  interface Source {
    int read(ByteBuffer target, long position) throws IOException;
  }

  /// @param search for the query's text, null when that is empty
  /// @param contextBudget bytes of context that the whole search may still collect
  ContentScanner(
      SearchQuery.Content query,
      @Nullable ByteSearch search,
      AtomicLong contextBudget,
      BooleanSupplier cancelled) {
    this.query = query;
    this.search = search;
    this.contextBudget = contextBudget;
    this.cancelled = cancelled;
    this.window = new byte[query.context().isPresent() ? CONTEXT_WINDOW : WINDOW];
  }

  /// What a file is for the query.
  record Verdict(boolean matches, Optional<FoundFile.Matches> context) {
    static final Verdict NO = new Verdict(false, Optional.empty());
    static final Verdict YES = new Verdict(true, Optional.empty());
  }

  /// @param fileSize what comes behind it is not read
  Verdict scan(Source source, long fileSize) throws IOException {
    filled = 0;
    position = 0;
    size = fileSize;
    int first = search == null ? query.headBytes() : fileSize > WINDOW ? FIRST_READ : WINDOW;
    fill(source, first);
    int head = Math.min(filled, query.headBytes());
    if (!Utf8.isText(window, head, head < filled || position < size)) {
      return Verdict.NO;
    }
    if (search == null) {
      return Verdict.YES;
    }
    return query.context().isPresent()
        ? withContext(source, search, query.context().get())
        : anywhere(source, search);
  }

  /// Appends to the window until it holds `limit` bytes or the file ends; then [#size] is where.
  private void fill(Source source, int limit) throws IOException {
    while (filled < limit && position < size) {
      direct
          .clear()
          .limit((int) Math.min(direct.capacity(), Math.min(limit - filled, size - position)));
      int read = source.read(direct, position);
      if (read <= 0) {
        size = position; // became shorter
        return;
      }
      direct.flip().get(window, filled, read);
      filled += read;
      position += read;
    }
  }

  private boolean atEnd() {
    return position >= size;
  }

  /// Drops the beginning of the window.
  private void keepFrom(int index) {
    System.arraycopy(window, index, window, 0, filled - index);
    filled -= index;
  }

  private Verdict anywhere(Source source, ByteSearch text) throws IOException {
    while (true) {
      if (text.find(window, 0, filled) >= 0) {
        return Verdict.YES;
      }
      if (atEnd() || cancelled.getAsBoolean()) {
        return Verdict.NO;
      }
      keepFrom(Math.max(0, filled - text.length() + 1));
      fill(source, WINDOW);
    }
  }

  /// A match is dealt with when the window holds a margin on both of its sides, or the end of the
  /// file.
  private Verdict withContext(Source source, ByteSearch text, SearchQuery.Context context)
      throws IOException {
    ContextBlocks blocks = new ContextBlocks(context, contextBudget);
    long windowStart = 0;
    int from = 0;
    while (true) {
      fill(source, window.length);
      int end = atEnd() ? filled : filled - MARGIN;
      ContextBlocks.Window view =
          new ContextBlocks.Window(window, filled, windowStart, windowStart == 0, atEnd());
      while (from < end) {
        int at = text.find(window, from, filled);
        if (at < 0 || at >= end) {
          from = Math.max(from, end);
          break;
        }
        if (!blocks.add(view, at, at + text.length())) {
          return found(blocks);
        }
        from = at + text.length();
      }
      if (atEnd() || cancelled.getAsBoolean()) {
        return found(blocks);
      }
      int keep = Math.max(0, Math.min(from, end) - MARGIN);
      blocks.passed(view, keep);
      keepFrom(keep);
      windowStart += keep;
      from -= keep;
    }
  }

  private static Verdict found(ContextBlocks blocks) {
    return blocks.any() ? new Verdict(true, Optional.of(blocks.finish())) : Verdict.NO;
  }
}
