package dev.wings.daemon.ws;

import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.server.Server;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCounted;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries the events of one server to its connections.
///
/// A publisher (the thread that reads the container's console, the server's owner) only appends the
/// event to a bounded list; it never encodes, writes or waits. One event loop, the hub's home,
/// takes the list, merges neighbouring lines, encodes them once for each wire format in use, and
/// hands the result to the connections of every event loop. So a batch costs a publisher the same
/// whether one or a hundred connections listen, and the order is the order of publication.
///
/// Turns of the home loop are paced: a few follow each other at once, so that the answer to a
/// command leaves at once, but a steady stream is collected for a while between two turns. Writing
/// to a socket costs far more than encoding a line, so the pause grows with the number of
/// connections, from [#PACE_NANOS] for each to [#MAX_PACE_NANOS].
///
/// When the home loop cannot follow, the oldest lines of the list are dropped and counted; the same
/// goes for a loop of connections that does not take what it is handed. The lists of all servers
/// share a budget: when it is used up, those that hold more than a small share drop lines earlier.
final class ConsoleHub {
  private static final Logger log = LoggerFactory.getLogger(ConsoleHub.class);

  /// Time between two turns under load, for each connection.
  private static final long PACE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  /// Shortest time between two turns under load.
  private static final long MIN_PACE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  /// Longest time between two turns under load.
  static final long MAX_PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final int MAX_IMMEDIATE_TURNS = 8;
  private static final long MAX_PENDING_COST = 8 << 20; // characters and a fixed cost per line
  private static final long PENDING_SHARE = 256 << 10; // kept even when all hubs together have much
  private static final long MAX_IN_FLIGHT_LINES = 200_000;
  private static final int MAX_FRAMES_BYTES = 64 << 10;
  private static final int MAX_SOCKETS_PER_USER = 1024;

  private final Server server;
  private final EventExecutor home;
  private final ByteBufAllocator allocator;
  private final OutboundBudget budget;
  private final OutboundBudget pendingBudget;
  private final LongSupplier nanos;
  private final Map<EventLoop, Group> groups = new ConcurrentHashMap<>();
  private final AtomicIntegerArray formats = new AtomicIntegerArray(WireFormat.values().length);
  private final Map<UUID, Integer> socketsOfUsers = new HashMap<>(); // guarded by itself

  private final ReentrantLock lock = new ReentrantLock();
  private ArrayDeque<ServerEvent> pending = new ArrayDeque<>();
  private long pendingCost;
  private long pendingLost;
  private boolean turnScheduled;
  private double immediateTurns = MAX_IMMEDIATE_TURNS;
  private long refilledNanos;

  private final FrameBuffer scratch = new FrameBuffer(); // of the home loop
  private EventBus.@Nullable Subscription subscription;
  private LivePermissions.@Nullable Subscription revocations;

  /// The connections that live on one event loop.
  private static final class Group {
    final List<ConsoleSocket> sockets = new ArrayList<>(); // of that loop
    final AtomicLong inFlightLines = new AtomicLong();
    final AtomicLong lost = new AtomicLong();
  }

  ConsoleHub(
      Server server,
      EventExecutor home,
      ByteBufAllocator allocator,
      OutboundBudget budget,
      OutboundBudget pendingBudget,
      LongSupplier nanos) {
    this.server = server;
    this.home = home;
    this.allocator = allocator;
    this.budget = budget;
    this.pendingBudget = pendingBudget;
    this.nanos = nanos;
    this.refilledNanos = nanos.getAsLong();
  }

  Server server() {
    return server;
  }

  /// Begins to listen. Called once, before the first connection joins.
  void open() {
    revocations = server.permissions().onRevocation(this::revoked);
    subscription = server.events().subscribe(this::publish);
  }

  /// Stops listening. Called once, after the last connection left.
  void close() {
    if (subscription != null) {
      subscription.close();
    }
    if (revocations != null) {
      revocations.close();
    }
  }

  // --- connections, each on its own loop ---

  void join(ConsoleSocket socket) {
    groups.computeIfAbsent(socket.eventLoop(), _ -> new Group()).sockets.add(socket);
  }

  void leave(ConsoleSocket socket) {
    Group group = groups.get(socket.eventLoop());
    if (group == null || !group.sockets.remove(socket)) {
      return;
    }
    socket
        .session()
        .user()
        .filter(_ -> socket.counted())
        .ifPresent(user -> {
          formats.decrementAndGet(socket.format().ordinal());
          synchronized (socketsOfUsers) {
            socketsOfUsers.merge(user, -1, (a, b) -> a + b == 0 ? null : a + b);
          }
        });
  }

  /// Counts a connection from its first token on.
  ///
  /// @return false when the user has too many connections to this server
  boolean authenticated(ConsoleSocket socket, UUID user) {
    synchronized (socketsOfUsers) {
      int open = socketsOfUsers.getOrDefault(user, 0);
      if (open >= MAX_SOCKETS_PER_USER) {
        return false;
      }
      socketsOfUsers.put(user, open + 1);
    }
    formats.incrementAndGet(socket.format().ordinal());
    return true;
  }

  void formatChanged(WireFormat from, WireFormat to) {
    formats.incrementAndGet(to.ordinal());
    formats.decrementAndGet(from.ordinal());
  }

  private void revoked(UUID user) {
    onEveryLoop(socket -> {
      if (socket.session().user().filter(user::equals).isPresent()) {
        socket.revoke();
      }
    });
  }

  private interface SocketTask {
    void run(ConsoleSocket socket);
  }

