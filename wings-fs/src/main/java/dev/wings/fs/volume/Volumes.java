package dev.wings.fs.volume;

import dev.wings.core.volume.ServerVolumes;
import dev.wings.fs.limiter.DiskLimiter;
import dev.wings.fs.limiter.DiskLimiters;
import dev.wings.fs.limiter.ServerDirectory;
import dev.wings.fs.limiter.UsageReadings;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The volumes of all servers below one data directory.
public final class Volumes implements ServerVolumes, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Volumes.class);

  private final VolumeSettings settings;
  private final NodeUsage node;
  private final VolumeListener listener;
  private final DiskLimiter limiter;
  private final UsageReadings readings;
  private final Map<UUID, Volume> volumes = new ConcurrentHashMap<>();
  private final AtomicBoolean announced = new AtomicBoolean();

  private volatile @Nullable String limiterProblem;

  /// In plain directories. Nothing is watched: each scan is full, and the free space of the node is
  /// not looked at.
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
    this(settings, node, DiskLimiters.none(), listener);
  }

  /// @param node stays the caller's
  /// @param limiter how the limits hold for games
  /// @param listener told when a volume is emptied or removed
  public Volumes(
      VolumeSettings settings, NodeUsage node, DiskLimiter limiter, VolumeListener listener) {
    this.settings = settings;
    this.node = node;
    this.limiter = limiter;
    this.listener = listener;
    this.readings = new UsageReadings(limiter, UsageReadings.INTERVAL);
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

  /// Looks whether the limiter can work here and tells the log, loudly when the game is not bounded
  /// (`threats.md` QU-03). Volumes that it cannot work on stay closed.
  public void checkLimiter() {
    String mode = limiter.mode().wireName();
    try {
      limiter.check();
      limiterProblem = null;
    } catch (IOException unusable) {
      limiterProblem = unusable.getMessage();
      log.atError()
          .addKeyValue("mode", mode)
          .setCause(unusable)
          .log("the disk limiter cannot work, files of servers stay closed");
      return;
    }
    if (limiter.enforces()) {
      log.atInfo().addKeyValue("mode", mode).log("disk limits hold for games too");
    } else {
      log.atWarn()
          .addKeyValue("mode", mode)
          .log(
              "disk limits do not hold for what games write: that is noticed by scans only; see"
                  + " system.disk_limiter_mode");
    }
  }

  /// How the disk limits are enforced.
  public DiskLimiter limiter() {
    return limiter;
  }

  /// What keeps the limiter from working, for the operator; answers at once.
  public Optional<String> problem() {
    String general = limiterProblem;
    if (general != null) {
      return Optional.of(general);
    }
    List<String> closed =
        volumes.values().stream().map(Volume::problem).flatMap(Optional::stream).toList();
    return closed.isEmpty()
        ? Optional.empty()
        : Optional.of(
            closed.size() == 1
                ? closed.getFirst()
                : closed.size() + " volumes cannot be opened, such as: " + closed.getFirst());
  }

  /// Ends the reading of usage; the volumes stay as they are.
  @Override
  public void close() {
    readings.close();
  }

  void opened(ServerDirectory place, SandboxMode mode) {
    if (limiter.enforces()) {
      readings.watch(place);
    }
    announce(mode);
  }

  UsageReadings readings() {
    return readings;
  }

  private void announce(SandboxMode mode) {
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

  /// As the configuration names it.
  ServerDirectory directoryOf(UUID server) {
    Path data = settings.dataDirectory().toAbsolutePath();
    return new ServerDirectory(server, data.resolve(server.toString()));
  }

  /// As the kernel names it, without links.
  ServerDirectory place(UUID server) throws IOException {
    Path data = settings.dataDirectory().toRealPath();
    return new ServerDirectory(server, data.resolve(server.toString()));
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

  void forget(UUID server, Volume volume) {
    volumes.remove(server, volume);
  }
}
