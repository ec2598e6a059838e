package dev.wings.fs.listing;

import dev.wings.fs.linux.EntryType;
import java.util.Arrays;
import java.util.Comparator;

/// All that is kept of an entry while a directory is sorted.
///
/// @param name its bytes
/// @param type of the entry itself
/// @param index place in the order of the directory
/// @param value size, or seconds of a time; 0 when names decide
/// @param fraction nanoseconds of a time
@SuppressWarnings("ArrayRecordComponent") // never compared by equals
record SortKey(byte[] name, EntryType type, long index, long value, int fraction) {
  private static final Comparator<SortKey> DIRECTORIES_FIRST =
      (a, b) -> Boolean.compare(b.directory(), a.directory());
  private static final Comparator<SortKey> BY_NAME = (a, b) -> compareNames(a.name, b.name);
  private static final Comparator<SortKey> BY_EXACT_NAME =
      (a, b) -> Arrays.compareUnsigned(a.name, b.name);
  private static final Comparator<SortKey> BY_VALUE =
      Comparator.comparingLong(SortKey::value).thenComparingInt(SortKey::fraction);

  boolean directory() {
    return type == EntryType.DIRECTORY;
  }

  static Comparator<SortKey> order(ListingSort.By by, boolean descending) {
    Comparator<SortKey> order =
        switch (by) {
          case NAME -> BY_NAME;
          case EXACT_NAME -> BY_EXACT_NAME;
          case SIZE, PHYSICAL_SIZE, MODIFIED, CREATED -> BY_VALUE;
        };
    return DIRECTORIES_FIRST
        .thenComparing(descending ? order.reversed() : order)
        .thenComparingLong(SortKey::index);
  }

  /// Letters of ASCII count without their case; names that differ only there by their bytes.
  private static int compareNames(byte[] a, byte[] b) {
    int length = Math.min(a.length, b.length);
    for (int i = 0; i < length; i++) {
      int difference = fold(a[i]) - fold(b[i]);
      if (difference != 0) {
        return difference;
      }
    }
    return a.length != b.length ? a.length - b.length : Arrays.compareUnsigned(a, b);
  }

  private static int fold(byte b) {
    return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : Byte.toUnsignedInt(b);
  }
}
