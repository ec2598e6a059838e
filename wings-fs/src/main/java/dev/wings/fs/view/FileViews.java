package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.core.server.Server;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import java.nio.file.Path;

/// Finds out which of a server's trees a path leads into (`filesystem.md` 5). Made for each
/// request, so that it follows the definition in force.
public final class FileViews {
  private final FileView primary;

  private FileViews(FileView primary) {
    this.primary = primary;
  }

  /// The views of one server for one request.
  ///
  /// @param ignored what the acting user must not see, beside the deny list of the egg
  public static FileViews of(Server server, PathFilter ignored) {
    requireNonNull(ignored, "ignored");
    Path root = server.volume().root();
    PathFilter denied = IgnoreList.lenient(server.definition().settings().egg().fileDenylist());
    return new FileViews(
        new FileView(root, true, true, true, denied.and(ignored), DirectorySizes.NONE));
  }

  /// The volume itself.
  public FileView primary() {
    return primary;
  }

  /// Where reading leads. Never fails: a place that leads nowhere is one on the volume that does
  /// not exist.
  ///
  /// @param path as a client names it; absolute or not it counts from the server's root
  public Location locate(String path) {
    return new Location(primary, primary.root()).resolve(path);
  }

  /// Where writing leads: only the volume and mounts. The view is not writable when a read-only
  /// mount is there.
  public Location locateForWriting(String path) {
    return new Location(primary, primary.root()).resolve(path);
  }
}
