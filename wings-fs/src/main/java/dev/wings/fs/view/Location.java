package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.ignore.PathFilter;
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

  /// As users name it: from the server's root, without a slash before it.
  public String clientPath() {
    String path = relative();
    if (view.place().isEmpty()) {
      return path;
    }
    return path.isEmpty() ? view.place() : view.place() + "/" + path;
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

  /// Whether it must look as if it did not exist (`filesystem.md` 4.3), for everything that changes
  /// something. Judged by the name that was asked for and, where that leads through links, by the
  /// real one as well. What another process renames or replaces afterwards is not seen.
  public boolean hidden() throws IOException {
    return worst() != Verdict.KEEP;
  }

  /// The same for reading: a hidden directory that leads to visible entries can be passed through.
  public boolean hiddenFromReading() throws IOException {
    return worst() == Verdict.SKIP;
  }

  /// Whether everything at and below it is hidden; a directory that only leads to visible entries
  /// is not.
  public boolean pruned() throws IOException {
    return hiddenFromReading();
  }

  /// As [#hidden] for a directory that is about to be created.
  public boolean hiddenAsDirectory() throws IOException {
    return !root()
        && (hidden() || view.filter().hides(relative(), true) || hides(realPath(), true));
  }

  private Verdict worst() throws IOException {
    if (root() || view.filter().equals(PathFilter.NONE)) {
      return Verdict.KEEP;
    }
    boolean directory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    Verdict named = view.filter().judge(relative(), directory);
    if (named == Verdict.SKIP) {
      return named;
    }
    Path real = realPath();
    if (real.equals(path) || real.getNameCount() == 0) {
      return named;
    }
    Verdict resolved =
        view.filter().judge(relative(real), Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS));
    return resolved == Verdict.KEEP ? named : resolved;
  }

  private boolean hides(Path real, boolean directory) {
    return real.getNameCount() > 0 && view.filter().hides(relative(real), directory);
  }

  private String relative(Path real) {
    return view.root().relativize(real).toString();
  }

  /// Where it is, or would be, with all links resolved. Of a path that does not exist the part that
  /// does is resolved, and a link to nothing counts as what it would create.
  ///
  /// @throws java.nio.file.NoSuchFileException when links go round in circles
  public Path realPath() throws IOException {
    return RealPaths.of(path);
  }
}
