package dev.wings.fs.hash;

/// MurmurHash2 (32 bits, seed 1) of the bytes that are no white space, as CurseForge computes it.
/// How many those are has to be known before the first. Bytes may come in pieces of any size.
final class CurseForgeHash {
  private static final int MULTIPLIER = 0x5BD1_E995;
  private static final int SHIFT = 24;
  private static final int SEED = 1;

  private final long length;
  private int hash;
  private int word;
  private long taken;

  /// @param length number of bytes that count, of which the lower 32 bits are used
  CurseForgeHash(long length) {
    this.length = length;
    this.hash = SEED ^ (int) length;
  }

  /// Whether a byte counts: not tab, line feed, carriage return or space.
  static boolean counts(byte b) {
    return b != 9 && b != 10 && b != 13 && b != 32;
  }

  /// How many bytes of a piece count.
  static int count(byte[] bytes, int size) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (counts(bytes[i])) {
        count++;
      }
    }
    return count;
  }

  void update(byte[] bytes, int size) {
    for (int i = 0; i < size; i++) {
      if (counts(bytes[i])) {
        word |= (bytes[i] & 0xFF) << (8 * (int) (taken & 3));
        taken++;
        if ((taken & 3) == 0) {
          mix();
        }
      }
    }
  }

  private void mix() {
    int k = word * MULTIPLIER;
    k ^= k >>> SHIFT;
    k *= MULTIPLIER;
    hash = hash * MULTIPLIER ^ k;
    word = 0;
  }

  /// Whether as many bytes came as were announced.
  boolean complete() {
    return taken == length;
  }

  /// The hash as an unsigned number.
  long value() {
    int h = hash;
    if ((taken & 3) != 0) {
      h = (h ^ word) * MULTIPLIER;
    }
    h ^= h >>> 13;
    h *= MULTIPLIER;
    h ^= h >>> 15;
    return Integer.toUnsignedLong(h);
  }
}
