package dev.wings.core.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.backup.BackupReports;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.panel.Outbox;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.store.Journal;
import dev.wings.core.store.JournalLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Results on their way to the Panel, kept in a [Journal] until they are acknowledged. One virtual
/// thread delivers, while there is something to deliver.
///
/// The reports of each server, and those of each backup, go in order. A refused report is tried
/// again at its own pace and holds up only those of its own. When two of them in a row find the
/// Panel unavailable, it is the Panel and not the report: then nothing is sent for a while, and two
/// reports try first. Those that were tried least go first, so reports that the Panel fails on
/// cannot keep the others back.
public final class DurableOutbox implements Outbox, BackupReports, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DurableOutbox.class);
  private static final JournalLimits LIMITS = new JournalLimits(10_000, 32L << 20, 64, 1L << 20);
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

  /// Who waits for the end of a report, by its id.
  private final Map<Long, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

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
    this.journal = Journal.open(file, LIMITS, Report::owner, nanoTime);
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

  /// Waits until what is kept by now has been delivered, or the patience is at an end.
  public void awaitDelivery(Duration patience) throws InterruptedException {
    CompletableFuture<?>[] ends =
        journal.entries().stream()
            .map(entry -> end(Report.owner(entry.content()), entry.id()).handle((_, _) -> true))
            .toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(ends).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException away) {
      log.atWarn()
          .addKeyValue("results", journal.count())
          .log("the panel has not taken all results yet, they are sent later");
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("failures are passed over", impossible);
    }
  }

  @Override
  public void installationFinished(UUID server, boolean successful, boolean reinstall) {
    var _ = keep(Report.installation(server, successful, reinstall));
  }

  @Override
  public CompletableFuture<Void> backupFinished(
      UUID server, UUID backup, boolean successful, BackupResult result) {
    return keep(Report.backup(server, backup, successful, result));
  }

  @Override
  public CompletableFuture<Void> restoreFinished(UUID server, UUID backup, boolean successful) {
    return keep(Report.restore(server, backup, successful));
  }

  @Override
  public CompletableFuture<Void> deletionFinished(UUID backup, boolean successful) {
    return keep(Report.deletion(backup, successful));
  }

  private CompletableFuture<Void> keep(JsonNode report) {
    // a crash between this and the end of the work makes the next process report it again
    byte[] json = report.toString().getBytes(StandardCharsets.UTF_8);
    Optional<Journal.Entry> last =
        journal.newest(Report.owner(report)).filter(entry -> Arrays.equals(entry.json(), json));
    long id = last.isPresent() ? last.get().id() : journal.append(report);
    CompletableFuture<Void> end = end(Report.owner(report), id);
    loop.hurry();
    return end;
  }

  /// Completes with the end of a report, at once when it is off the list.
  private CompletableFuture<Void> end(String owner, long id) {
    CompletableFuture<Void> end = waiting.computeIfAbsent(id, _ -> new CompletableFuture<>());
    if (journal.entries(owner).stream().noneMatch(entry -> entry.id() == id)) {
      waiting.remove(id);
      end.complete(null);
    }
    return end.copy();
  }

  private Duration deliver() {
    settleDropped();
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
    PanelException refusal = null;
    try {
      Report.send(report.report(), panel);
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
      refusal = failure;
    }
    journal.remove(List.of(report.id()));
    settle(report.id(), refusal);
    return true;
  }

  /// To be called when the report is off the list.
  private void settle(long id, @Nullable PanelException failure) {
    CompletableFuture<Void> end = waiting.remove(id);
    if (end != null && failure == null) {
      end.complete(null);
    } else if (end != null) {
      end.completeExceptionally(failure);
    }
  }

  /// Who waits for a report that was dropped because there were too many waits for nothing.
  private void settleDropped() {
    if (waiting.size() > journal.count()) {
      Set<Long> kept = new HashSet<>();
      journal.entries().forEach(entry -> kept.add(entry.id()));
      for (Long id : List.copyOf(waiting.keySet())) {
        if (!kept.contains(id)) {
          settle(id, new PanelException(0, List.of("dropped: too many results wait"), null));
        }
      }
    }
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
        .addKeyValue("backup", report.path("backup").asText())
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
