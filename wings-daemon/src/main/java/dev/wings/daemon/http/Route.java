package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of the route table: what is served, to whom, and what its body is. Built by a chain
/// that starts with the method:
///
/// ```java
/// Route.post("/api/servers/{server}/power")
///     .access(Access.NODE_TOKEN)
///     .body(Body.STRUCTURED)
///     .summary("Starts, stops, restarts or kills a server")
///     .handle(this::power)
/// ```
///
/// A `{server}` segment is special: the server is looked up before the handler runs (`http-api.md`
/// 3.2).
///
/// @param method upper-case method; a `GET` route also serves `HEAD`
/// @param template canonical path with `{name}` segments
/// @param access the credential; null only while a route is being built, the table refuses it
public record Route(
    String method,
    String template,
    @Nullable Access access,
    Body body,
    List<String> queryParameters,
    String summary,
    Endpoint endpoint) {

  /// What a route expects after the header.
  public enum Body {
    /// Nothing; what comes all the same is thrown away, within the limit of structured bodies.
    NONE,
    /// One JSON or MessagePack document within the limit.
    STRUCTURED,
    /// As `STRUCTURED`, but a document that cannot be read counts as none at all.
    LENIENT,
    /// Any number of bytes, handed on as they arrive.
    STREAM
  }

  /// Answers a request; may wait. Throws what [HttpErrors] translates.
  @FunctionalInterface
  public interface Handler {
    Response handle(Request request) throws Exception;
  }

  /// Who answers, and on which thread.
  public sealed interface Endpoint {
    /// On a virtual thread of its own.
    record Waiting(Handler handler) implements Endpoint {}

    /// On the event loop: reads memory only, answers in microseconds, has no body.
    record Inline(Handler handler) implements Endpoint {}

    /// A websocket handshake.
    record WebSocket(UpgradeHandler handler) implements Endpoint {}

    /// Not given yet.
    record Missing() implements Endpoint {}
  }

  public Route {
    requireNonNull(method, "method");
    if (!template.startsWith("/") || (template.length() > 1 && template.endsWith("/"))) {
      throw new IllegalArgumentException("template: " + template + " (expected: /path)");
    }
    queryParameters = List.copyOf(queryParameters);
  }

  public static Route get(String template) {
    return of("GET", template);
  }

  /// A `HEAD` of its own, where it tells something else than the head of the `GET`.
  public static Route head(String template) {
    return of("HEAD", template);
  }

  public static Route post(String template) {
    return of("POST", template);
  }

  public static Route put(String template) {
    return of("PUT", template);
  }

  public static Route patch(String template) {
    return of("PATCH", template);
  }

  public static Route delete(String template) {
    return of("DELETE", template);
  }

  private static Route of(String method, String template) {
    return new Route(method, template, null, Body.NONE, List.of(), "", new Endpoint.Missing());
  }

  public Route access(Access credential) {
    return new Route(method, template, credential, body, queryParameters, summary, endpoint);
  }

  public Route body(Body kind) {
    return new Route(method, template, access, kind, queryParameters, summary, endpoint);
  }

  /// Names of the query parameters, for the documentation only.
  public Route query(String... names) {
    return new Route(method, template, access, body, List.of(names), summary, endpoint);
  }

  public Route summary(String sentence) {
    return new Route(method, template, access, body, queryParameters, sentence, endpoint);
  }

  public Route handle(Handler handler) {
    return with(new Endpoint.Waiting(handler));
  }

  public Route handleInline(Handler handler) {
    return with(new Endpoint.Inline(handler));
  }

  public Route upgrade(UpgradeHandler handler) {
    return with(new Endpoint.WebSocket(handler));
  }

  private Route with(Endpoint newEndpoint) {
    return new Route(method, template, access, body, queryParameters, summary, newEndpoint);
  }

  boolean streamsBody() {
    return body == Body.STREAM;
  }

  /// Method and template, as in logs and messages.
  @Override
  public String toString() {
    return method + " " + template;
  }
}
