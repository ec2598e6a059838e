package dev.wings.daemon.ws;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.server.Server;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.collab.SaveHistory;
import dev.wings.daemon.collab.SharedFiles;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.UpgradeHandler;
import dev.wings.daemon.http.UpgradeRequest;
import dev.wings.fs.view.ViewSources;
import io.netty.channel.Channel;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The console sockets of a daemon: decides who may connect (`websocket.md` 1.1, 1.3) and keeps one
/// hub for each server that has connections. Safe for use by many threads.
public final class ConsoleSockets implements UpgradeHandler {
  private static final int MAX_SOCKETS_PER_SERVER = 4096;
  private static final long MAX_OUTBOUND_BYTES = 32 << 20;
  private static final long MAX_PENDING_COST = 32 << 20;

  private final TokenVerifier verifier;
  private final TokenClock clock;
  private final DenyList denyList;
  private final Supplier<SocketSettings> settings;
  private final Collaborations collaborations;
  private final Executor waitingThreads;
  private final LongSupplier nanos;
  private final OutboundBudget budget = new OutboundBudget(MAX_OUTBOUND_BYTES);
  private final OutboundBudget pendingBudget = new OutboundBudget(MAX_PENDING_COST);

  private final Object lock = new Object();
  private final Map<UUID, Attendance> attendances = new HashMap<>(); // guarded by lock
  private final Map<String, Integer> strangers = new HashMap<>(); // by address, guarded by lock
  private final Map<ConsoleSocket, String> unauthenticated = new HashMap<>(); // guarded by lock
  private int total; // guarded by lock

  /// The hub of a server and how many connections hold on to it.
  private static final class Attendance {
    final ConsoleHub hub;
    int connections;

    Attendance(ConsoleHub hub) {
      this.hub = hub;
    }
  }

  /// @param denyList the one that `verifier` asks
  /// @param waitingThreads runs each task at once on a thread that may wait, such as
  ///   `Executors.newVirtualThreadPerTaskExecutor()`
  /// @param history remembers what files were before they are saved
  /// @param views what the paths of servers lead into
  public ConsoleSockets(
      TokenVerifier verifier,
      TokenClock clock,
      DenyList denyList,
      LiveConfig config,
      Executor waitingThreads,
      SaveHistory history,
      ViewSources views) {
    this(
        verifier,
        clock,
        denyList,
        () -> SocketSettings.of(config.current()),
        new Collaborations(
            server -> new SharedFiles(server, history, views::of),
            () -> config.current().system().fileCollaboration(),
            System::nanoTime,
            new SecureRandom()),
        waitingThreads,
        System::nanoTime);
  }

  ConsoleSockets(
      TokenVerifier verifier,
      TokenClock clock,
      DenyList denyList,
      Supplier<SocketSettings> settings,
      Collaborations collaborations,
      Executor waitingThreads,
      LongSupplier nanos) {
    this.verifier = verifier;
    this.clock = clock;
    this.denyList = denyList;
    this.settings = settings;
    this.collaborations = collaborations;
    this.waitingThreads = waitingThreads;
    this.nanos = nanos;
  }

  /// @throws ApiException 429 when there are too many connections
  @Override
  public void upgrade(UpgradeRequest request) {
    ConsoleSocket socket = admit(request.server(), request.clientAddress(), request.channel());
    request.accept(settings().maxFrameBytes(), socket);
  }

  /// Counts a connection until its channel closes and makes its handler.
  ///
  /// @throws ApiException 429 when there are too many connections
  ConsoleSocket admit(Server server, String clientAddress, Channel channel) {
    SocketSettings limits = settings();
    ConsoleSocket socket;
    Attendance attendance;
    synchronized (lock) {
      int perAddress = limits.maxStrangersPerAddress();
      attendance = attendances.get(server.id());
      boolean replaced = attendance != null && attendance.hub.server() != server;
      boolean full =
          (limits.maxConnections() > 0 && total >= limits.maxConnections())
              || (perAddress > 0 && strangers.getOrDefault(clientAddress, 0) >= perAddress)
              || (attendance != null && attendance.connections >= MAX_SOCKETS_PER_SERVER);
      if (full) {
        throw new ApiException(429, "too many connections");
      }
      if (attendance == null || replaced) {
        attendance =
            new Attendance(
                new ConsoleHub(
                    server, channel.eventLoop(), channel.alloc(), budget, pendingBudget, nanos));
        attendances.put(server.id(), attendance);
        attendance.hub.open();
      }
      attendance.connections++;
      total++;
      socket = new ConsoleSocket(this, attendance.hub, clientAddress, limits.maxMessageBytes());
      strangers.merge(clientAddress, 1, Integer::sum);
      unauthenticated.put(socket, clientAddress);
    }
    Attendance joined = attendance;
    channel.closeFuture().addListener(_ -> closed(socket, joined));
    return socket;
  }

  /// The connection has shown a valid token and gives back its place among the strangers.
  void authenticated(ConsoleSocket socket) {
    synchronized (lock) {
      forgetStranger(socket);
    }
  }

  private void forgetStranger(ConsoleSocket socket) {
    String address = unauthenticated.remove(socket);
    if (address != null) {
      strangers.merge(address, -1, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  private void closed(ConsoleSocket socket, Attendance attendance) {
    synchronized (lock) {
      forgetStranger(socket);
      total--;
      attendance.connections--;
      if (attendance.connections == 0) {
        attendances.remove(attendance.hub.server().id(), attendance);
        attendance.hub.close();
      }
    }
  }

  /// Open connections, authenticated or not.
  public int connections() {
    synchronized (lock) {
      return total;
    }
  }

  SocketSession newSession(Server server) {
    return new SocketSession(server, verifier, clock, denyList);
  }

  SocketSettings settings() {
    return settings.get();
  }

  Collaborations collaborations() {
    return collaborations;
  }

  OutboundBudget budget() {
    return budget;
  }

  Executor waitingThreads() {
    return waitingThreads;
  }

  LongSupplier nanos() {
    return nanos;
  }
}
