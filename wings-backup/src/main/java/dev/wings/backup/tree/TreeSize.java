package dev.wings.backup.tree;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.tree.TreePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/// How large a backup is that consists of files (`backups.md` 18, step 2).
///
/// @param bytes sum of the lengths of all entries
/// @param files entries that are no directories
public record TreeSize(long bytes, long files) {
  /// Looks at everything that a filter keeps, with several threads. What vanishes meanwhile does
  /// not count.
  ///
  /// @param root in a sandbox
  /// @throws dev.wings.core.operation.OperationAbortedException when it was cancelled
  public static TreeSize measure(Path root, PathFilter filter, int threads, Progress progress)
      throws IOException {
    Sum sum = new Sum(filter);
    sum.walk(root, threads, () -> false, progress);
    return new TreeSize(sum.bytes.sum(), sum.files.sum());
  }

  private static final class Sum extends KeptEntries {
    private final LongAdder bytes = new LongAdder();
    private final LongAdder files = new LongAdder();

    Sum(PathFilter filter) {
      super(filter);
    }

    @Override
    boolean kept(TreePath path, Descriptor directory, byte[] name, EntryType type)
        throws IOException {
      bytes.add(Linux.statx(directory, name).size());
      if (type != EntryType.DIRECTORY) {
        files.increment();
      }
      return true;
    }

    @Override
    public void failed(byte[] name, IOException vanished) {
      // of a tree that changes; the size is for people
    }
  }
}
