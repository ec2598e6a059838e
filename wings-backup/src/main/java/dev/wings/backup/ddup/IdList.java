package dev.wings.backup.ddup;

import java.util.Arrays;

/// Ids of chunks in the order they were added, each as often as it was added, in two to four bytes
/// each. For one thread at a time.
final class IdList {
  private byte[] bytes = new byte[256];
  private int length;
  private long count;

  /// Takes ids.
  @FunctionalInterface
  interface Visitor {
    void id(long id);
  }

  void add(long id) {
    if (length + 10 > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.multiplyExact(bytes.length, 2));
    }
    long left = id;
    for (; (left & ~0x7fL) != 0; left >>>= 7) {
      bytes[length++] = (byte) ((left & 0x7f) | 0x80);
    }
    bytes[length++] = (byte) left;
    count++;
  }

  void addAll(IdList others) {
    others.forEach(this::add);
  }

  void clear() {
    length = 0;
    count = 0;
  }

  long count() {
    return count;
  }

  void forEach(Visitor visitor) {
    for (int at = 0; at < length; ) {
      long id = 0;
      int shift = 0;
      byte digit;
      do {
        digit = bytes[at++];
        id |= (long) (digit & 0x7f) << shift;
        shift += 7;
      } while (digit < 0);
      visitor.id(id);
    }
  }

  /// The ids as they stand in an archive, one number after the other (`backups.md` A.3), in the
  /// first [#length] bytes.
  byte[] array() {
    return bytes;
  }

  int length() {
    return length;
  }
}
