package dev.wings.core.server;

import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.Scan;
import dev.wings.core.volume.ServerVolume;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Scans the volume of one server when somebody needs to know; never twice at a time. Safe for use
/// by many threads.
final class DiskUsage {
  private static final Duration BEGIN_PATIENCE = Duration.ofSeconds(1);

  /// After a scan that failed; who asks for one explicitly does not wait for that.
  private static final Duration RETRY_PAUSE = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(DiskUsage.class);

  private final UUID server;
  private final ServerVolume volume;
  private final FileWork files;
  private final LongSupplier nanoTime;
  private final Runnable changed;
  private @Nullable Future<Void> scan;
  private CountDownLatch begun = new CountDownLatch(0);
  private @Nullable Long scannedAt;
  private @Nullable Long failedAt;
  private long regularScans;
  private boolean again;

  /// @param changed called after each scan
  DiskUsage(
      UUID server, ServerVolume volume, FileWork files, LongSupplier nanoTime, Runnable changed) {
    this.server = server;
    this.volume = volume;
    this.files = files;
    this.nanoTime = nanoTime;
    this.changed = changed;
  }

  /// Scans everything in the background, after a scan that runs already.
  synchronized void refresh() {
    if (scan == null) {
      begin(Scan.FULL);
    } else {
      again = true;
    }
  }

  /// A scan that was due. Looks at the changes, each so-manieth time at everything.
  ///
  /// @param fullEvery at least 1
  synchronized void regular(int fullEvery) {
    if (scan == null && !failedLately()) {
      regularScans++;
      begin(regularScans % fullEvery == 0 ? Scan.FULL : Scan.CHANGES);
    }
  }

  /// A scan before it is due, of what is known to have changed.
  synchronized void early() {
    if (scan == null && !failedLately()) {
      begin(Scan.CHANGES);
    }
  }

  synchronized boolean idle() {
    return scan == null;
  }

  private boolean failedLately() {
    return failedAt != null && nanoTime.getAsLong() - failedAt < RETRY_PAUSE.toNanos();
  }

  private void begin(Scan kind) {
    CountDownLatch begins = new CountDownLatch(1);
    begun = begins;
    scan = files.scan(server, volume::progress, () -> scan(kind, begins), () -> waited(begins));
  }

  synchronized boolean olderThan(Duration age) {
    return scannedAt == null || nanoTime.getAsLong() - scannedAt > age.toNanos();
  }

  /// Scans and waits for the result, but no longer than `limit`, and not at all when all threads
  /// are busy with others.
  void refreshAndWait(Duration limit) throws InterruptedException {
    Future<Void> running;
    CountDownLatch begins;
    synchronized (this) {
      if (scan == null) {
        begin(Scan.CHANGES);
      }
      running = scan;
      begins = begun;
    }
    if (running == null || !begins.await(BEGIN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      return;
    }
    try {
      running.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException slow) {
      log.atInfo().addKeyValue("server", server).log("disk scan goes on in the background");
    } catch (CancellationException deleted) {
      log.atDebug().addKeyValue("server", server).log("disk scan was cancelled");
    } catch (ExecutionException silent) {
      log.atDebug().addKeyValue("server", server).setCause(silent).log("no scan");
    }
  }

  synchronized void cancel() {
    again = false;
    if (scan != null) {
      scan.cancel(true);
    }
  }

  /// Nobody waits any more; a scan that never began leaves room for the next one.
  private synchronized void waited(CountDownLatch begins) {
    if (begins.getCount() > 0) {
      begins.countDown();
      failedAt = nanoTime.getAsLong();
      scan = null;
    }
  }

  private @Nullable Void scan(Scan kind, CountDownLatch begins) {
    begins.countDown();
    try {
      volume.scan(kind);
      synchronized (this) {
        scannedAt = nanoTime.getAsLong();
        failedAt = null;
      }
      changed.run();
    } catch (InterruptedIOException stopping) {
      log.atDebug().addKeyValue("server", server).setCause(stopping).log("disk scan was ended");
    } catch (Exception failure) {
      synchronized (this) {
        failedAt = nanoTime.getAsLong();
      }
      log.atWarn().addKeyValue("server", server).setCause(failure).log("disk scan failed");
    } finally {
      synchronized (this) {
        scan = null;
        if (again) {
          again = false;
          begin(Scan.FULL);
        }
      }
    }
    return null;
  }
}
