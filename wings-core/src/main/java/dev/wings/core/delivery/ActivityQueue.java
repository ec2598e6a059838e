package dev.wings.core.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.ActivityJson;
import dev.wings.core.activity.ActivityLog;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.store.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit trail on its way to the Panel (`websocket.md` 5). An entry is on disk when [#record]
/// returns and leaves it when the Panel acknowledged its batch. One virtual thread delivers every
/// `system.activity_send_interval` seconds, while there is something to deliver.
///
/// One bad entry makes the Panel refuse its whole batch, so a refused batch is halved until the bad
/// entry is alone, and that one is dropped (`threats.md` AC-01).
public final class ActivityQueue implements ActivityLog, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ActivityQueue.class);
  private static final int MAX_ENTRIES = 200_000;
  private static final int MAX_BATCH_BYTES = 256 << 10;
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final Journal journal;
  private final PanelClient panel;
  private final LiveConfig config;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private @Nullable Thread thread; // guarded by this
  private boolean closed; // guarded by this

  private record Entry(long id, Activity activity) {}

  /// @param file of the journal
  public ActivityQueue(
      Path file,
      PanelClient panel,
      LiveConfig config,
      RandomGenerator random,
      LongSupplier nanoTime)
      throws IOException {
    this.journal = Journal.open(file, MAX_ENTRIES);
    this.panel = panel;
    this.config = config;
    this.random = random;
    this.nanoTime = nanoTime;
    wake();
  }

  @Override
  public void record(Activity activity) {
    try {
      journal.append(ActivityJson.write(activity));
    } catch (IOException failure) {
      // a full disk must not stop what the entry is about
      log.atError()
          .addKeyValue("event", activity.event())
          .setCause(failure)
          .log("an activity entry could not be stored");
      return;
    }
    wake();
  }

  private synchronized void wake() {
    if (!closed && thread == null && !journal.entries().isEmpty()) {
      thread = Thread.ofVirtual().name("activity").start(this::deliver);
    }
  }

  private void deliver() {
    int failures = 0;
    try {
      while (true) {
        if (rest(pause(failures))) {
          return;
        }
        failures = sendAll() ? 0 : failures + 1;
        synchronized (this) {
          if (closed || journal.entries().isEmpty()) {
            thread = null;
            return;
          }
        }
      }
    } catch (InterruptedException | IOException | RuntimeException end) {
      if (!(end instanceof InterruptedException)) {
        log.atError()
            .setCause(end)
            .log("the activity journal cannot be written, delivery stops until the next entry");
      }
      synchronized (this) {
        thread = null; // the next entry starts a new one
      }
    }
  }

  private Duration pause(int failures) {
    Duration interval =
        Duration.ofSeconds(Math.max(1, config.current().system().activitySendInterval()));
    Duration backedOff = interval.multipliedBy(1L << Math.min(failures, 4));
    Duration capped =
        failures > 0 && backedOff.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : backedOff;
    return failures == 0 ? capped : capped.plusMillis(random.nextInt(500));
  }

  /// @return false when the Panel is away
  private boolean sendAll() throws IOException, InterruptedException {
    long deadline = nanoTime.getAsLong() + Duration.ofMinutes(1).toNanos();
    while (deadline - nanoTime.getAsLong() > 0) {
      List<Entry> batch = nextBatch();
      if (batch.isEmpty()) {
        return true;
      }
      if (!send(batch)) {
        return false;
      }
    }
    return true;
  }

  private List<Entry> nextBatch() throws IOException {
    int rows = Math.max(1, config.current().system().activitySendCount());
    List<Entry> batch = new ArrayList<>();
    int bytes = 0;
    for (Map.Entry<Long, JsonNode> entry : journal.entries().entrySet()) {
      bytes += entry.getValue().toString().length();
      if (batch.size() == rows || (bytes > MAX_BATCH_BYTES && !batch.isEmpty())) {
        break;
      }
      batch.add(new Entry(entry.getKey(), ActivityJson.read(entry.getValue())));
    }
    return batch;
  }

  private boolean send(List<Entry> batch) throws IOException {
    try {
      panel.reportActivity(ActivityMerge.merge(batch.stream().map(Entry::activity).toList()));
    } catch (PanelException failure) {
      if (!refusesContent(failure)) {
        log.atDebug().addKeyValue("reason", failure.getMessage()).log("activity is kept for later");
        return false;
      }
      if (batch.size() > 1) {
        int half = batch.size() / 2;
        return send(batch.subList(0, half)) && send(batch.subList(half, batch.size()));
      }
      log.atWarn()
          .addKeyValue("event", batch.getFirst().activity().event())
          .addKeyValue("reason", failure.getMessage())
          .log("the panel does not take an activity entry, it is dropped");
    }
    journal.remove(batch.stream().map(Entry::id).toList());
    return true;
  }

  /// Only these say that an entry is bad. Anything else (a proxy's 404, a revoked token) says
  /// nothing about the entries, which must not be dropped for it.
  private static boolean refusesContent(PanelException failure) {
    return failure.status() == 400 || failure.status() == 413 || failure.status() == 422;
  }

  /// Waits a moment for a batch that is just being sent; whatever is not acknowledged is sent again
  /// by the next process.
  @Override
  public void close() throws IOException {
    Thread delivering;
    synchronized (this) {
      closed = true;
      delivering = thread;
      notifyAll();
    }
    if (delivering != null) {
      try {
        delivering.join(Duration.ofSeconds(2));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    journal.close();
  }

  /// @return whether the queue is closed
  private synchronized boolean rest(Duration pause) throws InterruptedException {
    long end = nanoTime.getAsLong() + pause.toNanos();
    for (long left = pause.toNanos(); !closed && left > 0; left = end - nanoTime.getAsLong()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return closed;
  }
}
