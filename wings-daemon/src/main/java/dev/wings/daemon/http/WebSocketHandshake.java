package dev.wings.daemon.http;

import dev.wings.core.server.Server;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The opening handshake of RFC 6455, version 13, without sub-protocols and extensions. Done here
/// and not by Netty's handshaker because the answer carries this server's own headers, and the
/// pipeline has no response encoder.
final class WebSocketHandshake implements UpgradeRequest {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final HttpConnection connection;
  private final Exchange exchange;
  private final Request request;
  private volatile boolean accepted;

  WebSocketHandshake(HttpConnection connection, Exchange exchange, Request request) {
    this.connection = connection;
    this.exchange = exchange;
    this.request = request;
  }

  /// Refuses what is no handshake.
  static void check(Exchange exchange) {
    var headers = exchange.headers;
    if (!exchange.method.equals("GET")
        || exchange.oldProtocol
        || !listContains(headers.getAll("connection"), "upgrade")
        || !listContains(headers.getAll("upgrade"), "websocket")) {
      throw new ApiException(400, "websocket upgrade expected");
    }
    if (!"13".equals(headers.get("sec-websocket-version"))) {
      exchange.extraLines = "sec-websocket-version: 13\r\n";
      throw new ApiException(426, "websocket version 13 expected");
    }
    if (!validKey(headers.get("sec-websocket-key"))) {
      throw new ApiException(400, "invalid websocket key");
    }
  }

  boolean accepted() {
    return accepted;
  }

  @Override
  public Channel channel() {
    return connection.channel();
  }

  @Override
  public String pathVariable(String name) {
    return request.pathVariable(name);
  }

  @Override
  public Server server() {
    return request.server();
  }

  @Override
  public Optional<String> query(String name) {
    return request.query(name);
  }

  @Override
  public List<String> queryAll(String name) {
    return request.queryAll(name);
  }

  @Override
  public Optional<String> header(String name) {
    return request.header(name);
  }

  @Override
  public String clientAddress() {
    return request.clientAddress();
  }

  @Override
  public ChannelFuture accept(int maxFramePayload, ChannelHandler... handlers) {
    if (accepted) {
      throw new IllegalStateException("accepted twice");
    }
    accepted = true;
    Channel channel = connection.channel();
    ChannelPromise done = channel.newPromise();
    channel.eventLoop().execute(() -> switchProtocols(maxFramePayload, handlers, done));
    return done;
  }

  private void switchProtocols(
      int maxFramePayload, ChannelHandler[] handlers, ChannelPromise done) {
    Channel channel = connection.channel();
    if (!channel.isActive()) {
      done.setFailure(new java.nio.channels.ClosedChannelException());
      return;
    }
    ByteBuf head = channel.alloc().buffer(1024);
    connection
        .service()
        .head()
        .other(
            head,
            exchange.headContext(/* closing= */ false),
            101,
            Map.of(
                "upgrade", "websocket",
                "connection", "upgrade",
                "sec-websocket-accept", acceptValue()));
    connection.switchTo(
        exchange,
        head,
        () -> {
          channel
              .pipeline()
              .addLast("ws-decoder", new WebSocket13FrameDecoder(config(maxFramePayload)))
              .addLast("ws-encoder", new WebSocket13FrameEncoder(/* maskPayload= */ false))
              .addLast(handlers);
        },
        done);
  }

  private static WebSocketDecoderConfig config(int maxFramePayload) {
    return WebSocketDecoderConfig.newBuilder()
        .expectMaskedFrames(true)
        .allowMaskMismatch(false)
        .allowExtensions(false)
        .maxFramePayloadLength(maxFramePayload)
        .closeOnProtocolViolation(true)
        .withUTF8Validator(false)
        .build();
  }

  private String acceptValue() {
    String key = request.header("sec-websocket-key").orElseThrow();
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key.trim() + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  private static boolean validKey(@Nullable String key) {
    try {
      return key != null && Base64.getDecoder().decode(key.trim()).length == 16;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  private static boolean listContains(List<String> values, String token) {
    for (String value : values) {
      for (String item : value.split(",", -1)) {
        if (item.trim().toLowerCase(Locale.ROOT).equals(token)) {
          return true;
        }
      }
    }
    return false;
  }
}
