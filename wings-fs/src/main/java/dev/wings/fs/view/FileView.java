package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.ignore.PathFilter;
import java.nio.file.Path;

/// One tree of files that a server's path can lead into. All access is by `java.nio.file.Files` on
/// paths below [#root], whatever stands behind them.
///
/// @param root of the tree
/// @param primary whether it is the server's own volume: quota, owner, deny list and history apply
///   only there
/// @param writable false for archives, backups and read-only mounts
/// @param fast whether contents can be searched without unpacking
/// @param filter what exists for users, on paths relative to `root`
/// @param sizes of its directories
/// @param place where users see its root: a path from the server's root without a slash before it
public record FileView(
    Path root,
    boolean primary,
    boolean writable,
    boolean fast,
    PathFilter filter,
    DirectorySizes sizes,
    String place) {
  public FileView {
    requireNonNull(root, "root");
    requireNonNull(filter, "filter");
    requireNonNull(sizes, "sizes");
    requireNonNull(place, "place");
  }

  /// A tree that users see at the server's root.
  public FileView(
      Path root,
      boolean primary,
      boolean writable,
      boolean fast,
      PathFilter filter,
      DirectorySizes sizes) {
    this(root, primary, writable, fast, filter, sizes, "");
  }

  /// The same for somebody with ignore rules of their own, which bind only on the volume itself.
  public FileView with(PathFilter ignored) {
    return primary
        ? new FileView(root, primary, writable, fast, filter.and(ignored), sizes, place)
        : this;
  }
}
