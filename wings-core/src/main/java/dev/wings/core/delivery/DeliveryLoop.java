package dev.wings.core.delivery;

import dev.wings.core.store.Journal;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The virtual thread that empties a journal in rounds. It exists only while there is something in
/// it, and also brings the journal back to disk after that could not be written.
final class DeliveryLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeliveryLoop.class);
  private static final Duration CATCH_UP_INTERVAL = Duration.ofSeconds(5);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  private final String name;
  private final Journal journal;
  private final Rounds rounds;
  private final Rest rest;
  private final LongSupplier nanoTime;
  private final BackOff afterDefects;
  private int defects; // delivery thread only
  private @Nullable Thread thread; // guarded by this
  private boolean closed; // guarded by this
  private boolean hurried; // guarded by this; the pause under way has to end

  /// What is done in the thread.
  interface Rounds {
    /// How long the first round waits after the journal got something.
    Duration firstPause();

    /// Sends what is due.
    ///
    /// @return how long to wait before the next round
    Duration round();
  }

  DeliveryLoop(
      String name,
      Journal journal,
      Rounds rounds,
      Rest rest,
      LongSupplier nanoTime,
      RandomGenerator random) {
    this.name = name;
    this.journal = journal;
    this.rounds = rounds;
    this.rest = rest;
    this.nanoTime = nanoTime;
    this.afterDefects = new BackOff(Duration.ofSeconds(1), Duration.ofMinutes(1), random);
  }

  /// To be called when the journal may have something.
  synchronized void start() {
    if (!closed && thread == null && !journal.isEmpty()) {
      thread = Thread.ofVirtual().name(name).start(this::deliver);
    }
  }

  /// As [#start], and ends the pause under way.
  synchronized void hurry() {
    hurried = true;
    rest.wake();
    start();
  }

  synchronized boolean isClosed() {
    return closed;
  }

  private void deliver() {
    try {
      Duration pause = rounds.firstPause();
      while (pause(pause)) {
        pause = round();
        reportDropped();
        if (isFinished()) {
          return;
        }
      }
    } catch (InterruptedException end) {
      log.atDebug().addKeyValue("queue", name).log("delivery was interrupted");
    }
    synchronized (this) {
      thread = null;
    }
  }

  private Duration round() {
    try {
      Duration next = rounds.round();
      defects = 0;
      return next;
    } catch (RuntimeException defect) {
      defects++;
      log.atError()
          .addKeyValue("queue", name)
          .setCause(defect)
          .log("a delivery to the panel failed unexpectedly, it is tried again");
      return afterDefects.pause(defects, Duration.ZERO);
    }
  }

  private synchronized boolean isFinished() {
    if (closed || journal.isEmpty()) {
      thread = null; // the next entry starts a new one
      return true;
    }
    return false;
  }

  /// @return false when the loop was closed
  private boolean pause(Duration pause) throws InterruptedException {
    long end = nanoTime.getAsLong() + pause.toNanos();
    while (true) {
      synchronized (this) {
        if (closed) {
          return false;
        }
        if (hurried) {
          hurried = false;
          return true;
        }
      }
      Duration left = Duration.ofNanos(end - nanoTime.getAsLong());
      if (!left.isPositive()) {
        return true;
      }
      rest.rest(journal.isBehind() ? BackOff.min(left, CATCH_UP_INTERVAL) : left);
      journal.catchUp();
    }
  }

  private void reportDropped() {
    journal
        .takeDropped()
        .forEach((server, count) ->
            log.atWarn()
                .addKeyValue("queue", name)
                .addKeyValue("server", server)
                .addKeyValue("dropped", count)
                .log("too much waits for the panel, the oldest entries of a server were dropped"));
  }

  /// Waits a moment for a delivery under way; whatever is not acknowledged is sent again by the
  /// next process. Closes the journal.
  @Override
  public void close() throws IOException {
    Thread delivering;
    synchronized (this) {
      closed = true;
      delivering = thread;
      rest.wake();
    }
    if (delivering != null) {
      try {
        delivering.join(CLOSE_PATIENCE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    reportDropped();
    journal.close();
  }
}
