package dev.wings.fs.archive.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32;

/// One entry of a zip file's central directory (APPNOTE 4.3.12).
///
/// @param position of the record in the file
/// @param next position of the record after it
/// @param name as bytes of a path, separators as they stand
/// @param host system that made it, which tells what the external attributes are
/// @param localOffset of the local header, as it stands
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
record ZipRecord(
    long position,
    long next,
    byte[] name,
    int host,
    int flags,
    int method,
    long crc,
    long compressedSize,
    long size,
    long localOffset,
    long externalAttributes,
    Instant modified,
    Instant created) {
  static final int FIXED_BYTES = 46;
  static final int SIGNATURE = 0x02014b50;

  private static final int ENCRYPTED = 1;
  private static final int UTF8 = 1 << 11;
  private static final int HOST_UNIX = 3;
  private static final int HOST_MAC = 19;
  private static final int TYPE_BITS = 0170000;
  private static final int TYPE_FILE = 0100000;
  private static final int TYPE_DIRECTORY = 0040000;
  private static final int TYPE_LINK = 0120000;
  private static final int DOS_DIRECTORY = 0x10;
  private static final long FOUR_BYTES_FULL = 0xffff_ffffL;
  private static final int EXTRA_ZIP64 = 0x0001;
  private static final int EXTRA_NTFS = 0x000a;
  private static final int EXTRA_TIMES = 0x5455;
  private static final int EXTRA_NAME = 0x7075;
  private static final long NTFS_EPOCH_SECONDS = -11_644_473_600L;
  private static final long NTFS_TICKS_PER_SECOND = 10_000_000;

  /// @param fixed the first [#FIXED_BYTES]
  /// @param variable name, extra field and comment
  static ZipRecord parse(long position, byte[] fixed, byte[] variable) throws ArchiveException {
    ByteBuffer record = ByteBuffer.wrap(fixed).order(ByteOrder.LITTLE_ENDIAN);
    int nameBytes = record.getShort(28) & 0xffff;
    int extraBytes = record.getShort(30) & 0xffff;
    byte[] rawName = new byte[nameBytes];
    System.arraycopy(variable, 0, rawName, 0, nameBytes);
    int flags = record.getShort(8) & 0xffff;
    int host = record.getShort(4) >>> 8 & 0xff;
    Extra extra =
        Extra.parse(
            ByteBuffer.wrap(variable, nameBytes, extraBytes).slice(),
            rawName,
            record.getInt(24) & FOUR_BYTES_FULL,
            record.getInt(20) & FOUR_BYTES_FULL,
            record.getInt(42) & FOUR_BYTES_FULL);
    Instant dos = dosTime(record.getShort(14) & 0xffff, record.getShort(12) & 0xffff);
    return new ZipRecord(
        position,
        position + FIXED_BYTES + variable.length,
        name(rawName, flags, host, extra.name),
        host,
        flags,
        record.getShort(10) & 0xffff,
        record.getInt(16) & FOUR_BYTES_FULL,
        extra.compressedSize,
        extra.size,
        extra.localOffset,
        record.getInt(38) & FOUR_BYTES_FULL,
        extra.unixModified.or(() -> extra.ntfsModified).orElse(dos),
        extra.ntfsCreated.orElse(Instant.EPOCH));
  }

  /// Bytes of the name, extra field and comment that follow the fixed part.
  static int variableBytes(byte[] fixed) throws ArchiveException {
    ByteBuffer record = ByteBuffer.wrap(fixed).order(ByteOrder.LITTLE_ENDIAN);
    if (record.getInt(0) != SIGNATURE) {
      throw new ArchiveException("damaged directory of the zip file");
    }
    return (record.getShort(28) & 0xffff)
        + (record.getShort(30) & 0xffff)
        + (record.getShort(32) & 0xffff);
  }

  /// A name without a mark is in the code page of DOS, unless it is UTF-8 or comes from a Unix,
  /// where names are bytes.
  private static byte[] name(byte[] raw, int flags, int host, Optional<byte[]> unicode) {
    if (unicode.isPresent()) {
      return unicode.get();
    }
    if ((flags & UTF8) != 0 || host == HOST_UNIX || host == HOST_MAC || isUtf8(raw)) {
      return raw;
    }
    String name = "IBM437";
    Charset dos = Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.ISO_8859_1;
    return new String(raw, dos).getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isUtf8(byte[] raw) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /// DOS has no zone: it is read as UTC.
  private static Instant dosTime(int date, int time) {
    try {
      return LocalDateTime.of(
              1980 + (date >> 9),
              date >> 5 & 0xf,
              date & 0x1f,
              time >> 11,
              time >> 5 & 0x3f,
              Math.min(59, (time & 0x1f) * 2))
          .toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  boolean encrypted() {
    return (flags & ENCRYPTED) != 0;
  }

  /// Mode with type bits, 0 when the entry has none.
  private int unixMode() {
    return host == HOST_UNIX || host == HOST_MAC ? (int) (externalAttributes >>> 16) : 0;
  }

  boolean directory() {
    if (name.length > 0 && name[name.length - 1] == '/') {
      return true;
    }
    int mode = unixMode();
    return mode == 0
        ? (externalAttributes & DOS_DIRECTORY) != 0 && host != HOST_UNIX
        : (mode & TYPE_BITS) == TYPE_DIRECTORY;
  }

  boolean symbolicLink() {
    return (unixMode() & TYPE_BITS) == TYPE_LINK;
  }

  /// A device, FIFO or socket.
  boolean special() {
    int type = unixMode() & TYPE_BITS;
    return type != 0 && type != TYPE_FILE && type != TYPE_DIRECTORY && type != TYPE_LINK;
  }

  OptionalInt mode() {
    int mode = unixMode();
    return mode == 0 ? OptionalInt.empty() : OptionalInt.of(mode & 0777);
  }

  EntryAttributes attributes() {
    OptionalInt mode = mode();
    if (mode.isEmpty() && directory()) {
      mode = OptionalInt.of(0755);
    }
    return new EntryAttributes(mode, Optional.of(modified));
  }

  /// What extra fields say.
  private static final class Extra {
    private long size;
    private long compressedSize;
    private long localOffset;
    private Optional<byte[]> name = Optional.empty();
    private Optional<Instant> unixModified = Optional.empty();
    private Optional<Instant> ntfsModified = Optional.empty();
    private Optional<Instant> ntfsCreated = Optional.empty();

    static Extra parse(
        ByteBuffer fields, byte[] rawName, long size, long compressedSize, long localOffset)
        throws ArchiveException {
      Extra extra = new Extra();
      extra.size = size;
      extra.compressedSize = compressedSize;
      extra.localOffset = localOffset;
      fields.order(ByteOrder.LITTLE_ENDIAN);
      while (fields.remaining() >= 4) {
        int id = fields.getShort() & 0xffff;
        int length = fields.getShort() & 0xffff;
        if (length > fields.remaining()) {
          break; // some programs pad with anything
        }
        ByteBuffer field = fields.slice(fields.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        fields.position(fields.position() + length);
        switch (id) {
          case EXTRA_ZIP64 -> extra.zip64(field);
          case EXTRA_TIMES -> extra.times(field);
          case EXTRA_NTFS -> extra.ntfs(field);
          case EXTRA_NAME -> extra.unicodeName(field, rawName);
          default -> {
            // nothing that is restored
          }
        }
      }
      if (extra.size < 0 || extra.compressedSize < 0 || extra.localOffset < 0) {
        throw new ArchiveException("damaged directory of the zip file");
      }
      return extra;
    }

    private void zip64(ByteBuffer field) throws ArchiveException {
      size = wide(size, field);
      compressedSize = wide(compressedSize, field);
      localOffset = wide(localOffset, field);
    }

    private static long wide(long narrow, ByteBuffer field) throws ArchiveException {
      if (narrow != FOUR_BYTES_FULL) {
        return narrow;
      }
      if (field.remaining() < Long.BYTES) {
        throw new ArchiveException("damaged directory of the zip file");
      }
      return field.getLong();
    }

    private void times(ByteBuffer field) {
      if (field.remaining() >= 5 && (field.get() & 1) != 0) {
        unixModified = Optional.of(Instant.ofEpochSecond(field.getInt()));
      }
    }

    private void ntfs(ByteBuffer field) {
      if (field.remaining() < 4) {
        return;
      }
      field.getInt();
      while (field.remaining() >= 4) {
        int tag = field.getShort() & 0xffff;
        int length = field.getShort() & 0xffff;
        if (length > field.remaining()) {
          return;
        }
        if (tag == 1 && length >= 24) {
          ntfsModified = ntfsTime(field.getLong(field.position()));
          ntfsCreated = ntfsTime(field.getLong(field.position() + 16));
        }
        field.position(field.position() + length);
      }
    }

    private static Optional<Instant> ntfsTime(long ticks) {
      return ticks <= 0
          ? Optional.empty()
          : Optional.of(
              Instant.ofEpochSecond(
                  NTFS_EPOCH_SECONDS + ticks / NTFS_TICKS_PER_SECOND,
                  ticks % NTFS_TICKS_PER_SECOND * 100));
    }

    /// Counts only as long as the plain name is the one it was made for.
    private void unicodeName(ByteBuffer field, byte[] rawName) {
      if (field.remaining() <= 5 || field.get() != 1) {
        return;
      }
      CRC32 crc = new CRC32();
      crc.update(rawName);
      if ((field.getInt() & FOUR_BYTES_FULL) == crc.getValue()) {
        byte[] bytes = new byte[field.remaining()];
        field.get(bytes);
        name = Optional.of(bytes);
      }
    }
  }
}
