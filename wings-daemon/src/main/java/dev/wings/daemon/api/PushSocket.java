package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.daemon.http.Representation;
import dev.wings.daemon.http.UpgradeHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A websocket that only the server talks on (`http-api.md` 6.5, 7.4, 6.7): text frames, a ping
/// every 30 s, and the end when either side closes or the peer has been silent for three pings.
/// What a client sends is ignored but for control frames. Runs on the connection's event loop.
final class PushSocket extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final Logger log = LoggerFactory.getLogger(PushSocket.class);
  static final int MAX_FRAME_BYTES = 64 << 10;
  private static final byte[] PING = {1, 2, 3};
  private static final Duration PING_INTERVAL = Duration.ofSeconds(30);
  private static final int SILENT_PINGS = 3;

  private final @Nullable Supplier<? extends JsonNode> source;
  private final Duration interval;
  private int unanswered;

  private PushSocket(@Nullable Supplier<? extends JsonNode> source, Duration interval) {
    this.source = source;
    this.interval = interval;
  }

  /// Sends a document at once and then every second.
  ///
  /// @param source reads memory only; called on event loops
  static UpgradeHandler everySecond(Supplier<? extends JsonNode> source) {
    return request ->
        request.accept(MAX_FRAME_BYTES, new PushSocket(source, Duration.ofSeconds(1)));
  }

  /// A socket on which somebody else writes.
  static PushSocket quiet() {
    return new PushSocket(null, Duration.ZERO);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    context
        .executor()
        .schedule(() -> ping(context), PING_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    if (source != null) {
      push(context, source);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
    unanswered = 0;
    switch (frame) {
      case PingWebSocketFrame ping ->
          context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
      case CloseWebSocketFrame close ->
          context
              .writeAndFlush(new CloseWebSocketFrame(true, 0, close.content().retain()))
              .addListener(ChannelFutureListener.CLOSE);
      default -> {
        // nothing that a client says matters here
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException || cause instanceof io.netty.handler.codec.CodecException) {
      log.atDebug().addKeyValue("reason", String.valueOf(cause.getMessage())).log("peer failed");
    } else {
      log.atError().setCause(cause).log("push socket failed");
    }
    context.close();
  }

  private void push(ChannelHandlerContext context, Supplier<? extends JsonNode> documents) {
    if (!context.channel().isActive()) {
      return;
    }
    context
        .executor()
        .schedule(() -> push(context, documents), interval.toMillis(), TimeUnit.MILLISECONDS);
    if (!context.channel().isWritable()) {
      return; // a slow reader misses a second instead of piling up
    }
    try {
      byte[] json = Representation.JSON.encode(documents.get());
      context.writeAndFlush(new TextWebSocketFrame(Unpooled.wrappedBuffer(json)));
    } catch (RuntimeException failure) {
      exceptionCaught(context, failure);
    }
  }

  private void ping(ChannelHandlerContext context) {
    if (!context.channel().isActive()) {
      return;
    }
    if (unanswered++ >= SILENT_PINGS) {
      context.close();
      return;
    }
    ByteBuf payload = Unpooled.wrappedBuffer(PING.clone());
    context.writeAndFlush(new PingWebSocketFrame(payload));
    context
        .executor()
        .schedule(() -> ping(context), PING_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }
}
