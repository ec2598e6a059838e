package dev.wings.daemon.api;

import static java.util.Objects.requireNonNull;

import dev.wings.core.access.AccessControl;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.ws.EventNames;
import java.util.List;

/// The Panel's hand on open connections (`http-api.md` 12.2 to 12.4).
final class WebsocketAdminRoutes {
  private static final String SOCKETS = "/api/servers/{server}/ws";

  private final AccessControl access;

  WebsocketAdminRoutes(AccessControl access) {
    this.access = access;
  }

  List<Route> routes() {
    return List.of(
        Route.post(SOCKETS + "/broadcast")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Sends a message to chosen connections")
            .handle(this::broadcast),
        Route.post(SOCKETS + "/deny")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Denies tokens on the whole node")
            .handle(this::deny),
        Route.post(SOCKETS + "/permissions")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Replaces what users may do on a server")
            .handle(this::permissions));
  }

  private Response broadcast(Request request) {
    Bodies.Broadcast body = request.body(Bodies.Broadcast.class);
    Bodies.Message message = requireNonNull(body.message());
    String event = requireNonNull(message.event());
    if (!EventNames.known(event)) {
      throw new ApiException(400, "invalid payload: unknown event");
    }
    access.broadcast(
        request.server(),
        requireNonNull(body.users()),
        requireNonNull(body.permissions()),
        event,
        requireNonNull(message.args()));
    return Response.done();
  }

  private Response deny(Request request) {
    access.deny(requireNonNull(request.body(Bodies.Deny.class).jtis()));
    return Response.done();
  }

  private Response permissions(Request request) {
    List<Bodies.UserPermissions> entries =
        requireNonNull(request.body(Bodies.Permissions.class).userPermissions());
    for (Bodies.UserPermissions entry : entries) {
      access.push(
          request.server(),
          requireNonNull(entry.user()),
          requireNonNull(entry.permissions()),
          requireNonNull(entry.ignoredFiles()));
    }
    return Response.done();
  }
}
