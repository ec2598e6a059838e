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
///
/// What cannot be found out is taken for the worst: a Panel whose name does not resolve has the
/// addresses that it had last, and while none are known, or the node's own addresses cannot be
/// read, every address counts as one of the node.
public final class NodeSurroundings implements AddressPolicy.Surroundings {
  /// Bridges that Docker and Podman make.
  private static final Pattern ENGINE_BRIDGE =
      Pattern.compile("docker\\d+|docker_gwbridge|br-[0-9a-f]{12}|podman\\d+|cni-podman\\d+");

  private static final int MAX_INTERFACE_NAME = 15; // IFNAMSIZ without the final NUL
  private static final Logger log = LoggerFactory.getLogger(NodeSurroundings.class);

  private final LiveConfig config;
  private final NameResolver resolver;
  private volatile Panel lastKnown = new Panel("", List.of());

  private record Panel(String remote, List<IpRange> addresses) {}

  /// @param config names the engine's network and the Panel
  public NodeSurroundings(LiveConfig config, NameResolver resolver) {
    this.config = requireNonNull(config, "config");
    this.resolver = requireNonNull(resolver, "resolver");
  }

  @Override
  public boolean contain(InetAddress address) {
    return now().contain(address);
  }

  @Override
  public AddressPolicy.Surroundings now() {
    WingsConfig now = config.current();
    List<IpRange> ranges = new ArrayList<>();
    try {
      ranges.addAll(networks(now.docker().network()));
      ranges.addAll(panel(now.remote()));
    } catch (SocketException | FetchException | UnknownHostException unknown) {
      log.atWarn()
          .setCause(unknown)
          .log("the addresses of this node and its panel are not known, nothing is downloaded");
      return _ -> true;
    }
    return address -> IpRange.anyContains(ranges, address);
  }

  private static List<IpRange> networks(DockerConfig.Network network) throws SocketException {
    DockerConfig.Interfaces pools = network.interfaces();
    List<IpRange> ranges =
        new ArrayList<>(
            IpRange.readable(
                    Stream.of(pools.v4().subnet(), pools.v6().subnet())
                        .filter(subnet -> !subnet.isBlank())
                        .toList(),
                    "docker.network.interfaces")
                .ranges());
    String bridge =
        network.name().substring(0, Math.min(network.name().length(), MAX_INTERFACE_NAME));
    NetworkInterface.networkInterfaces()
        .forEach(found -> {
          boolean whole =
              ENGINE_BRIDGE.matcher(found.getName()).matches() || found.getName().equals(bridge);
          found.getInterfaceAddresses().forEach(address -> ranges.add(range(address, whole)));
        });
    return ranges;
  }

  private static IpRange range(InterfaceAddress address, boolean wholeNetwork) {
    int bits = address.getAddress().getAddress().length * 8;
    return IpRange.of(address.getAddress(), wholeNetwork ? address.getNetworkPrefixLength() : bits);
  }

  private List<IpRange> panel(String remote) throws FetchException, UnknownHostException {
    Panel before = lastKnown;
    try {
      Target target = Target.parse(remote);
      InetAddress literal = target.address();
      List<InetAddress> addresses =
          literal == null ? resolver.resolve(target.host()) : List.of(literal);
      List<IpRange> ranges =
          addresses.stream().map(a -> IpRange.of(a, a.getAddress().length * 8)).toList();
      lastKnown = new Panel(remote, ranges);
      return ranges;
    } catch (UnknownHostException unknown) {
      if (before.remote().equals(remote)) {
        log.atDebug().setCause(unknown).log("the panel is looked for where it was last");
        return before.addresses();
      }
      throw unknown;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException("interrupted while looking up the panel");
    }
  }
}
