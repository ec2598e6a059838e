package dev.wings.core.delivery;

import dev.wings.core.activity.Activity;
import dev.wings.core.activity.ActivityJson;
import dev.wings.core.activity.ActivityLog;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.store.Journal;
import dev.wings.core.store.JournalLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit trail on its way to the Panel (`panel-remote-api.md` 2.26, `websocket.md` 5). An entry
/// is on disk when [#record] returns and leaves it when the Panel acknowledged its batch.
///
/// A round every `system.activity_send_interval` seconds sends at most `system.activity_send_count`
/// merged events of each server. Servers share requests, so that a node with many quiet servers
/// does not ask for one request each, and no request has more events than that number.
///
/// One bad entry makes the Panel refuse its whole batch, so a refused batch is halved until the bad
/// entry is alone, and that one is dropped (`threats.md` AC-01). A round has a limited number of
/// requests, and rounds in which nothing was accepted come ever later.
public final class ActivityQueue implements ActivityLog, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ActivityQueue.class);

  /// 5,120 entries per server as the document says; the rest bounds memory and disk.
  private static final JournalLimits LIMITS =
      new JournalLimits(200_000, 40L << 20, 5_120, 4L << 20);

  private static final int MAX_BATCH_BYTES = 256 << 10;
  private static final int REQUESTS_PER_ROUND = 50;
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final Journal journal;
  private final PanelClient panel;
  private final LiveConfig config;
  private final RandomGenerator random;
  private final DeliveryLoop loop;
  private int failures; // rounds in a row that delivered nothing; delivery thread only

  private record Row(long id, Activity activity) {}

  /// @param file of the journal
  /// @throws IOException when another process uses the journal
  public ActivityQueue(
      Path file,
      PanelClient panel,
      LiveConfig config,
      RandomGenerator random,
      LongSupplier nanoTime)
      throws IOException {
    this(file, panel, config, random, nanoTime, Rest.real());
  }

  ActivityQueue(
      Path file,
      PanelClient panel,
      LiveConfig config,
      RandomGenerator random,
      LongSupplier nanoTime,
      Rest rest)
      throws IOException {
    this.journal = Journal.open(file, LIMITS, entry -> entry.path("server").asText(), nanoTime);
    this.panel = panel;
    this.config = config;
    this.random = random;
    this.loop =
        new DeliveryLoop(
            "activity",
            journal,
            new DeliveryLoop.Rounds() {
              @Override
              public Duration firstPause() {
                return interval();
              }

              @Override
              public Duration round() {
                return deliver();
              }
            },
            rest,
            nanoTime,
            random);
    loop.start();
  }

  @Override
  public void record(Activity activity) {
    journal.append(ActivityJson.write(activity));
    loop.start();
  }

  private Duration interval() {
    return Duration.ofSeconds(Math.max(1, config.current().system().activitySendInterval()));
  }

  private int sendCount() {
    return Math.max(1, Math.toIntExact(config.current().system().activitySendCount()));
  }

  private Duration deliver() {
    Round round = new Round();
    round.run();
    failures = round.delivered ? 0 : failures + 1;
    Duration interval = interval();
    if (failures == 0) {
      return interval;
    }
    BackOff backOff =
        new BackOff(interval.multipliedBy(2), BackOff.max(interval, LONGEST_PAUSE), random);
    return backOff.pause(failures, round.asked);
  }

  /// One round: what it sends, and how that went.
  private final class Round {
    private final int sendCount = sendCount();
    private int requests;
    private boolean delivered;
    private Duration asked = Duration.ZERO;
    private List<Row> batch = new ArrayList<>();
    private int events;
    private int bytes;

    void run() {
      for (String server : journal.owners()) {
        if (!add(server)) {
          return;
        }
      }
      flush();
    }

    /// Puts the share of one server into the batch, which is sent when there is no room.
    ///
    /// @return whether to go on
    private boolean add(String server) {
      ActivityMerge merge = new ActivityMerge();
      List<Row> share = new ArrayList<>();
      for (Journal.Entry entry : journal.entries(server)) {
        Optional<Row> row = read(entry);
        if (row.isEmpty()) {
          continue;
        }
        Activity activity = row.get().activity();
        boolean full = merge.count() >= sendCount && !merge.joins(activity);
        if (full || merge.bytes() >= MAX_BATCH_BYTES) {
          break;
        }
        merge.add(activity);
        share.add(row.get());
      }
      boolean fits =
          events + merge.count() <= sendCount && bytes + merge.bytes() <= MAX_BATCH_BYTES;
      if (!fits && !flush()) {
        return false;
      }
      batch.addAll(share);
      events += merge.count();
      bytes += merge.bytes();
      return true;
    }

    private boolean flush() {
      List<Row> rows = batch;
      batch = new ArrayList<>();
      events = 0;
      bytes = 0;
      return rows.isEmpty() || send(rows);
    }

    /// @return whether to go on
    private boolean send(List<Row> rows) {
      if (loop.isClosed() || requests == REQUESTS_PER_ROUND) {
        return false;
      }
      requests++;
      try {
        panel.reportActivity(ActivityMerge.merge(rows.stream().map(Row::activity).toList()));
        delivered = true;
      } catch (PanelException failure) {
        if (!refusesContent(failure)) {
          asked = failure.retryAfter();
          log.atDebug().addKeyValue("reason", failure.getMessage()).log("activity is kept");
          return false;
        }
        if (rows.size() > 1) {
          int half = rows.size() / 2;
          return send(rows.subList(0, half)) && send(rows.subList(half, rows.size()));
        }
        logRefused(rows.getFirst(), failure);
      }
      journal.remove(rows.stream().map(Row::id).toList());
      return true;
    }
  }

  private Optional<Row> read(Journal.Entry entry) {
    try {
      return Optional.of(new Row(entry.id(), ActivityJson.read(entry.content())));
    } catch (RuntimeException unreadable) {
      log.atWarn()
          .addKeyValue("entry", entry.id())
          .setCause(unreadable)
          .log("a stored activity entry cannot be read, it is dropped");
      journal.remove(List.of(entry.id()));
      return Optional.empty();
    }
  }

  private static void logRefused(Row row, PanelException failure) {
    log.atWarn()
        .addKeyValue("server", row.activity().server())
        .addKeyValue("event", row.activity().event())
        .addKeyValue("reason", failure.getMessage())
        .log("the panel does not take an activity entry, it is dropped");
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
    loop.close();
  }
}
