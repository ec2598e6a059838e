package dev.wings.daemon.api;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Route;
import java.util.List;

/// The overlay network's control plane (`http-api.md` 13.2), which this daemon does not have.
final class TundraRoutes {
  private TundraRoutes() {}

  static List<Route> routes() {
    return List.of(
        Route.post("/api/tundra/sync").access(Access.NODE_TOKEN).handle(_ -> refuse()),
        Route.post("/api/tundra/rotate").access(Access.NODE_TOKEN).handle(_ -> refuse()),
        Route.get("/api/tundra/metrics").access(Access.NODE_TOKEN).handle(_ -> refuse()),
        Route.get("/api/tundra/metrics/ws").access(Access.NODE_TOKEN).upgrade(_ -> refuse()));
  }

  private static <T> T refuse() {
    throw new WingsException(ErrorKind.UNSUPPORTED, "tundra is not enabled on this node");
  }
}
