package dev.wings.core.console;

/// Makes a line of a hostile process safe to show in a viewer's terminal (`threats.md` LG-02).
///
/// What passes: text, tabs, colours (SGR), moves of the cursor, erasing within the screen, saving
/// and restoring the cursor, and hyperlinks to `http` and `https`. Everything else that a terminal
/// may act on is removed: titles, clipboard writes, device and mode queries and whatever else makes
/// it answer, mode switches, resets, repetition, other control strings, C0 and C1 controls, and the
/// characters that reverse the direction of text.
///
/// It follows the state machine of a real terminal (controls inside a sequence do not end it, CAN,
/// SUB and ESC do) and writes what passes anew, in 7-bit form; a sequence never reaches past its
/// line. A line with nothing to remove comes back as the same object.
public final class TerminalFilter {
  private static final char ESC = '\u001b';
  private static final char BEL = '\u0007';
  private static final char CAN = '\u0018';
  private static final char SUB = '\u001a';
  private static final char C1_ST = '\u009c';

  private static final String CURSOR_AND_ERASE = "ABCDEFGHJKdfsu";
  private static final String CLOSE_LINK = "\u001b]8;;\u001b\\";
  private static final int MAX_PARAMETERS = 64;
  private static final int MAX_DIGITS = 4;
  private static final int MAX_LINK = 2048;

  private final String line;
  private final StringBuilder out;
  private int position;
  private boolean linkOpen;

  private TerminalFilter(String line, int position) {
    this.line = line;
    this.out = new StringBuilder(line.length()).append(line, 0, position);
    this.position = position;
  }

  /// The line without anything dangerous.
  public static String filter(String line) {
    int length = line.length();
    for (int i = 0; i < length; i++) {
      if (!harmless(line.charAt(i))) {
        return new TerminalFilter(line, i).run();
      }
    }
    return line;
  }

  private static boolean harmless(char c) {
    if (c < 0x7f) {
      return c >= ' ' || c == '\t';
    }
    return c >= 0xa0 && !reversesText(c);
  }

  private static boolean reversesText(char c) {
    return c >= '\u202a' && (c <= '\u202e' || (c >= '\u2066' && c <= '\u2069'));
  }

  private String run() {
    while (position < line.length()) {
      char c = line.charAt(position++);
      if (harmless(c)) {
        out.append(c);
      } else if (c == ESC) {
        escape();
      } else if (c >= 0x80 && c < 0xa0) {
        introducer((char) (c - 0x40)); // an 8-bit control is ESC and this character in 7-bit form
      }
    }
    if (linkOpen) {
      out.append(CLOSE_LINK);
    }
    return out.toString();
  }

  private void escape() {
    boolean intermediate = false;
    while (position < line.length()) {
      char c = line.charAt(position);
      if (c == ESC || c >= 0x80) {
        return; // begins something new
      }
      position++;
      if (c == CAN || c == SUB) {
        return;
      }
      if (c >= 0x20 && c < 0x30) {
        intermediate = true; // such as the choice of a character set: removed with its final
      } else if (c >= 0x30 && c < 0x7f) {
        if (!intermediate) {
          introducer(c);
        }
        return;
      }
    }
  }

  private void introducer(char c) {
    switch (c) {
      case '[' -> controlSequence();
      case ']' -> operatingSystemCommand();
      case 'P', 'X', '^', '_' -> controlString(/* endsAtBell= */ false);
      case '7', '8' -> out.append(ESC).append(c); // save and restore the cursor
      default -> {
        // a reset, a question, a mode: removed
      }
    }
  }

  private void controlSequence() {
    int parameters = out.length() + 2;
    int rollback = out.length();
    out.append(ESC).append('[');
    boolean allowed = true;
    int digits = 0;
    while (position < line.length()) {
      char c = line.charAt(position);
      if (c == ESC || c >= 0x80) {
        break;
      }
      position++;
      if (c == CAN || c == SUB) {
        break;
      }
      if (c >= 0x40 && c < 0x7f) {
        if (allowed && allowedFinal(c, parameters)) {
          out.append(c);
          return;
        }
        break;
      }
      if (c < 0x20 || c == 0x7f) {
        continue; // a terminal acts on a control at once and goes on with the sequence
      }
      boolean digit = c >= '0' && c <= '9';
      digits = digit ? digits + 1 : 0;
      if (digits > MAX_DIGITS
          || out.length() - parameters >= MAX_PARAMETERS
          || !(digit || c == ';' || c == ':')) {
        allowed = false; // private markers and intermediates belong to modes and questions
      } else if (allowed) {
        out.append(c);
      }
    }
    out.setLength(rollback);
  }

  private boolean allowedFinal(char c, int parameters) {
    if (c == 'm') {
      return true;
    }
    if (CURSOR_AND_ERASE.indexOf(c) < 0 || out.indexOf(":", parameters) >= 0) {
      return false;
    }
    // erasing the history behind the screen would hide what was said before; a second parameter
    // of s and u belongs to other functions
    return switch (c) {
      case 'J' -> erasesOnlyTheScreen(out.substring(parameters));
      case 's', 'u' -> out.length() == parameters;
      default -> true;
    };
  }

  private static boolean erasesOnlyTheScreen(String parameters) {
    return switch (parameters) {
      case "", "0", "1", "2" -> true;
      default -> false;
    };
  }

  private void operatingSystemCommand() {
    int from = position;
    int to = controlString(/* endsAtBell= */ true);
    if (to < 0 || !line.startsWith("8;", from)) {
      return;
    }
    int uri = line.indexOf(';', from + 2) + 1;
    if (uri == 0 || uri > to) {
      return;
    }
    if (uri == to) {
      if (linkOpen) {
        out.append(CLOSE_LINK);
        linkOpen = false;
      }
    } else if (allowedLink(uri, to)) {
      out.append("\u001b]8;;").append(line, uri, to).append("\u001b\\");
      linkOpen = true;
    }
  }

  private boolean allowedLink(int from, int to) {
    if (to - from > MAX_LINK
        || !(line.regionMatches(true, from, "http://", 0, 7)
            || line.regionMatches(true, from, "https://", 0, 8))) {
      return false;
    }
    for (int i = from; i < to; i++) {
      char c = line.charAt(i);
      if (c <= ' ' || c >= 0x7f) {
        return false;
      }
    }
    return true;
  }

  /// Skips a control string with its terminator. Returns where its text ends, -1 when it was
  /// cancelled or the line ended first.
  private int controlString(boolean endsAtBell) {
    while (position < line.length()) {
      char c = line.charAt(position);
      if (c == ESC) {
        if (position + 1 < line.length() && line.charAt(position + 1) == '\\') {
          position += 2;
          return position - 2;
        }
        return -1; // begins something new
      }
      position++;
      if (c == C1_ST || (c == BEL && endsAtBell)) {
        return position - 1;
      }
      if (c == CAN || c == SUB) {
        return -1;
      }
    }
    return -1;
  }
}
