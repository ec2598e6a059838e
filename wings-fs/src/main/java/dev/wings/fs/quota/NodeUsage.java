package dev.wings.fs.quota;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.FileSystemStatus;
import dev.wings.fs.linux.Linux;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What the volumes of a node share to know how much they use.
///
/// @param watcher empty: scans are always full
/// @param freeSpace empty: the file system is not looked at
public record NodeUsage(Optional<ChangeWatcher> watcher, Optional<FreeSpace> freeSpace)
    implements AutoCloseable {
  /// Nothing is watched, and no thread runs.
  public static final NodeUsage NONE = new NodeUsage(Optional.empty(), Optional.empty());

  /// Starts to watch what can be watched.
  ///
  /// @param dataDirectory where the volumes are; made when it is missing
  /// @param watch whether changes are watched (`system.disk_check_use_inotify`)
  public static NodeUsage start(Path dataDirectory, boolean watch) throws IOException {
    Path data = dataDirectory.toAbsolutePath();
    Files.createDirectories(data);
    return new NodeUsage(
        watch ? ChangeWatcher.start() : Optional.empty(),
        Optional.of(FreeSpace.start(() -> freeSpace(data))));
  }

  /// Opens it each time: another file system may be mounted there later.
  private static FileSystemStatus freeSpace(Path directory) throws IOException {
    try (Descriptor opened = Linux.open(directory.toString(), Linux.O_PATH)) {
      return Linux.fstatfs(opened);
    }
  }

  @Override
  public void close() {
    watcher.ifPresent(ChangeWatcher::close);
    freeSpace.ifPresent(FreeSpace::close);
  }
}
