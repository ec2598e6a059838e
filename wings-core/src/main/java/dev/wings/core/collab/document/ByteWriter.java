package dev.wings.core.collab.document;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes what [ByteReader] reads.
public final class ByteWriter {
  private byte[] bytes = new byte[64];
  private int length;

  void writeByte(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  public void writeUnsigned(long value) {
    long rest = value;
    while (rest > 0x7f) {
      writeByte((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    writeByte((int) rest);
  }

  void writeId(Id id) {
    writeUnsigned(id.client());
    writeUnsigned(id.clock());
  }

  public void writeString(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    writeUnsigned(utf8.length);
    writeBytes(utf8);
  }

  void writeBytes(byte[] block) {
    reserve(block.length);
    System.arraycopy(block, 0, bytes, length, block.length);
    length += block.length;
  }

  private void reserve(int count) {
    if (count > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, count), 2 * bytes.length));
    }
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }
}
