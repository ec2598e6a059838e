package dev.wings.sftp.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// A terminal with the line being typed at its bottom: what the server prints goes above it. Safe
/// for use by many threads; the lock is held while nothing waits.
final class Screen {
  private static final String CLEAR_LINE = "\u001b[2K";
  private static final String PLAIN = "\u001b[0m";

  private final Shell.Terminal terminal;
  private final ReentrantLock lock = new ReentrantLock();
  private final KeyDecoder decoder = new KeyDecoder();
  private final LineEditor editor = new LineEditor();
  private boolean silent; // guarded by lock
  private long lost; // guarded by lock

  Screen(Shell.Terminal terminal) {
    this.terminal = terminal;
  }

  /// Takes what the user typed and shows it.
  ///
  /// @return the lines that were submitted
  List<String> type(byte[] bytes) {
    List<String> submitted = new ArrayList<>();
    StringBuilder echo = new StringBuilder();
    lock.lock();
    try {
      decoder.feed(bytes, key -> editor.press(key, echo).ifPresent(submitted::add));
      if (!silent && !echo.isEmpty()) {
        terminal.print(echo.toString());
      }
    } finally {
      lock.unlock();
    }
    return submitted;
  }

  void print(String line) {
    print(List.of(line));
  }

  /// Shows lines above the one being typed. What the client does not take in time is lost, which it
  /// is told when it takes something again.
  void print(List<String> lines) {
    if (lines.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      String typed = silent ? "" : editor.shown();
      StringBuilder text = new StringBuilder();
      if (!typed.isEmpty()) {
        text.append('\r').append(CLEAR_LINE);
      }
      if (lost > 0) {
        append(text, Texts.skipped(lost));
      }
      lines.forEach(line -> append(text, line));
      text.append(typed);
      if (terminal.print(text.toString())) {
        lost = 0;
      } else {
        lost += lines.size();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void append(StringBuilder text, String line) {
    text.append(line);
    if (line.indexOf('\u001b') >= 0) {
      text.append(PLAIN); // a colour that the game left on must not colour what the user types
    }
    text.append("\r\n").append(CLEAR_LINE);
  }

  /// Runs something while nothing else is printed.
  void alone(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  /// From now on only answers are sent, without echo and without anything between them.
  void forPrograms() {
    lock.lock();
    try {
      silent = true;
    } finally {
      lock.unlock();
    }
  }

  /// Sends a line as it is.
  void answer(String line) {
    terminal.print(line + "\r\n");
  }
}
