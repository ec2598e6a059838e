package dev.wings.fs.search;

/// Tells text from other content.
final class Utf8 {
  private Utf8() {}

  /// Whether the first `length` bytes are UTF-8.
  ///
  /// @param cut whether more bytes follow, so that the last character may be incomplete
  static boolean isText(byte[] bytes, int length, boolean cut) {
    int at = 0;
    while (at < length) {
      int lead = bytes[at];
      if (lead >= 0) {
        at++;
        continue;
      }
      int following = following(lead & 0xFF);
      if (following < 0) {
        return false;
      }
      for (int i = 1; i <= following; i++) {
        if (at + i >= length) {
          return cut;
        }
        int next = bytes[at + i] & 0xFF;
        if (next < low(lead & 0xFF, i) || next > high(lead & 0xFF, i)) {
          return false;
        }
      }
      at += following + 1;
    }
    return true;
  }

  /// Continuation bytes behind a leading one; -1 when it leads nothing.
  private static int following(int lead) {
    if (lead >= 0xC2 && lead <= 0xDF) {
      return 1;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
      return 2;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 3 : -1;
  }

  /// No overlong forms.
  private static int low(int lead, int index) {
    if (index > 1) {
      return 0x80;
    }
    return switch (lead) {
      case 0xE0 -> 0xA0;
      case 0xF0 -> 0x90;
      default -> 0x80;
    };
  }

  /// No surrogates, nothing above U+10FFFF.
  private static int high(int lead, int index) {
    if (index > 1) {
      return 0xBF;
    }
    return switch (lead) {
      case 0xED -> 0x9F;
      case 0xF4 -> 0x8F;
      default -> 0xBF;
    };
  }
}
