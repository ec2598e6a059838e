package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.SystemConfig.CompressionLevel;
import dev.wings.fs.archive.ArchiveFormat;

/// How an archive is written.
///
/// @param format one that is [ArchiveFormat#writable]
/// @param threads at most so many compress at a time; 0 takes one for each processor
/// @param portable in a tar, store hard links as files and holes as zeros: for receivers that know
///   neither, such as other daemons of this protocol (`filesystem.md` 15.2)
public record ArchiveSettings(
    ArchiveFormat format, CompressionLevel level, int threads, boolean portable) {
  public ArchiveSettings {
    requireNonNull(format, "format");
    requireNonNull(level, "level");
    if (!format.writable()) {
      throw new IllegalArgumentException("format: " + format + " (expected: a writable one)");
    }
    if (threads < 0) {
      throw new IllegalArgumentException("threads: " + threads + " (expected: >= 0)");
    }
  }

  public ArchiveSettings(ArchiveFormat format, CompressionLevel level, int threads) {
    this(format, level, threads, false);
  }

  /// The same for receivers that know plain files, directories and symbolic links only.
  public ArchiveSettings forAnyReader() {
    return new ArchiveSettings(format, level, threads, true);
  }

  int workers() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
