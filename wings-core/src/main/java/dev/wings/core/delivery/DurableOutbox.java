package dev.wings.core.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import dev.wings.core.panel.Outbox;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.store.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Results on their way to the Panel, kept in a [Journal] until they are acknowledged. One virtual
/// thread delivers, while there is something to deliver.
public final class DurableOutbox implements Outbox, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DurableOutbox.class);
  private static final int MAX_ENTRIES = 10_000;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  /// A Panel that has not committed its own side yet refuses with 417 for a while
  /// (`panel-remote-api.md` 2.17).
  private static final Duration NOT_YET_PATIENCE = Duration.ofMinutes(2);

  private static final int MAX_REFUSALS = 5;

  private final Journal journal;
  private final PanelClient panel;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private final Map<Long, Attempts> attempts = new HashMap<>(); // delivery thread only
  private @Nullable Thread thread; // guarded by this
  private boolean closed; // guarded by this
  private boolean woken; // guarded by this; something arrived since the last round began

  private static final class Attempts {
    final long since;
    int count;
    long nextAt;

    Attempts(long since) {
      this.since = since;
      this.nextAt = since;
    }
  }

  /// @param file of the journal
  public DurableOutbox(Path file, PanelClient panel, RandomGenerator random, LongSupplier nanoTime)
      throws IOException {
    this.journal = Journal.open(file, MAX_ENTRIES);
    this.panel = panel;
    this.random = random;
    this.nanoTime = nanoTime;
  }

  /// Delivers what an earlier process left.
  public void start() {
    wake();
  }

  @Override
  public void installationFinished(UUID server, boolean successful, boolean reinstall) {
    ObjectNode report = Json.mapper().createObjectNode();
    report.put("kind", "installation").put("server", server.toString());
    report.put("successful", successful).put("reinstall", reinstall);
    try {
      // a crash between this and the end of the installation makes the next process report it again
      JsonNode last = null;
      for (JsonNode pending : journal.entries().values()) {
        last = pending.path("server").equals(report.path("server")) ? pending : last;
      }
      if (!report.equals(last)) {
        journal.append(report);
      }
    } catch (IOException failure) {
      throw new WingsException(ErrorKind.INTERNAL, "a result could not be stored", failure);
    }
    wake();
  }

  private synchronized void wake() {
    if (!closed && thread == null && !journal.entries().isEmpty()) {
      thread = Thread.ofVirtual().name("outbox").start(this::deliver);
    }
    woken = true;
    notifyAll();
  }

  private void deliver() {
    try {
      while (true) {
        synchronized (this) {
          woken = false;
        }
        long pause = round();
        synchronized (this) {
          if (closed || journal.entries().isEmpty()) {
            thread = null;
            return;
          }
          if (pause > 0 && !woken) {
            wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(pause)));
          }
        }
      }
    } catch (InterruptedException | IOException | RuntimeException end) {
      if (!(end instanceof InterruptedException)) {
        log.atError()
            .setCause(end)
            .log("the outbox cannot be written, delivery stops until the next result");
      }
      synchronized (this) {
        thread = null; // the next report starts a new one
      }
    }
  }

  /// Tries the oldest report of each server that is due.
  ///
  /// @return nanoseconds until the next one is due
  private long round() throws IOException {
    Set<String> servers = new HashSet<>();
    long earliest = Long.MAX_VALUE;
    for (Map.Entry<Long, JsonNode> entry : journal.entries().entrySet()) {
      if (isClosed() || !servers.add(entry.getValue().path("server").asText())) {
        continue; // a newer report of the same server waits for its predecessor
      }
      long now = nanoTime.getAsLong();
      Attempts tries = attempts.computeIfAbsent(entry.getKey(), _ -> new Attempts(now));
      if (tries.nextAt - now > 0 || !attempt(entry.getKey(), entry.getValue(), tries)) {
        earliest = Math.min(earliest, Math.max(1, tries.nextAt - nanoTime.getAsLong()));
      } else {
        earliest = 0;
      }
    }
    return earliest == Long.MAX_VALUE ? 0 : earliest;
  }

  /// @return whether the report is off the list
  private boolean attempt(long id, JsonNode report, Attempts tries) throws IOException {
    try {
      send(report);
    } catch (PanelException failure) {
      tries.count++;
      if (!hopeless(report, failure, tries)) {
        tries.nextAt = nanoTime.getAsLong() + pause(tries.count, failure.retryAfter()).toNanos();
        return false;
      }
    }
    journal.remove(List.of(id));
    attempts.remove(id);
    return true;
  }

  private void send(JsonNode report) {
    panel.reportInstallation(
        UUID.fromString(report.path("server").asText()),
        report.path("successful").asBoolean(),
        report.path("reinstall").asBoolean());
  }

  private boolean hopeless(JsonNode report, PanelException failure, Attempts tries) {
    if (failure.unavailable()) {
      return false;
    }
    boolean patient =
        failure.status() == 417
            ? nanoTime.getAsLong() - tries.since < NOT_YET_PATIENCE.toNanos()
            : failure.status() != 404 && tries.count < MAX_REFUSALS;
    if (!patient) {
      log.atError()
          .addKeyValue("server", report.path("server").asText())
          .addKeyValue("kind", report.path("kind").asText())
          .addKeyValue("reason", failure.getMessage())
          .log("the panel does not take a result, it is dropped");
    }
    return !patient;
  }

  private Duration pause(int count, Duration asked) {
    Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(count - 1, 6));
    Duration capped = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    Duration jittered =
        Duration.ofMillis(Math.round(capped.toMillis() * (1 + random.nextDouble(0.3))));
    Duration heard = asked.compareTo(LONGEST_PAUSE) < 0 ? asked : LONGEST_PAUSE;
    return heard.compareTo(jittered) > 0 ? heard : jittered;
  }

  /// Waits a moment for a report that is just being sent; whatever is not acknowledged is sent
  /// again by the next process.
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

  private synchronized boolean isClosed() {
    return closed;
  }
}
