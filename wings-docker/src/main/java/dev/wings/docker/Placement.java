package dev.wings.docker;

/// Where the daemon itself runs, which decides how its paths look to the engine (`containers.md`
/// 26).
public enum Placement {
  /// On the host: paths are the host's.
  ON_HOST,
  /// In a container (`OCI_CONTAINER` is set): paths are translated through the container's own
  /// mounts.
  IN_CONTAINER
}
