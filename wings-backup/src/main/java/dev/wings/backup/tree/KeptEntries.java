package dev.wings.backup.tree;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import dev.wings.fs.tree.WalkCancelledException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/// A walk over the entries of a tree that a filter keeps. The daemon's own files that were about to
/// be renamed when the tree was taken are nobody's.
abstract class KeptEntries implements TreeVisitor {
  private static final byte[] STAGING = Sandbox.STAGING_PREFIX.getBytes(StandardCharsets.US_ASCII);

  private final PathFilter filter;

  KeptEntries(PathFilter filter) {
    this.filter = filter;
  }

  /// Walks over everything below a directory of a sandbox.
  ///
  /// @param ended asked before each entry; the walk then ends without an exception
  final void walk(Path root, int threads, BooleanSupplier ended, Progress progress)
      throws IOException {
    try (Sandbox.Directory directory = ((Sandbox) root.getFileSystem()).openDirectory(root)) {
      TreeWalk.walk(
          directory.descriptor(),
          this,
          threads,
          () -> progress.cancelled() || ended.getAsBoolean());
    } catch (WalkCancelledException cancelled) {
      // whoever asked for it knows why
    }
    progress.check();
  }

  /// An entry that is kept.
  ///
  /// @param path where it is, from the root on
  /// @return whether to go on inside, if it is a directory
  abstract boolean kept(TreePath path, Descriptor directory, byte[] name, EntryType type)
      throws IOException;

  @Override
  public final boolean visit(Descriptor directory, byte[] name, EntryType type) {
    throw new IllegalStateException("paths are needed");
  }

  @Override
  public final boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type)
      throws IOException {
    if (name.length >= STAGING.length
        && Arrays.equals(name, 0, STAGING.length, STAGING, 0, STAGING.length)) {
      return false;
    }
    TreePath path = parent.child(name);
    if (!filter.equals(PathFilter.NONE)) {
      Verdict verdict = filter.judge(text(path), type == EntryType.DIRECTORY);
      if (verdict != Verdict.KEEP) {
        return verdict == Verdict.DESCEND;
      }
    }
    return kept(path, directory, name, type);
  }

  static String text(TreePath path) {
    return NameCodec.decode(path.bytes());
  }
}
