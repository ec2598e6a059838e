package dev.wings.daemon.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Handles one request on its own virtual thread: runs the handler, then sends the answer, waiting
/// for the client where it must. Whatever is thrown ends this request only (`threats.md` JV-05).
final class RequestTask implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(RequestTask.class);

  private final HttpConnection connection;
  private final Channel channel;
  private final Exchange exchange;
  private final Route route;
  private final Request request;

  private RequestTask(HttpConnection connection, Exchange exchange, Route route, Request request) {
    this.connection = connection;
    this.channel = connection.channel();
    this.exchange = exchange;
    this.route = route;
    this.request = request;
  }

  static void start(HttpConnection connection, Exchange exchange, Route route, Request request) {
    RequestTask task = new RequestTask(connection, exchange, route, request);
    connection.service().requestThreads().newThread(task).start();
  }

  @Override
  public void run() {
    try {
      Response response = respond();
      if (response != null) {
        send(response);
      }
    } catch (ClientGoneException gone) {
      log.atDebug().addKeyValue("reason", String.valueOf(gone.getMessage())).log("client gone");
      breakOff();
    } catch (IOException | RuntimeException | Error failure) {
      log.atError().addKeyValue("route", exchange.name()).setCause(failure).log("answer broke off");
      breakOff();
    } finally {
      connection.service().bodies().giveBack(exchange);
      RequestBodyStream body = exchange.stream;
      if (body != null) {
        body.close();
      }
    }
  }

  /// Runs the handler; null when the connection was upgraded.
  private @Nullable Response respond() {
    try {
      if (route.access() instanceof Access.Signed signed) {
        signed.check().verify(request);
      }
      return switch (route.endpoint()) {
        case Route.Endpoint.Waiting waiting -> waiting.handler().handle(request);
        case Route.Endpoint.WebSocket socket -> upgrade(socket.handler());
        case Route.Endpoint.Inline _, Route.Endpoint.Missing _ ->
            throw new IllegalStateException("not a waiting route: " + route);
      };
    } catch (Exception | StackOverflowError failure) {
      return HttpErrors.toResponse(failure, exchange.name());
    }
  }

  private @Nullable Response upgrade(UpgradeHandler handler) {
    WebSocketHandshake handshake = new WebSocketHandshake(connection, exchange, request);
    handler.upgrade(handshake);
    if (!handshake.accepted()) {
      throw new IllegalStateException("upgrade was neither accepted nor refused: " + route);
    }
    return null;
  }

  private void send(Response response) throws IOException {
    switch (response) {
      case Response.Structured structured -> {
        Representation form = exchange.representation();
        byte[] body = form.encode(structured.document());
        onEventLoop(() -> {
          connection.respond(exchange, structured.status(), form, body);
          channel.flush();
        });
      }
      case Response.Prepared _, Response.Empty _ ->
          onEventLoop(() -> {
            connection.respond(exchange, response);
            channel.flush();
          });
      case Response.Stream stream -> sendStream(stream);
      case Response.Followed followed -> sendFollowed(followed);
    }
  }

  /// An empty write behind the answer tells when that has left, or that it never will.
  private void sendFollowed(Response.Followed followed) throws IOException {
    boolean scheduled = false;
    try {
      send(followed.answer());
      onEventLoop(() ->
          channel
              .writeAndFlush(Unpooled.EMPTY_BUFFER)
              .addListener(_ -> followed.afterwards().run()));
      scheduled = true;
    } catch (RejectedExecutionException stopping) {
      log.atDebug().setCause(stopping).log("the server stopped behind an answer");
    } finally {
      if (!scheduled) {
        followed.afterwards().run();
      }
    }
  }

  private void sendStream(Response.Stream stream) throws IOException {
    boolean known = stream.length().isPresent();
    boolean chunked = !known && !exchange.oldProtocol;
    boolean closes = exchange.closesConnection() || (!known && !chunked);
    ByteBuf head = head(stream.status(), stream.headers(), stream.length(), chunked, closes);
    ResponseBodyStream body =
        new ResponseBodyStream(
            channel, connection.service().limits(), head, chunked, exchange.headOnly());
    try {
      if (!exchange.headOnly() || known) {
        stream.producer().writeTo(body);
      }
      if (known && body.total() != stream.length().getAsLong()) {
        throw new IOException("body has " + body.total() + " bytes instead of those announced");
      }
      body.close();
    } catch (IOException | RuntimeException | StackOverflowError failure) {
      body.abandon();
      if (body.headSent() || failure instanceof ClientGoneException) {
        throw failure;
      }
      send(HttpErrors.toResponse(failure, exchange.name()));
      return;
    }
    onEventLoop(
        () -> connection.finish(exchange, stream.status(), closes, channel.newSucceededFuture()));
  }

  private ByteBuf head(
      int status,
      Map<String, String> headers,
      OptionalLong length,
      boolean chunked,
      boolean closes) {
    Map<String, String> all = new HashMap<>(headers);
    length.ifPresent(bytes -> all.put("content-length", Long.toString(bytes)));
    if (chunked) {
      all.put("transfer-encoding", "chunked");
    }
    ByteBuf out = channel.alloc().buffer(1024);
    connection.service().head().other(out, exchange.headContext(closes), status, all);
    return out;
  }

  /// The client must see that the answer is incomplete: the connection ends without the last chunk.
  private void breakOff() {
    onEventLoop(() -> {
      connection.finish(exchange, 0, /* closes= */ true, channel.newSucceededFuture());
      channel.close();
    });
  }

  private void onEventLoop(Runnable action) {
    channel.eventLoop().execute(action);
  }
}
