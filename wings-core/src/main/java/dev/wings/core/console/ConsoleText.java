package dev.wings.core.console;

import static java.nio.charset.StandardCharsets.UTF_8;

/// How one raw line becomes what a person sees: decoded, progress bars reduced to their last
/// update, made safe for terminals.
final class ConsoleText {
  private ConsoleText() {}

  /// UTF-8, malformed bytes become U+FFFD.
  static String decode(byte[] bytes, int from, int to) {
    return from == to ? "" : new String(bytes, from, to - from, UTF_8);
  }

  /// The line as a viewer should get it.
  static String display(String raw) {
    return TerminalFilter.filter(visible(raw));
  }

  /// A carriage return inside a line takes a terminal back to its beginning, so that later text
  /// overwrites earlier text: the last part that shows anything is kept (`threats.md` DS-02). Parts
  /// of nothing but blanks and escape sequences show nothing.
  static String visible(String raw) {
    int end = raw.length();
    int cr = raw.lastIndexOf('\r');
    if (cr < 0) {
      return raw;
    }
    while (cr >= 0) {
      if (showsText(raw, cr + 1, end)) {
        return strip(raw, cr + 1, end);
      }
      end = cr;
      cr = raw.lastIndexOf('\r', end - 1);
    }
    return strip(raw, 0, end);
  }

  private static boolean showsText(String line, int from, int to) {
    int i = from;
    while (i < to) {
      char c = line.charAt(i);
      if (c == '\u001b') {
        i = endOfSequence(line, i, to);
      } else if (c > ' ') {
        return true;
      } else {
        i++;
      }
    }
    return false;
  }

  /// Past ESC and everything up to the next ASCII letter, which ends the sequences that a program
  /// puts around a progress bar.
  private static int endOfSequence(String line, int escape, int to) {
    int i = escape + 1;
    while (i < to && !isLetter(line.charAt(i))) {
      i++;
    }
    return Math.min(i + 1, to);
  }

  static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static String strip(String line, int from, int to) {
    int start = from;
    int end = to;
    while (start < end && line.charAt(start) <= ' ' && line.charAt(start) != '\u001b') {
      start++;
    }
    while (end > start && line.charAt(end - 1) <= ' ' && line.charAt(end - 1) != '\u001b') {
      end--;
    }
    return line.substring(start, end);
  }
}
