package dev.wings.sftp.shell;

import java.util.function.Consumer;

/// Makes keys of the bytes of a terminal, which may arrive in any pieces: UTF-8, and the escape
/// sequences of keys. Holds a few bytes at most, however long a sequence is. One thread at a time.
final class KeyDecoder {
  private static final int ESCAPE = 0x1b;
  private static final int MAX_PARAMETERS = 16;

  private State state = State.GROUND;
  private final StringBuilder parameters = new StringBuilder(MAX_PARAMETERS);
  private int codePoint;
  private int smallest;
  private int missing;
  private boolean lineEnded;

  private enum State {
    GROUND,
    ESCAPE,
    SEQUENCE,
    SINGLE,
    CHARACTER
  }

  void feed(byte[] bytes, Consumer<Key> keys) {
    for (byte b : bytes) {
      take(b & 0xff, keys);
    }
  }

  private void take(int b, Consumer<Key> keys) {
    switch (state) {
      case GROUND -> ground(b, keys);
      case CHARACTER -> continuation(b, keys);
      case ESCAPE -> escape(b, keys);
      case SEQUENCE -> sequence(b, keys);
      case SINGLE -> {
        state = State.GROUND;
        keys.accept(cursorKey(b));
      }
    }
  }

  private void ground(int b, Consumer<Key> keys) {
    boolean afterReturn = lineEnded;
    lineEnded = b == '\r';
    if (b == '\n' && afterReturn) {
      return; // CR LF is one line end
    }
    if (b == ESCAPE) {
      state = State.ESCAPE;
    } else if (b < 0x20 || b == 0x7f) {
      keys.accept(control(b));
    } else if (b < 0x80) {
      keys.accept(new Key.Text(b));
    } else {
      lead(b, keys);
    }
  }

  private static Key control(int b) {
    return switch (b) {
      case '\r', '\n' -> Key.Action.ENTER;
      case 0x08, 0x7f -> Key.Action.ERASE;
      case '\t' -> new Key.Text(b);
      case 0x01 -> Key.Action.HOME; // as Ctrl-A, Ctrl-E and Ctrl-U do in other shells
      case 0x05 -> Key.Action.END;
      case 0x15 -> Key.Action.ERASE_LINE;
      default -> Key.Action.UNKNOWN;
    };
  }

  private void lead(int b, Consumer<Key> keys) {
    if (b >= 0xc2 && b < 0xe0) {
      begin(b & 0x1f, 1, 0x80);
    } else if (b >= 0xe0 && b < 0xf0) {
      begin(b & 0x0f, 2, 0x800);
    } else if (b >= 0xf0 && b < 0xf5) {
      begin(b & 0x07, 3, 0x10000);
    } else {
      keys.accept(Key.Action.UNKNOWN);
    }
  }

  private void begin(int bits, int following, int smallestAllowed) {
    state = State.CHARACTER;
    codePoint = bits;
    missing = following;
    smallest = smallestAllowed;
  }

  private void continuation(int b, Consumer<Key> keys) {
    if ((b & 0xc0) != 0x80) {
      state = State.GROUND;
      keys.accept(Key.Action.UNKNOWN);
      ground(b, keys); // begins something new
      return;
    }
    codePoint = (codePoint << 6) | (b & 0x3f);
    if (--missing == 0) {
      state = State.GROUND;
      keys.accept(printable(codePoint) ? new Key.Text(codePoint) : Key.Action.UNKNOWN);
    }
  }

  /// Characters that a terminal would act on are no text: controls and those that reverse the
  /// direction of what follows.
  private boolean printable(int point) {
    return point >= smallest
        && Character.isValidCodePoint(point)
        && (point < 0xd800 || point > 0xdfff)
        && !Character.isISOControl(point)
        && !(point >= 0x202a && point <= 0x202e)
        && !(point >= 0x2066 && point <= 0x2069);
  }

  private void escape(int b, Consumer<Key> keys) {
    switch (b) {
      case '[' -> {
        state = State.SEQUENCE;
        parameters.setLength(0);
      }
      case 'O' -> state = State.SINGLE; // what some terminals send for the keys of the cursor
      case ESCAPE -> keys.accept(Key.Action.UNKNOWN);
      default -> {
        state = State.GROUND;
        keys.accept(Key.Action.UNKNOWN);
        if (b < 0x20) {
          ground(b, keys);
        }
      }
    }
  }

  private void sequence(int b, Consumer<Key> keys) {
    if (b >= 0x40 && b < 0x7f) {
      state = State.GROUND;
      keys.accept(b == '~' ? numbered(parameters.toString()) : cursorKey(b));
    } else if (b == ESCAPE) {
      state = State.ESCAPE;
    } else if (b < 0x20 || b >= 0x7f) {
      state = State.GROUND;
      keys.accept(Key.Action.UNKNOWN);
    } else if (parameters.length() < MAX_PARAMETERS) {
      parameters.append((char) b);
    }
  }

  private static Key cursorKey(int last) {
    return switch (last) {
      case 'A' -> Key.Action.UP;
      case 'B' -> Key.Action.DOWN;
      case 'C' -> Key.Action.RIGHT;
      case 'D' -> Key.Action.LEFT;
      case 'H' -> Key.Action.HOME;
      case 'F' -> Key.Action.END;
      default -> Key.Action.UNKNOWN;
    };
  }

  private static Key numbered(String number) {
    return switch (number) {
      case "1", "7" -> Key.Action.HOME;
      case "4", "8" -> Key.Action.END;
      case "3" -> Key.Action.DELETE;
      default -> Key.Action.UNKNOWN;
    };
  }
}
