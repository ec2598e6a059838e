package dev.wings.backup;

import dev.wings.core.config.SystemConfig.Backups;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How many backups are made or restored at a time, on the node and for each server (`threats.md`
/// BK-07, BK-08). The others wait in order; one that waits for its own server lets others pass.
final class Turns {
  private static final long POLL_MILLIS = 100;

  private final Supplier<Backups> settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Object> waiting = new ArrayDeque<>(); // guarded by lock, as the rest
  private final Map<Object, UUID> servers = new HashMap<>();
  private final Map<UUID, Integer> running = new HashMap<>();
  private int total;

  Turns(Supplier<Backups> settings) {
    this.settings = settings;
  }

  /// Gives the turn back.
  @FunctionalInterface
  interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /// Waits for a turn.
  ///
  /// @throws OperationAbortedException when the work was asked to end meanwhile
  Turn take(UUID server, Progress progress) {
    Object ticket = new Object();
    lock.lock();
    try {
      waiting.addLast(ticket);
      servers.put(ticket, server);
      while (!ticket.equals(next(settings.get()))) {
        progress.check();
        boolean _ = changed.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
      }
      total++;
      running.merge(server, 1, Integer::sum);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    } finally {
      waiting.remove(ticket);
      servers.remove(ticket);
      changed.signalAll();
      lock.unlock();
    }
    return () -> giveBack(server);
  }

  /// The first that may go on, null when none may.
  private @Nullable Object next(Backups limits) {
    if (limits.maxConcurrent() > 0 && total >= limits.maxConcurrent()) {
      return null;
    }
    int most = limits.maxConcurrentPerServer();
    for (Object ticket : waiting) {
      UUID server = servers.get(ticket);
      if (most <= 0 || running.getOrDefault(server, 0) < most) {
        return ticket;
      }
    }
    return null;
  }

  private void giveBack(UUID server) {
    lock.lock();
    try {
      total--;
      running.computeIfPresent(server, (_, count) -> count == 1 ? null : count - 1);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
