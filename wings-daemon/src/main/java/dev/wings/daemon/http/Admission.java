package dev.wings.daemon.http;

import dev.wings.core.server.Server;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Decides what the head of a request can decide, in this order (`threats.md` TK-07): version and
/// host, route, credential, server, coding and announced length of the body. Memory only; belongs
/// to one connection and its event loop.
final class Admission {
  private final HttpService service;
  private final InetAddress peer;

  // The last header that proved to be right on this connection, and what it was compared with.
  private @Nullable String verifiedAuthorization;
  private @Nullable NodeToken verifiedBy;

  Admission(HttpService service, InetAddress peer) {
    this.service = service;
    this.peer = peer;
  }

  /// Everything that can be decided without the body. Throws what the answer will be.
  void decide(Exchange begun, HttpVersion version) {
    if (version.majorVersion() != 1) {
      begun.keepAlive = false; // what follows is no HTTP/1
      throw new ApiException(505, "http version not supported");
    }
    List<String> hosts = begun.headers.getAll("host");
    if (hosts.size() > 1 || (hosts.isEmpty() && !begun.oldProtocol)) {
      begun.keepAlive = false; // front ends may have understood it differently
      throw new ApiException(400, "exactly one host header is needed");
    }
    if (!begun.settings.cors().remoteUsable()) {
      throw new ApiException(500, "invalid remote URL configured");
    }
    if (begun.method.equals("OPTIONS")) {
      begun.early = new Response.Empty(204, Map.of());
      return;
    }
    RequestTarget target = RequestTarget.parse(begun.target);
    begun.parsed = target;
    RouteTable.Match match = service.routes().find(target.segments());
    if (match == null) {
      begun.early = fallback(begun, target);
      return;
    }
    Route route = match.route(begun.method);
    if (route == null) {
      begun.early = Response.methodNotAllowed(match.allow());
      return;
    }
    begun.route = route;
    InetAddress client =
        ClientAddress.of(
            peer, begun.headers, begun.settings.trustedProxies(), begun.settings.token());
    if (route.access() instanceof Access.NodeTokenRequired && !authenticated(begun, client)) {
      return;
    }
    Server server = findServer(route, match.variables());
    Request request =
        new Request(
            route, target, match.variables(), begun.headers, server, IpAddresses.text(client));
    begun.request = request;
    prepareBody(begun, route);
  }

  private Response fallback(Exchange begun, RequestTarget target) {
    String redirect = begun.settings.redirects().get(target.path());
    return redirect == null
        ? HttpErrors.error(404, "route not found")
        : new Response.Empty(302, Map.of("location", redirect));
  }

  private boolean authenticated(Exchange begun, InetAddress client) {
    NodeToken token = begun.settings.token();
    String header = begun.headers.get("authorization");
    String verified = verifiedAuthorization;
    if (header != null
        && verified != null
        && verifiedBy == token
        && NodeToken.sameConstantTime(header, verified)) {
      return true;
    }
    String refusal = token.refusal(header);
    if (refusal == null) {
      verifiedAuthorization = header;
      verifiedBy = token;
      return true;
    }
    if (service.failures().note(client)) {
      begun.extraLines = "www-authenticate: Bearer\r\n";
      begun.early = HttpErrors.error(401, refusal);
    } else {
      begun.extraLines = "retry-after: 60\r\n";
      begun.early = HttpErrors.error(429, "too many failed attempts");
    }
    return false;
  }

  private @Nullable Server findServer(Route route, List<String> variables) {
    int index = RouteTable.variableNames(route.template()).indexOf("server");
    if (index < 0) {
      return null;
    }
    UUID id = ServerIds.parse(variables.get(index));
    if (id == null) {
      throw new ApiException(400, "invalid server uuid");
    }
    return service.servers().apply(id).orElseThrow(() -> new ApiException(404, "server not found"));
  }

  private void prepareBody(Exchange begun, Route route) {
    if (route.endpoint() instanceof Route.Endpoint.WebSocket) {
      WebSocketHandshake.check(begun);
    }
    String coding = begun.headers.get("content-encoding");
    if (coding != null && !coding.equalsIgnoreCase("identity")) {
      throw new ApiException(415, "compressed request bodies are not accepted");
    }
    switch (route.body()) {
      case NONE, STREAM -> {}
      case STRUCTURED, LENIENT -> {
        if (begun.bodyExpected) {
          if (begun.declaredLength() > service.limits().structuredBodyBytes()) {
            throw new ApiException(400, "invalid payload: body is too large");
          }
          begun.buffer = new ByteArrayOutputStream(256);
        }
      }
    }
  }
}
