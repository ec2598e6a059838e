package dev.wings.core.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.core.panel.Outbox;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.store.Journal;
import dev.wings.core.store.JournalLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Results on their way to the Panel, kept in a [Journal] until they are acknowledged. One virtual
/// thread delivers, while there is something to deliver.
///
/// Each server's reports go in order. A refused report is tried again at its own pace and holds up
/// only its server. When two servers' reports in a row find the Panel unavailable, it is the Panel
/// and not the report: then nothing is sent for a while, and two reports try first. Those that were
/// tried least go first, so reports that the Panel fails on cannot keep the others back.
public final class DurableOutbox implements Outbox, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DurableOutbox.class);
  private static final JournalLimits LIMITS = new JournalLimits(10_000, 8L << 20, 64, 1L << 20);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  /// A Panel that has not committed its own side yet refuses with 417 for a while
  /// (`panel-remote-api.md` 2.17).
  private static final Duration NOT_YET_PATIENCE = Duration.ofMinutes(2);

  private static final int MAX_REFUSALS = 5;
  private static final int UNANSWERED_MEANS_AWAY = 2;

  private final Journal journal;
  private final PanelClient panel;
  private final LongSupplier nanoTime;
  private final BackOff backOff;
  private final DeliveryLoop loop;

  // the rest belongs to the delivery thread
  private final Map<Long, Attempts> attempts = new HashMap<>();
  private int unanswered; // reports in a row for which the Panel was unavailable
  private int outages; // pauses in a row for an unavailable Panel
  private long awayUntil;

  private static final class Attempts {
    final long since;
    int count;
    long nextAt;

    Attempts(long since) {
      this.since = since;
      this.nextAt = since;
    }

    int count() {
      return count;
    }
  }

  private record Pending(long id, JsonNode report, Attempts tries) {}

  /// @param file of the journal
  /// @throws IOException when another process uses the journal
  public DurableOutbox(Path file, PanelClient panel, RandomGenerator random, LongSupplier nanoTime)
      throws IOException {
    this(file, panel, random, nanoTime, Rest.real());
  }

  DurableOutbox(
      Path file, PanelClient panel, RandomGenerator random, LongSupplier nanoTime, Rest rest)
      throws IOException {
    this.journal = Journal.open(file, LIMITS, report -> report.path("server").asText(), nanoTime);
    this.panel = panel;
    this.nanoTime = nanoTime;
    this.backOff = new BackOff(FIRST_PAUSE, LONGEST_PAUSE, random);
    this.awayUntil = nanoTime.getAsLong();
    this.loop =
        new DeliveryLoop(
            "outbox",
            journal,
            new DeliveryLoop.Rounds() {
              @Override
              public Duration firstPause() {
                return Duration.ZERO;
              }

              @Override
              public Duration round() {
                return deliver();
              }
            },
            rest,
            nanoTime,
            random);
  }

  /// Delivers what an earlier process left.
  public void start() {
    loop.hurry();
  }

  @Override
  public void installationFinished(UUID server, boolean successful, boolean reinstall) {
    ObjectNode report = Json.mapper().createObjectNode();
    report.put("kind", "installation").put("server", server.toString());
    report.put("successful", successful).put("reinstall", reinstall);
    // a crash between this and the end of the installation makes the next process report it again
    Optional<JsonNode> last = journal.newest(server.toString()).map(Journal.Entry::content);
    if (!last.equals(Optional.of(report))) {
      journal.append(report);
    }
    loop.hurry();
  }

  private Duration deliver() {
    List<Pending> pending = pending();
    pending.sort(
        Comparator.comparingInt((Pending p) -> p.tries().count()).thenComparingLong(Pending::id));
    boolean more = false;
    for (Pending report : pending) {
      long now = nanoTime.getAsLong();
      if (loop.isClosed() || awayUntil - now > 0) {
        break;
      }
      if (report.tries().nextAt - now <= 0) {
        more |= attempt(report);
      }
    }
    return more && awayUntil - nanoTime.getAsLong() <= 0 ? Duration.ZERO : untilNextIsDue();
  }

  /// The oldest report of each server.
  private List<Pending> pending() {
    List<Pending> pending = new ArrayList<>();
    Set<Long> ids = new HashSet<>();
    long now = nanoTime.getAsLong();
    for (Journal.Entry entry : journal.oldestOfEachOwner()) {
      Attempts tries = attempts.computeIfAbsent(entry.id(), _ -> new Attempts(now));
      pending.add(new Pending(entry.id(), entry.content(), tries));
      ids.add(entry.id());
    }
    attempts.keySet().retainAll(ids);
    return pending;
  }

  private Duration untilNextIsDue() {
    long now = nanoTime.getAsLong();
    long earliest = pending().stream().mapToLong(p -> p.tries().nextAt - now).min().orElse(0);
    return Duration.ofNanos(Math.max(Math.max(earliest, awayUntil - now), 0));
  }

  /// @return whether the report is off the list
  private boolean attempt(Pending report) {
    Attempts tries = report.tries();
    try {
      send(report.report());
      answered();
    } catch (PanelException failure) {
      tries.count++;
      Duration asked = failure.retryAfter();
      tries.nextAt = nanoTime.getAsLong() + backOff.pause(tries.count, asked).toNanos();
      if (saysNothingAboutTheReport(failure)) {
        unanswered(asked);
        return false;
      }
      answered();
      if (isPatient(failure, tries)) {
        return false;
      }
      logDropped(report.report(), failure);
    }
    journal.remove(List.of(report.id()));
    return true;
  }

  private void send(JsonNode report) {
    panel.reportInstallation(
        UUID.fromString(report.path("server").asText()),
        report.path("successful").asBoolean(),
        report.path("reinstall").asBoolean());
  }

  /// The Panel is away, or does not know this node (any more, or yet).
  private static boolean saysNothingAboutTheReport(PanelException failure) {
    return failure.unavailable() || failure.status() == 401 || failure.status() == 403;
  }

  private void answered() {
    unanswered = 0;
    outages = 0;
  }

  private void unanswered(Duration asked) {
    unanswered++;
    if (unanswered >= UNANSWERED_MEANS_AWAY || asked.isPositive()) {
      unanswered = 0;
      outages++;
      awayUntil = nanoTime.getAsLong() + backOff.pause(outages, asked).toNanos();
    }
  }

  private boolean isPatient(PanelException failure, Attempts tries) {
    return failure.status() == 417
        ? nanoTime.getAsLong() - tries.since < NOT_YET_PATIENCE.toNanos()
        : failure.status() != 404 && tries.count < MAX_REFUSALS;
  }

  private static void logDropped(JsonNode report, PanelException failure) {
    log.atError()
        .addKeyValue("server", report.path("server").asText())
        .addKeyValue("kind", report.path("kind").asText())
        .addKeyValue("reason", failure.getMessage())
        .log("the panel does not take a result, it is dropped");
  }

  /// Waits a moment for a report that is just being sent; whatever is not acknowledged is sent
  /// again by the next process.
  @Override
  public void close() throws IOException {
    loop.close();
  }
}
