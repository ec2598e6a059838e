package dev.wings.fs.volume;

import dev.wings.core.server.ServerVolumes;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// The volumes of all servers below one data directory.
public final class Volumes implements ServerVolumes {
  private final VolumeSettings settings;
  private final Semaphore scans;
  private final Map<UUID, Volume> volumes = new ConcurrentHashMap<>();

  public Volumes(VolumeSettings settings) {
    this.settings = settings;
    this.scans = new Semaphore(settings.scanConcurrency());
  }

  /// Always the same object for the same server; it is forgotten when it is destroyed.
  ///
  /// @throws UnsupportedOperationException on a platform other than Linux
  @Override
  public Volume of(UUID server) {
    return volumes.computeIfAbsent(server, id -> new Volume(this, id));
  }

  VolumeSettings settings() {
    return settings;
  }

  Path directoryOf(UUID server) {
    return settings.dataDirectory().resolve(server.toString());
  }

  /// Opens the data directory, which may be a link: it is the operator's.
  Descriptor openData() throws IOException {
    Path data = settings.dataDirectory().toAbsolutePath();
    try {
      Files.createDirectories(data);
      return Linux.open(data.toString(), Linux.O_PATH | Linux.oDirectory());
    } catch (LinuxException e) {
      throw e.forFile(data.toString());
    }
  }

  Semaphore scans() {
    return scans;
  }

  void forget(UUID server, Volume volume) {
    volumes.remove(server, volume);
  }
}
