package dev.wings.daemon.log;

import static dev.wings.daemon.log.Events.event;
import static dev.wings.daemon.log.Events.failure;
import static dev.wings.daemon.log.Events.texts;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogBudgetTest {
  private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);
  private final LogBudget budget =
      new LogBudget(
          Events.CONTEXT, nanos::get, InstantSource.fixed(Instant.parse("2026-11-25T10:00:00Z")));
  private final List<ILoggingEvent> written = new ArrayList<>();

  private void log(ILoggingEvent event) {
    written.addAll(budget.admit(event));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    written.addAll(budget.due());
  }

  private static ILoggingEvent ofServer(String server, int number) {
    return event(Level.INFO, "dev.wings.core.Server", "thing " + number, "server", server);
  }

  @Test
  @Proves("LG-03")
  void identicalErrorsAreWrittenOnceAndCounted() {
    for (int i = 0; i < 1000; i++) {
      log(failure("dev.wings.core.Disk", "scan failed", new IllegalStateException("no space")));
    }
    assertThat(texts(written)).containsExactly("ERROR scan failed");

    pass(Duration.ofSeconds(60));

    assertThat(texts(written))
        .containsExactly("ERROR scan failed", "ERROR ... repeated 999 times: scan failed");
  }

  @Test
  void aReportNamesWhatTheFirstLineNamed() {
    log(event(Level.WARN, "a.B", "not updated", "server", "s1", "file", "x.yml"));
    log(event(Level.WARN, "a.B", "not updated", "server", "s1", "file", "x.yml"));
    log(event(Level.WARN, "a.B", "not updated", "server", "s1", "file", "y.yml"));

    written.addAll(budget.drain());

    assertThat(texts(written))
        .containsExactly(
            "WARN not updated server=s1 file=x.yml",
            "WARN not updated server=s1 file=y.yml",
            "WARN ... repeated 1 time: not updated server=s1 file=x.yml");
  }

  @Test
  void differentCausesAreDifferentErrors() {
    log(failure("a.B", "failed", new IllegalStateException("one")));
    log(failure("a.B", "failed", new IllegalStateException("two")));
    log(failure("a.B", "failed", new IllegalArgumentException("two")));
    log(failure("a.C", "failed", new IllegalArgumentException("two")));

    assertThat(written).hasSize(4);
  }

  @Test
  void anErrorThatComesBackAfterTheWindowIsWrittenAgain() {
    log(event(Level.WARN, "a.B", "engine away"));
    pass(Duration.ofSeconds(61));
    log(event(Level.WARN, "a.B", "engine away"));

    assertThat(texts(written)).containsExactly("WARN engine away", "WARN engine away");
  }

  @Test
  void identicalInformationIsNotCollapsed() {
    log(event(Level.INFO, "a.B", "state changed", "server", "s1", "state", "running"));
    log(event(Level.INFO, "a.B", "state changed", "server", "s1", "state", "running"));

    assertThat(written).hasSize(2);
  }

  @Test
  void reportsOfRepetitionsThatNobodyAsksForAreBounded() {
    for (int i = 0; i < 5000; i++) {
      String message = "failure " + i;
      log(event(Level.WARN, "logger" + i, message));
      log(event(Level.WARN, "logger" + i, message));
    }
    List<ILoggingEvent> outstanding = budget.drain();

    assertThat(outstanding).hasSize(512);
    assertThat(texts(written))
        .as("what was forgotten early was reported first")
        .contains("WARN ... repeated 1 time: failure 0");
    assertThat(written).hasSize(5000 + 5000 - 512);
  }

  @Test
  @Proves("LG-03")
  void aServerGetsAFewLinesPerSecondWhateverItDoes() {
    int seconds = 100;
    for (int i = 0; i < seconds * 1000; i++) {
      log(ofServer("noisy", i));
      pass(Duration.ofMillis(1));
    }

    assertThat(written)
        .hasSizeLessThanOrEqualTo(
            LogBudget.SOURCE_BURST
                + seconds * LogBudget.SOURCE_PER_SECOND
                + seconds / (int) LogBudget.REPORT_INTERVAL.toSeconds()
                + 1)
        .hasSizeGreaterThan(seconds * LogBudget.SOURCE_PER_SECOND);
  }

  @Test
  @Proves("LG-03")
  void oneServersFloodCostsTheOthersNothing() {
    for (int i = 0; i < 10_000; i++) {
      log(ofServer("noisy", i));
    }
    written.clear();

    log(ofServer("quiet", 1));
    log(event(Level.INFO, "dev.wings.daemon.Wings", "listening"));

    assertThat(texts(written)).containsExactly("INFO thing 1 server=quiet", "INFO listening");
  }

  @Test
  void whatWasDroppedIsReportedOnce() {
    for (int i = 0; i < LogBudget.SOURCE_BURST + 70; i++) {
      log(ofServer("noisy", i));
    }
    written.clear();

    pass(Duration.ofSeconds(1));
    pass(Duration.ofSeconds(60));

    assertThat(texts(written))
        .containsExactly("WARN too many log lines, some were dropped server=noisy dropped=70");
  }

  @Test
  void debugLinesNeverDisplaceWarnings() {
    for (int i = 0; i < 10_000; i++) {
      log(event(Level.DEBUG, "a.B", "detail " + i, "server", "s1"));
    }
    written.clear();

    log(event(Level.WARN, "a.B", "server crashed", "server", "s1"));

    assertThat(texts(written)).containsExactly("WARN server crashed server=s1");
  }

  @Test
  @Proves("LG-03")
  void clientsAreLimitedEachAndTogether() {
    for (int i = 0; i < 1000; i++) {
      log(event(Level.WARN, "sftp.Login", "login refused " + i, "ip", "192.0.2.1"));
    }
    assertThat(written).hasSize(LogBudget.SOURCE_BURST);

    for (int i = 0; i < 100_000; i++) {
      log(event(Level.WARN, "sftp.Login", "login refused", "ip", "2001:db8::" + i));
    }
    assertThat(written).hasSize(LogBudget.LOGGER_BURST);
  }

  @Test
  @Proves("LG-03")
  void requestsOfOneClientAreLimitedAndThoseOfThePanelAreNot() {
    for (int i = 0; i < 1000; i++) {
      log(event(Level.INFO, LogBudget.REQUEST_LOG, "request", "client", "192.0.2.1"));
    }
    assertThat(written).hasSize(LogBudget.SOURCE_BURST);
    written.clear();

    for (int i = 0; i < 1000; i++) {
      log(event(Level.INFO, LogBudget.REQUEST_LOG, "request"));
    }
    assertThat(written).hasSize(1000);
  }

  @Test
  void oneLoggerCannotFillTheLogWithoutNamingAnybody() {
    for (int i = 0; i < 10_000; i++) {
      log(event(Level.INFO, "org.library.Chatty", "said " + i));
    }

    assertThat(written).hasSize(LogBudget.LOGGER_BURST);
  }
}
