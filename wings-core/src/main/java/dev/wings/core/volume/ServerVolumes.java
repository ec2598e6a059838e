package dev.wings.core.volume;

import java.util.UUID;

/// Port to the volumes of all servers.
@FunctionalInterface
public interface ServerVolumes {
  /// The volume of a server; nothing is created on disk yet.
  ServerVolume of(UUID server);
}
