package dev.wings.daemon.ws;

import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.UpgradeHandler;
import dev.wings.daemon.http.UpgradeRequest;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// A bare HTTP server that only upgrades, for tests and benchmarks of the sockets alone.
public final class SocketServer implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup loops;
  private final Channel listener;

  public SocketServer(Servers servers, UpgradeHandler handler, int threads) {
    IoHandlerFactory factory =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    Class<? extends ServerChannel> type =
        Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    loops = new MultiThreadIoEventLoopGroup(threads, factory);
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(type)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpObjectAggregator(8192),
                            new Upgrader(servers, handler));
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
  }

  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static final class Upgrader extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final Servers servers;
    private final UpgradeHandler handler;

    Upgrader(Servers servers, UpgradeHandler handler) {
      this.servers = servers;
      this.handler = handler;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      Server server = servers.find(UUID.fromString(request.uri().split("/")[3])).orElseThrow();
      try {
        handler.upgrade(new Handshake(context, request, server));
      } catch (ApiException refused) {
        context
            .writeAndFlush(
                new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.valueOf(refused.status()),
                    Unpooled.copiedBuffer(refused.getMessage(), StandardCharsets.UTF_8)))
            .addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  private record Handshake(ChannelHandlerContext context, FullHttpRequest request, Server server)
      implements UpgradeRequest {
    @Override
    public Channel channel() {
      return context.channel();
    }

    @Override
    public String pathVariable(String name) {
      throw new UnsupportedOperationException(name);
    }

    @Override
    public Optional<String> query(String name) {
      return Optional.empty();
    }

    @Override
    public List<String> queryAll(String name) {
      return List.of();
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.ofNullable(request.headers().get(name));
    }

    @Override
    public String clientAddress() {
      return "127.0.0.1";
    }

    @Override
    public ChannelFuture accept(int maxFramePayload, ChannelHandler... handlers) {
      ChannelFuture answered =
          new WebSocketServerHandshakerFactory("", null, false, maxFramePayload)
              .newHandshaker(request)
              .handshake(context.channel(), request);
      context.pipeline().remove(context.handler());
      context.pipeline().addLast(handlers);
      return answered;
    }
  }
}
