package dev.wings.backup;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// Tells how far something is, at once and then at each half second by the clock that it is given,
/// until it is closed. After that it is silent.
final class Ticker implements AutoCloseable {
  static final Duration EVERY = Duration.ofMillis(500);
  private static final long LONGEST_REST_NANOS = Duration.ofMillis(50).toNanos();

  private final Runnable tell;
  private final LongSupplier nanoTime;
  private final Thread thread;
  private volatile boolean closed;

  Ticker(String name, Runnable tell, LongSupplier nanoTime) {
    this.tell = tell;
    this.nanoTime = nanoTime;
    tell.run();
    this.thread = Thread.ofVirtual().name("wings-backup-ticker-" + name).start(this::run);
  }

  private void run() {
    long next = nanoTime.getAsLong() + EVERY.toNanos();
    while (!closed) {
      long left = next - nanoTime.getAsLong();
      if (left <= 0) {
        tell.run();
        next += EVERY.toNanos();
      } else {
        LockSupport.parkNanos(Math.min(left, LONGEST_REST_NANOS));
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // it ends at once
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
