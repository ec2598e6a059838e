package dev.wings.fs.archive.read;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/// One 512-byte header block of a tar archive (POSIX ustar, GNU and old formats).
@SuppressWarnings("ArrayRecordComponent") // a view on a block, never compared
record TarHeader(byte[] block) {
  static final int BLOCK_BYTES = 512;

  private static final int NAME_BYTES = 100;
  private static final int MODE = 100;
  private static final int SIZE = 124;
  private static final int MODIFIED = 136;
  private static final int CHECKSUM = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int TYPE = 156;
  private static final int LINK = 157;
  private static final int MAGIC = 257;
  private static final int PREFIX = 345;
  private static final int PREFIX_BYTES = 155;
  private static final int GNU_SPARSE = 386;
  private static final int GNU_SPARSE_COUNT = 4;
  private static final int GNU_EXTENDED = 482;
  private static final int GNU_REAL_SIZE = 483;
  private static final int NUMBER_BYTES = 12;
  private static final byte[] USTAR = {'u', 's', 't', 'a', 'r', 0};

  boolean zero() {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /// Whether the sum of all bytes is the one that stands in the block. Old programs summed signed
  /// bytes.
  boolean hasValidChecksum() {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK_BYTES; i++) {
      boolean own = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES;
      unsigned += own ? ' ' : block[i] & 0xff;
      signed += own ? ' ' : block[i];
    }
    try {
      long expected = number(CHECKSUM, CHECKSUM_BYTES);
      return expected == unsigned || expected == signed;
    } catch (ArchiveException notANumber) {
      return false;
    }
  }

  /// The type flag; a NUL of old archives is a regular file.
  char type() {
    char type = (char) (block[TYPE] & 0xff);
    return type == 0 ? '0' : type;
  }

  /// With the prefix of POSIX archives.
  byte[] name() {
    byte[] name = string(0, NAME_BYTES);
    boolean posix = Arrays.equals(block, MAGIC, MAGIC + USTAR.length, USTAR, 0, USTAR.length);
    if (!posix || block[PREFIX] == 0) {
      return name;
    }
    byte[] prefix = string(PREFIX, PREFIX_BYTES);
    byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    joined[prefix.length] = '/';
    System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
    return joined;
  }

  byte[] link() {
    return string(LINK, NAME_BYTES);
  }

  private byte[] string(int offset, int most) {
    int end = offset;
    while (end < offset + most && block[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(block, offset, end);
  }

  long size() throws ArchiveException {
    return number(SIZE, NUMBER_BYTES);
  }

  int mode() throws ArchiveException {
    return (int) (number(MODE, CHECKSUM_BYTES) & 07777);
  }

  Instant modified() throws ArchiveException {
    long seconds = number(MODIFIED, NUMBER_BYTES);
    return Instant.ofEpochSecond(
        Math.clamp(seconds, Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond()));
  }

  /// Size of a sparse file with its holes.
  long realSize() throws ArchiveException {
    return number(GNU_REAL_SIZE, NUMBER_BYTES);
  }

  /// Whether blocks with more pieces of a sparse file follow.
  boolean extended() {
    return block[GNU_EXTENDED] != 0;
  }

  /// Adds the pieces of a sparse file that stand in the header.
  void pieces(SparseMap pieces) throws ArchiveException {
    pieces(block, GNU_SPARSE, GNU_SPARSE_COUNT, pieces);
  }

  /// Adds pieces that stand at a place of a block.
  static void pieces(byte[] block, int offset, int count, SparseMap pieces)
      throws ArchiveException {
    TarHeader numbers = new TarHeader(block);
    for (int i = 0; i < count; i++) {
      int at = offset + i * 2 * NUMBER_BYTES;
      if (block[at] == 0 && block[at + NUMBER_BYTES] == 0) {
        return;
      }
      pieces.add(numbers.number(at, NUMBER_BYTES), numbers.number(at + NUMBER_BYTES, NUMBER_BYTES));
    }
  }

  /// Octal digits between spaces, or base 256 when the first bit is set.
  private long number(int offset, int length) throws ArchiveException {
    if ((block[offset] & 0x80) != 0) {
      return binary(offset, length);
    }
    int from = offset;
    int to = offset + length;
    while (from < to && block[from] == ' ') {
      from++;
    }
    while (to > from && (block[to - 1] == ' ' || block[to - 1] == 0)) {
      to--;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = block[i] - '0';
      if (block[i] == 0) {
        return value;
      }
      if (digit < 0 || digit > 7 || value >>> 60 != 0) {
        throw new ArchiveException(
            "damaged tar header: '%s' is no number"
                .formatted(
                    new String(block, offset, length, StandardCharsets.ISO_8859_1)
                        .replaceAll("[^ -~]", "?")));
      }
      value = value << 3 | digit;
    }
    return value;
  }

  private long binary(int offset, int length) throws ArchiveException {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int part = i == 0 ? block[offset] & 0x3f | (negative ? 0xc0 : 0) : block[offset + i] & 0xff;
      long shifted = value << 8 | part;
      if (i < length - 8 && part != (negative ? 0xff : 0)) {
        throw new ArchiveException("damaged tar header: number too large");
      }
      value = shifted;
    }
    if ((value < 0) != negative) {
      throw new ArchiveException("damaged tar header: number too large");
    }
    return value;
  }
}
