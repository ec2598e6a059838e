package dev.wings.docker.internal.container;

import dev.wings.core.WingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers which directory a volume is, by device and inode, and compares it with what the
/// started container really got (`threats.md` CT-06): the engine opens the path by name, so the
/// directory could be exchanged for a link in between.
record VolumeIdentity(Object device, Object inode) {
  private static final Logger log = LoggerFactory.getLogger(VolumeIdentity.class);

  /// @throws WingsException of kind `IMPOSSIBLE` when the path is not a plain directory
  static VolumeIdentity of(String volumePath) {
    try {
      Path path = Path.of(volumePath);
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        return read(path);
      }
    } catch (IOException | UnsupportedOperationException e) {
      throw unusable(e);
    }
    throw unusable(null);
  }

  /// Whether the mount that the process sees is another directory. False when it cannot be seen:
  /// the process ended, or lives where the daemon cannot look.
  boolean differsIn(Path process, String target) {
    try {
      Path root = process.resolve("root");
      Path mount = root;
      for (Path part : Path.of(target.substring(1))) {
        mount = mount.resolve(part);
        if (Files.isSymbolicLink(mount)) {
          return false; // a link of the image, which would lead to the daemon's own root from here
        }
      }
      return !read(mount).equals(this);
    } catch (IOException | UnsupportedOperationException e) {
      log.atDebug().setCause(e).log("mounted volume cannot be seen");
      return false;
    }
  }

  private static VolumeIdentity read(Path path) throws IOException {
    return new VolumeIdentity(
        Files.getAttribute(path, "unix:dev", LinkOption.NOFOLLOW_LINKS),
        Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS));
  }

  private static WingsException unusable(@org.jspecify.annotations.Nullable Exception cause) {
    return new WingsException(
        dev.wings.core.ErrorKind.IMPOSSIBLE, "the server's volume is not a directory", cause);
  }
}
