package dev.wings.daemon.system;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Ends the process when its memory is used up without the JVM noticing (`threats.md` JV-04). The
/// JVM ends it when an allocation on the heap fails, but not while collections free just enough to
/// crawl on, and not when memory outside the heap is refused. Servers go on running, and the
/// service manager starts the daemon again.
///
/// One platform thread looks every [#CALM_SECONDS], after a bad look every [#INTERVAL_SECONDS], and
/// acts when [#STRIKES] looks in a row are bad, so that a moment of load is no reason.
public final class MemoryGuard implements AutoCloseable {
  /// Exit status, the one that the JVM itself uses for this.
  public static final int EXIT_STATUS = 3;

  static final int CALM_SECONDS = 10;
  static final int INTERVAL_SECONDS = 2;
  static final int STRIKES = 4;
  private static final double MAX_COLLECTION_SHARE = 0.8;
  private static final double MAX_DIRECT_SHARE = 0.98;

  private final Readings readings;
  private final LongSupplier nanoTime;
  private final Consumer<String> end;
  private final Thread thread;
  private long lookedAt;
  private long collectedMillis;
  private int heapStrikes;
  private int directStrikes;

  /// What the guard looks at.
  interface Readings {
    /// Milliseconds that all collections have taken since the start.
    long collectionMillis();

    /// Used share of the memory outside the heap that may be used.
    double directShare();
  }

  MemoryGuard(Readings readings, LongSupplier nanoTime, Consumer<String> end) {
    this.readings = readings;
    this.nanoTime = nanoTime;
    this.end = end;
    this.lookedAt = nanoTime.getAsLong();
    this.thread = Thread.ofPlatform().daemon().name("memory-guard").unstarted(this::run);
  }

  /// Guards this process until it ends.
  public static MemoryGuard start() {
    MemoryGuard guard = new MemoryGuard(new Runtime(), System::nanoTime, MemoryGuard::halt);
    guard.thread.start();
    return guard;
  }

  /// Not an orderly exit: that would need memory, and everything that must last is on disk already.
  private static void halt(String reason) {
    System.err.println(
        "wings: out of memory: " + reason + "; the process ends, servers go on running");
    java.lang.Runtime.getRuntime().halt(EXIT_STATUS);
  }

  private void run() {
    try {
      while (true) {
        boolean calm = heapStrikes == 0 && directStrikes == 0;
        TimeUnit.SECONDS.sleep(calm ? CALM_SECONDS : INTERVAL_SECONDS);
        look();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /// Judges the time since the last look.
  void look() {
    long now = nanoTime.getAsLong();
    long collected = readings.collectionMillis();
    double share =
        (double) TimeUnit.MILLISECONDS.toNanos(collected - collectedMillis)
            / Math.max(1, now - lookedAt);
    lookedAt = now;
    collectedMillis = collected;
    heapStrikes = share > MAX_COLLECTION_SHARE ? heapStrikes + 1 : 0;
    directStrikes = readings.directShare() > MAX_DIRECT_SHARE ? directStrikes + 1 : 0;
    if (heapStrikes >= STRIKES) {
      end.accept("the heap is full, collections take all the time");
    } else if (directStrikes >= STRIKES) {
      end.accept("the memory outside the heap is full");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  /// The running JVM. Its beans are looked up once, because the guard looks for as long as the
  /// daemon lives.
  private static final class Runtime implements Readings {
    private final GarbageCollectorMXBean[] collectors =
        ManagementFactory.getGarbageCollectorMXBeans().toArray(GarbageCollectorMXBean[]::new);
    private final BufferPoolMXBean[] pools =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .toArray(BufferPoolMXBean[]::new);

    @Override
    public long collectionMillis() {
      long sum = 0;
      for (GarbageCollectorMXBean collector : collectors) {
        sum += collector.getCollectionTime();
      }
      return sum;
    }

    /// Buffers of the JDK and those of Netty are counted apart, with the same limit for each.
    @Override
    public double directShare() {
      long most = PlatformDependent.maxDirectMemory();
      long used = PlatformDependent.usedDirectMemory();
      for (BufferPoolMXBean pool : pools) {
        used = Math.max(used, pool.getMemoryUsed());
      }
      return most <= 0 ? 0 : (double) used / most;
    }
  }
}
