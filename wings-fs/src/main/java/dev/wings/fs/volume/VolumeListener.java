package dev.wings.fs.volume;

import java.util.UUID;

/// For what is kept beside the volumes and says something about their files.
@FunctionalInterface
public interface VolumeListener {
  /// All files of a server are gone, or the volume itself is. A failure must not escape.
  void emptied(UUID server);
}
