package dev.wings.core.collab;

import dev.wings.core.WingsException;
import dev.wings.core.config.SystemConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// The files of one server that are being edited together (`websocket.md` 1.10). Safe for use by
/// many threads.
public final class CollabSessions {
  /// A text is in memory several times while it is edited, so there is a limit to the limit.
  private static final long MAX_FILE_SIZE_CAP = 8 << 20;

  private static final long TICK_NANOS = Duration.ofMillis(900).toNanos();

  private final CollabFiles files;
  private final Supplier<SystemConfig.FileCollaboration> settings;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final CollabBudget budget;

  private final Object lock = new Object();
  private final Map<String, CollabSession> sessions = new HashMap<>(); // guarded by lock
  private int connections; // guarded by lock
  private long tickedNanos; // guarded by lock

  /// @param settings asked before each use, so that changes take effect at once
  /// @param nanos monotonic clock
  /// @param random gives the documents their numbers
  /// @param budget shared by all servers
  public CollabSessions(
      CollabFiles files,
      Supplier<SystemConfig.FileCollaboration> settings,
      LongSupplier nanos,
      RandomGenerator random,
      CollabBudget budget) {
    this.files = files;
    this.settings = settings;
    this.nanos = nanos;
    this.random = random;
    this.budget = budget;
    this.tickedNanos = nanos.getAsLong() - TICK_NANOS;
  }

  CollabFiles files() {
    return files;
  }

  SystemConfig.FileCollaboration settings() {
    return settings.get();
  }

  LongSupplier nanos() {
    return nanos;
  }

  RandomGenerator random() {
    return random;
  }

  CollabBudget budget() {
    return budget;
  }

  /// Largest text, in bytes.
  int fileSizeCap() {
    return (int) Math.clamp(settings().fileSizeCap(), 1, MAX_FILE_SIZE_CAP);
  }

  /// A new connection; to be closed.
  public CollabConnection connect(CollabClient client) {
    synchronized (lock) {
      connections++;
    }
    return new CollabConnection(this, client);
  }

  void left() {
    synchronized (lock) {
      connections--;
    }
  }

  /// Whether there are neither connections nor sessions.
  public boolean idle() {
    synchronized (lock) {
      return connections == 0 && sessions.isEmpty();
    }
  }

  CollabSession subscribe(
      String key, CollabConnection connection, CollabConnection.Subscriber subscriber)
      throws IOException, InterruptedException {
    while (true) {
      CollabSession session;
      synchronized (lock) {
        session = sessions.get(key);
        if (session == null) {
          if (sessions.size() >= settings().maxSessionsPerServer() || budget.exhausted()) {
            throw WingsException.impossible(CollabErrors.TOO_MANY_SESSIONS);
          }
          session = new CollabSession(this, key);
          sessions.put(key, session);
        }
      }
      if (session.subscribe(connection, subscriber)) {
        return session;
      } // it was given up in this moment
    }
  }

  /// A session is over.
  void discard(CollabSession session) {
    synchronized (lock) {
      sessions.remove(session.key(), session);
    }
  }

  /// Looks after all sessions, at most once a second however often it is called: compares with the
  /// disk, ends what nobody uses. Returns at once.
  ///
  /// @param executor runs each task at once on a thread that may wait
  public void tick(Executor executor) {
    List<CollabSession> all;
    synchronized (lock) {
      long now = nanos.getAsLong();
      if (now - tickedNanos < TICK_NANOS) {
        return;
      }
      tickedNanos = now;
      all = new ArrayList<>(sessions.values());
    }
    for (CollabSession session : all) {
      if (session.beginTick()) {
        executor.execute(session::tick);
      }
    }
  }
}
