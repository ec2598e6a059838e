package dev.wings.fs.tree;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Result of giving a tree to one owner.
///
/// @param changed entries whose owner was another one
/// @param failed entries that could not be changed
public record TreeOwnership(long changed, long failed) {

  /// Gives everything below `directory` to an owner (`filesystem.md` 3, boot chown). Links change
  /// themselves, never their targets; entries that have the owner already are not touched.
  public static TreeOwnership give(
      Descriptor directory, int uid, int gid, int threads, BooleanSupplier cancelled)
      throws IOException {
    AtomicLong changed = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    TreeVisitor visitor =
        new TreeVisitor() {
          @Override
          public boolean visit(Descriptor parent, byte[] name, EntryType type) throws IOException {
            FileStatus status = Linux.statx(parent, name);
            if (status.uid() != uid || status.gid() != gid) {
              Linux.fchownat(parent, name, uid, gid);
              changed.incrementAndGet();
            }
            return true;
          }

          @Override
          public void failed(byte[] name, IOException failure) {
            failed.incrementAndGet();
          }
        };
    TreeWalk.walk(directory, visitor, threads, cancelled);
    return new TreeOwnership(changed.get(), failed.get());
  }
}
