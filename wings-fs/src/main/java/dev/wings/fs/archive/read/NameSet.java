package dev.wings.fs.archive.read;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/// A set of names in sixteen bytes each at most: only 64 bits of each name's hash are kept. Two
/// names of which all those bits agree, which does not happen by chance, count as one.
final class NameSet {
  private static final HashFunction HASH = Hashing.goodFastHash(128);

  /// What a name can take, with the copy that growing makes.
  static final int MOST_BYTES_PER_NAME = 48;

  private static final int FIRST_SLOTS = 1 << 10;

  private long[] slots = new long[FIRST_SLOTS];
  private int count;

  /// @return false when it was there
  boolean add(String name) {
    long hash = HASH.hashString(name, StandardCharsets.ISO_8859_1).asLong();
    long value = hash == 0 ? 1 : hash; // 0 is a free slot
    if (count * 2 >= slots.length) {
      grow();
    }
    if (!put(value)) {
      return false;
    }
    count++;
    return true;
  }

  private boolean put(long value) {
    int slot = (int) value & slots.length - 1;
    while (slots[slot] != 0) {
      if (slots[slot] == value) {
        return false;
      }
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = value;
    return true;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[old.length * 2];
    for (long value : old) {
      if (value != 0) {
        put(value);
      }
    }
  }
}
