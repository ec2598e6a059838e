package dev.wings.docker.internal.network;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import java.util.Optional;

/// Ports of a server as the create request names them (`containers.md` 5.3).
///
/// @param exposed `ExposedPorts`
/// @param bindings `HostConfig.PortBindings`
public record PortBindings(ObjectNode exposed, ObjectNode bindings) {
  private static final String LOOPBACK = "127.0.0.1";

  public static PortBindings of(
      ServerSettings.Allocations allocations, DockerConfig.Network network) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    ObjectNode exposed = json.objectNode();
    ObjectNode bindings = json.objectNode();
    allocations
        .mappings()
        .forEach((ip, ports) -> {
          for (int port : ports) {
            for (String protocol : new String[] {"/tcp", "/udp"}) {
              exposed.putObject(port + protocol);
              binding(ip, port, network)
                  .ifPresent(binding -> list(bindings, port + protocol).add(binding));
            }
          }
        });
    return new PortBindings(exposed, bindings);
  }

  private static Optional<ObjectNode> binding(String ip, int port, DockerConfig.Network network) {
    ObjectNode binding = JsonNodeFactory.instance.objectNode();
    if (!network.disableInterfaceBinding()) {
      if (ip.equals(LOOPBACK) && network.ispn()) {
        return Optional.empty();
      }
      binding.put("HostIp", ip.equals(LOOPBACK) ? network.interfaceAddress() : ip);
    }
    return Optional.of(binding.put("HostPort", Integer.toString(port)));
  }

  private static ArrayNode list(ObjectNode bindings, String key) {
    return bindings.get(key) instanceof ArrayNode list ? list : bindings.putArray(key);
  }
}
