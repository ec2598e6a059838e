package dev.wings.daemon.system;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Measures how long a virtual thread waits until it runs, and says when that is long: then calls
/// that block in the kernel hold the carrier threads (`threats.md` JV-06), or the machine is
/// overloaded. One platform thread, one short virtual thread per look.
public final class CarrierWatch implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final Duration INTERVAL = Duration.ofSeconds(15);
  private static final int LOOKS_BETWEEN_REPORTS = 4;

  private static final Logger log = LoggerFactory.getLogger(CarrierWatch.class);

  private final Executor threads;
  private final LongSupplier nanoTime;
  private final Thread thread;
  private volatile long longestNanos;
  private int silent;

  CarrierWatch(Executor threads, LongSupplier nanoTime) {
    this.threads = threads;
    this.nanoTime = nanoTime;
    thread = Thread.ofPlatform().daemon().name("carrier-watch").unstarted(this::run);
  }

  /// Watches until it is closed.
  public static CarrierWatch start() {
    CarrierWatch watch =
        new CarrierWatch(
            task -> Thread.ofVirtual().name("carrier-probe").start(task), System::nanoTime);
    watch.thread.start();
    return watch;
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(INTERVAL.toNanos());
        look();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /// Starts one thread and waits until it runs, however long that takes.
  void look() throws InterruptedException {
    CountDownLatch runs = new CountDownLatch(1);
    long begin = nanoTime.getAsLong();
    threads.execute(runs::countDown);
    runs.await();
    long waited = nanoTime.getAsLong() - begin;
    longestNanos = Math.max(longestNanos, waited);
    silent = Math.max(0, silent - 1);
    if (waited > PATIENCE.toNanos() && silent == 0) {
      silent = LOOKS_BETWEEN_REPORTS;
      log.atWarn()
          .addKeyValue("milliseconds", TimeUnit.NANOSECONDS.toMillis(waited))
          .log("virtual threads had to wait for a carrier thread");
    }
  }

  /// The longest wait so far.
  public Duration longest() {
    return Duration.ofNanos(longestNanos);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