  private void onEveryLoop(SocketTask task) {
    groups.forEach(
        (loop, group) -> execute(loop, () -> List.copyOf(group.sockets).forEach(task::run)));
  }

  private static boolean execute(EventExecutor loop, Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException shutdown) {
      log.atDebug().log("event loop is shut down");
      return false;
    }
  }

  // --- publishers ---

  private void publish(ServerEvent event) {
    if (event instanceof ServerEvent.Deleted) {
      onEveryLoop(socket -> socket.drop("server was deleted"));
      return;
    }
    if (nobodyListens()) {
      return;
    }
    long delay;
    lock.lock();
    try {
      pending.add(event);
      long cost = cost(event);
      pendingCost += cost;
      pendingBudget.add(cost);
      if (pendingCost > MAX_PENDING_COST) {
        dropOldestLines(MAX_PENDING_COST / 2);
      } else if (pendingCost > PENDING_SHARE && pendingBudget.exhausted()) {
        dropOldestLines(PENDING_SHARE / 2);
      }
      if (turnScheduled) {
        return;
      }
      turnScheduled = true;
      delay = delayOfNextTurn();
    } finally {
      lock.unlock();
    }
    schedule(delay);
  }

  private boolean nobodyListens() {
    return formats.get(0) == 0 && formats.get(1) == 0;
  }

  private static long cost(ServerEvent event) {
    return switch (event) {
      case ServerEvent.ConsoleOutput output -> cost(output.lines());
      case ServerEvent.InstallOutput output -> cost(output.lines());
      default -> 64;
    };
  }

  private static long cost(List<String> lines) {
    long cost = 64;
    for (String line : lines) {
      cost += line.length() + 48L;
    }
    return cost;
  }

  private void dropOldestLines(long rest) {
    var oldest = pending.iterator();
    while (oldest.hasNext() && pendingCost > rest) {
      ServerEvent event = oldest.next();
      if (event instanceof ServerEvent.ConsoleOutput output) {
        pendingLost += output.lines().size() + output.skipped();
      } else if (event instanceof ServerEvent.InstallOutput output) {
        pendingLost += output.lines().size();
      } else {
        continue;
      }
      oldest.remove();
      pendingCost -= cost(event);
      pendingBudget.add(-cost(event));
    }
  }

  private long delayOfNextTurn() {
    long now = nanos.getAsLong();
    long pace = pace();
    double refill = (double) (now - refilledNanos) / pace;
    immediateTurns = Math.min(MAX_IMMEDIATE_TURNS, immediateTurns + refill);
    refilledNanos = now;
    if (immediateTurns >= 1) {
      immediateTurns--;
      return 0;
    }
    long delay = (long) ((1 - immediateTurns) * pace);
    immediateTurns--;
    return delay;
  }

  private long pace() {
    long wanted = PACE_NANOS * (formats.get(0) + formats.get(1));
    return Math.clamp(wanted, MIN_PACE_NANOS, MAX_PACE_NANOS);
  }

  private void schedule(long delayNanos) {
    try {
      if (delayNanos <= 0) {
        home.execute(this::turn);
      } else {
        home.schedule(this::turn, delayNanos, TimeUnit.NANOSECONDS);
      }
    } catch (RejectedExecutionException shutdown) {
      log.atDebug().log("event loop is shut down");
    }
  }

  // --- the home loop ---

  private void turn() {
    ArrayDeque<ServerEvent> events;
    long lost;
    lock.lock();
    try {
      turnScheduled = false;
      events = pending;
      pending = new ArrayDeque<>();
      pendingBudget.add(-pendingCost);
      pendingCost = 0;
      lost = pendingLost;
      pendingLost = 0;
    } finally {
      lock.unlock();
    }
    List<Outgoing> messages = EventEncoder.encode(events, MAX_FRAMES_BYTES, allocator, budget);
    try {
      for (Outgoing message : messages) {
        for (WireFormat format : WireFormat.values()) {
          if (formats.get(format.ordinal()) > 0) {
            message.frames(format, scratch);
          }
        }
      }
      groups.forEach((loop, group) -> handOver(loop, group, messages, lost));
    } finally {
      messages.forEach(ReferenceCounted::release);
    }
  }

  private void handOver(EventLoop loop, Group group, List<Outgoing> messages, long lost) {
    group.lost.addAndGet(lost);
    if (loop.inEventLoop()) {
      deliver(group, messages);
      return;
    }
    List<Outgoing> taken = new ArrayList<>(messages.size());
    long lines = 0;
    boolean crowded = group.inFlightLines.get() > MAX_IN_FLIGHT_LINES;
    for (Outgoing message : messages) {
      if (crowded && message.kind() == Outgoing.Kind.LINES) {
        group.lost.addAndGet(message.lines());
      } else {
        taken.add(message.retain());
        lines += message.lines();
      }
    }
    long inFlight = lines;
    group.inFlightLines.addAndGet(inFlight);
    boolean accepted =
        execute(
            loop,
            () -> {
              group.inFlightLines.addAndGet(-inFlight);
              try {
                deliver(group, taken);
              } finally {
                taken.forEach(ReferenceCounted::release);
              }
            });
    if (!accepted) {
      taken.forEach(ReferenceCounted::release);
    }
  }

  private static void deliver(Group group, List<Outgoing> messages) {
    long lost = group.lost.getAndSet(0);
    for (ConsoleSocket socket : List.copyOf(group.sockets)) { // one may leave while it is served
      socket.deliver(messages, lost);
    }
  }
}
