package dev.wings.daemon.http;

import dev.wings.core.server.Server;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import java.util.List;
import java.util.Optional;

/// One websocket handshake that waits for its answer.
public interface UpgradeRequest {
  /// The connection. Only for its event loop and attributes: the pipeline belongs to the HTTP
  /// server until [#accept].
  Channel channel();

  /// Value of a `{name}` segment of the route's template, percent-decoded.
  String pathVariable(String name);

  /// The server that the route's `{server}` segment names; lookup and its errors already happened.
  ///
  /// @throws IllegalStateException when the template has no such segment
  Server server();

  /// First value of a query parameter, decoded.
  Optional<String> query(String name);

  /// All values of a repeated query parameter.
  List<String> queryAll(String name);

  /// A request header, the first of that name.
  Optional<String> header(String name);

  /// Client address without port (`http-api.md` 1.2).
  String clientAddress();

  /// Answers `101`, puts a websocket frame decoder and encoder in place of HTTP and then
  /// `handlers`, in this order, behind them. They see `WebSocketFrame`s, control frames included
  /// (pings are not answered by themselves), and see `channelActive` never, `handlerAdded` on the
  /// event loop after the answer was written. No sub-protocol and no compression are negotiated.
  ///
  /// @param maxFramePayload longest frame accepted, in bytes; a longer one ends the connection
  /// @return completes when the answer was written
  ChannelFuture accept(int maxFramePayload, ChannelHandler... handlers);
}
