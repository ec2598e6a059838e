package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection: takes one request after the other from the decoder, decides as early as it can,
/// and writes the answer.
///
/// The decoder has refused ambiguous framing, and [Admission] decides what the head alone can
/// decide, both on the event loop, in memory. Then an inline route answers at once, and any other
/// gets a virtual thread ([RequestTask]); meanwhile the decoder is held, so that pipelined requests
/// wait their turn.
///
/// All methods run on the connection's event loop unless they say otherwise.
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);

  /// A refused request with a body of at most this size keeps its connection.
  private static final int DRAIN_BYTES = 64 << 10;

  /// Most that is read at once from a connection that brings a stream.
  private static final int STREAM_BYTES = 256 << 10;

  private static final Duration LINGER = Duration.ofSeconds(2);

  private final HttpService service;
  private final Channel channel;
  private final InetAddress peer;
  private final Admission admission;
  private final StrictRequestDecoder decoder;
  private final Deadline deadline;

  private @Nullable ChannelHandlerContext decoderContext;
  private @Nullable Exchange exchange;
  private boolean closing;

  HttpConnection(HttpService service, Channel channel, InetAddress peer) {
    this.service = service;
    this.channel = channel;
    this.peer = peer;
    this.admission = new Admission(service, peer);
    this.decoder = new StrictRequestDecoder(service.limits(), this::headBegun);
    this.deadline = new Deadline(channel, service);
  }

  /// Adds decoder and connection to the pipeline.
  void install() {
    channel.pipeline().addLast("http-decoder", decoder).addLast("http", this);
    decoderContext = channel.pipeline().context(decoder);
    deadline.set(service.limits().headDeadline());
  }

  HttpService service() {
    return service;
  }

  Channel channel() {
    return channel;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (closing) {
        return;
      }
      if (message instanceof HttpRequest request) {
        begin(request);
      }
      if (message instanceof HttpContent content && !closing) {
        receive(content);
      }
    } catch (RuntimeException | StackOverflowError failure) {
      log.atError().setCause(failure).log("connection failed");
      context.close();
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable() && exchange == null && !closing) {
      goOn();
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    deadline.stop();
    Exchange interrupted = exchange;
    if (interrupted != null && !interrupted.complete) {
      service.bodies().giveBack(interrupted); // a complete one is in use by the request's thread
    }
    if (interrupted != null && interrupted.request != null) {
      interrupted.request.clientWentAway();
    }
    if (interrupted != null && interrupted.stream != null) {
      interrupted.stream.fail(new ClientGoneException("client went away", null));
    }
    context.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    deadline.stop();
  }

  /// Resets and broken handshakes are the peer's business: debug only (`engineering.md` trap 7).
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException || cause instanceof io.netty.handler.codec.DecoderException) {
      log.atDebug().addKeyValue("reason", String.valueOf(cause.getMessage())).log("peer failed");
    } else {
      log.atError().setCause(cause).log("connection failed");
    }
    context.close();
  }

  private void begin(HttpRequest message) {
    if (message.decoderResult().isFailure()) {
      refuseFraming(message.decoderResult().cause());
      return;
    }
    Exchange begun =
        new Exchange(message, service.settings().current(), service.nanoTime().getAsLong());
    exchange = begun;
    deadline.clear();
    try {
      admission.decide(begun, message.protocolVersion());
    } catch (RuntimeException failure) {
      begun.early = HttpErrors.toResponse(failure, begun.name());
    }
    Route route = begun.route;
    Request request = begun.request;
    if (begun.early == null && route != null && request != null && route.streamsBody()) {
      startStream(begun, route, request);
    }
    if (!begun.bodyExpected) {
      return; // the end of the request follows in the same turn
    }
    if (begun.early != null) {
      long length = begun.declaredLength();
      boolean small = length >= 0 && length <= DRAIN_BYTES;
      if (!small || begun.continueExpected) {
        respond(begun, begun.early);
        return;
      }
    } else if (route != null && begun.stream == null && begun.continueExpected) {
      sendContinue();
    }
    if (begun.stream == null) {
      deadline.set(service.limits().bodyDeadline());
    }
  }

  private void startStream(Exchange begun, Route route, Request request) {
    RequestBodyStream stream = new RequestBodyStream(new BodySource(), service.limits());
    channel
        .config()
        .setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(2 << 10, 64 << 10, STREAM_BYTES));
    begun.stream = stream;
    request.stream(stream);
    RequestTask.start(this, begun, route, request);
  }

  private void receive(HttpContent content) {
    Exchange current = exchange;
    if (current == null || current.answered) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      failBody(current, content.decoderResult().cause());
      return;
    }
    int length = content.content().readableBytes();
    current.received += length;
    if (current.stream != null) {
      if (length > 0) {
        current.stream.offer(content.content().retain());
      }
    } else if (current.received > service.limits().structuredBodyBytes()) {
      respond(current, HttpErrors.error(400, "invalid payload: body is too large"));
      return;
    } else if (current.buffer != null && !service.bodies().take(current, length)) {
      current.extraLines = "retry-after: 1\r\n";
      respond(current, HttpErrors.error(503, "too many large requests at the same time"));
      return;
    } else if (current.buffer != null && length > 0) {
      append(current.buffer, content.content());
    }
    if (content instanceof LastHttpContent) {
      complete(current);
    }
  }

  private void complete(Exchange current) {
    current.complete = true;
    deadline.clear();
    if (current.stream != null) {
      decoder.pause();
      current.stream.end();
      return;
    }
    if (current.early != null) {
      respond(current, current.early);
      return;
    }
    Route route = requireNonNull(current.route);
    Request request = requireNonNull(current.request);
    if (current.buffer != null) {
      request.body(current.buffer.toByteArray());
      current.buffer = null;
    }
    switch (route.endpoint()) {
      case Route.Endpoint.Inline inline -> respond(current, inline(inline, request, current));
      case Route.Endpoint.Waiting _, Route.Endpoint.WebSocket _ -> {
        decoder.pause();
        RequestTask.start(this, current, route, request);
      }
      case Route.Endpoint.Missing _ -> throw new IllegalStateException("checked by the table");
    }
  }

  private static Response inline(
      Route.Endpoint.Inline endpoint, Request request, Exchange current) {
    try {
      return endpoint.handler().handle(request);
    } catch (Exception | StackOverflowError failure) {
      return HttpErrors.toResponse(failure, current.name());
    }
  }

  private void failBody(Exchange current, Throwable cause) {
    log.atDebug().addKeyValue("reason", String.valueOf(cause.getMessage())).log("bad body");
    if (current.stream != null) {
      current.stream.fail(new BodyException(400, "malformed request body"));
    } else {
      respond(current, HttpErrors.error(400, "malformed request body"));
    }
  }

  private void refuseFraming(Throwable cause) {
    log.atDebug().addKeyValue("reason", String.valueOf(cause.getMessage())).log("bad request");
    int status =
        switch (cause) {
          case TooLongHttpLineException _ -> 414;
          case TooLongHttpHeaderException _ -> 431;
          default -> 400;
        };
    String message =
        switch (status) {
          case 414 -> "request line is too long";
          case 431 -> "request header is too large";
          default -> "malformed request";
        };
    Response.Structured answer = (Response.Structured) HttpErrors.error(status, message);
    byte[] body = Representation.JSON.encode(answer.document());
    ByteBuf out = channel.alloc().buffer(1024);
    service
        .head()
        .structured(
            out,
            new ResponseHead.Context(
                service.settings().current(), null, /* closing= */ true, false, ""),
            status,
            Representation.JSON,
            body.length);
    out.writeBytes(body);
    linger(channel.writeAndFlush(out));
  }

  /// Answers with what is already in memory. Flushed at the end of the turn.
  void respond(Exchange current, Response response) {
    switch (response) {
      case Response.Structured structured -> {
        Representation form = current.representation();
        respond(current, structured.status(), form, form.encode(structured.document()));
      }
      case Response.Prepared prepared -> {
        Representation form = current.representation();
        respond(current, prepared.status(), form, prepared.document().bytes(form));
      }
      case Response.Empty empty -> respondEmpty(current, empty);
      case Response.Stream _, Response.Followed _ ->
          throw new IllegalStateException("only a waiting route can answer so: " + current.name());
    }
  }

  void respond(Exchange current, int status, Representation form, byte[] body) {
    if (current.answered) {
      return;
    }
    boolean closes = current.closesConnection();
    ByteBuf out = channel.alloc().buffer(1024 + (current.headOnly() ? 0 : body.length));
    service.head().structured(out, current.headContext(closes), status, form, body.length);
    if (!current.headOnly()) {
      out.writeBytes(body);
    }
    finish(current, status, closes, channel.write(out));
  }

  private void respondEmpty(Exchange current, Response.Empty empty) {
    boolean closes = current.closesConnection();
    ByteBuf out = channel.alloc().buffer(1024);
    String length = empty.status() == 204 ? "" : "content-length: 0\r\n";
    ResponseHead.Context context = current.headContext(closes);
    service
        .head()
        .other(
            out,
            new ResponseHead.Context(
                context.settings(),
                context.origin(),
                closes,
                context.oldKeepAlive(),
                current.extraLines + length),
            empty.status(),
            empty.headers());
    finish(current, empty.status(), closes, channel.write(out));
  }

  /// The answer is on its way (or broke off): ends the exchange and goes on with the next request.
  void finish(Exchange current, int status, boolean closes, ChannelFuture written) {
    if (current.answered) {
      return;
    }
    current.answered = true;
    current.buffer = null;
    service.bodies().giveBack(current);
    exchange = null;
    RequestTarget target = current.parsed;
    service
        .requestLog()
        .record(
            current.method,
            target == null ? current.target : target.path(),
            target == null ? null : target.rawQuery(),
            unlessPanel(current),
            status,
            TimeUnit.NANOSECONDS.toMicros(service.nanoTime().getAsLong() - current.startNanos),
            current.settings.requestLogLimit());
    if (closes) {
      channel.flush();
      if (current.complete) {
        closing = true;
        written.addListener(ChannelFutureListener.CLOSE);
      } else {
        linger(written);
      }
      return;
    }
    if (channel.isWritable()) {
      goOn();
    } else {
      decoder.pause();
      deadline.set(service.limits().writeStall());
    }
  }

  /// The address of a client that did not show the node token, null for the Panel.
  private @Nullable String unlessPanel(Exchange current) {
    Request request = current.request;
    if (request == null) {
      return IpAddresses.text(peer);
    }
    boolean panel = requireNonNull(current.route).access() instanceof Access.NodeTokenRequired;
    return panel ? null : request.clientAddress();
  }

  private void goOn() {
    deadline.set(service.limits().idleDeadline());
    try {
      decoder.resume(requireNonNull(decoderContext));
    } catch (Exception failure) {
      exceptionCaught(requireNonNull(decoderContext), failure);
    }
  }

  /// Sends what is written, says that nothing more will come, and reads on for a moment: closing
  /// with unread bytes would reset the connection and might destroy the answer on its way.
  private void linger(ChannelFuture written) {
    closing = true;
    deadline.set(LINGER);
    written.addListener(future -> {
      boolean plain = channel.pipeline().get(io.netty.handler.ssl.SslHandler.class) == null;
      if (future.isSuccess() && plain && channel instanceof DuplexChannel duplex) {
        duplex.shutdownOutput();
      } else {
        channel.close();
      }
    });
    channel.config().setAutoRead(true);
  }

  /// Gives the connection to a websocket. The exchange is over, HTTP leaves the pipeline.
  void switchTo(Exchange current, ByteBuf head, Runnable installHandlers, ChannelPromise written) {
    channel.writeAndFlush(head, written);
    current.answered = true;
    exchange = null;
    RequestTarget target = requireNonNull(current.parsed);
    service
        .requestLog()
        .record(
            current.method,
            target.path(),
            target.rawQuery(),
            unlessPanel(current),
            101,
            TimeUnit.NANOSECONDS.toMicros(service.nanoTime().getAsLong() - current.startNanos),
            current.settings.requestLogLimit());
    channel.config().setAutoRead(true); // the new handlers may decide otherwise
    installHandlers.run();
    channel.pipeline().remove(this);
    channel.pipeline().remove(decoder); // hands on what the client sent after its handshake
  }

  private void sendContinue() {
    channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), "HTTP/1.1 100 Continue\r\n\r\n"));
  }

  private void headBegun() {
    if (exchange == null && !closing) {
      deadline.set(service.limits().headDeadline());
    }
  }

  private static void append(ByteArrayOutputStream buffer, ByteBuf content) {
    try {
      content.readBytes(buffer, content.readableBytes());
    } catch (IOException impossible) {
      throw new IllegalStateException("memory does not fail", impossible);
    }
  }

  /// What a body stream asks of this connection, from the request's thread.
  private final class BodySource implements RequestBodyStream.Source {
    @Override
    public void begin() {
      channel
          .eventLoop()
          .execute(() -> {
            Exchange current = exchange;
            if (current != null && current.continueExpected && !current.complete) {
              sendContinue();
            }
          });
    }

    @Override
    public void suspend() {
      channel.config().setAutoRead(false);
    }

    @Override
    public void resume() {
      channel.config().setAutoRead(true);
    }
  }
}
