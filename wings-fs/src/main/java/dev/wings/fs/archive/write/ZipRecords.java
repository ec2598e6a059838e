package dev.wings.fs.archive.write;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// The records of a zip archive (APPNOTE.TXT 6.3). Sizes and offsets that do not fit 32 bits are in
/// a Zip64 field. Times are the DOS time in UTC, which has two seconds' steps, and Info-ZIP's
/// extended timestamp.
final class ZipRecords {
  static final int STORED = 0;
  static final int DEFLATED = 8;

  private static final int LOCAL = 0x04034b50;
  private static final int DESCRIPTOR = 0x08074b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int ZIP64_END = 0x06064b50;
  private static final int ZIP64_LOCATOR = 0x07064b50;
  private static final int END = 0x06054b50;
  private static final int FLAG_DESCRIPTOR = 1 << 3;
  private static final int FLAG_UTF8 = 1 << 11;
  private static final int VERSION = 20;
  private static final int VERSION_ZIP64 = 45;
  private static final int MADE_BY_UNIX = 3 << 8;
  private static final int DOS_DIRECTORY = 0x10;
  private static final int EXTRA_ZIP64 = 1;
  private static final int EXTRA_TIME = 0x5455;
  private static final long MAX_32 = 0xFFFF_FFFFL;
  private static final int MAX_16 = 0xFFFF;

  private ZipRecords() {}

  /// What is known of an entry when its header is written.
  ///
  /// @param name with a slash at the end for a directory
  /// @param mode type and permission bits, as `st_mode`
  /// @param streamed whether the sizes follow the body
  /// @param wide whether the sizes that follow have 64 bits
  @SuppressWarnings("ArrayRecordComponent") // lives for one step, never compared
  record Head(byte[] name, int mode, Instant modified, boolean streamed, boolean wide) {
    private int flags() {
      return (streamed ? FLAG_DESCRIPTOR : 0) | (utf8(name) ? FLAG_UTF8 : 0);
    }
  }

  /// @param offset of the local header
  record Sizes(int method, int crc, long compressed, long size, long offset) {}

