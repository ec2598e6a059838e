package dev.wings.fs.archive.read;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Builds zip files that no honest program would.
final class CraftedZip {
  private static final int HOST_UNIX = 3 << 8;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<byte[]> directory = new ArrayList<>();

  /// A stored file.
  CraftedZip file(String name, String content) {
    byte[] data = content.getBytes(StandardCharsets.ISO_8859_1);
    return entry(name, 0, data, data.length, crc(data), 0100644);
  }

  CraftedZip link(String name, String target) {
    byte[] data = target.getBytes(StandardCharsets.ISO_8859_1);
    return entry(name, 0, data, data.length, crc(data), 0120777);
  }

  CraftedZip deflated(String name, byte[] content, long announced) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(content);
    deflater.finish();
    byte[] data = new byte[content.length + 64];
    int length = deflater.deflate(data);
    deflater.end();
    return entry(name, 8, java.util.Arrays.copyOf(data, length), announced, crc(content), 0100644);
  }

  CraftedZip entry(String name, int method, byte[] data, long size, long crc, int mode) {
    int offset = out.size();
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer local = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
    local.putInt(0, 0x04034b50).putShort(8, (short) method).putShort(26, (short) bytes.length);
    out.writeBytes(local.array());
    out.writeBytes(bytes);
    out.writeBytes(data);
    return record(name, method, data.length, size, crc, mode, offset);
  }

  /// Only a record of the directory.
  CraftedZip record(
      String name, int method, long compressed, long size, long crc, int mode, long offset) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer record = ByteBuffer.allocate(46 + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    record
        .putInt(0, 0x02014b50)
        .putShort(4, (short) HOST_UNIX)
        .putShort(10, (short) method)
        .putInt(16, (int) crc)
        .putInt(20, (int) compressed)
        .putInt(24, (int) size)
        .putShort(28, (short) bytes.length)
        .putInt(38, mode << 16)
        .putInt(42, (int) offset);
    record.put(46, bytes);
    directory.add(record.array());
    return this;
  }

  static long crc(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return crc.getValue();
  }

  byte[] bytes() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(out.toByteArray());
    int offset = whole.size();
    directory.forEach(whole::writeBytes);
    ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0, 0x06054b50)
        .putShort(8, (short) directory.size())
        .putShort(10, (short) directory.size())
        .putInt(12, whole.size() - offset)
        .putInt(16, offset);
    whole.writeBytes(end.array());
    return whole.toByteArray();
  }
}
