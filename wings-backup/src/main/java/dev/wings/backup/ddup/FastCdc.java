package dev.wings.backup.ddup;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// Cuts content into chunks where the content itself says so (FastCDC, Xia et al. 2020), so that an
/// insertion changes the chunks around it only. Table, masks and sizes are those of the library
/// that Calagopus uses (`backups.md` A.4): what it has stored is found again.
final class FastCdc {
  static final int AVERAGE_BYTES = 1 << 20;
  static final int LEAST_BYTES = AVERAGE_BYTES / 4;
  static final int MOST_BYTES = AVERAGE_BYTES * 4;

  /// Harder to meet than one in `AVERAGE_BYTES`, for what is still short.
  private static final long STRICT_MASK = 0x0000_d917_6753_7000L;

  /// Easier, for what is long already.
  private static final long LOOSE_MASK = 0x0000_d917_0753_7000L;

  private static final long[] GEAR = gear();

  private FastCdc() {}

  /// The first eight bytes of the MD5 of 64 times the same byte, for each byte.
  private static long[] gear() {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      long[] table = new long[256];
      byte[] seed = new byte[64];
      for (int value = 0; value < table.length; value++) {
        Arrays.fill(seed, (byte) value);
        table[value] = ByteBuffer.wrap(md5.digest(seed)).getLong();
      }
      return table;
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every JDK has it
    }
  }

  /// Length of the first chunk.
  ///
  /// @param length what is left of the content, or at least [#MOST_BYTES] of it
  static int cut(byte[] data, int offset, int length) {
    if (length <= LEAST_BYTES) {
      return length;
    }
    int most = Math.min(length, MOST_BYTES);
    int end = most & ~1; // bytes are looked at in pairs
    int middle = Math.min(AVERAGE_BYTES, end);
    long hash = 0;
    int at = LEAST_BYTES;
    for (; at < middle; at++) {
      hash = (hash << 1) + GEAR[data[offset + at] & 0xff];
      if ((hash & STRICT_MASK) == 0) {
        return at;
      }
    }
    for (; at < end; at++) {
      hash = (hash << 1) + GEAR[data[offset + at] & 0xff];
      if ((hash & LOOSE_MASK) == 0) {
        return at;
      }
    }
    return most;
  }
}
