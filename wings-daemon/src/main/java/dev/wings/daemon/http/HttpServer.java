package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.ApiConfig;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.server.Servers;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running listener (`http-api.md` 1): TCP with or without TLS, or a Unix socket when `api.host`
/// is no IP address.
///
/// HTTP/1.1 only. HTTP/2 is left off (`threats.md` DS-06 allows that): its floods cost a daemon far
/// more than their sender, no client of this protocol needs it, and websockets must work over
/// HTTP/1.1 in any case; an operator who wants it has it at the reverse proxy.
///
/// ```java
/// try (HttpServer server = HttpServer.builder(config, routes, servers).start()) { … }
/// ```
public final class HttpServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_CONGESTION = 13; // linux/tcp.h

  private final EventLoopGroup loops;
  private final ChannelGroup connections;
  private final Channel listener;
  private final @Nullable TlsReloader tls;
  private final @Nullable Path socketFile;

  private HttpServer(
      EventLoopGroup loops,
      ChannelGroup connections,
      Channel listener,
      @Nullable TlsReloader tls,
      @Nullable Path socketFile) {
    this.loops = loops;
    this.connections = connections;
    this.listener = listener;
    this.tls = tls;
    this.socketFile = socketFile;
  }

  /// @param config read at start for the listener, and on every request for what may change
  /// @param servers looked up for `{server}` segments, in memory, on event loops
  public static Builder builder(LiveConfig config, RouteTable routes, Servers servers) {
    return new Builder(config, routes, servers);
  }

  /// Loads what every listener needs (the native transport, the buffers): some tens of milliseconds
  /// that a start can spend beside other work.
  public static void prepare() {
    log.atDebug()
        .addKeyValue("epoll", Epoll.isAvailable())
        .addKeyValue("buffers", ByteBufAllocator.DEFAULT)
        .log("transport loaded");
  }

  /// What can be set beside the configuration; everything has a default.
  public static final class Builder {
    private final LiveConfig config;
    private final RouteTable routes;
    private final Servers servers;
    private HttpLimits limits = HttpLimits.DEFAULT;
    private InstantSource clock = InstantSource.system();
    private LongSupplier nanoTime = System::nanoTime;
    private int eventLoops = Runtime.getRuntime().availableProcessors();
    private boolean nativeTransport = true;

    private Builder(LiveConfig config, RouteTable routes, Servers servers) {
      this.config = requireNonNull(config, "config");
      this.routes = requireNonNull(routes, "routes");
      this.servers = requireNonNull(servers, "servers");
    }

    public Builder limits(HttpLimits newLimits) {
      limits = newLimits;
      return this;
    }

    /// Wall clock, for the `Date` header and the age of certificates.
    public Builder clock(InstantSource newClock) {
      clock = newClock;
      return this;
    }

    /// Monotonic clock, for deadlines and log budgets.
    public Builder nanoTime(LongSupplier newNanoTime) {
      nanoTime = newNanoTime;
      return this;
    }

    /// Threads that move bytes; as many as processors by default.
    public Builder eventLoops(int threads) {
      eventLoops = threads;
      return this;
    }

    /// Uses the JDK's selector even where epoll is there.
    public Builder portableTransport() {
      nativeTransport = false;
      return this;
    }

    /// Binds and serves.
    ///
    /// @throws IOException when the address cannot be bound or the certificate cannot be used
    public HttpServer start() throws IOException {
      return HttpServer.start(this);
    }
  }

  /// Where the server listens; with port 0 in the configuration, the port that was given.
  public SocketAddress address() {
    return listener.localAddress();
  }

  /// The TCP port.
  ///
  /// @throws IllegalStateException when it listens on a Unix socket
  public int port() {
    if (listener.localAddress() instanceof InetSocketAddress address) {
      return address.getPort();
    }
    throw new IllegalStateException("not a TCP listener: " + listener.localAddress());
  }

  /// When the certificate in use expires, empty without TLS.
  public Optional<Instant> certificateExpires() {
    return Optional.ofNullable(tls).map(TlsReloader::expires);
  }

  /// What is wrong with the certificate or will be soon, for the operator; empty when all is well
  /// or without TLS.
  public Optional<String> certificateProblem() {
    return tls == null ? Optional.empty() : tls.problem();
  }

  /// Looks for a new certificate now instead of within the next seconds.
  public void checkCertificate() {
    if (tls != null) {
      tls.check();
    }
  }

  /// Open connections, websockets included.
  public int openConnections() {
    return connections.size();
  }

  /// Stops listening and closes every connection. Returns when the event loops have ended.
  @Override
  public void close() {
    if (tls != null) {
      tls.close();
    }
    listener.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    if (socketFile != null) {
      try {
        Files.deleteIfExists(socketFile);
      } catch (IOException left) {
        log.atDebug().addKeyValue("reason", String.valueOf(left.getMessage())).log("socket left");
      }
    }
  }

  private static HttpServer start(Builder builder) throws IOException {
    ApiConfig api = builder.config.current().api();
    InetAddress address = IpAddresses.parse(api.host()).orElse(null);
    Path socketFile = address == null ? api.socketFile() : null;
    TlsReloader tls = null;
    if (api.ssl().enabled() && socketFile == null) {
      tls = new TlsReloader(api.ssl().certificateFile(), api.ssl().keyFile(), builder.clock);
    }
    boolean epoll = builder.nativeTransport && Epoll.isAvailable();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            builder.eventLoops,
            new DefaultThreadFactory("http-io"),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    try {
      ServerBootstrap bootstrap =
          new ServerBootstrap()
              .group(loops)
              .channel(channelType(epoll, socketFile != null))
              .childHandler(new Acceptor(service(builder), builder.limits, connections, tls))
              .childOption(
                  ChannelOption.WRITE_BUFFER_WATER_MARK,
                  new WriteBufferWaterMark(256 << 10, 1 << 20))
              .option(ChannelOption.SO_BACKLOG, 4096);
      if (socketFile == null) {
        bootstrap
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true);
      } else {
        Files.deleteIfExists(socketFile);
      }
      var bound = bootstrap.bind(bindAddress(epoll, address, api.port(), socketFile));
      bound.awaitUninterruptibly();
      if (!bound.isSuccess()) {
        throw new IOException("cannot listen on " + api.host() + ":" + api.port(), bound.cause());
      }
      if (epoll && socketFile == null) {
        setCongestionControl(
            bound.channel(), builder.config.current().system().tcpCongestionControl());
      }
      if (tls != null) {
        tls.start();
      }
      return new HttpServer(loops, connections, bound.channel(), tls, socketFile);
    } catch (IOException | RuntimeException failure) {
      loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
      throw failure;
    }
  }

  private static HttpService service(Builder builder) {
    return new HttpService(
        builder.routes,
        new LiveSettings(builder.config),
        builder.servers::find,
        builder.limits,
        new ResponseHead(builder.clock),
        new RequestLog(builder.nanoTime),
        new AuthenticationFailures(builder.nanoTime),
        new BodyBudget(BodyBudget.BYTES),
        Thread.ofVirtual().name("http-", 0).factory(),
        builder.nanoTime);
  }

  private static Class<? extends ServerChannel> channelType(boolean epoll, boolean unix) {
    if (unix) {
      return epoll ? EpollServerDomainSocketChannel.class : NioServerDomainSocketChannel.class;
    }
    return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  private static SocketAddress bindAddress(
      boolean epoll, @Nullable InetAddress address, int port, @Nullable Path socketFile) {
    if (socketFile == null) {
      return new InetSocketAddress(requireNonNull(address), port);
    }
    return epoll
        ? new DomainSocketAddress(socketFile.toString())
        : UnixDomainSocketAddress.of(socketFile);
  }

  /// Accepted sockets inherit the algorithm of the listener. A kernel without it is no error.
  private static void setCongestionControl(Channel listener, String algorithm) {
    if (algorithm.isEmpty()) {
      return;
    }
    byte[] name = algorithm.getBytes(StandardCharsets.US_ASCII);
    try {
      listener
          .config()
          .setOption(
              new RawUnixChannelOption("TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, name.length),
              ByteBuffer.allocateDirect(name.length).put(name).flip());
    } catch (RuntimeException unavailable) {
      log.atInfo()
          .addKeyValue("algorithm", algorithm)
          .log("congestion control is not available, the system's default is used");
    }
  }

  /// Sets up an accepted connection, on its event loop.
  private static final class Acceptor extends ChannelInitializer<Channel> {
    private final HttpService service;
    private final HttpLimits limits;
    private final ConnectionLimiter limiter;
    private final ChannelGroup connections;
    private final @Nullable TlsReloader tls;

    Acceptor(
        HttpService service,
        HttpLimits limits,
        ChannelGroup connections,
        @Nullable TlsReloader tls) {
      this.service = service;
      this.limits = limits;
      this.limiter = new ConnectionLimiter(limits);
      this.connections = connections;
      this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
      boolean tcp = channel.remoteAddress() instanceof InetSocketAddress;
      InetAddress peer =
          channel.remoteAddress() instanceof InetSocketAddress remote
              ? IpAddresses.canonical(remote.getAddress())
              : InetAddress.getLoopbackAddress();
      boolean exempt = !tcp || service.settings().current().trustedProxies().contains(peer);
      if (!limiter.admit(channel, peer, exempt)) {
        log.atDebug().addKeyValue("peer", IpAddresses.text(peer)).log("too many connections");
        channel.close();
        return;
      }
      connections.add(channel);
      if (tls != null) {
        SslHandler handler = tls.context().newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(limits.handshakeDeadline().toMillis());
        channel.pipeline().addLast(new TlsRecordGuard(handler)).addLast(handler);
      }
      new HttpConnection(service, channel, peer).install();
    }
  }
}
