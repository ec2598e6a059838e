package dev.wings.docker.internal.container;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ContainerPort;
import com.github.dockerjava.api.model.HostConfig;
import com.google.common.base.Strings;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.UsedPort;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.bandwidth.BandwidthLimits;
import dev.wings.docker.internal.engine.EngineDuplex;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.internal.network.Networks;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Creates, finds and removes containers of servers.
public final class Containers {
  private static final Logger log = LoggerFactory.getLogger(Containers.class);
  private static final String ALPHANUMERICS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  private final ContainerContext context;
  private final Networks networks;
  private final RandomGenerator random;
  private final RunningContainers running;

  public Containers(ContainerContext context, Networks networks, RandomGenerator random) {
    this.context = context;
    this.networks = networks;
    this.random = random;
    this.running = new RunningContainers(context.calls()::running);
  }

  /// Creates and attaches; nothing runs yet.
  public ContainerHandle create(ContainerRequest request, ContainerListener listener) {
    WingsConfig config = context.config().current();
    Prepared prepared = prepare(request, config);
    VolumeIdentity volume = prepared.volume();
    CreateRequest create = prepared.create();
    for (String warning : create.warnings()) {
      log.atWarn()
          .addKeyValue("server", request.server())
          .addKeyValue("reason", warning)
          .log("container differs from what was asked for");
    }
    requireBandwidth(request, create);
    CreateRequest.outgoingAddress(request)
        .ifPresent(ip -> networks.ensureOutgoing(ip, config.docker().network().networkMtu()));
    return guarded(
        request.server(),
        "creating the container",
        () -> {
          String id = createReplacing(create);
          boolean terminal = request.kind() != ContainerKind.SCRIPT;
          EngineDuplex attached = attachOrRemove(id, terminal);
          Inspection known = Inspection.created(id, terminal);
          LiveContainer live =
              new LiveContainer(
                  new LiveContainer.Identity(
                      request.server(),
                      request.kind(),
                      terminal,
                      Optional.of(volume),
                      request.kind() == ContainerKind.SERVER ? "/home/container" : "/mnt/server"),
                  known,
                  request.settings(),
                  context,
                  listener,
                  attached);
          live.watchCreated();
          return live;
        });
  }

  private record Prepared(VolumeIdentity volume, CreateRequest create) {}

  /// Everything that looks at files of the host: the volume, and what the Panel wants mounted.
  private Prepared prepare(ContainerRequest request, WingsConfig config) {
    try {
      return context
          .files()
          .run(
              request.server(),
              () -> {
                VolumeIdentity volume = VolumeIdentity.of(request.volumePath());
                if (request instanceof ContainerRequest.ServerProcess) {
                  VirtualFiles.write(config, request.server());
                }
                return new Prepared(
                    volume, CreateRequest.of(request, config, context.host(), suffix()));
              });
    } catch (IOException failure) {
      throw new WingsException(ErrorKind.INTERNAL, "the container cannot be prepared", failure);
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      throw WingsException.impossible("creating the container was cancelled");
    }
  }

  /// Refuses limits that would not be enforced, before anything runs without them.
  private void requireBandwidth(ContainerRequest request, CreateRequest create) {
    BandwidthLimits wanted = LiveBandwidth.wanted(request.settings(), request.kind(), context);
    if (!wanted.limited()) {
      return;
    }
    HostConfig host = create.body().getHostConfig();
    String mode = host == null ? "" : Strings.nullToEmpty(host.getNetworkMode());
    try {
      context
          .files()
          .run(
              request.server(),
              () -> {
                context.bandwidth().require(wanted, mode);
                return true;
              });
    } catch (IOException failure) {
      throw new WingsException(ErrorKind.INTERNAL, "bandwidth limits: " + failure, failure);
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      throw WingsException.impossible("creating the container was cancelled");
    }
  }

  private String createReplacing(CreateRequest create) {
    try {
      return context.calls().create(create.body());
    } catch (EngineException e) {
      if (e.failure() == Failure.INTERRUPTED || e.failure() == Failure.TIMEOUT) {
        removeStray(create.name());
        throw e;
      }
      if (e.status() != 409 && !e.getMessage().contains("name is already in use")) { // Podman: 500
        throw e;
      }
    }
    // The name is taken: by a leftover of ours, which goes, or by a stranger, which stays.
    if (!removeOwn(create.name())) {
      throw new WingsException(
          ErrorKind.CONFLICT,
          "a container named " + create.name() + " exists that was not made by this daemon");
    }
    log.atInfo().addKeyValue("container", create.name()).log("stale container replaced");
    return context.calls().create(create.body());
  }

  /// A create that was given up may still succeed in the engine; nothing of it may stay.
  private void removeStray(String name) {
    Thread.ofVirtual()
        .name("wings-stray")
        .start(() -> {
          try {
            log.atInfo()
                .addKeyValue("container", name)
                .addKeyValue("gone", removeOwn(name))
                .log("container of a cancelled start cleaned up");
          } catch (EngineException e) {
            log.atWarn()
                .addKeyValue("container", name)
                .setCause(e)
                .log("container of a cancelled start could not be removed");
          }
        });
  }

