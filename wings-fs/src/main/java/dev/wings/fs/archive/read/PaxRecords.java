package dev.wings.fs.archive.read;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The extended header of a tar entry (POSIX.1-2001 pax): lines of length, keyword and value. Only
/// what matters here is kept.
final class PaxRecords {
  private static final int MAX_DIGITS = 18;

  private byte @Nullable [] path;
  private byte @Nullable [] link;
  private @Nullable Long size;
  private @Nullable Instant modified;
  private byte @Nullable [] sparseName;
  private @Nullable Long sparseSize;
  private @Nullable SparseMap sparse;
  private boolean sparseInData;
  private long offset;

  /// @param guard told of the pieces of sparse files
  static PaxRecords parse(byte[] header, Guard guard) throws ArchiveException {
    PaxRecords records = new PaxRecords();
    int at = 0;
    while (at < header.length && header[at] != 0) {
      int space = at;
      int length = 0;
      while (space < header.length && header[space] != ' ') {
        int digit = header[space] - '0';
        if (digit < 0 || digit > 9 || length > header.length) {
          throw damaged();
        }
        length = length * 10 + digit;
        space++;
      }
      int end = at + length;
      if (length == 0 || end > header.length || space + 2 >= end || header[end - 1] != '\n') {
        throw damaged();
      }
      int equals = space + 1;
      while (equals < end && header[equals] != '=') {
        equals++;
      }
      if (equals >= end) {
        throw damaged();
      }
      String keyword =
          new String(header, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1);
      records.put(keyword, Arrays.copyOfRange(header, equals + 1, end - 1), guard);
      at = end;
    }
    return records;
  }

  private static ArchiveException damaged() {
    return new ArchiveException("damaged extended header of a tar entry");
  }

  private void put(String keyword, byte[] value, Guard guard) throws ArchiveException {
    switch (keyword) {
      case "path" -> path = value;
      case "linkpath" -> link = value;
      case "size" -> size = number(value);
      case "mtime" -> modified = time(value);
      case "GNU.sparse.name" -> sparseName = value;
      case "GNU.sparse.realsize", "GNU.sparse.size" -> sparseSize = number(value);
      case "GNU.sparse.major" -> sparseInData = number(value) == 1;
      case "GNU.sparse.map" -> sparse = map(value, guard);
      case "GNU.sparse.offset" -> offset = number(value);
      case "GNU.sparse.numbytes" -> {
        if (sparse == null) {
          sparse = new SparseMap(guard);
        }
        sparse.add(offset, number(value));
      }
      default -> {
        // owners, times and attributes that are not restored
      }
    }
  }

  private static SparseMap map(byte[] value, Guard guard) throws ArchiveException {
    SparseMap result = new SparseMap(guard);
    int from = 0;
    long first = -1;
    for (int i = 0; i <= value.length; i++) {
      if (i < value.length && value[i] != ',') {
        continue;
      }
      if (i > from) {
        long number = number(Arrays.copyOfRange(value, from, i));
        if (first < 0) {
          first = number;
        } else {
          result.add(first, number);
          first = -1;
        }
      }
      from = i + 1;
    }
    if (first >= 0) {
      throw damaged();
    }
    return result;
  }

  static long number(byte[] value) throws ArchiveException {
    if (value.length == 0 || value.length > MAX_DIGITS) {
      throw damaged();
    }
    long number = 0;
    for (byte b : value) {
      if (b < '0' || b > '9') {
        throw damaged();
      }
      number = number * 10 + (b - '0');
    }
    return number;
  }

  /// Seconds since 1970 with any number of decimals, of which nine count. Read by hand: general
  /// decimal parsers take hours for some inputs.
  private static Instant time(byte[] value) throws ArchiveException {
    boolean negative = value.length > 0 && value[0] == '-';
    int from = negative ? 1 : 0;
    int point = from;
    while (point < value.length && value[point] != '.') {
      point++;
    }
    long seconds = number(Arrays.copyOfRange(value, from, point));
    long nanos = 0;
    for (int i = 1; i <= 9; i++) {
      int at = point + i;
      int digit = at < value.length ? value[at] - '0' : 0;
      if (digit < 0 || digit > 9) {
        throw damaged();
      }
      nanos = nanos * 10 + digit;
    }
    long most = Instant.MAX.getEpochSecond() - 1;
    seconds = Math.min(seconds, most);
    return negative
        ? Instant.ofEpochSecond(-seconds, -nanos)
        : Instant.ofEpochSecond(seconds, nanos);
  }

  Optional<byte[]> path() {
    return Optional.ofNullable(sparseName == null ? path : sparseName);
  }

  Optional<byte[]> link() {
    return Optional.ofNullable(link);
  }

  /// Bytes that are stored in the archive.
  Optional<Long> size() {
    return Optional.ofNullable(size);
  }

  Optional<Instant> modified() {
    return Optional.ofNullable(modified);
  }

  /// Bytes of a sparse file with its holes.
  Optional<Long> sparseSize() {
    return Optional.ofNullable(sparseSize);
  }

  Optional<SparseMap> sparse() {
    return Optional.ofNullable(sparse);
  }

  /// Whether the data begins with the map of the sparse file.
  boolean sparseInData() {
    return sparseInData;
  }
}