  private static boolean utf8(byte[] name) {
    boolean ascii = true;
    for (byte b : name) {
      ascii &= b >= 0;
    }
    if (ascii) {
      return false;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name));
      return true;
    } catch (CharacterCodingException otherBytes) {
      return false;
    }
  }

  /// Header before a body; the sizes of a streamed one are ignored.
  static byte[] local(Head head, Sizes sizes) {
    byte[] time = timestamp(head.modified());
    int extra = time.length + (head.wide() ? 20 : 0);
    ByteBuffer record = buffer(30 + head.name().length + extra);
    record.putInt(LOCAL).putShort(s(head.wide() ? VERSION_ZIP64 : VERSION));
    record.putShort(s(head.flags())).putShort(s(sizes.method())).putInt(dosTime(head.modified()));
    if (head.streamed()) {
      int unknown = head.wide() ? (int) MAX_32 : 0;
      record.putInt(0).putInt(unknown).putInt(unknown);
    } else {
      record.putInt(sizes.crc()).putInt((int) sizes.compressed()).putInt((int) sizes.size());
    }
    record.putShort(s(head.name().length)).putShort(s(extra)).put(head.name());
    if (head.wide()) {
      record.putShort(s(EXTRA_ZIP64)).putShort(s(16)).putLong(0).putLong(0);
    }
    return bytes(record.put(time));
  }

  /// Sizes after a streamed body.
  static byte[] descriptor(Head head, Sizes sizes) {
    ByteBuffer record = buffer(head.wide() ? 24 : 16);
    record.putInt(DESCRIPTOR).putInt(sizes.crc());
    if (head.wide()) {
      return bytes(record.putLong(sizes.compressed()).putLong(sizes.size()));
    }
    return bytes(record.putInt((int) sizes.compressed()).putInt((int) sizes.size()));
  }

  /// An entry of the directory at the end.
  static byte[] central(Head head, Sizes sizes) {
    boolean wideSizes = head.wide() || sizes.size() >= MAX_32 || sizes.compressed() >= MAX_32;
    boolean wideOffset = sizes.offset() >= MAX_32;
    byte[] time = timestamp(head.modified());
    int wide = (wideSizes ? 16 : 0) + (wideOffset ? 8 : 0);
    int extra = time.length + (wide > 0 ? 4 + wide : 0);
    ByteBuffer record = buffer(46 + head.name().length + extra);
    record.putInt(CENTRAL).putShort(s(MADE_BY_UNIX | VERSION_ZIP64));
    record.putShort(s(wide > 0 ? VERSION_ZIP64 : VERSION)).putShort(s(head.flags()));
    record.putShort(s(sizes.method())).putInt(dosTime(head.modified())).putInt(sizes.crc());
    record.putInt(wideSizes ? (int) MAX_32 : (int) sizes.compressed());
    record.putInt(wideSizes ? (int) MAX_32 : (int) sizes.size());
    record.putShort(s(head.name().length)).putShort(s(extra));
    record.putShort(s(0)).putShort(s(0)).putShort(s(0)); // comment, disk, internal attributes
    boolean directory = head.name()[head.name().length - 1] == '/';
    record.putInt(head.mode() << 16 | (directory ? DOS_DIRECTORY : 0));
    record.putInt(wideOffset ? (int) MAX_32 : (int) sizes.offset()).put(head.name());
    if (wide > 0) {
      record.putShort(s(EXTRA_ZIP64)).putShort(s(wide));
      if (wideSizes) {
        record.putLong(sizes.size()).putLong(sizes.compressed());
      }
      if (wideOffset) {
        record.putLong(sizes.offset());
      }
    }
    return bytes(record.put(time));
  }

  /// The end of the archive.
  static byte[] end(long entries, long offset, long length) {
    boolean wide = entries >= MAX_16 || offset >= MAX_32 || length >= MAX_32;
    ByteBuffer record = buffer(22 + (wide ? 56 + 20 : 0));
    if (wide) {
      record.putInt(ZIP64_END).putLong(44).putShort(s(MADE_BY_UNIX | VERSION_ZIP64));
      record.putShort(s(VERSION_ZIP64)).putInt(0).putInt(0).putLong(entries).putLong(entries);
      record.putLong(length).putLong(offset);
      record.putInt(ZIP64_LOCATOR).putInt(0).putLong(offset + length).putInt(1);
    }
    short count = s((int) Math.min(entries, MAX_16));
    record.putInt(END).putShort(s(0)).putShort(s(0)).putShort(count).putShort(count);
    record.putInt((int) Math.min(length, MAX_32)).putInt((int) Math.min(offset, MAX_32));
    return bytes(record.putShort(s(0)));
  }

  /// Info-ZIP's field `UT`; empty for a time that it cannot hold.
  private static byte[] timestamp(Instant modified) {
    long seconds = modified.getEpochSecond();
    if (seconds != (int) seconds) {
      return new byte[0];
    }
    ByteBuffer field = buffer(9).putShort(s(EXTRA_TIME)).putShort(s(5)).put((byte) 1);
    return bytes(field.putInt((int) seconds));
  }

  /// Date in the upper half, time in the lower; clipped to what DOS knows.
  private static int dosTime(Instant modified) {
    LocalDateTime time = LocalDateTime.ofInstant(modified, ZoneOffset.UTC);
    if (time.getYear() < 1980) {
      return 1 << 21 | 1 << 16;
    }
    if (time.getYear() > 2107) {
      return 127 << 25 | 12 << 21 | 31 << 16 | 23 << 11 | 59 << 5 | 29;
    }
    return (time.getYear() - 1980) << 25
        | time.getMonthValue() << 21
        | time.getDayOfMonth() << 16
        | time.getHour() << 11
        | time.getMinute() << 5
        | time.getSecond() / 2;
  }

  private static byte[] bytes(ByteBuffer filled) {
    byte[] bytes = new byte[filled.position()];
    filled.flip().get(bytes);
    return bytes;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static short s(int value) {
    return (short) value;
  }
}
