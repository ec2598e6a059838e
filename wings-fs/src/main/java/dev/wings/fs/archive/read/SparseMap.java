package dev.wings.fs.archive.read;

import java.util.Arrays;

/// Where the data of a sparse file stands: pieces in ascending order, holes between them.
final class SparseMap {
  private static final int PIECE_BYTES = 16;
  private static final int MOST_PIECES = 1 << 20;

  private final Guard guard;
  private long[] offsets = new long[8];
  private long[] lengths = new long[8];
  private int count;
  private long end;
  private long stored;

  SparseMap(Guard guard) {
    this.guard = guard;
  }

  /// @throws ArchiveException when it lies before the end of the last one
  void add(long offset, long length) throws ArchiveException {
    if (offset < end || length < 0 || offset + length < 0) {
      throw new ArchiveException("damaged tar header: pieces of a sparse file overlap");
    }
    guard.metadata(PIECE_BYTES);
    if (count == MOST_PIECES) {
      throw new ArchiveLimitException(
          "a sparse file of the archive has more than %d pieces".formatted(MOST_PIECES));
    }
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    offsets[count] = offset;
    lengths[count] = length;
    count++;
    end = offset + length;
    stored += length;
  }

  int count() {
    return count;
  }

  long offset(int piece) {
    return offsets[piece];
  }

  long length(int piece) {
    return lengths[piece];
  }

  /// Bytes of all pieces.
  long storedBytes() {
    return stored;
  }

  /// Where the last piece ends.
  long end() {
    return end;
  }
}
