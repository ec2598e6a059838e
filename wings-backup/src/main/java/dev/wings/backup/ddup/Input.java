package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// Reads numbers and bytes from a stream (`backups.md` A.2). What a decoder does not understand,
/// and a stream that ends too early, are damage. For one thread.
final class Input implements Closeable {
  private static final int MOST_DIGITS = 10;

  private final InputStream in;
  private final byte[] buffer = new byte[8 << 10];
  private int at;
  private int end;

  Input(InputStream in) {
    this.in = in;
  }

  private boolean fill() throws IOException {
    try {
      end = Math.max(0, in.read(buffer, 0, buffer.length));
    } catch (EOFException | java.util.zip.ZipException broken) {
      throw damaged(broken);
    }
    at = 0;
    return end > 0;
  }

  static DamagedBackupException damaged(Exception cause) {
    DamagedBackupException damaged =
        new DamagedBackupException("cannot be decompressed: " + cause.getMessage());
    damaged.initCause(cause);
    return damaged;
  }

  /// The next byte, -1 at the end.
  int read() throws IOException {
    return at < end || fill() ? buffer[at++] & 0xff : -1;
  }

  private int required() throws IOException {
    int next = read();
    if (next < 0) {
      throw new DamagedBackupException("ends too early");
    }
    return next;
  }

  byte[] bytes(int count) throws IOException {
    byte[] result = new byte[count];
    for (int done = 0; done < count; ) {
      if (at == end && !fill()) {
        throw new DamagedBackupException("ends too early");
      }
      int step = Math.min(count - done, end - at);
      System.arraycopy(buffer, at, result, done, step);
      at += step;
      done += step;
    }
    return result;
  }

  int u32() throws IOException {
    return required() | required() << 8 | required() << 16 | required() << 24;
  }

  long u64() throws IOException {
    return (u32() & 0xffff_ffffL) | (long) u32() << 32;
  }

  /// A number of at most 64 bits.
  ///
  /// @return negative when it has all 64
  long varint() throws IOException {
    return varint(required());
  }

  /// The same when its first byte was read.
  long varint(int first) throws IOException {
    long value = first & 0x7f;
    int digit = first;
    for (int digits = 1; (digit & 0x80) != 0; digits++) {
      digit = required();
      if (digits == MOST_DIGITS || (digits == MOST_DIGITS - 1 && digit > 1)) {
        throw new DamagedBackupException("has a number of more than 64 bits");
      }
      value |= (long) (digit & 0x7f) << (7 * digits);
    }
    return value;
  }

  /// A number that must be at most `most`.
  int varint(int most, String what) throws IOException {
    long value = varint();
    if (value < 0 || value > most) {
      throw new DamagedBackupException(
          "%s: %s (expected: <= %d)".formatted(what, Long.toUnsignedString(value), most));
    }
    return (int) value;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
