package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.DockerConfig;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What belongs to this node: every address of its interfaces, the networks of its container
/// engine, and its Panel. Looked at anew each time, since addresses come and go.
public final class NodeSurroundings implements AddressPolicy.Surroundings {
  /// Bridges that Docker and Podman make.
  private static final Pattern ENGINE_BRIDGE =
      Pattern.compile("docker\\d+|docker_gwbridge|br-[0-9a-f]{12}|podman\\d+|cni-podman\\d+");

  private static final int MAX_INTERFACE_NAME = 15; // IFNAMSIZ without the final NUL
  private static final Logger log = LoggerFactory.getLogger(NodeSurroundings.class);

  private final LiveConfig config;
  private final NameResolver resolver;

  /// @param config names the engine's network and the Panel
  public NodeSurroundings(LiveConfig config, NameResolver resolver) {
    this.config = requireNonNull(config, "config");
    this.resolver = requireNonNull(resolver, "resolver");
  }

  @Override
  public boolean contain(InetAddress address) {
    WingsConfig now = config.current();
    return IpRange.anyContains(networks(now.docker().network()), address)
        || IpRange.anyContains(panel(now.remote()), address);
  }

  private static List<IpRange> networks(DockerConfig.Network network) {
    List<IpRange> ranges = new ArrayList<>();
    DockerConfig.Interfaces pools = network.interfaces();
    Stream.of(pools.v4().subnet(), pools.v6().subnet())
        .filter(subnet -> !subnet.isBlank())
        .map(IpRange::parse)
        .forEach(ranges::add);
    String bridge =
        network.name().substring(0, Math.min(network.name().length(), MAX_INTERFACE_NAME));
    try {
      NetworkInterface.networkInterfaces()
          .forEach(found -> {
            boolean whole =
                ENGINE_BRIDGE.matcher(found.getName()).matches() || found.getName().equals(bridge);
            found.getInterfaceAddresses().forEach(address -> ranges.add(range(address, whole)));
          });
    } catch (SocketException failure) {
      // the configured networks and the private ranges stay blocked
      log.atWarn().setCause(failure).log("the addresses of this node cannot be read");
    }
    return ranges;
  }

  private static IpRange range(InterfaceAddress address, boolean wholeNetwork) {
    int bits = address.getAddress().getAddress().length * 8;
    return IpRange.of(address.getAddress(), wholeNetwork ? address.getNetworkPrefixLength() : bits);
  }

  private List<IpRange> panel(String remote) {
    try {
      Target target = Target.parse(remote);
      InetAddress literal = target.address();
      List<InetAddress> addresses =
          literal == null ? resolver.resolve(target.host()) : List.of(literal);
      return addresses.stream().map(a -> IpRange.of(a, a.getAddress().length * 8)).toList();
    } catch (FetchException | UnknownHostException unknown) {
      log.atDebug().setCause(unknown).log("the address of the panel is not known");
      return List.of();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
