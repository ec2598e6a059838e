package dev.wings.core.server;

import java.time.Duration;

/// Runs short tasks later, by monotonic time. Tasks must not block: they post to a [Mailbox] or
/// start a thread.
interface Timers extends AutoCloseable {
  /// Ends a timer; idempotent, too late is no error.
  @FunctionalInterface
  interface Timer {
    void cancel();
  }

  Timer after(Duration delay, Runnable task);

  Timer every(Duration interval, Runnable task);

  @Override
  void close();
}
