package dev.wings.fs.limiter;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Knows what a limiter says that servers use, read by a thread of its own every few seconds for
/// all servers together. Asking never waits. After a reading failed nothing is known until one
/// works again (`filesystem.md` 9).
public final class UsageReadings implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UsageReadings.class);

  /// `filesystem.md` 9.2 to 9.4.
  public static final Duration INTERVAL = Duration.ofSeconds(5);

  private final DiskLimiter limiter;
  private final Duration interval;
  private final Map<UUID, ServerDirectory> watched = new ConcurrentHashMap<>();
  private volatile Map<UUID, Long> readings = Map.of();
  private final ReentrantLock reading = new ReentrantLock();

  /// Guarded by [#reading].
  private boolean failing;

  private boolean closed;
  private @Nullable Thread reader;

  public UsageReadings(DiskLimiter limiter, Duration interval) {
    this.limiter = limiter;
    this.interval = interval;
  }

  /// Reads this server's usage too from now on.
  public void watch(ServerDirectory directory) {
    watched.put(directory.server(), directory);
    start();
  }

  private synchronized void start() {
    if (reader == null && !closed) {
      reader = Thread.ofPlatform().name("wings-limiter-usage").daemon().start(this::run);
    }
  }

  public void forget(UUID server) {
    watched.remove(server);
  }

  /// Bytes that the server used at the last reading.
  public OptionalLong of(UUID server) {
    Long bytes = readings.get(server);
    return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        read();
        Thread.sleep(interval);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /// Reads now.
  public void read() {
    reading.lock();
    try {
      readAll();
    } finally {
      reading.unlock();
    }
  }

  private void readAll() {
    if (watched.isEmpty()) {
      readings = Map.of();
      return;
    }
    try {
      readings = Map.copyOf(limiter.usage(List.copyOf(watched.values())));
      if (failing) {
        log.atInfo().log("the usage of servers can be read from the limiter again");
      }
      failing = false;
    } catch (InterruptedIOException closing) {
      log.atDebug().setCause(closing).log("the last reading was broken off");
    } catch (IOException | RuntimeException failure) {
      readings = Map.of();
      if (!failing) {
        log.atWarn()
            .addKeyValue("mode", limiter.mode().wireName())
            .setCause(failure)
            .log("the usage of servers cannot be read from the limiter, scans are used instead");
      }
      failing = true;
    }
  }

  /// Ends the reading.
  @Override
  public synchronized void close() {
    closed = true;
    if (reader != null) {
      reader.interrupt();
    }
  }
}
