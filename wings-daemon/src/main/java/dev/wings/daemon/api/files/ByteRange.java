package dev.wings.daemon.api.files;

import java.util.Optional;

/// One part of a file that a client asks for (`http-api.md` 14.2).
///
/// @param first offset of the first byte
/// @param last offset of the last byte, inside the file
record ByteRange(long first, long last) {
  private static final int MAX_DIGITS = 18;

  /// What a `Range` header asks for. Several ranges, and what cannot be understood, count as no
  /// range.
  ///
  /// @param size bytes of the file
  /// @return empty for the whole file; a range whose `first` is not inside the file cannot be
  ///   served
  static Optional<ByteRange> parse(String header, long size) {
    String value = header.strip();
    if (!value.startsWith("bytes=") || value.indexOf(',') >= 0) {
      return Optional.empty();
    }
    String[] bounds = value.substring("bytes=".length()).strip().split("-", -1);
    if (bounds.length != 2 || !decimal(bounds[0]) || !decimal(bounds[1])) {
      return Optional.empty();
    }
    if (bounds[0].isEmpty()) {
      if (bounds[1].isEmpty()) {
        return Optional.empty();
      }
      long suffix = Math.min(size, Long.parseLong(bounds[1]));
      return Optional.of(new ByteRange(suffix == 0 ? size : size - suffix, size - 1));
    }
    long first = Long.parseLong(bounds[0]);
    long last = bounds[1].isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(bounds[1]));
    return last < first && first < size
        ? Optional.empty()
        : Optional.of(new ByteRange(first, last));
  }

  private static boolean decimal(String text) {
    return text.length() <= MAX_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  boolean satisfiable(long size) {
    return first < size;
  }

  long count() {
    return last - first + 1;
  }
}
