package dev.wings.fs.archive.write;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Where the data of a file with holes is.
///
/// @param extents ascending, apart from each other; what lies between reads as zeros
public record SparseMap(List<Extent> extents) {
  /// Files with more parts than this are stored with the rest as one.
  private static final int MAX_EXTENTS = 4096;

  /// Less than this is not worth a map.
  private static final long MIN_HOLE_BYTES = 64 * 1024;

  /// One part that has data.
  public record Extent(long position, long length) {}

  /// The map of an open file, null when it has no holes to speak of or they cannot be found.
  static @Nullable SparseMap of(Descriptor file, FileStatus status) {
    long size = status.size();
    if (size - status.allocatedBytes() < MIN_HOLE_BYTES) {
      return null;
    }
    List<Extent> extents = new ArrayList<>();
    long data = 0;
    try {
      for (long position = 0; position < size; ) {
        OptionalLong begin = Linux.nextData(file, position);
        if (begin.isEmpty() || begin.getAsLong() >= size) {
          break;
        }
        boolean last = extents.size() == MAX_EXTENTS - 1;
        long end = last ? size : Math.min(size, Linux.nextHole(file, begin.getAsLong()));
        extents.add(new Extent(begin.getAsLong(), end - begin.getAsLong()));
        data += end - begin.getAsLong();
        position = end;
      }
    } catch (LinuxException changing) {
      return null; // read as a whole, which copes with everything
    }
    return size - data < MIN_HOLE_BYTES ? null : new SparseMap(extents);
  }

  long dataBytes() {
    return extents.stream().mapToLong(Extent::length).sum();
  }
}
