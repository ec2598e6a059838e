package dev.wings.daemon.ws;

import dev.wings.core.collab.CollabBudget;
import dev.wings.core.collab.CollabClient;
import dev.wings.core.collab.CollabConnection;
import dev.wings.core.collab.CollabFiles;
import dev.wings.core.collab.CollabSessions;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.server.Server;
import java.util.IdentityHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// The files that are being edited on this node, by server. They outlive the connections that edit
/// them for a while, so that somebody who comes back finds unsaved changes. Safe for use by many
/// threads.
final class Collaborations {
  private static final long MAX_BYTES = 48 << 20;

  private final Function<Server, CollabFiles> files;
  private final Supplier<SystemConfig.FileCollaboration> settings;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final CollabBudget budget = new CollabBudget(MAX_BYTES);

  private final Object lock = new Object();
  private final IdentityHashMap<Server, CollabSessions> open =
      new IdentityHashMap<>(); // guarded by lock

  Collaborations(
      Function<Server, CollabFiles> files,
      Supplier<SystemConfig.FileCollaboration> settings,
      LongSupplier nanos,
      RandomGenerator random) {
    this.files = files;
    this.settings = settings;
    this.nanos = nanos;
    this.random = random;
  }

  SystemConfig.FileCollaboration settings() {
    return settings.get();
  }

  /// What may be kept in memory.
  CollabBudget budget() {
    return budget;
  }

  /// A connection to a server begins to edit; to be closed.
  CollabConnection connect(Server server, CollabClient client) {
    synchronized (lock) {
      return open.computeIfAbsent(
              server, _ -> new CollabSessions(files.apply(server), settings, nanos, random, budget))
          .connect(client);
    }
  }

  /// To be called about once a second while anybody edits, and after the grace period.
  void tick(Server server, Executor waitingThreads) {
    CollabSessions sessions;
    synchronized (lock) {
      sessions = open.get(server);
      if (sessions == null) {
        return;
      }
      if (sessions.idle()) {
        open.remove(server);
        return;
      }
    }
    sessions.tick(waitingThreads);
  }
}
