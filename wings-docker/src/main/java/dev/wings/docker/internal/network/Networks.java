package dev.wings.docker.internal.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.api.model.Network;
import com.github.dockerjava.api.model.Network.Ipam;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.container.ContainerEngine.NetworkState;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.internal.engine.EngineRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes networks that are missing; never changes or removes one.
public final class Networks {
  private static final Logger log = LoggerFactory.getLogger(Networks.class);
  private static final int MAX_SHIFTS = 80;
  private static final int MAX_INTERFACE_NAME = 15; // IFNAMSIZ without the final NUL
  private static final Set<String> WITHOUT_GATEWAY = Set.of("host", "overlay", "weavemesh");

  private final EngineCommands engine;

  public Networks(EngineCommands engine) {
    this.engine = engine;
  }

  /// `containers.md` 5.1.
  ///
  /// @throws WingsException of kind `UPSTREAM` when the network can neither be found nor made
  public NetworkState ensure(DockerConfig.Network network) {
    AddressPool pool = AddressPool.of(network);
    if (!exists(network.name())) {
      pool = create(network, pool);
      if (!WITHOUT_GATEWAY.contains(network.driver())) {
        pool = withInterface(pool, pool.v4Gateway());
      }
    }
    boolean ispn = false;
    if (network.driver().equals("host")) {
      pool = withInterface(pool, "127.0.0.1");
    } else if (WITHOUT_GATEWAY.contains(network.driver())) {
      pool = withInterface(pool, "");
      ispn = true;
    }
    return new NetworkState(
        pool.interfaceAddress(),
        ispn,
        pool.v4Subnet(),
        pool.v4Gateway(),
        pool.v6Subnet(),
        pool.v6Gateway());
  }

  /// Makes the bridge of a forced outgoing address (`containers.md` 5.2). A failure is logged; the
  /// container create that follows then reports it.
  ///
  /// @return the network's name
  public String ensureOutgoing(String ip, long mtu) {
    String name = outgoingName(ip);
    try {
      if (!exists(name)) {
        create(outgoingRequest(name, ip, mtu));
      }
    } catch (EngineException e) {
      log.atWarn()
          .addKeyValue("network", name)
          .setCause(e)
          .log("network of a forced outgoing address could not be made");
    }
    return name;
  }

  public static String outgoingName(String ip) {
    return "ip-" + ip.replace(".", "-").replace(":", "--");
  }

  private boolean exists(String name) {
    try {
      // asked at every start, so without the library (see RunningContainers)
      JsonNode found =
          engine
              .engine()
              .read(
                  EngineRequest.get("/networks/" + EngineRequest.segment(name)),
                  EngineClient.QUICK);
      return found.path("Name").asText("").equals(name); // the engine also finds prefixes of ids
    } catch (EngineException e) {
      if (e.failure() == Failure.REFUSED) {
        return false;
      }
      throw e.toWings("reading the network " + name);
    }
  }

  private void create(NetworkDocument document) {
    engine.send(
        EngineClient.WORK, executions -> executions.createCreateNetworkCmdExec().exec(document));
  }

  private AddressPool create(DockerConfig.Network network, AddressPool configured) {
    if (!network.interfaces().v4().enabled() && !network.interfaces().v6().enabled()) {
      throw new WingsException(
          ErrorKind.IMPOSSIBLE,
          "network " + network.name() + ": IPv4 and IPv6 are both disabled in the configuration");
    }
    boolean podman = podman();
    List<Taken> taken = taken();
    AddressPool pool = configured;
    String conflict = "";
    for (int shifts = 0; shifts <= MAX_SHIFTS; shifts++, pool = pool.next()) {
      Optional<Taken> other = conflict(network, pool, taken);
      if (other.isPresent()) {
        conflict = other.get().toString();
        log.atInfo()
            .addKeyValue("subnet", pool.v4Subnet())
            .addKeyValue("subnet6", pool.v6Subnet())
            .addKeyValue("taken", conflict)
            .log("subnet of the daemon's network is taken, trying the next one");
        continue;
      }
      try {
        create(request(network, pool, podman));
        return pool;
      } catch (EngineException e) {
        if (!saysOverlap(e)) {
          throw e.toWings("creating the network " + network.name());
        }
        conflict = e.getMessage();
        log.atWarn()
            .addKeyValue("subnet", pool.v4Subnet())
            .addKeyValue("answer", conflict)
            .log("engine refused the subnet, trying the next one");
      }
    }
    throw new WingsException(
        ErrorKind.UPSTREAM,
        "network "
            + network.name()
            + ": no free subnet after "
            + MAX_SHIFTS
            + " tries from "
            + configured.v4Subnet()
            + "; the last one conflicts with "
            + conflict);
  }

