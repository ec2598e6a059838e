package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.container.UsedPort;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.IpAddresses;
import dev.wings.daemon.system.BoundPort;
import dev.wings.daemon.system.SystemProbe;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which ports of an address are taken, and by which server (`http-api.md` 6.12). A socket on the
/// wildcard address counts for every address. When the engine does not answer, what listens on the
/// host is still reported, without owners: a port that is taken must never look free.
final class UsedPorts {
  private static final Logger log = LoggerFactory.getLogger(UsedPorts.class);
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final ContainerEngine engine;
  private final SystemProbe probe;

  UsedPorts(ContainerEngine engine, SystemProbe probe) {
    this.engine = engine;
    this.probe = probe;
  }

  /// The map from each asked address, in its canonical text form, to its ports.
  ObjectNode on(List<String> addresses) {
    List<InetAddress> asked = new ArrayList<>();
    for (String text : addresses) {
      asked.add(
          IpAddresses.parse(text)
              .orElseThrow(() -> new ApiException(400, "invalid query string: invalid ip")));
    }
    List<UsedPort> published = published();
    List<BoundPort> bound = probe.boundPorts();
    ObjectNode used = NODES.objectNode();
    for (InetAddress address : asked) {
      used.set(IpAddresses.text(address), ports(address, published, bound));
    }
    return used;
  }

  private static ArrayNode ports(
      InetAddress address, List<UsedPort> published, List<BoundPort> bound) {
    Map<Integer, Optional<UUID>> owners = new TreeMap<>();
    for (BoundPort port : bound) {
      if (covers(port.address(), address)) {
        owners.put(port.port(), Optional.empty());
      }
    }
    for (UsedPort port : published) {
      if (IpAddresses.parse(port.ip()).filter(ip -> covers(ip, address)).isPresent()) {
        owners.merge(port.port(), port.server(), (known, owner) -> owner.or(() -> known));
      }
    }
    ArrayNode ports = NODES.arrayNode();
    owners.forEach((port, owner) ->
        ports.addObject().put("port", port).put("server", owner.map(UUID::toString).orElse(null)));
    return ports;
  }

  private List<UsedPort> published() {
    try {
      return engine.usedPorts();
    } catch (WingsException unavailable) {
      log.atWarn()
          .addKeyValue("reason", unavailable.getMessage())
          .log("engine does not tell its ports, owners are unknown");
      return List.of();
    }
  }

  private static boolean covers(InetAddress bound, InetAddress asked) {
    InetAddress canonical = IpAddresses.canonical(bound);
    return canonical.isAnyLocalAddress() || canonical.equals(asked);
  }
}
