package dev.wings.daemon.api;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.ContainerEngine;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.IpAddresses;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.http.UpgradeRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/// Tunnels from the Panel into a server's container (`http-api.md` 12.5, 12.6).
final class TunnelRoutes {
  private final ContainerEngine engine;

  TunnelRoutes(ContainerEngine engine) {
    this.engine = engine;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/servers/{server}/ws/query")
            .access(Access.NODE_TOKEN)
            .query("protocol", "port")
            .summary("Raw tunnel to a port of the running server")
            .upgrade(this::query),
        Route.get("/api/servers/{server}/ws/socket")
            .access(Access.NODE_TOKEN)
            .query("path", "ignored")
            .summary("Raw tunnel to a Unix socket of the server (not available)")
            .upgrade(_ -> {
              throw new WingsException(
                  ErrorKind.UNSUPPORTED, "unix socket tunnels are not supported on this platform");
            }));
  }

  private void query(UpgradeRequest request) {
    String protocol = request.query("protocol").orElse("");
    if (!protocol.equals("tcp") && !protocol.equals("udp")) {
      throw new ApiException(400, "invalid query string: protocol must be tcp or udp");
    }
    InetSocketAddress target = new InetSocketAddress(address(request), port(request));
    Tunnel tunnel = protocol.equals("tcp") ? Tunnel.tcp(target) : Tunnel.udp(target);
    request.accept(Tunnel.MAX_FRAME_BYTES, tunnel);
  }

  private InetAddress address(UpgradeRequest request) {
    Optional<String> address;
    try {
      address = engine.containerAddress(request.server().id());
    } catch (WingsException unavailable) {
      throw new WingsException(ErrorKind.UPSTREAM, "failed to resolve server", unavailable);
    }
    String text = address.orElseThrow(() -> WingsException.conflict("server is offline"));
    return IpAddresses.parse(text)
        .orElseThrow(() -> new WingsException(ErrorKind.UPSTREAM, "failed to resolve server"));
  }

  private static int port(UpgradeRequest request) {
    try {
      int port = Integer.parseInt(request.query("port").orElse(""));
      if (port > 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException notANumber) {
      // refused below together with numbers out of range
    }
    throw new ApiException(400, "invalid query string: port must be 1 to 65535");
  }
}