  /// Removes the container of this name if it is one of ours.
  ///
  /// @return whether the name is free now
  private boolean removeOwn(String name) {
    try {
      InspectContainerResponse stray = context.calls().inspectWhole(name);
      ContainerConfig config = stray.getConfig();
      String label = ContainerNames.typeLabel(config == null ? null : config.getLabels());
      if (ContainerNames.owner(Strings.nullToEmpty(stray.getName()), label).isEmpty()) {
        return false;
      }
      context.calls().remove(stray.getId());
    } catch (EngineException e) {
      if (!e.notFound()) {
        throw e;
      }
    }
    return true;
  }

  private EngineDuplex attachOrRemove(String id, boolean terminal) {
    try {
      return context.calls().attach(id, terminal);
    } catch (EngineException e) {
      Thread.ofVirtual()
          .name("wings-stray")
          .start(() -> {
            try {
              context.calls().remove(id);
            } catch (EngineException removal) {
              log.atWarn().addKeyValue("container", id).setCause(removal).log("not removed");
            }
          });
      throw e;
    }
  }

  /// Attaches to a running (or paused) container of the server, if there is one.
  public Optional<ContainerHandle> adopt(
      ServerSettings settings, ContainerKind kind, ContainerListener listener) {
    return guarded(
        settings.uuid(),
        "looking for the running container",
        () -> {
          Optional<String> id = running.find(settings.uuid(), kind);
          if (id.isEmpty()) {
            return Optional.empty();
          }
          Inspection known = context.calls().inspect(id.get());
          if (!known.alive()) {
            return Optional.empty();
          }
          EngineDuplex attached = context.calls().attach(known.id(), known.tty());
          LiveContainer live =
              new LiveContainer(
                  new LiveContainer.Identity(
                      settings.uuid(), kind, known.tty(), Optional.empty(), ""),
                  known,
                  settings,
                  context,
                  listener,
                  attached);
          live.watchAdopted();
          return Optional.of(live);
        });
  }

  /// Removes all containers of the server and only those; the engine's name filter is a mere sieve.
  public void removeAll(UUID server) {
    try {
      List<Container> candidates =
          context.calls().list(/* all= */ true, Map.of("name", List.of(server.toString())));
      for (Container candidate : candidates) {
        if (ContainerNames.owner(candidate).filter(server::equals).isPresent()) {
          context.calls().remove(candidate.getId());
        }
      }
    } catch (EngineException e) {
      throw e.toWings("removing the server's containers");
    }
  }

  public InputStream logs(UUID server, OptionalInt tail) {
    try {
      Optional<String> id = find(server, ContainerKind.SERVER);
      return id.map(found -> LiveContainer.logs(context.calls(), found, true, tail))
          .orElseGet(InputStream::nullInputStream);
    } catch (EngineException e) {
      log.atDebug().addKeyValue("server", server).setCause(e).log("no stored log");
      return InputStream.nullInputStream();
    }
  }

  private Optional<String> find(UUID server, ContainerKind kind) {
    Map<String, List<String>> filters =
        Map.of(
            "name", List.of(server.toString()), "label", List.of("ContainerType=" + kind.label()));
    return context.calls().list(/* all= */ true, filters).stream()
        .filter(summary -> ContainerNames.owner(summary).filter(server::equals).isPresent())
        .filter(summary -> hasLabel(summary, kind))
        .max(
            Comparator.comparingLong(
                summary -> summary.getCreated() == null ? 0 : summary.getCreated()))
        .map(Container::getId);
  }

  private static boolean hasLabel(Container summary, ContainerKind kind) {
    return ContainerNames.typeLabel(summary.getLabels()).equals(kind.label());
  }

  /// Published ports of all running containers, once per address and number.
  public List<UsedPort> usedPorts() {
    List<UsedPort> ports = new ArrayList<>();
    try {
      for (Container container : context.calls().list(/* all= */ false, Map.of())) {
        Optional<UUID> owner = ContainerNames.owner(container);
        ContainerPort[] published = container.getPorts();
        for (ContainerPort port : published == null ? new ContainerPort[0] : published) {
          Integer number = port.getPublicPort();
          if (number != null && number > 0) {
            ports.add(new UsedPort(Strings.nullToEmpty(port.getIp()), number, owner));
          }
        }
      }
    } catch (EngineException e) {
      throw e.toWings("listing the used ports");
    }
    return ports.stream().distinct().sorted(Comparator.comparingInt(UsedPort::port)).toList();
  }

  /// IPv4 address of the running container on the daemon's network.
  public Optional<String> address(UUID server) {
    String network = context.config().current().docker().network().name();
    try {
      return running
          .find(server, ContainerKind.SERVER)
          .map(id -> address(context.calls().inspectWhole(id), network))
          .filter(address -> !address.isEmpty());
    } catch (EngineException e) {
      throw e.toWings("asking for the container's address");
    }
  }

  private static String address(InspectContainerResponse inspected, String network) {
    @Nullable Map<String, ContainerNetwork> networks =
        inspected.getNetworkSettings() == null
            ? null
            : inspected.getNetworkSettings().getNetworks();
    ContainerNetwork endpoint = networks == null ? null : networks.get(network);
    return endpoint == null ? "" : Strings.nullToEmpty(endpoint.getIpAddress());
  }

  private String suffix() {
    StringBuilder suffix = new StringBuilder(8);
    for (int i = 0; i < 8; i++) {
      suffix.append(ALPHANUMERICS.charAt(random.nextInt(ALPHANUMERICS.length())));
    }
    return suffix.toString();
  }

  private <T> T guarded(UUID server, String what, Supplier<T> call) {
    try {
      return context.bulkhead().run(server, call);
    } catch (EngineException e) {
      throw e.toWings(what);
    }
  }
}
