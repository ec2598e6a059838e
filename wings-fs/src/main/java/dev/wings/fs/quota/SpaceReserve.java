package dev.wings.fs.quota;

import dev.wings.fs.linux.FileSystemStatus;

/// What must stay free on a file system so that the daemon can go on working (`threats.md` DF-01,
/// DF-04). There is no key for it in the configuration.
///
/// @param bytes for the daemon's own files
/// @param inodes 0 where the file system does not limit them
public record SpaceReserve(long bytes, long inodes) {
  private static final long MAX_BYTES = 1L << 30;
  private static final long MAX_INODES = 10_000;

  public SpaceReserve {
    if (bytes < 0 || inodes < 0) {
      throw new IllegalArgumentException(
          "reserve: %d bytes, %d inodes (expected: >= 0)".formatted(bytes, inodes));
    }
  }

  /// A fiftieth of the file system, but no more than 1 GiB; a hundredth of its inodes, but no more
  /// than 10 000.
  public static SpaceReserve of(FileSystemStatus status) {
    return new SpaceReserve(
        Math.min(MAX_BYTES, status.totalBytes() / 50),
        Math.min(MAX_INODES, status.totalInodes() / 100));
  }
}
