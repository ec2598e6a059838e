package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import dev.wings.core.server.Server;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One request as a handler sees it: credential checked, server looked up, structured body
/// complete. Belongs to the one thread that handles it.
public final class Request {
  private final Route route;
  private final RequestTarget target;
  private final List<String> variables;
  private final HttpHeaders headers;
  private final @Nullable Server server;
  private final String clientAddress;
  private byte[] body = {};
  private @Nullable RequestBody stream;
  private volatile boolean clientGone;

  Request(
      Route route,
      RequestTarget target,
      List<String> variables,
      HttpHeaders headers,
      @Nullable Server server,
      String clientAddress) {
    this.route = route;
    this.target = target;
    this.variables = variables;
    this.headers = headers;
    this.server = server;
    this.clientAddress = clientAddress;
  }

  void body(byte[] bytes) {
    body = bytes;
  }

  void stream(RequestBody newStream) {
    stream = newStream;
  }

  void clientWentAway() {
    clientGone = true;
  }

  /// Whether the connection has ended, so that nobody will read the answer. May be asked by any
  /// thread while the handler runs.
  public boolean clientGone() {
    return clientGone;
  }

  /// Value of a `{name}` segment of the route's template, percent-decoded.
  public String pathVariable(String name) {
    int index = RouteTable.variableNames(route.template()).indexOf(name);
    if (index < 0) {
      throw new IllegalStateException("no {" + name + "} in " + route);
    }
    return variables.get(index);
  }

  /// The server that the route's `{server}` segment names.
  public Server server() {
    if (server == null) {
      throw new IllegalStateException("no {server} in " + route);
    }
    return server;
  }

  /// First value of a query parameter, decoded.
  public Optional<String> query(String name) {
    return target.query(name).stream().findFirst();
  }

  /// All values of a repeated query parameter.
  public List<String> queryAll(String name) {
    return target.query(name);
  }

  /// An unsigned number of the query; values above [Long#MAX_VALUE] count as that.
  ///
  /// @throws ApiException 400 when it is not a number
  public OptionalLong queryUnsigned(String name) {
    Optional<String> value = query(name);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long number = Long.parseUnsignedLong(value.get());
      if (!value.get().startsWith("+")) {
        return OptionalLong.of(number < 0 ? Long.MAX_VALUE : number);
      }
    } catch (NumberFormatException notANumber) {
      // refused below together with a leading plus
    }
    throw new ApiException(400, "invalid query string: " + name + " is not an unsigned number");
  }

  /// First value of a header.
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /// The form of a structured answer that the client asked for.
  public Representation representation() {
    return Representation.negotiate(headers.get("accept"));
  }

  /// Client address without port (`http-api.md` 1.2).
  public String clientAddress() {
    return clientAddress;
  }

  /// The structured body as a tree; the empty object when there is none.
  ///
  /// @throws ApiException 400 when it cannot be read (for lenient routes that counts as none)
  public JsonNode document() {
    if (body.length == 0) {
      return JsonNodeFactory.instance.objectNode();
    }
    try {
      Representation form = Representation.ofContentType(headers.get("content-type"));
      if (form == null) {
        throw new ApiException(400, "invalid payload: unsupported content type");
      }
      JsonNode document = form.decode(body);
      if (document == null || document.isMissingNode()) {
        throw new ApiException(400, "invalid payload: no document");
      }
      return document;
    } catch (IOException | WingsException | ApiException unreadable) {
      if (route.body() == Route.Body.LENIENT) {
        return JsonNodeFactory.instance.objectNode();
      }
      throw unreadable instanceof ApiException refusal ? refusal : invalid(unreadable);
    }
  }

  /// The structured body bound to a record. The record's constructor refuses what must not be
  /// missing.
  ///
  /// @throws ApiException 400 naming what does not fit
  public <T> T body(Class<T> type) {
    JsonNode document = document();
    if (!document.isObject()) {
      throw new ApiException(400, "invalid payload: expected an object");
    }
    try {
      return requireNonNull(Json.mapper().treeToValue(document, type));
    } catch (JsonProcessingException mismatch) {
      throw invalid(mismatch);
    }
  }

  /// The body as it arrives, only for routes whose body is a stream. Reading waits for the client;
  /// an [IOException] says that it went away or was too slow.
  public RequestBody bodyStream() {
    if (stream == null) {
      throw new IllegalStateException("body is not a stream in " + route);
    }
    return stream;
  }

  private static ApiException invalid(Exception cause) {
    String detail =
        switch (cause) {
          case ValueInstantiationException instantiation
              when instantiation.getCause() instanceof WingsException refused ->
              refused.getMessage();
          case JsonProcessingException json -> shorten(json.getOriginalMessage());
          case WingsException refused -> refused.getMessage();
          default -> "unreadable";
        };
    return new ApiException(400, "invalid payload: " + detail);
  }

  /// Jackson's messages name Java types after the first clause; a caller needs only that clause.
  private static String shorten(@Nullable String message) {
    if (message == null) {
      return "unreadable";
    }
    String line = message.lines().findFirst().orElse("unreadable");
    int type = line.indexOf("`");
    String clause = type > 0 ? line.substring(0, type).strip() : line;
    return RequestLog.printable(clause.length() > 160 ? clause.substring(0, 160) : clause);
  }
}
