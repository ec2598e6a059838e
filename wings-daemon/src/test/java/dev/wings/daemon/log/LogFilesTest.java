package dev.wings.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {
  private static final long FILE = 1000;
  private static final long TOTAL = 5000;
  private static final byte[] LINE = ("x".repeat(99) + "\n").getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;

  private Instant now = Instant.parse("2026-11-25T23:00:00Z");

  private DailyLogs daily() {
    return new DailyLogs(directory, () -> now, FILE, TOTAL, /* days= */ 3);
  }

  private static byte[] line(String text) {
    return (text + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private TreeMap<String, Long> sizes() throws IOException {
    TreeMap<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        sizes.put(file.getFileName().toString(), Files.size(file));
      }
    }
    return sizes;
  }

  private long used() throws IOException {
    return sizes().values().stream().mapToLong(Long::longValue).sum();
  }

  @Test
  @Proves("LG-03")
  void theCurrentLogKeepsOnePredecessorAndNeverMore() throws IOException {
    try (CurrentLog log = new CurrentLog(directory, () -> now, FILE)) {
      for (int i = 0; i < 1000; i++) {
        log.append(LINE);
        assertThat(used()).isLessThanOrEqualTo(2 * FILE);
      }
    }

    assertThat(sizes()).containsOnlyKeys("wings.log", "wings.log.1");
  }

  @Test
  void theCurrentLogGoesOnAfterARestart() throws IOException {
    for (String each : List.of("one", "two")) {
      try (CurrentLog log = new CurrentLog(directory, () -> now, FILE)) {
        log.append(line(each));
        now = now.plus(Duration.ofDays(1));
      }
    }

    assertThat(directory.resolve("wings.log")).hasContent("one\ntwo\n");
  }

  @Test
  void aLogThatGrewWithoutLimitIsNotKept() throws IOException {
    Files.write(directory.resolve("wings.log"), new byte[100_000]);

    try (CurrentLog log = new CurrentLog(directory, () -> now, FILE)) {
      log.append(LINE);
    }

    assertThat(sizes()).containsExactly(java.util.Map.entry("wings.log", 100L));
  }

  @Test
  @Proves("LG-03")
  void aDayOfFloodStaysBelowTheCapAndKeepsTheNewest() throws IOException {
    try (DailyLogs log = daily()) {
      for (int i = 0; i < 2000; i++) {
        log.append(LINE);
        assertThat(used()).isLessThanOrEqualTo(TOTAL);
      }
      log.append(line("the last"));
    }

    assertThat(sizes())
        .containsOnlyKeys(
            "wings.2026-11-25.197.log",
            "wings.2026-11-25.198.log",
            "wings.2026-11-25.199.log",
            "wings.2026-11-25.200.log",
            "wings.2026-11-25.201.log");
    assertThat(directory.resolve("wings.2026-11-25.201.log")).hasContent("the last\n");
  }

  @Test
  @Proves("LG-03")
  void daysThatAreTooOldGo() throws IOException {
    Files.writeString(directory.resolve("wings.notes.log"), "of the operator");
    Files.writeString(directory.resolve("wings.2026-99-99.log"), "no day");
    try (DailyLogs log = daily()) {
      for (int day = 0; day < 10; day++) {
        log.append(LINE);
        now = now.plus(Duration.ofDays(1));
      }
    }

    assertThat(sizes())
        .containsOnlyKeys(
            "wings.2026-12-02.log",
            "wings.2026-12-03.log",
            "wings.2026-12-04.log",
            "wings.2026-99-99.log",
            "wings.notes.log");
  }

  @Test
  void aDayIsOneInUtc() throws IOException {
    try (DailyLogs log = daily()) {
      now = Instant.parse("2026-11-25T23:59:59.999Z");
      log.append(line("before"));
      now = Instant.parse("2026-11-26T00:00:00Z");
      log.append(line("after"));
    }

    assertThat(directory.resolve("wings.2026-11-25.log")).hasContent("before\n");
    assertThat(directory.resolve("wings.2026-11-26.log")).hasContent("after\n");
  }

  @Test
  void aRestartGoesOnWithTheDaysLastFile() throws IOException {
    for (int start = 0; start < 3; start++) {
      try (DailyLogs log = daily()) {
        for (int i = 0; i < 5; i++) {
          log.append(LINE);
        }
      }
    }

    assertThat(sizes())
        .containsExactlyEntriesOf(
            new TreeMap<>(
                java.util.Map.of("wings.2026-11-25.log", 1000L, "wings.2026-11-25.2.log", 500L)));
  }

  @Test
  void aClockThatIsWrongForAWhileDoesNotCostTheLogs() throws IOException {
    try (DailyLogs log = daily()) {
      log.append(line("right"));
      now = Instant.parse("2036-01-01T00:00:00Z");
      log.append(line("far ahead"));
      now = Instant.parse("1970-01-01T00:00:00Z");
      log.append(line("far behind"));
      now = Instant.parse("2026-11-25T23:30:00Z");
      log.append(line("right again"));
    }

    assertThat(directory.resolve("wings.2026-11-25.log")).hasContent("right\nright again\n");
    assertThat(sizes()).hasSize(3);
  }

  @Test
  void linesThatCannotBeWrittenAreCountedAndWritingGoesOn() throws IOException {
    Path gone = directory.resolve("logs");
    try (DailyLogs log = new DailyLogs(gone, () -> now, FILE, TOTAL, /* days= */ 3)) {
      log.append(line("lost one"));
      log.append(line("lost two"));
      Files.createDirectory(gone);
      log.append(line("written"));
    }

    assertThat(Files.readString(gone.resolve("wings.2026-11-25.log")))
        .containsPattern("WARN LogFile lines could not be written .* count=2\nwritten\n")
        .doesNotContain("lost");
  }

  @Test
  void aFullDiskLeavesNoHalfLine() throws IOException {
    Path full = Path.of("/dev/full");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "no /dev/full");
    Path file = directory.resolve("wings.log");
    Files.createSymbolicLink(file, full);
    try (CurrentLog log = new CurrentLog(directory, () -> now, FILE)) {
      log.append(line("lost"));
      Files.delete(file);
      log.append(line("written"));
    }

    assertThat(Files.readString(file)).contains("count=1").endsWith("\nwritten\n");
  }

  @Test
  void anInterruptedThreadStillWrites() throws IOException {
    try (CurrentLog log = new CurrentLog(directory, () -> now, FILE)) {
      log.append(line("one"));
      Thread.currentThread().interrupt();
      log.append(line("two"));
      assertThat(Thread.interrupted()).isTrue();
      log.append(line("three"));
    }

    assertThat(directory.resolve("wings.log")).hasContent("one\ntwo\nthree\n");
  }
}
