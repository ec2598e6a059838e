package dev.wings.sftp.server;

import static java.util.Objects.requireNonNull;

import dev.wings.sftp.account.Authenticator;
import dev.wings.sftp.limit.Admissions;
import dev.wings.sftp.limit.HandleCount;
import dev.wings.sftp.limit.LoginGate;
import dev.wings.sftp.limit.MemoryBudget;
import dev.wings.sftp.limit.OwnerCounts;
import dev.wings.sftp.limit.SftpLimits;
import dev.wings.sftp.subsystem.OwnerNames;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.ServiceFactory;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.forward.Forwarder;
import org.apache.sshd.common.forward.ForwarderFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.ServerBuilder;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.UserAuthNoneFactory;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listener: MINA's server with everything of its own that is not needed taken out, and our own
/// login, connection service and channels put in.
public final class SshEndpoint implements AutoCloseable {
  private static final int PART_OF_MEMORY = 8;

  /// AES is good for 2^32 blocks, which is 64 GiB (RFC 4344, 3.2); the library's 1 GiB would stop
  /// each large transfer for an exchange.
  private static final long REKEY_BYTES = 16L << 30;

  private static final int BACKLOG = 256;
  private static final Duration STALLED_WRITE = Duration.ofMinutes(15);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final long TICK_MILLIS = 100;
  private static final long SWEEP_MILLIS = 1000;
  private static final Logger log = LoggerFactory.getLogger(SshEndpoint.class);

  private final SshServer server;
  private final Node node;
  private final ScheduledExecutorService timer;

  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused() {
      super("refused by limit");
    }

    @Override
    public Throwable fillInStackTrace() {
      return this; // expected under attack, thrown often
    }
  }

  /// @param address port 0 takes any free port
  /// @param nanoTime a clock that only moves forward
  public SshEndpoint(
      InetSocketAddress address,
      KeyPair hostKey,
      Authenticator authenticator,
      Supplier<SftpLimits> limits,
      Admissions.Bounds admissions,
      OwnerNames names,
      String identification,
      LongSupplier nanoTime) {
    Set<SshSession> sessions = ConcurrentHashMap.newKeySet();
    this.node =
        new Node(
            requireNonNull(authenticator, "authenticator"),
            limits,
            names,
            new HandleCount(limits),
            new LoginGate(limits, nanoTime),
            new Admissions(admissions, nanoTime),
            new OwnerCounts(),
            new MemoryBudget(Runtime.getRuntime().maxMemory() / PART_OF_MEMORY),
            new MemoryBudget(Runtime.getRuntime().maxMemory() / PART_OF_MEMORY),
            nanoTime,
            sessions);
    this.server = build(node, hostKey, identification);
    server.setHost(address.getAddress().getHostAddress());
    server.setPort(address.getPort());
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("sftp timer").factory());
  }

  private static SshServer build(Node node, KeyPair hostKey, String identification) {
    SshServer server =
        ServerBuilder.builder()
            .keyExchangeFactories(Algorithms.keyExchanges())
            .cipherFactories(Algorithms.ciphers())
            .macFactories(Algorithms.macs())
            .signatureFactories(Algorithms.signatures())
            .compressionFactories(Algorithms.compressions())
            .channelFactories(List.of(new SessionChannels()))
            .globalRequestHandlers(List.of())
            .forwarderFactory(new NothingIsForwarded())
            .build();
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    server.setUserAuthFactories(List.of(UserAuthNoneFactory.INSTANCE)); // never used, but demanded
    server.setPasswordAuthenticator(null);
    server.setPublickeyAuthenticator(null);
    server.setKeyboardInteractiveAuthenticator(null);
    server.setHostBasedAuthenticator(null);
    server.setServiceFactories(List.of(new LoginService(), new RequestService()));
    server.setSessionFactory(new Sessions(server, node));
    CoreModuleProperties.SERVER_IDENTIFICATION.set(server, identification);
    CoreModuleProperties.TCP_NODELAY.set(server, true);
    CoreModuleProperties.SOCKET_KEEPALIVE.set(server, true);
    CoreModuleProperties.SOCKET_BACKLOG.set(server, BACKLOG);
    CoreModuleProperties.WINDOW_SIZE.set(server, (long) InboundWindow.SMALLEST);
    CoreModuleProperties.MAX_PACKET_SIZE.set(server, (long) SessionChannel.PACKET);
    CoreModuleProperties.REKEY_BYTES_LIMIT.set(server, REKEY_BYTES);
    CoreModuleProperties.NIO2_MIN_WRITE_TIMEOUT.set(server, STALLED_WRITE);
    // times are kept by SshSession.checkTime
    CoreModuleProperties.AUTH_TIMEOUT.set(server, Duration.ZERO);
    CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
    return server;
  }

  /// Begins to listen.
  ///
  /// @throws IOException when the address cannot be had
  public void start() throws IOException {
    server.start();
    timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    timer.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    try {
      node.gate().tick();
    } catch (RuntimeException e) { // must not end the timer
      log.atError().setCause(e).log("letting logins through failed");
    }
  }

  private void sweep() {
    for (SshSession session : node.sessions()) {
      try {
        session.checkTime();
      } catch (RuntimeException e) {
        session.exceptionCaught(e);
      }
    }
  }

  /// Where it listens, with the port that it really has.
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getBoundAddresses().iterator().next();
  }

  /// Connections at this moment, logged in or not.
  public int connections() {
    return node.sessions().size();
  }

  /// Stops listening and ends all connections; returns when they are gone.
  @Override
  public void close() {
    timer.shutdownNow();
    for (SshSession session : node.sessions()) {
      session.close(true);
    }
    try {
      server.close(true).await(STOP);
    } catch (IOException e) {
      log.atWarn().setCause(e).log("the SFTP server did not stop in time");
    }
  }

  private static final class Sessions extends SessionFactory {
    private final Node node;

    Sessions(SshServer server, Node node) {
      super(server);
      this.node = node;
    }

    @Override
    protected ServerSessionImpl doCreateSession(IoSession io) throws Exception {
      InetSocketAddress from = (InetSocketAddress) io.getRemoteAddress();
      if (node.gate().hopeless(from.getAddress())) {
        AccessLog.connectionLimited(from);
        throw new Refused();
      }
      Optional<Admissions.Place> place =
          node.admissions().admit(from.getAddress(), () -> io.close(true));
      if (place.isEmpty()) {
        AccessLog.connectionLimited(from);
        throw new Refused();
      }
      try {
        SshSession session = new SshSession(getServer(), io, node);
        session.hold(place.get());
        return session;
      } catch (Exception e) {
        place.get().close();
        throw e;
      }
    }
  }

  private static final class LoginService implements ServiceFactory {
    @Override
    public String getName() {
      return Login.SERVICE;
    }

    @Override
    public Service create(Session session) {
      return new Login((SshSession) session);
    }
  }

  private static final class RequestService implements ServiceFactory {
    @Override
    public String getName() {
      return Requests.SERVICE;
    }

    @Override
    public Service create(Session session) throws IOException {
      return new Requests((SshSession) session);
    }
  }

  private static final class SessionChannels implements ChannelFactory, NamedResource {
    @Override
    public String getName() {
      return SessionChannel.TYPE;
    }

    @Override
    public Channel createChannel(Session session) {
      return new SessionChannel((SshSession) session);
    }
  }

  private static final class NothingIsForwarded implements ForwarderFactory {
    @Override
    public Forwarder create(ConnectionService service) {
      throw new UnsupportedOperationException("nothing is forwarded");
    }
  }
}
