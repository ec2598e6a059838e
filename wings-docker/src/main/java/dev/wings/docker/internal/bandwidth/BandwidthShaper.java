package dev.wings.docker.internal.bandwidth;

import com.google.common.base.Strings;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.docker.internal.bandwidth.NetworkTools.Deadline;
import dev.wings.docker.internal.stats.ControlGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits what containers send and receive (`containers.md` 16.5), with the kernel's traffic
/// control inside each container's network namespace. A container cannot take that away again as
/// long as it has no rights over its network. Methods that say so block a platform thread.
public final class BandwidthShaper {
  private static final Logger log = LoggerFactory.getLogger(BandwidthShaper.class);
  private static final Duration TIME_LIMIT = Duration.ofSeconds(10);

  /// Where users without rights do not look by default.
  private static final String USUAL_PLACES = ":/usr/sbin:/usr/bin:/sbin:/bin";

  /// NET_ADMIN, NET_RAW, SYS_ADMIN.
  private static final long FORBIDDEN_CAPABILITIES = 1L << 12 | 1L << 13 | 1L << 21;

  private final ControlGroup groups;
  private final boolean rootless;
  private final String searchPath;
  private final ReentrantLock probing = new ReentrantLock();
  private volatile Optional<String> obstacle = Optional.of("not examined yet");
  private volatile @Nullable Ready ready;

  private record Ready(NetworkTools tools, KernelSupport kernel) {}

  /// A running container.
  ///
  /// @param pid of its main process
  /// @param networkMode as the engine names it
  public record Target(String id, long pid, String networkMode) {}

  /// @param rootless whether the containers belong to an engine without rights on the host
  public BandwidthShaper(ControlGroup groups, boolean rootless) {
    this(groups, rootless, Strings.nullToEmpty(System.getenv("PATH")) + USUAL_PLACES);
  }

  BandwidthShaper(ControlGroup groups, boolean rootless, String searchPath) {
    this.groups = groups;
    this.rootless = rootless;
    this.searchPath = searchPath;
  }

  /// Why limits cannot be enforced on this node, as far as that is known; empty when they can be.
  /// Never blocks.
  public Optional<String> obstacle() {
    return obstacle;
  }

  /// Finds out what [#obstacle] tells. Once that is good it stays, otherwise the next call looks
  /// again. Blocks.
  public void examine() throws InterruptedException {
    try {
      var unused = ready();
    } catch (IOException e) {
      log.atInfo().addKeyValue("reason", e.getMessage()).log("bandwidth limits are not possible");
    }
  }

  /// Before a container is created. Blocks when there are limits and nobody asked before.
  ///
  /// @throws WingsException of kind `IMPOSSIBLE` naming what keeps the limits from being enforced
  public void require(BandwidthLimits limits, String networkMode) throws InterruptedException {
    if (!limits.limited()) {
      return;
    }
    try {
      refuseSharedNetwork(networkMode);
      var unused = ready();
    } catch (IOException e) {
      throw new WingsException(
          ErrorKind.IMPOSSIBLE,
          "the server has a bandwidth limit, which this node cannot enforce: "
              + e.getMessage()
              + "; with docker.bandwidth.enabled: false it starts without",
          e);
    }
  }

  /// Puts limits into force or takes them away; what is already as wanted is left alone. Blocks, at
  /// most for ten seconds.
  ///
  /// @throws IOException with the reason; what is in force then is unknown
  public void apply(Target target, BandwidthLimits limits)
      throws IOException, InterruptedException {
    if (limits.limited()) {
      refuseSharedNetwork(target.networkMode());
    } else if (isShared(target.networkMode())) {
      return;
    }
    NetworkTools tools = limits.limited() ? ready().tools : NetworkTools.find(searchPath);
    Ready known = ready;
    KernelSupport kernel = known == null ? new KernelSupport(false, false) : known.kernel;
    Deadline deadline = Deadline.in(TIME_LIMIT);
    try (NetworkNamespace network =
        NetworkNamespace.of(tools, groups, target.pid(), target.id(), rootless)) {
      if (limits.limited()) {
        refuseCapabilities(groups.process(target.pid()).resolve("status"));
      }
      network.carryOut(ShapingPlan.of(network.look(deadline), limits, kernel, rootless), deadline);
    }
  }

  private Ready ready() throws IOException, InterruptedException {
    Ready known = ready;
    if (known != null) {
      return known;
    }
    probing.lock();
    try {
      known = ready;
      if (known == null) {
        known = probe();
        ready = known;
        obstacle = Optional.empty();
      }
      return known;
    } catch (IOException e) {
      obstacle = Optional.of(String.valueOf(e.getMessage()));
      throw e;
    } finally {
      probing.unlock();
    }
  }

  private Ready probe() throws IOException, InterruptedException {
    NetworkTools tools = NetworkTools.find(searchPath);
    Path status = groups.proc().resolve("self/status");
    KernelSupport kernel = Requirements.probe(tools, status, rootless, Deadline.in(TIME_LIMIT));
    if (!kernel.fqCodel()) {
      log.atInfo().log(
          "the kernel has no fq_codel: bandwidth limits hold, but flows of a server wait in one"
              + " queue");
    }
    return new Ready(tools, kernel);
  }

  private static void refuseSharedNetwork(String mode) throws IOException {
    if (isShared(mode)) {
      throw new IOException("the container's network mode is " + mode);
    }
  }

  /// Whether containers of this mode have no network interface of their own.
  private static boolean isShared(String mode) {
    return mode.equals("host")
        || mode.equals("none")
        || mode.startsWith("container:")
        || mode.startsWith("ns:"); // Podman's path of a namespace
  }

  /// With these a process in the container could undo the shaping or get round it.
  private static void refuseCapabilities(Path status) throws IOException {
    if ((Requirements.capabilities(status, "CapBnd") & FORBIDDEN_CAPABILITIES) != 0) {
      throw new IOException("the container may hold NET_ADMIN, NET_RAW or SYS_ADMIN");
    }
  }
}
