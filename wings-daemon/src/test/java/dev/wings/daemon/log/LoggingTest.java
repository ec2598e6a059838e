package dev.wings.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggingTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-25T10:00:00Z"));

  @TempDir Path directory;

  private final LoggerContext context = new LoggerContext();
  private final AtomicLong nanos = new AtomicLong();

  private Logger logger(Logging.Files files) {
    context.setMDCAdapter(new LogbackMDCAdapter());
    Logger logger = context.getLogger("dev.wings.core.Test");
    context
        .getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)
        .addAppender(Logging.appender(context, files.open(CLOCK), CLOCK, nanos::get));
    return logger;
  }

  @Test
  @Proves("LG-03")
  void aFloodOfManyServersStaysWithinItsLinesAndBytes() throws IOException {
    long file = 20_000;
    Logger logger = logger(new Logging.Files(directory, file, 5 * file, 30));

    int servers = 50;
    for (int i = 0; i < 200_000; i++) {
      logger
          .atWarn()
          .addKeyValue("server", "server-" + i % servers)
          .addKeyValue("attempt", i)
          .log("container cannot be inspected");
    }
    context.stop();

    long used = 0;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path each : files.toList()) {
        used += Files.size(each);
      }
    }
    assertThat(used).isPositive().isLessThanOrEqualTo(7 * file);
  }

  @Test
  @Proves("LG-03")
  void everyFileGetsTheLinesWithinTheBudgetAndTheReports() throws IOException {
    Logger logger = logger(new Logging.Files(directory, 1 << 20, 4 << 20, 30));

    for (int i = 0; i < 10_000; i++) {
      logger.atInfo().addKeyValue("server", "noisy").addKeyValue("number", i).log("thing");
    }
    logger.atInfo().addKeyValue("server", "quiet").log("thing");
    context.stop();

    List<String> lines = Files.readAllLines(directory.resolve("wings.log"));
    assertThat(lines).hasSize(LogBudget.SOURCE_BURST + 2);
    assertThat(lines.get(LogBudget.SOURCE_BURST)).endsWith("thing server=quiet");
    assertThat(lines.getLast())
        .endsWith("some were dropped server=noisy dropped=" + (10_000 - LogBudget.SOURCE_BURST));
    assertThat(directory.resolve("wings.2026-11-25.log"))
        .hasSameTextualContentAs(directory.resolve("wings.log"));
  }

  @Test
  void theStandardLimitsAreWhatTheOperatorIsPromised() {
    assertThat(Logging.TOTAL_BYTES).isEqualTo(1000L << 20);
  }
}
