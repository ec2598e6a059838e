package dev.wings.fs.change;

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
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.util.function.Predicate;

/// Looks for hidden entries inside of a directory that somebody wants to move or remove as a whole
/// (`threats.md` FS-06).
final class HiddenBelow implements TreeVisitor {
  private final PathFilter filter;
  private final String real;
  private final Predicate<Entry> matters;
  private final Progress progress;
  private volatile boolean found;

  /// @param path relative to the directory
  private record Entry(String path, boolean directory) {}

  private HiddenBelow(PathFilter filter, String real, Predicate<Entry> matters, Progress progress) {
    this.filter = filter;
    this.real = real;
    this.matters = matters;
    this.progress = progress;
  }

  /// Whether anything is hidden below a directory.
  static boolean any(Location directory, Progress progress) throws IOException {
    return find(directory, _ -> true, progress);
  }

  /// Whether anything hidden below a directory would be visible if that were at `target`.
  static boolean revealedAt(Location directory, Location target, Progress progress)
      throws IOException {
    PathFilter there = target.view().filter();
    String prefix = prefix(target.relative());
    return find(
        directory, entry -> !there.hides(prefix + entry.path(), entry.directory()), progress);
  }

  private static boolean find(Location directory, Predicate<Entry> matters, Progress progress)
      throws IOException {
    PathFilter filter = directory.view().filter();
    if (filter.equals(PathFilter.NONE)) {
      return false;
    }
    Sandbox sandbox = Sandboxed.of(directory);
    try (Sandbox.Directory open = sandbox.openDirectory(directory.path())) {
      String real = directory.view().root().relativize(open.real()).toString();
      HiddenBelow search = new HiddenBelow(filter, prefix(real), matters, progress);
      try {
        TreeWalk.walk(open.descriptor(), search, /* threads= */ 1, () -> search.found);
      } catch (WalkCancelledException decided) {
        return true;
      }
      return search.found;
    }
  }

  private static String prefix(String path) {
    return path.isEmpty() ? "" : path + "/";
  }

  @Override
  public boolean visit(Descriptor directory, byte[] name, EntryType type) {
    throw new IllegalStateException("paths are needed");
  }

  @Override
  public boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type) {
    progress.addFile();
    String path = prefix(NameCodec.decode(parent.bytes())) + NameCodec.decode(name);
    boolean isDirectory = type == EntryType.DIRECTORY;
    Verdict verdict = filter.judge(real + path, isDirectory);
    if (verdict != Verdict.KEEP && matters.test(new Entry(path, isDirectory))) {
      found = true;
    }
    return !found;
  }

  @Override
  public void failed(byte[] name, IOException failure) {
    // vanished, or another mount, which neither moves nor goes with the directory
  }
}
