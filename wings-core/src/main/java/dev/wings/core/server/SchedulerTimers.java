package dev.wings.core.server;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The timers of all servers on one platform thread.
final class SchedulerTimers implements Timers {
  private static final Logger log = LoggerFactory.getLogger(SchedulerTimers.class);

  private final ScheduledThreadPoolExecutor scheduler;

  SchedulerTimers() {
    scheduler =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("wings-timers").factory());
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public Timer after(Duration delay, Runnable task) {
    try {
      return cancelling(scheduler.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException closed) {
      return () -> {}; // the daemon stops, nothing happens later any more
    }
  }

  @Override
  public Timer every(Duration interval, Runnable task) {
    try {
      long nanos = interval.toNanos();
      return cancelling(
          scheduler.scheduleWithFixedDelay(guarded(task), nanos, nanos, TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  private static Timer cancelling(ScheduledFuture<?> future) {
    return () -> future.cancel(false);
  }

  /// A periodic task that throws once would never run again.
  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | StackOverflowError failure) {
        log.atError().setCause(failure).log("timer task failed");
      }
    };
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}
