package dev.wings.fs.search;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Finds one text in bytes, in time linear in their number whatever text and bytes are
/// (`threats.md` DS-10). Immutable.
///
/// A short text is found by its first byte, eight bytes of the haystack at a time. A longer one by
/// the Two-Way algorithm (Crochemore and Perrin, 1991) with a table of shifts for the last byte of
/// the window, which usually moves on by the length of the text.
final class ByteSearch {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHS = 0x8080_8080_8080_8080L;
  private static final int SHORT = 3;

  private final byte[] needle;
  private final byte[] fold = new byte[256];
  private final int[] shift = new int[256];

  /// The right half begins behind this index.
  private int cut;

  private int period;

  /// How much of the window is known to match after a move by the period; 0 unless the text repeats
  /// itself.
  private int remembered;

  /// @param text not empty
  /// @param ignoreCase whether ASCII letters are the same in both cases
  ByteSearch(byte[] text, boolean ignoreCase) {
    for (int i = 0; i < 256; i++) {
      boolean upper = ignoreCase && i >= 'A' && i <= 'Z';
      fold[i] = (byte) (upper ? i + ('a' - 'A') : i);
    }
    needle = new byte[text.length];
    for (int i = 0; i < text.length; i++) {
      needle[i] = folded(text[i]);
    }
    prepareShifts();
    split();
  }

  int length() {
    return needle.length;
  }

  private byte folded(byte b) {
    return fold[b & 0xFF];
  }

  /// For each byte at the end of the window: how far the window can move at least.
  private void prepareShifts() {
    int last = needle.length - 1;
    int[] lastIndex = new int[256];
    java.util.Arrays.fill(lastIndex, -1);
    for (int i = 0; i <= last; i++) {
      lastIndex[needle[i] & 0xFF] = i;
    }
    for (int b = 0; b < 256; b++) {
      shift[b] = last - lastIndex[fold[b] & 0xFF];
    }
  }

  /// Finds the critical factorisation: the later of the two maximal suffixes.
  private void split() {
    long normal = maximalSuffix(/* reversed= */ false);
    long reversed = maximalSuffix(/* reversed= */ true);
    long chosen = (int) (normal >> 32) >= (int) (reversed >> 32) ? normal : reversed;
    cut = (int) (chosen >> 32);
    period = (int) chosen;
    if (repeats()) {
      remembered = needle.length - period;
    } else {
      period = Math.max(cut, needle.length - cut - 1) + 1;
      remembered = 0;
    }
  }

  /// @return index before the suffix in the upper half, its period in the lower
  private long maximalSuffix(boolean reversed) {
    int before = -1;
    int candidate = 0;
    int matched = 1;
    int suffixPeriod = 1;
    while (candidate + matched < needle.length) {
      int a = needle[before + matched] & 0xFF;
      int b = needle[candidate + matched] & 0xFF;
      if (a == b) {
        if (matched == suffixPeriod) {
          candidate += suffixPeriod;
          matched = 1;
        } else {
          matched++;
        }
      } else if (reversed ? a < b : a > b) {
        candidate += matched;
        matched = 1;
        suffixPeriod = candidate - before;
      } else {
        before = candidate;
        candidate++;
        matched = 1;
        suffixPeriod = 1;
      }
    }
    return ((long) before << 32) | suffixPeriod;
  }

  private boolean repeats() {
    if (cut + 1 + period > needle.length) {
      return false;
    }
    for (int i = 0; i <= cut; i++) {
      if (needle[i] != needle[i + period]) {
        return false;
      }
    }
    return true;
  }

  /// First place of the text in `bytes[from, to)`, -1 when it is not there.
  int find(byte[] bytes, int from, int to) {
    return needle.length <= SHORT ? findShort(bytes, from, to) : findLong(bytes, from, to);
  }

  private int findShort(byte[] bytes, int from, int to) {
    int end = to - needle.length; // last possible place
    long lower = ONES * (needle[0] & 0xFF);
    long upper = ONES * (otherCase(needle[0]) & 0xFF);
    int at = from;
    while (at <= end) {
      if (at + Long.BYTES <= to) {
        long word = (long) LONGS.get(bytes, at);
        long hits = zeros(word ^ lower) | zeros(word ^ upper);
        if (hits == 0) {
          at += Long.BYTES;
          continue;
        }
        at += Long.numberOfTrailingZeros(hits) >>> 3; // the lowest mark is always a true one
      }
      if (at <= end && startsAt(bytes, at)) {
        return at;
      }
      at++;
    }
    return -1;
  }

  /// Marks the bytes that are 0; above the lowest of them it may mark others as well.
  private static long zeros(long word) {
    return (word - ONES) & ~word & HIGHS;
  }

  /// The upper-case letter where case is ignored, else the same byte.
  private byte otherCase(byte b) {
    boolean letter = b >= 'a' && b <= 'z' && fold['A'] == 'a';
    return (byte) (letter ? b - ('a' - 'A') : b);
  }

  private boolean startsAt(byte[] bytes, int at) {
    for (int i = 0; i < needle.length; i++) {
      if (folded(bytes[at + i]) != needle[i]) {
        return false;
      }
    }
    return true;
  }

  private int findLong(byte[] bytes, int from, int to) {
    int length = needle.length;
    int known = 0;
    int at = from;
    while (at <= to - length) {
      int move = shift[bytes[at + length - 1] & 0xFF];
      if (move > 0) {
        at += Math.max(move, known);
        known = 0;
        continue;
      }
      int right = Math.max(cut + 1, known);
      while (right < length && needle[right] == folded(bytes[at + right])) {
        right++;
      }
      if (right < length) {
        at += right - cut;
        known = 0;
        continue;
      }
      int left = cut;
      while (left >= known && needle[left] == folded(bytes[at + left])) {
        left--;
      }
      if (left < known) {
        return at;
      }
      at += period;
      known = remembered;
    }
    return -1;
  }
}
