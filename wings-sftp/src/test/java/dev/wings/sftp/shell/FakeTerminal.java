package dev.wings.sftp.shell;

import java.util.ArrayList;
import java.util.List;

/// A terminal that remembers what was sent to it and draws it on a screen of one column after the
/// other, without wrapping.
final class FakeTerminal implements Shell.Terminal {
  private final StringBuilder sent = new StringBuilder();
  private final List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder()));
  private int column;
  private int bells;
  private boolean full;
  private boolean disconnected;

  @Override
  public synchronized boolean print(String text) {
    if (full) {
      return false;
    }
    sent.append(text);
    for (int i = 0; i < text.length(); i++) {
      i = draw(text, i);
    }
    return true;
  }

  private int draw(String text, int at) {
    char c = text.charAt(at);
    switch (c) {
      case '\r' -> column = 0;
      case '\n' -> rows.add(new StringBuilder());
      case '\u0007' -> bells++;
      case '\u001b' -> {
        return sequence(text, at + 2);
      }
      default -> {
        StringBuilder row = rows.getLast();
        while (row.length() <= column) {
          row.append(' ');
        }
        row.setCharAt(column++, c);
      }
    }
    return at;
  }

  private int sequence(String text, int from) {
    int end = from;
    while (!Character.isLetter(text.charAt(end))) {
      end++;
    }
    String parameter = text.substring(from, end);
    switch (text.charAt(end)) {
      case 'C' -> column += Integer.parseInt(parameter);
      case 'D' -> column -= Integer.parseInt(parameter);
      case 'K' -> rows.getLast().setLength(parameter.equals("2") ? 0 : column);
      case 'm' -> {} // colours
      default -> throw new AssertionError("unexpected sequence ending in " + text.charAt(end));
    }
    return end;
  }

  @Override
  public synchronized void exit(int status) {
    throw new AssertionError("a console does not end by itself");
  }

  @Override
  public synchronized void disconnect() {
    disconnected = true;
  }

  /// From now on nothing is taken, or everything again.
  synchronized void full(boolean now) {
    full = now;
  }

  synchronized String sent() {
    return sent.toString();
  }

  /// What was sent, without colours and cursor moves.
  synchronized String text() {
    return sent.toString().replaceAll("\u001b\\[[0-9;]*[A-Za-z]", "");
  }

  /// The last row of the screen.
  synchronized String row() {
    return rows.getLast().toString();
  }

  synchronized List<String> rowsShown() {
    return rows.stream().map(row -> row.toString().stripTrailing()).toList();
  }

  synchronized int column() {
    return column;
  }

  synchronized int bells() {
    return bells;
  }

  synchronized boolean disconnected() {
    return disconnected;
  }
}
