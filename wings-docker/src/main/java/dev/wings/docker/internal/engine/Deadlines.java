package dev.wings.docker.internal.engine;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Closes connections whose time is up. A blocked channel has no time limit of its own, so one
/// daemon thread closes it from outside; that thread never does anything else.
final class Deadlines implements AutoCloseable {
  private final ScheduledThreadPoolExecutor timer;

  Deadlines() {
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("wings-engine-deadlines").factory());
    timer.setRemoveOnCancelPolicy(true);
  }

  /// Starts the clock; [Guard#close] stops it.
  Guard guard(EngineConnection connection, Duration limit) {
    Guard guard = new Guard(connection, limit);
    guard.task = timer.schedule(guard::expire, limit.toNanos(), TimeUnit.NANOSECONDS);
    return guard;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  @FunctionalInterface
  interface Operation<T> {
    T run() throws IOException;
  }

  static final class Guard implements AutoCloseable {
    private final EngineConnection connection;
    private final Duration limit;
    private volatile boolean expired;

    @SuppressWarnings("NullAway.Init") // set by guard() before anyone sees the object
    private ScheduledFuture<?> task;

    private Guard(EngineConnection connection, Duration limit) {
      this.connection = connection;
      this.limit = limit;
    }

    private void expire() {
      expired = true;
      connection.close();
    }

    /// Runs a piece of I/O; an end by the clock becomes a [SocketTimeoutException].
    <T> T run(Operation<T> operation) throws IOException {
      try {
        return operation.run();
      } catch (IOException e) {
        if (!expired) {
          throw e;
        }
        SocketTimeoutException timeout =
            new SocketTimeoutException("no answer within " + limit.toMillis() + " ms");
        timeout.initCause(e);
        throw timeout;
      }
    }

    @Override
    public void close() {
      task.cancel(/* mayInterruptIfRunning= */ false);
    }
  }
}
