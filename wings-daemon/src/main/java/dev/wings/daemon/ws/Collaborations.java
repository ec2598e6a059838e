package dev.wings.daemon.ws;

import dev.wings.core.collab.CollabBudget;
import dev.wings.core.collab.CollabClient;
import dev.wings.core.collab.CollabConnection;
import dev.wings.core.collab.CollabFiles;
import dev.wings.core.collab.CollabSessions;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.server.Server;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
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
  private final Map<UUID, Entry> entries = new HashMap<>(); // guarded by lock

  private record Entry(Server server, CollabSessions sessions) {}

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
      Entry entry = entries.get(server.id());
      if (entry == null || entry.server() != server) {
        CollabSessions sessions =
            new CollabSessions(files.apply(server), settings, nanos, random, budget);
        entry = new Entry(server, sessions);
        entries.put(server.id(), entry);
      }
      return entry.sessions().connect(client);
    }
  }

  /// To be called about once a second while anybody edits, and once more after the grace period.
  void tick(Server server, Executor waitingThreads) {
    CollabSessions sessions;
    synchronized (lock) {
      Entry entry = entries.get(server.id());
      if (entry == null) {
        return;
      }
      if (entry.sessions().idle()) {
        entries.remove(server.id());
        return;
      }
      sessions = entry.sessions();
    }
    sessions.tick(waitingThreads);
  }
}
