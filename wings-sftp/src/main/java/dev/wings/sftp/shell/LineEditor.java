package dev.wings.sftp.shell;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The line that a user is typing, and what the terminal must be sent to show it (`sftp.md` 14).
/// Not safe for use by many threads.
final class LineEditor {
  /// Longest line in bytes of UTF-8.
  static final int MAX_BYTES = 1024;

  private static final String BELL = "\u0007";
  private static final String ERASE_TO_END = "\u001b[K";

  private final LineHistory history = new LineHistory();
  private final StringBuilder line = new StringBuilder();
  private int cursor;
  private int bytes;

  /// Takes one key.
  ///
  /// @param echo receives what the terminal has to be sent
  /// @return the line when it was submitted
  Optional<String> press(Key key, StringBuilder echo) {
    switch (key) {
      case Key.Text(int codePoint) -> insert(codePoint, echo);
      case Key.Action action -> {
        if (action == Key.Action.ENTER) {
          return submit(echo);
        }
        act(action, echo);
      }
    }
    return Optional.empty();
  }

  private void act(Key.Action action, StringBuilder echo) {
    switch (action) {
      case ERASE -> erase(previous(), cursor, echo);
      case DELETE -> erase(cursor, next(), echo);
      case ERASE_LINE -> erase(0, cursor, echo);
      case LEFT -> move(previous(), echo);
      case RIGHT -> move(next(), echo);
      case HOME -> move(0, echo);
      case END -> move(line.length(), echo);
      case UP -> replace(history.back(line.toString()), echo);
      case DOWN -> replace(history.forward(), echo);
      case ENTER, UNKNOWN -> echo.append(BELL);
    }
  }

  /// What the terminal shows of the line, with the cursor where it belongs.
  String shown() {
    StringBuilder shown = new StringBuilder();
    show(0, shown);
    return shown.toString();
  }

  private Optional<String> submit(StringBuilder echo) {
    if (line.isEmpty()) {
      return Optional.empty();
    }
    String submitted = line.toString();
    move(line.length(), new StringBuilder());
    echo.append("\r\n");
    set("");
    if (submitted.isBlank()) {
      return Optional.empty();
    }
    history.add(submitted);
    return Optional.of(submitted);
  }

  private void insert(int codePoint, StringBuilder echo) {
    String character = Character.toString(codePoint);
    int size = character.getBytes(StandardCharsets.UTF_8).length;
    if (bytes + size > MAX_BYTES) {
      echo.append(BELL);
      return;
    }
    int from = cursor;
    line.insert(cursor, character);
    cursor += character.length();
    bytes += size;
    show(from, echo);
  }

  private void erase(int from, int to, StringBuilder echo) {
    if (from == to) {
      echo.append(BELL);
      return;
    }
    back(from, cursor, echo);
    line.delete(from, to);
    cursor = from;
    bytes = line.toString().getBytes(StandardCharsets.UTF_8).length;
    echo.append(ERASE_TO_END);
    show(from, echo);
  }

  private void move(int to, StringBuilder echo) {
    if (to == cursor) {
      echo.append(BELL);
      return;
    }
    if (to < cursor) {
      back(to, cursor, echo);
    } else {
      steps(width(cursor, to), 'C', echo);
    }
    cursor = to;
  }

  private void replace(Optional<String> other, StringBuilder echo) {
    if (other.isEmpty()) {
      echo.append(BELL);
      return;
    }
    back(0, cursor, echo);
    echo.append(ERASE_TO_END);
    set(other.get());
    show(0, echo);
  }

  private void set(String text) {
    line.setLength(0);
    line.append(text);
    cursor = text.length();
    bytes = text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// Draws from an index on and goes back to the cursor.
  private void show(int from, StringBuilder echo) {
    for (int i = from; i < line.length(); i++) {
      echo.append(line.charAt(i) == '\t' ? ' ' : line.charAt(i));
    }
    back(cursor, line.length(), echo);
  }

  private void back(int from, int to, StringBuilder echo) {
    steps(width(from, to), 'D', echo);
  }

  private static void steps(int count, char direction, StringBuilder echo) {
    if (count > 0) {
      echo.append("\u001b[").append(count).append(direction);
    }
  }

  private int width(int from, int to) {
    return line.substring(from, to).codePoints().map(LineEditor::columns).sum();
  }

  /// Columns of a terminal that a character takes.
  private static int columns(int codePoint) {
    int type = Character.getType(codePoint);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    boolean wide =
        (codePoint >= 0x1100 && codePoint <= 0x115f)
            || (codePoint >= 0x2e80 && codePoint <= 0xa4cf)
            || (codePoint >= 0xac00 && codePoint <= 0xd7a3)
            || (codePoint >= 0xf900 && codePoint <= 0xfaff)
            || (codePoint >= 0xfe30 && codePoint <= 0xfe6f)
            || (codePoint >= 0xff00 && codePoint <= 0xff60)
            || (codePoint >= 0xffe0 && codePoint <= 0xffe6)
            || (codePoint >= 0x1f300 && codePoint <= 0x1f64f)
            || (codePoint >= 0x1f900 && codePoint <= 0x1f9ff)
            || (codePoint >= 0x20000 && codePoint <= 0x3fffd);
    return wide ? 2 : 1;
  }

  private int previous() {
    return cursor == 0 ? 0 : line.offsetByCodePoints(cursor, -1);
  }

  private int next() {
    return cursor == line.length() ? cursor : line.offsetByCodePoints(cursor, 1);
  }
}
