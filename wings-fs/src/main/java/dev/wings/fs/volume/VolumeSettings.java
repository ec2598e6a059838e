package dev.wings.fs.volume;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/// Where volumes are and whom they belong to (`filesystem.md` 1).
///
/// @param dataDirectory holds one directory per server; created when it is missing
/// @param uid owner of all server files on the host
/// @param gid their group
/// @param rootless a refused change of the owner is no error
/// @param ownershipThreads workers of [Volume#repairOwnership]
public record VolumeSettings(
    Path dataDirectory, int uid, int gid, boolean rootless, int ownershipThreads) {
  public VolumeSettings {
    requireNonNull(dataDirectory, "dataDirectory");
    if (ownershipThreads < 1) {
      throw new IllegalArgumentException(
          "ownershipThreads: " + ownershipThreads + " (expected: >= 1)");
    }
  }

  /// With the defaults of the configuration: four ownership workers.
  public static VolumeSettings of(Path dataDirectory, int uid, int gid) {
    return new VolumeSettings(
        dataDirectory, uid, gid, /* rootless= */ false, /* ownershipThreads= */ 4);
  }
}
