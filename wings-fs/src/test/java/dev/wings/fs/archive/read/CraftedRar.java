package dev.wings.fs.archive.read;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32;

/// Builds RAR archives of stored files: version 5, and the older format. (Programs that make RAR
/// archives cannot be had freely.)
final class CraftedRar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final boolean version5;

  private CraftedRar(boolean version5) {
    this.version5 = version5;
    if (version5) {
      out.writeBytes(HexFormat.of().parseHex("526172211a070100"));
      header5(bytes(1, 0, 0));
    } else {
      out.writeBytes(HexFormat.of().parseHex("526172211a0700"));
      header4(HexFormat.of().parseHex("7300000d00000000000000"));
    }
  }

  static CraftedRar version5() {
    return new CraftedRar(true);
  }

  static CraftedRar version4() {
    return new CraftedRar(false);
  }

  private static byte[] bytes(int... values) {
    byte[] result = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (byte) values[i];
    }
    return result;
  }

  private static void number(ByteArrayOutputStream to, long value) {
    long rest = value;
    while (rest > 0x7f) {
      to.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    to.write((int) rest);
  }

  private static void little(ByteArrayOutputStream to, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      to.write((int) (value >>> 8 * i));
    }
  }

  private static long crc(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return crc.getValue();
  }

  private void header5(byte[] content) {
    ByteArrayOutputStream sized = new ByteArrayOutputStream();
    number(sized, content.length);
    sized.writeBytes(content);
    little(out, crc(sized.toByteArray()), 4);
    out.writeBytes(sized.toByteArray());
  }

  /// @param content without its checksum
  private void header4(byte[] content) {
    little(out, crc(content) & 0xffff, 2);
    out.writeBytes(content);
  }

  CraftedRar file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8), content.length());
  }

  /// @param announced size that the header says
  CraftedRar file(String name, byte[] data, long announced) {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    if (!version5) {
      ByteArrayOutputStream header = new ByteArrayOutputStream();
      header.write(0x74);
      little(header, 0x8000, 2);
      little(header, 32 + nameBytes.length, 2);
      little(header, data.length, 4);
      little(header, announced, 4);
      header.write(3); // Unix
      little(header, crc(data), 4);
      little(header, 0x5264_2904L, 4); // 2021-03-04 05:08:08
      header.write(20);
      header.write(0x30); // stored
      little(header, nameBytes.length, 2);
      little(header, 0100644, 4);
      header.writeBytes(nameBytes);
      header4(header.toByteArray());
      out.writeBytes(data);
      return this;
    }
    header5(fileHeader5(nameBytes, 0x2, new byte[0], data, announced));
    out.writeBytes(data);
    return this;
  }

  /// @param redirection type of the extra record, 1 for symbolic and 4 for hard links
  CraftedRar link(String name, int redirection, String target) {
    byte[] targetBytes = target.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    number(record, 5);
    number(record, redirection);
    number(record, 0);
    number(record, targetBytes.length);
    record.writeBytes(targetBytes);
    ByteArrayOutputStream extra = new ByteArrayOutputStream();
    number(extra, record.size());
    extra.writeBytes(record.toByteArray());
    header5(
        fileHeader5(
            name.getBytes(StandardCharsets.UTF_8), 0x3, extra.toByteArray(), new byte[0], 0));
    return this;
  }

  private static byte[] fileHeader5(
      byte[] name, int flags, byte[] extra, byte[] data, long announced) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    number(header, 2);
    number(header, flags);
    if (extra.length > 0) {
      number(header, extra.length);
    }
    number(header, data.length);
    number(header, 0x2 | 0x4); // with time and checksum
    number(header, announced);
    number(header, 0100644);
    little(header, 1_614_834_368L, 4);
    little(header, crc(data), 4);
    number(header, 0); // stored
    number(header, 1); // Unix
    number(header, name.length);
    header.writeBytes(name);
    header.writeBytes(extra);
    return header.toByteArray();
  }

  byte[] bytes() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(out.toByteArray());
    CraftedRar end = this;
    if (end.version5) {
      ByteArrayOutputStream sized = new ByteArrayOutputStream();
      number(sized, 3);
      sized.writeBytes(bytes(5, 4, 0));
      little(whole, crc(sized.toByteArray()), 4);
      whole.writeBytes(sized.toByteArray());
    } else {
      whole.writeBytes(HexFormat.of().parseHex("c43d7b00400700"));
    }
    return whole.toByteArray();
  }
}
