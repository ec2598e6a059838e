package dev.wings.fs.volume;

import dev.wings.core.volume.ServerVolumes;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.quota.NodeUsage;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxMode;
import dev.wings.fs.sandbox.SandboxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The volumes of all servers below one data directory.
public final class Volumes implements ServerVolumes {
  private static final Logger log = LoggerFactory.getLogger(Volumes.class);

  private final VolumeSettings settings;
  private final NodeUsage node;
  private final VolumeListener listener;
  private final Semaphore scans;
  private final Map<UUID, Volume> volumes = new ConcurrentHashMap<>();
  private final AtomicBoolean announced = new AtomicBoolean();

  /// Nothing is watched: each scan is full, and the free space of the node is not looked at.
  public Volumes(VolumeSettings settings) {
    this(settings, NodeUsage.NONE);
  }

  /// @param node stays the caller's
  public Volumes(VolumeSettings settings, NodeUsage node) {
    this(settings, node, _ -> {});
  }

  /// @param node stays the caller's
  /// @param listener told when a volume is emptied or removed
  public Volumes(VolumeSettings settings, NodeUsage node, VolumeListener listener) {
    this.settings = settings;
    this.node = node;
    this.listener = listener;
    this.scans = new Semaphore(settings.scanConcurrency());
  }

  /// Always the same object for the same server; it is forgotten when it is destroyed.
  ///
  /// @throws UnsupportedOperationException on a platform other than Linux
  @Override
  public Volume of(UUID server) {
    return volumes.computeIfAbsent(server, id -> new Volume(this, id));
  }

  /// How file access is confined on this node, for the start of a daemon and for metrics. Makes the
  /// data directory if it is missing.
  ///
  /// @throws IOException when no way works here: then no files can be served
  public SandboxMode confinement() throws IOException {
    try (Sandbox probe = Sandbox.closed(SandboxOptions.defaults())) {
      probe.open(openData());
      announce(probe.mode());
      return probe.mode();
    }
  }

  void announce(SandboxMode mode) {
    if (announced.compareAndSet(false, true)) {
      log.atInfo().addKeyValue("mode", mode.label()).log("file access is confined");
    }
  }

  NodeUsage node() {
    return node;
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

  VolumeListener listener() {
    return listener;
  }

  Semaphore scans() {
    return scans;
  }

  void forget(UUID server, Volume volume) {
    volumes.remove(server, volume);
  }
}
