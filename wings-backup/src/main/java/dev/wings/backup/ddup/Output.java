package dev.wings.backup.ddup;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/// Writes numbers and bytes to a stream (`backups.md` A.2). For one thread.
final class Output implements Closeable {
  private final OutputStream out;
  private final byte[] buffer = new byte[8 << 10];
  private int at;

  Output(OutputStream out) {
    this.out = out;
  }

  void write(int value) throws IOException {
    if (at == buffer.length) {
      drain();
    }
    buffer[at++] = (byte) value;
  }

  void bytes(byte[] bytes) throws IOException {
    for (byte b : bytes) {
      write(b);
    }
  }

  void u32(int value) throws IOException {
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      write(value >>> shift);
    }
  }

  void u64(long value) throws IOException {
    u32((int) value);
    u32((int) (value >>> Integer.SIZE));
  }

  void varint(long value) throws IOException {
    long left = value;
    while ((left & ~0x7fL) != 0) {
      write((int) ((left & 0x7f) | 0x80));
      left >>>= 7;
    }
    write((int) left);
  }

  private void drain() throws IOException {
    out.write(buffer, 0, at);
    at = 0;
  }

  /// Hands everything on, without flushing what is below.
  void flush() throws IOException {
    drain();
  }

  @Override
  public void close() throws IOException {
    drain();
    out.close();
  }
}
