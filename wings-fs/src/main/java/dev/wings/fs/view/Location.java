package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.ignore.PathFilter.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/// A place in one of a server's trees. It need not exist.
///
/// @param path absolute in its file system, without `.` and `..`
public record Location(FileView view, Path path) {
  public Location {
    requireNonNull(view, "view");
    requireNonNull(path, "path");
  }

  /// The root of its tree.
  public boolean root() {
    return path.getNameCount() == 0;
  }

  /// Relative to the root of its tree, `/` between the names, empty for the root.
  public String relative() {
    return view.root().relativize(path).toString();
  }

  /// A place below this one; `..` stops at the tree's root.
  public Location resolve(String below) {
    Path joined = path;
    for (String name : below.split("/")) {
      if (!name.isEmpty()) {
        joined = joined.resolve(name);
      }
    }
    return new Location(view, joined.normalize());
  }

  /// The directory that holds it; empty for the root.
  public Optional<Location> parent() {
    Path parent = path.getParent();
    return parent == null || root() ? Optional.empty() : Optional.of(new Location(view, parent));
  }

  /// Whether it must look as if it did not exist (`filesystem.md` 4.3). Judged by the name that was
  /// asked for and, where that leads through links, by the real one as well.
  public boolean hidden() throws IOException {
    if (root()) {
      return false;
    }
    boolean directory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    if (view.filter().hides(relative(), directory)) {
      return true;
    }
    try {
      Path real = path.toRealPath();
      return !real.equals(path)
          && real.getNameCount() > 0
          && view.filter()
              .hides(
                  view.root().relativize(real).toString(),
                  Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException absent) {
      return hiddenByParent();
    }
  }

  private boolean hiddenByParent() throws IOException {
    Optional<Location> parent = parent();
    if (parent.isEmpty() || parent.get().root()) {
      return false;
    }
    try {
      Path real = parent.get().path().toRealPath();
      Path name = requireNonNull(path.getFileName());
      return view.filter().hides(view.root().relativize(real.resolve(name)).toString(), false);
    } catch (IOException absent) {
      return view.filter().judge(parent.get().relative(), true) == Verdict.SKIP;
    }
  }

  /// Whether everything at and below it is hidden; a directory that only leads to visible entries
  /// is not.
  public boolean pruned() {
    return !root()
        && view.filter().judge(relative(), Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
            == Verdict.SKIP;
  }
}
