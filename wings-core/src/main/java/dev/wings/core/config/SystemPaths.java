package dev.wings.core.config;

import java.nio.file.Path;
import java.util.List;

/// The daemon's directories with `{root_directory}` replaced (`configuration.md` 4, 13).
public record SystemPaths(
    Path root,
    Path log,
    Path data,
    Path diffs,
    Path vmounts,
    Path archives,
    Path backups,
    Path temporary) {

  public static SystemPaths of(SystemConfig system) {
    String root = system.rootDirectory();
    return new SystemPaths(
        Path.of(root),
        resolve(root, system.logDirectory()),
        resolve(root, system.data()),
        resolve(root, system.diffsDirectory()),
        resolve(root, system.vmountDirectory()),
        resolve(root, system.archiveDirectory()),
        resolve(root, system.backupDirectory()),
        resolve(root, system.tmpDirectory()));
  }

  /// A path value of the configuration.
  public static Path resolve(String root, String value) {
    return Path.of(value.replace("{root_directory}", root));
  }

  /// All eight.
  public List<Path> all() {
    return List.of(root, log, data, diffs, vmounts, archives, backups, temporary);
  }
}
