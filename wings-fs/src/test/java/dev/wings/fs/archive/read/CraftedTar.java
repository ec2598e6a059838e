package dev.wings.fs.archive.read;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Builds tar archives that no honest program would, block by block.
final class CraftedTar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static byte[] block(String name, char type, long size, String link) {
    byte[] block = new byte[TarHeader.BLOCK_BYTES];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    put(block, 124, String.format(Locale.ROOT, "%011o\0", size));
    put(block, 136, "14000000000\0");
    block[156] = (byte) type;
    put(block, 157, link);
    put(block, 257, "ustar\00000");
    return sum(block);
  }

  /// Fills in the checksum.
  static byte[] sum(byte[] block) {
    put(block, 148, "        ");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
    return block;
  }

  static void put(byte[] block, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }

  CraftedTar raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /// @param name Latin-1; long ones get a GNU header of their own
  CraftedTar entry(String name, char type, String content, String link) {
    byte[] data = content.getBytes(StandardCharsets.ISO_8859_1);
    if (name.length() > 100) {
      header('L', name + "\0");
    }
    out.writeBytes(block(name.substring(0, Math.min(100, name.length())), type, data.length, link));
    return data(data);
  }

  CraftedTar data(byte[] data) {
    out.writeBytes(data);
    out.writeBytes(new byte[-data.length & TarHeader.BLOCK_BYTES - 1]);
    return this;
  }

  /// A header that says something about the next entry.
  CraftedTar header(char type, String content) {
    byte[] data = content.getBytes(StandardCharsets.ISO_8859_1);
    out.writeBytes(block("header", type, data.length, ""));
    return data(data);
  }

  CraftedTar file(String name, String content) {
    return entry(name, '0', content, "");
  }

  CraftedTar link(String name, String target) {
    return entry(name, '2', "", target);
  }

  CraftedTar hardLink(String name, String target) {
    return entry(name, '1', "", target);
  }

  byte[] bytes() {
    byte[] end = new byte[2 * TarHeader.BLOCK_BYTES];
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(out.toByteArray());
    whole.writeBytes(end);
    return whole.toByteArray();
  }
}
