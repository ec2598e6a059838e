package dev.wings.fs.archive.write;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// One header block of GNU tar (tar's manual, "Basic Tar Format" and "Storing Sparse Files"). Owner
/// fields are 0 and empty. Numbers that do not fit their octal field are stored in base 256.
final class TarHeader {
  static final int BYTES = 512;
  static final int NAME_BYTES = 100;

  /// Maps of this many extents fit into the header, [#EXTENSION_EXTENTS] into each block after it.
  static final int HEADER_EXTENTS = 4;

  static final int EXTENSION_EXTENTS = 21;

  private static final int NAME = 0;
  private static final int MODE = 100;
  private static final int UID = 108;
  private static final int GID = 116;
  private static final int SIZE = 124;
  private static final int MTIME = 136;
  private static final int CHECKSUM = 148;
  private static final int TYPE = 156;
  private static final int LINK = 157;
  private static final int MAGIC = 257;
  private static final int SPARSE = 386;
  private static final int IS_EXTENDED = 482;
  private static final int REAL_SIZE = 483;
  private static final int EXTENSION_IS_EXTENDED = 504;
  private static final int EXTENT_BYTES = 24;
  private static final byte[] GNU = "ustar  \0".getBytes(StandardCharsets.US_ASCII);

  private final byte[] block = new byte[BYTES];

  TarHeader(char type, byte[] name, int mode, long size, Instant modified) {
    text(NAME, name);
    number(MODE, 8, mode);
    number(UID, 8, 0);
    number(GID, 8, 0);
    number(SIZE, 12, size);
    number(MTIME, 12, modified.getEpochSecond());
    block[TYPE] = (byte) type;
    System.arraycopy(GNU, 0, block, MAGIC, GNU.length);
  }

  /// The header of a long name or link that precedes the entry it belongs to.
  static TarHeader longText(char type, int length) {
    byte[] name = "././@LongLink".getBytes(StandardCharsets.US_ASCII);
    return new TarHeader(type, name, 0644, length, Instant.EPOCH);
  }

  TarHeader link(byte[] target) {
    text(LINK, target);
    return this;
  }

  /// @param extended whether extension blocks follow
  TarHeader realSize(long size, boolean extended) {
    number(REAL_SIZE, 12, size);
    block[IS_EXTENDED] = (byte) (extended ? 1 : 0);
    return this;
  }

  void extent(int index, long position, long length) {
    number(SPARSE + index * EXTENT_BYTES, 12, position);
    number(SPARSE + index * EXTENT_BYTES + 12, 12, length);
  }

  static void extensionExtent(byte[] extension, int index, long position, long length) {
    number(extension, index * EXTENT_BYTES, 12, position);
    number(extension, index * EXTENT_BYTES + 12, 12, length);
  }

  static void extended(byte[] extension) {
    extension[EXTENSION_IS_EXTENDED] = 1;
  }

  /// The block with its checksum.
  byte[] bytes() {
    for (int i = 0; i < 8; i++) {
      block[CHECKSUM + i] = ' ';
    }
    int sum = 0;
    for (byte b : block) {
      sum += Byte.toUnsignedInt(b);
    }
    number(CHECKSUM, 7, sum);
    return block;
  }

  private void text(int at, byte[] text) {
    System.arraycopy(text, 0, block, at, Math.min(text.length, NAME_BYTES));
  }

  private void number(int at, int length, long value) {
    number(block, at, length, value);
  }

  private static void number(byte[] block, int at, int length, long value) {
    int digits = length - 1;
    if (value >= 0 && value < 1L << (3 * digits)) {
      long rest = value;
      for (int i = digits - 1; i >= 0; i--, rest >>>= 3) {
        block[at + i] = (byte) ('0' + (rest & 7));
      }
      return;
    }
    long rest = value;
    for (int i = length - 1; i > 0; i--, rest >>= 8) {
      block[at + i] = (byte) rest;
    }
    block[at] = (byte) (value < 0 ? 0xFF : 0x80);
  }
}
