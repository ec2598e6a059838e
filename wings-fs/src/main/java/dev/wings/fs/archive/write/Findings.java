package dev.wings.fs.archive.write;

import dev.wings.fs.archive.write.ArchiveReport.Finding;
import dev.wings.fs.archive.write.ArchiveReport.Trouble;
import dev.wings.fs.sandbox.NameCodec;
import java.util.ArrayList;
import java.util.List;

/// Collects what an [ArchiveReport] says. Safe for use by many threads.
public final class Findings {
  /// Names that are kept; all are counted.
  private static final int MAX_NAMES = 1000;

  private final List<Finding> findings = new ArrayList<>(); // guarded by this
  private long count; // guarded by this

  /// @param name relative to the root of the tree, bytes as on the disk
  public synchronized void add(byte[] name, Trouble trouble) {
    count++;
    if (findings.size() < MAX_NAMES) {
      findings.add(new Finding(NameCodec.decode(name), trouble));
    }
  }

  /// What was found until now.
  public synchronized ArchiveReport report(long entries, long bytes) {
    return new ArchiveReport(entries, bytes, count, findings);
  }
}
