package dev.wings.fs.pull;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes a connection when a deadline passes. A timeout of the socket would not do: it begins anew
/// with every byte, and below TLS nobody sees the bytes. Waits on a virtual thread of its own.
final class Watchdog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

  private final Closeable connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition earlier = lock.newCondition();
  private final long origin = System.nanoTime();

  /// All in nanoseconds since the origin, guarded by the lock. The thread sleeps until `wakeAt`.
  private long deadline = Long.MAX_VALUE;

  private long wakeAt;
  private boolean done;
  private volatile boolean expired;

  Watchdog(Closeable connection) {
    this.connection = connection;
    Thread.ofVirtual().name("wings-fetch-watchdog").start(this::watch);
  }

  /// The connection must be disarmed within this time from now.
  void arm(Duration limit) {
    lock.lock();
    try {
      deadline = now() + limit.toNanos();
      if (deadline < wakeAt) {
        earlier.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  void disarm() {
    lock.lock();
    try {
      deadline = Long.MAX_VALUE;
    } finally {
      lock.unlock();
    }
  }

  /// Whether it has closed the connection.
  boolean expired() {
    return expired;
  }

  private long now() {
    return System.nanoTime() - origin;
  }

  private void watch() {
    lock.lock();
    try {
      while (!done) {
        long left = deadline - now();
        if (left <= 0) {
          expired = true;
          connection.close();
          return;
        }
        wakeAt = deadline;
        earlier.awaitNanos(left);
      }
    } catch (IOException failure) {
      log.atDebug().setCause(failure).log("connection did not close cleanly");
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      done = true;
      earlier.signal();
    } finally {
      lock.unlock();
    }
  }
}
