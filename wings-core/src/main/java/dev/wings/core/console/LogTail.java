package dev.wings.core.console;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/// Reads back a stored container log as the lines that the live console would have shown
/// (`containers.md` 14), without the throttle.
public final class LogTail {
  private LogTail() {}

  /// The last lines of the log, oldest first. Memory is bounded by these lines (5120 bytes each),
  /// however long the log is.
  ///
  /// @param log raw bytes; read to its end, closed by the caller
  /// @param count most lines to return
  public static List<String> read(InputStream log, int count) throws IOException {
    if (count <= 0) {
      return List.of();
    }
    ArrayDeque<byte[]> tail = new ArrayDeque<>();
    LineSplitter splitter =
        new LineSplitter((bytes, from, to) -> {
          if (tail.size() == count) {
            tail.removeFirst();
          }
          tail.addLast(Arrays.copyOfRange(bytes, from, to));
        });
    byte[] buffer = new byte[16 * 1024];
    for (int n = log.read(buffer); n >= 0; n = log.read(buffer)) {
      splitter.feed(buffer, 0, n);
    }
    splitter.end();
    return tail.stream()
        .map(line -> ConsoleText.display(ConsoleText.decode(line, 0, line.length)))
        .toList();
  }
}
