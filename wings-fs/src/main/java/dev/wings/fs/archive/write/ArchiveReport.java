package dev.wings.fs.archive.write;

import java.util.List;

/// What happened while an archive was made of a tree that may have changed meanwhile (`threats.md`
/// AR-09). The archive is valid whatever is reported here.
///
/// @param entries entries that it holds
/// @param bytes length of the archive
/// @param troubles number of entries that are not in it, or not as they were on the disk
/// @param findings the first thousand of those
public record ArchiveReport(long entries, long bytes, long troubles, List<Finding> findings) {
  public ArchiveReport {
    findings = List.copyOf(findings);
  }

  /// One entry.
  ///
  /// @param name relative to the archive's root
  public record Finding(String name, Trouble trouble) {}

  /// What was wrong with an entry.
  public enum Trouble {
    /// Longer than when its header was written: the archive holds the beginning.
    GREW,
    /// Shorter than that: the archive holds zeros for what is missing.
    SHRANK,
    /// Could not be read to its end: the archive holds zeros for the rest.
    UNREADABLE,
    /// Listed, but gone or another thing when it was to be read: the archive does not hold it.
    VANISHED,
    /// Could not be opened or looked at, or is on another file system: the archive does not hold
    /// it, nor what is below.
    SKIPPED
  }
}
