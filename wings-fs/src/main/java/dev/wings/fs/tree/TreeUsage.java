package dev.wings.fs.tree;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Sizes of a tree (`filesystem.md` 6.1). The directories' own inodes count, the root's included.
///
/// @param logicalBytes sum of the sizes
/// @param physicalBytes sum of the allocated blocks; an inode with several names counts once
/// @param entries number of entries, without the root
/// @param skipped entries that could not be looked at
public record TreeUsage(long logicalBytes, long physicalBytes, long entries, long skipped) {

  /// Measures the tree below `directory`, without descending into other mounts.
  public static TreeUsage measure(Descriptor directory, int threads, BooleanSupplier cancelled)
      throws IOException {
    Sum sum = new Sum();
    sum.add(Linux.statx(directory));
    TreeWalk.walk(directory, sum, threads, cancelled);
    return new TreeUsage(
        sum.logical.get(), sum.physical.get(), sum.entries.get(), sum.skipped.get());
  }

  private static final class Sum implements TreeVisitor {
    private final AtomicLong logical = new AtomicLong();
    private final AtomicLong physical = new AtomicLong();
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final InodeSet linked = new InodeSet();

    @Override
    public boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException {
      add(Linux.statx(directory, name));
      entries.incrementAndGet();
      return true;
    }

    void add(FileStatus status) {
      logical.addAndGet(status.size());
      boolean counted =
          !status.isDirectory()
              && status.links() > 1
              && !linked.add(status.device(), status.inode());
      if (!counted) {
        physical.addAndGet(status.allocatedBytes());
      }
    }

    @Override
    public void failed(byte[] name, IOException failure) {
      skipped.incrementAndGet(); // vanished or another mount
    }
  }
}
