package dev.wings.daemon.api;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Joins a websocket to a TCP connection or a UDP socket (`http-api.md` 12.5). Both ends live on
/// one event loop. Each side stops being read while the other does not take what it got.
final class Tunnel extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final Logger log = LoggerFactory.getLogger(Tunnel.class);
  static final int MAX_FRAME_BYTES = 4 << 20;
  private static final int READ_BYTES = 32 << 10;
  private static final int MAX_DATAGRAM_BYTES = 65_536;
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final int PING_SECONDS = 30;

  private final InetSocketAddress target;
  private final boolean datagrams;
  private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();
  private @Nullable Channel far;

  private Tunnel(InetSocketAddress target, boolean datagrams) {
    this.target = target;
    this.datagrams = datagrams;
  }

  static Tunnel tcp(InetSocketAddress target) {
    return new Tunnel(target, false);
  }

  static Tunnel udp(InetSocketAddress target) {
    return new Tunnel(target, true);
  }

  /// Connects. What the client sends meanwhile waits in its socket, and what was read already waits
  /// here.
  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Channel near = context.channel();
    near.config().setAutoRead(false);
    boolean epoll = near.getClass().getName().startsWith("io.netty.channel.epoll.");
    Bootstrap bootstrap =
        new Bootstrap()
            .group(near.eventLoop())
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(bufferBytes()))
            .handler(new FarEnd(near));
    if (datagrams) {
      bootstrap.channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class);
    } else {
      bootstrap
          .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
          .option(ChannelOption.TCP_NODELAY, true)
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS);
    }
    var connecting = bootstrap.connect(target);
    far = connecting.channel();
    connecting.addListener(future -> {
      if (future.isSuccess()) {
        near.config().setAutoRead(true);
      } else {
        end(near);
      }
    });
    schedulePing(context);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
    switch (frame) {
      case BinaryWebSocketFrame binary -> forward(context, binary.content());
      case PingWebSocketFrame ping ->
          context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
      case CloseWebSocketFrame _ -> end(context.channel());
      default -> {
        // text frames, continuations and pongs mean nothing here
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    Channel other = far;
    if (other != null) {
      other.config().setAutoRead(context.channel().isWritable());
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    Channel other = far;
    if (other != null) {
      other.close();
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.atDebug().addKeyValue("reason", String.valueOf(cause.getMessage())).log("tunnel failed");
    context.close();
  }

  private void connected(ChannelHandlerContext context, Channel other) {
    if (!context.channel().isActive()) {
      other.close();
      return;
    }
    far = other;
    for (ByteBuf content = early.poll(); content != null; content = early.poll()) {
      other.write(content);
    }
    other.flush();
    context.channel().config().setAutoRead(true);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    early.forEach(ByteBuf::release);
    early.clear();
  }

  private void forward(ChannelHandlerContext context, ByteBuf content) {
    if (datagrams && content.readableBytes() > MAX_DATAGRAM_BYTES) {
      return;
    }
    Channel other = far;
    if (other == null) {
      early.add(content.retain());
      return;
    }
    other.writeAndFlush(content.retain());
    if (!other.isWritable()) {
      context.channel().config().setAutoRead(false);
    }
  }

  private int bufferBytes() {
    return datagrams ? MAX_DATAGRAM_BYTES : READ_BYTES;
  }

  private static void schedulePing(ChannelHandlerContext context) {
    context
        .executor()
        .schedule(
            () -> {
              if (context.channel().isActive()) {
                context.writeAndFlush(new PingWebSocketFrame(Unpooled.EMPTY_BUFFER));
                schedulePing(context);
              }
            },
            PING_SECONDS,
            TimeUnit.SECONDS);
  }

  private static void end(Channel near) {
    if (near.isActive()) {
      near.writeAndFlush(new CloseWebSocketFrame(1000, ""))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  /// The end towards the container.
  private static final class FarEnd extends ChannelInboundHandlerAdapter {
    private final Channel near;

    FarEnd(Channel near) {
      this.near = near;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes =
          message instanceof DatagramPacket packet ? packet.content() : (ByteBuf) message;
      near.writeAndFlush(new BinaryWebSocketFrame(bytes));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) {
        near.config().setAutoRead(true);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end(near);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (cause instanceof PortUnreachableException) {
        near.writeAndFlush(new TextWebSocketFrame("refused"));
        return;
      }
      log.atDebug().addKeyValue("reason", String.valueOf(cause.getMessage())).log("target failed");
      context.close();
    }
  }
}