  private boolean podman() {
    try {
      return engine.engine().version().podman();
    } catch (EngineException e) {
      throw e.toWings("asking the engine for its version");
    }
  }

  private static boolean saysOverlap(EngineException e) {
    String message = e.getMessage().toLowerCase(Locale.ROOT);
    return message.contains("pool overlaps") // Docker, with status 403
        || message.contains("already used on the host"); // Podman
  }

  private record Taken(String network, String subnet) {
    @Override
    public String toString() {
      return "network " + network + " (" + subnet + ")";
    }
  }

  private List<Taken> taken() {
    List<Network> networks;
    try {
      networks = engine.ask(docker -> docker.listNetworksCmd().exec());
    } catch (EngineException e) {
      throw e.toWings("listing the engine's networks");
    }
    List<Taken> taken = new ArrayList<>();
    for (Network network : networks) {
      Ipam ipam = network.getIpam();
      if (ipam == null || ipam.getConfig() == null) {
        continue; // the networks "host" and "none"
      }
      for (Ipam.Config config : ipam.getConfig()) {
        if (config.getSubnet() != null) {
          taken.add(new Taken(network.getName(), config.getSubnet()));
        }
      }
    }
    return taken;
  }

  private static Optional<Taken> conflict(
      DockerConfig.Network network, AddressPool pool, List<Taken> taken) {
    return taken.stream()
        .filter(other ->
            (network.interfaces().v4().enabled()
                    && AddressPool.overlap(pool.v4Subnet(), other.subnet()))
                || (network.interfaces().v6().enabled()
                    && AddressPool.overlap(pool.v6Subnet(), other.subnet())))
        .findFirst();
  }

  /// The create request; Podman refuses options that it does not know, so it gets only its own.
  static NetworkDocument request(DockerConfig.Network network, AddressPool pool, boolean podman) {
    boolean v4 = network.interfaces().v4().enabled();
    boolean v6 = network.interfaces().v6().enabled();
    List<Ipam.Config> subnets = new ArrayList<>();
    if (v4) {
      subnets.add(subnet(pool.v4Subnet(), pool.v4Gateway()));
    }
    if (v6) {
      subnets.add(subnet(pool.v6Subnet(), pool.v6Gateway()));
    }
    Map<String, String> options = new LinkedHashMap<>();
    if (!podman) {
      options.put("encryption", "false");
      options.put("com.docker.network.bridge.default_bridge", "false");
      options.put("com.docker.network.bridge.enable_icc", Boolean.toString(network.enableIcc()));
      options.put("com.docker.network.bridge.enable_ip_masquerade", "true");
      options.put("com.docker.network.bridge.host_binding_ipv4", "0.0.0.0");
    }
    options.put(
        "com.docker.network.bridge.name",
        network.name().substring(0, Math.min(network.name().length(), MAX_INTERFACE_NAME)));
    options.put("com.docker.network.driver.mtu", Long.toString(network.networkMtu()));
    NetworkDocument document = new NetworkDocument(network.name(), network.driver(), options);
    document.withEnableIpv4(v4).withEnableIpv6(v6).withInternal(network.isInternal());
    document.withIpam(new Ipam().withConfig(subnets));
    return document;
  }

  private static Ipam.Config subnet(String subnet, String gateway) {
    return new Ipam.Config().withSubnet(subnet).withGateway(gateway);
  }

  static NetworkDocument outgoingRequest(String name, String ip, long mtu) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("encryption", "false");
    options.put("com.docker.network.bridge.default_bridge", "false");
    options.put("com.docker.network.host_ipv4", ip);
    options.put("com.docker.network.driver.mtu", Long.toString(mtu));
    NetworkDocument document = new NetworkDocument(name, "bridge", options);
    document.withIngress(false).withEnableIpv6(false).withInternal(false).withAttachable(false);
    return document;
  }

  private static AddressPool withInterface(AddressPool pool, String address) {
    return new AddressPool(
        address, pool.v4Subnet(), pool.v4Gateway(), pool.v6Subnet(), pool.v6Gateway());
  }
}
