package dev.wings.daemon.api.files;

import dev.wings.core.WingsException;
import dev.wings.core.volume.ServerVolume;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.OptionalLong;

/// What has to hold before anything is written to a place.
final class WritablePlace {
  private WritablePlace() {}

  /// @throws WingsException kind `IMPOSSIBLE` when nothing can be written there, or its directory
  ///   is hidden
  static void require(Location location) throws IOException {
    if (!location.view().writable()) {
      throw WingsException.impossible("filesystem is read-only");
    }
    Optional<Location> parent = location.parent();
    if (parent.isPresent() && parent.get().hidden()) {
      throw WingsException.impossible("parent directory not found");
    }
  }

  /// Makes the directories above it.
  static void makeParents(Location location) throws IOException {
    Optional<Location> parent = location.parent();
    if (parent.isEmpty() || parent.get().root()) {
      return;
    }
    try {
      Files.createDirectories(parent.get().path());
    } catch (FileAlreadyExistsException | NotDirectoryException file) {
      throw WingsException.impossible("parent is not a directory");
    }
  }

  /// Refuses what cannot fit before a byte of it is read.
  ///
  /// @param announced bytes of the new content, empty when the client does not say
  /// @return whether the content is known to fit when the old one is gone
  static boolean requireSpace(ServerVolume volume, Location location, OptionalLong announced)
      throws IOException {
    if (!location.view().primary() || announced.isEmpty()) {
      return false;
    }
    long limit = volume.limitBytes();
    long growth = announced.getAsLong() - sizeOf(location);
    if (limit > 0 && growth > 0 && growth > limit - volume.usedBytes()) {
      throw WingsException.impossible("failed to allocate space");
    }
    return true;
  }

  private static long sizeOf(Location location) throws IOException {
    return Files.isRegularFile(location.path(), LinkOption.NOFOLLOW_LINKS)
        ? Files.size(location.path())
        : 0;
  }
}
