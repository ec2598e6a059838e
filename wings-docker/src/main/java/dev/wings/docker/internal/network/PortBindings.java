package dev.wings.docker.internal.network;

import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Ports;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Ports of a server as the create request names them (`containers.md` 5.3).
///
/// @param exposed `ExposedPorts`
/// @param bindings `HostConfig.PortBindings`
public record PortBindings(List<ExposedPort> exposed, Ports bindings) {
  private static final String LOOPBACK = "127.0.0.1";

  public static PortBindings of(
      ServerSettings.Allocations allocations, DockerConfig.Network network) {
    List<ExposedPort> exposed = new ArrayList<>();
    Ports bindings = new HostPorts();
    allocations
        .mappings()
        .forEach((ip, ports) -> {
          for (int port : ports) {
            for (ExposedPort inside : List.of(ExposedPort.tcp(port), ExposedPort.udp(port))) {
              exposed.add(inside);
              binding(ip, port, network).ifPresent(binding -> bindings.bind(inside, binding));
            }
          }
        });
    return new PortBindings(List.copyOf(exposed), bindings);
  }

  private static Optional<Ports.Binding> binding(
      String ip, int port, DockerConfig.Network network) {
    if (network.disableInterfaceBinding()) {
      return Optional.of(Ports.Binding.bindPort(port));
    }
    if (ip.equals(LOOPBACK) && network.ispn()) {
      return Optional.empty();
    }
    return Optional.of(
        Ports.Binding.bindIpAndPort(ip.equals(LOOPBACK) ? network.interfaceAddress() : ip, port));
  }

  /// Leaves out an address that is not given, for which docker-java sends an empty text.
  private static final class HostPorts extends Ports {
    private static final long serialVersionUID = 1L;

    @Override
    public Map<String, List<Map<String, String>>> toPrimitive() {
      Map<String, List<Map<String, String>>> document = new LinkedHashMap<>();
      getBindings()
          .forEach((inside, bindings) -> {
            List<Map<String, String>> list = new ArrayList<>();
            for (Binding binding : bindings) {
              list.add(
                  binding.getHostIp() == null
                      ? Map.of("HostPort", binding.getHostPortSpec())
                      : Map.of(
                          "HostIp", binding.getHostIp(), "HostPort", binding.getHostPortSpec()));
            }
            document.put(inside.toString(), list);
          });
      return document;
    }
  }
}
