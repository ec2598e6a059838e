package dev.wings.docker;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.EngineInfo;
import dev.wings.core.container.PullListener;
import dev.wings.core.container.UsedPort;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.volume.FileWork;
import dev.wings.docker.internal.bandwidth.BandwidthShaper;
import dev.wings.docker.internal.container.ContainerCalls;
import dev.wings.docker.internal.container.ContainerContext;
import dev.wings.docker.internal.container.Containers;
import dev.wings.docker.internal.container.CpuBoosts;
import dev.wings.docker.internal.container.LifeTimings;
import dev.wings.docker.internal.container.LinuxHost;
import dev.wings.docker.internal.container.OwnMounts;
import dev.wings.docker.internal.container.UnenforcedLimits;
import dev.wings.docker.internal.engine.Bulkhead;
import dev.wings.docker.internal.engine.EngineAddress;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineVersion;
import dev.wings.docker.internal.engine.UserNamespaces;
import dev.wings.docker.internal.image.Images;
import dev.wings.docker.internal.image.PullTimings;
import dev.wings.docker.internal.network.Networks;
import dev.wings.docker.internal.stats.CfsBurst;
import dev.wings.docker.internal.stats.ControlGroup;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The container engine behind `docker.socket`: Docker (API 1.41 or newer) or Podman's compatible
/// socket. Safe for use by many threads. A call for one server shares nothing with calls for
/// others, so one that hangs delays nobody else.
public final class DockerEngine implements ContainerEngine {
  private static final Logger log = LoggerFactory.getLogger(DockerEngine.class);

  private final EngineClient client;
  private final EngineCommands commands;
  private final LiveConfig config;
  private final Networks networks;
  private final Images images;
  private final Containers containers;
  private final OwnMounts ownMounts;
  private final FileWork files = new FileWork(/* scanThreads= */ 1);
  private final UnenforcedLimits unenforced = new UnenforcedLimits();
  private final BandwidthShaper bandwidth;
  private final AtomicBoolean bandwidthAsked = new AtomicBoolean();
  private volatile @Nullable Thread namespaceCheck;

  private DockerEngine(
      LiveConfig config, Placement placement, PullTimings pulls, LifeTimings lives) {
    this.config = config;
    client = new EngineClient(EngineAddress.parse(config.current().docker().socket()));
    commands = new EngineCommands(client);
    ContainerCalls calls = new ContainerCalls(commands);
    ownMounts = new OwnMounts(calls, placement == Placement.IN_CONTAINER);
    networks = new Networks(commands);
    images = new Images(commands, config, pulls, System::nanoTime);
    bandwidth =
        new BandwidthShaper(
            ControlGroup.HOST, config.current().system().user().rootless().enabled());
    containers =
        new Containers(
            new ContainerContext(
                calls,
                config,
                new LinuxHost(ownMounts),
                ControlGroup.HOST,
                new CfsBurst(ControlGroup.HOST),
                new CpuBoosts(),
                bandwidth,
                new Bulkhead(),
                files,
                InstantSource.system(),
                System::nanoTime,
                lives),
            networks,
            new SecureRandom());
  }

  /// An engine for a daemon that runs on the host. Nothing is sent before the first call.
  ///
  /// @param config followed live, except for `docker.socket`, which is read now
  /// @throws IllegalArgumentException when `docker.socket` is a URL without host or valid port
  public static DockerEngine connect(LiveConfig config) {
    return connect(config, Placement.ON_HOST);
  }

  /// The same for a daemon at the given place.
  public static DockerEngine connect(LiveConfig config, Placement placement) {
    return connect(config, placement, PullTimings.DEFAULT, LifeTimings.DEFAULT);
  }

  static DockerEngine connect(
      LiveConfig config, Placement placement, PullTimings pulls, LifeTimings lives) {
    return new DockerEngine(
        requireNonNull(config, "config"), requireNonNull(placement, "placement"), pulls, lives);
  }

  @Override
  public EngineInfo info() {
    try {
      EngineVersion version = client.askVersion();
      return new EngineInfo(
          version.podman() ? "Podman" : "Docker",
          version.version(),
          version.api(),
          version.operatingSystem(),
          version.kernel());
    } catch (EngineException e) {
      throw e.toWings("asking the engine for its version");
    }
  }

  /// Also says once per call, in the log, when the engine maps the containers' root to the host's.
  /// That is found out beside it, since nothing waits for it and engines are slow to tell.
  @Override
  public NetworkState ensureNetwork() {
    namespaceCheck =
        Thread.ofVirtual().name("wings-engine-info").start(this::warnWithoutUserNamespaces);
    return networks.ensure(config.current().docker().network());
  }

  private void examineBandwidth() {
    try {
      bandwidth.examine();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void warnWithoutUserNamespaces() {
    try {
      if (config.current().docker().usernsMode().isEmpty() && !UserNamespaces.mapped(client)) {
        log.atWarn()
            .log(
                "the engine runs without user-namespace remapping: root in an installer is root of"
                    + " the host's user namespace");
      }
    } catch (EngineException e) {
      log.atDebug()
          .setCause(e)
          .log("engine's security options unknown"); // the next call reports it
    }
  }

  /// For a daemon in a container: makes sure that the host can see the daemon's directories
  /// (`containers.md` 26). Does nothing on the host.
  ///
  /// @throws dev.wings.core.WingsException of kind `IMPOSSIBLE` naming the directory that needs a
  ///   volume
  public void verifyHostPaths() {
    ownMounts.verify(config.current().system());
  }

  @Override
  public void ensureImage(String image, PullListener listener) {
    images.ensure(image, listener);
  }

  @Override
  public ContainerHandle create(ContainerRequest request, ContainerListener listener) {
    if (request instanceof ContainerRequest.ServerProcess) {
      unenforced.check(request.settings(), config.current().docker());
    }
    return containers.create(request, listener);
  }

  @Override
  public Optional<ContainerHandle> adopt(
      ServerSettings settings, ContainerKind kind, ContainerListener listener) {
    return containers.adopt(settings, kind, listener);
  }

  @Override
  public void removeAll(UUID server) {
    containers.removeAll(server);
  }

  @Override
  public InputStream logs(UUID server, OptionalInt tail) {
    return containers.logs(server, tail);
  }

  @Override
  public List<UsedPort> usedPorts() {
    return containers.usedPorts();
  }

  @Override
  public Optional<String> containerAddress(UUID server) {
    return containers.address(server);
  }

  /// The first call only begins to find out, which takes some processes and may load modules of the
  /// kernel: a node that is never asked does not do it.
  @Override
  public Optional<String> bandwidthObstacle() {
    if (bandwidthAsked.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("wings-bandwidth-check").start(this::examineBandwidth);
    }
    return bandwidth.obstacle();
  }

  /// What the server's newest container was asked to have and does not: `firewall` (rules), which
  /// this module does not enforce, and `bandwidth` (limits) where the configuration says so.
  public Set<String> unenforced(UUID server) {
    return unenforced.of(server);
  }

  /// Cancels running image pulls and ends the client. Handles made by this engine must be closed
  /// before.
  @Override
  public void close() {
    images.close();
    Thread check = namespaceCheck;
    if (check != null) {
      check.interrupt(); // which ends its call at once
      try {
        check.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    files.close();
    client.close();
  }
}
