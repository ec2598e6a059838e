package dev.wings.daemon.ws;

import dev.wings.core.server.Servers;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.http.RouteTable;
import dev.wings.daemon.http.TestConfig;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;

/// The daemon's HTTP server with nothing but console sockets, for tests and benchmarks.
public final class BenchSockets {
  private BenchSockets() {}

  /// Sockets with the default limits, except for the two numbers of connections.
  public static ConsoleSockets create(
      TokenVerifier verifier, TokenClock clock, DenyList denyList, int perAddress, int total) {
    return new ConsoleSockets(
        verifier,
        clock,
        denyList,
        () -> new SocketSettings(1 << 20, 1 << 20, 60, perAddress, total, 150, false),
        SocketHarness.collaborations(System::nanoTime),
        Executors.newVirtualThreadPerTaskExecutor(),
        System::nanoTime);
  }

  public static HttpServer serve(Servers servers, ConsoleSockets sockets) throws IOException {
    RouteTable routes =
        new RouteTable(
            List.of(Route.get("/api/servers/{server}/ws").access(Access.IN_BAND).upgrade(sockets)));
    return HttpServer.builder(new TestConfig(), routes, servers).eventLoops(2).start();
  }
}
