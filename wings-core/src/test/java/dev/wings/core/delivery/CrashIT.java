package dev.wings.core.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.json.Json;
import dev.wings.core.store.Journal;
import dev.wings.core.store.JournalLimits;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of a process that records and delivers, at moments that a seed chooses
/// (`-Dwings.crash.seed`, `-Dwings.crash.rounds`).
@Timeout(240)
class CrashIT {
  private static final int ROUNDS = Integer.getInteger("wings.crash.rounds", 8);
  private static final long SEED = Long.getLong("wings.crash.seed", 20_261_125L);
  private static final JournalLimits LIMITS =
      new JournalLimits(1_000_000, 1 << 28, 1_000_000, 1 << 28);

  @TempDir Path directory;

  /// All that the processes said, and what of it must still be true.
  private final Set<String> recorded = new HashSet<>();

  private final Set<String> delivered = new HashSet<>();
  private int deliveredTwice;

  private Process start(int round, long seed) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            CrashWriter.class.getName(),
            directory.toString(),
            "run" + round,
            Long.toString(seed))
        .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("errors").toFile()))
        .start();
  }

  @Test
  @Proves({"ST-02", "PN-03", "AC-01"})
  void nothingThatWasRecordedIsLostHoweverOftenTheProcessIsKilled() throws Exception {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      int linesToLive = 1 + random.nextInt(round % 3 == 0 ? 30 : 400);
      note(runAndKill(start(round, random.nextLong()), linesToLive));
      verify(round);
    }
    assertThat(recorded).hasSizeGreaterThan(ROUNDS * 10);

    deliverTheRest();

    assertThat(delivered).as("seed %s", SEED).containsAll(recorded);
    // a batch and a result may be under way at the moment of death; all else arrives once
    assertThat(deliveredTwice).isLessThanOrEqualTo(ROUNDS * (2 * 100 + 2));
  }

  /// Complete lines that the process said.
  private static List<String> runAndKill(Process process, int linesToLive) throws Exception {
    List<String> lines = new ArrayList<>();
    try (BufferedReader output = process.inputReader()) {
      String line = output.readLine();
      while (line != null && lines.size() < linesToLive) {
        lines.add(line);
        line = output.readLine();
      }
      process.toHandle().destroyForcibly(); // that of Process closes the stream as well
      String rest = (line == null ? "" : line + "\n") + output.readAllAsString();
      int end = rest.lastIndexOf('\n');
      if (end >= 0) { // what follows was cut by the kill
        lines.addAll(rest.substring(0, end).lines().toList());
      }
    }
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(lines).isNotEmpty();
    return lines;
  }

  private void note(List<String> lines) {
    recorded.addAll(CrashWriter.words(lines, "A"));
    recorded.addAll(CrashWriter.words(lines, "R"));
    for (String letter : List.of("D", "S")) {
      CrashWriter.words(lines, letter).forEach(this::noteDelivery);
    }
  }

  private void noteDelivery(String name) {
    if (!delivered.add(name)) {
      deliveredTwice++;
    }
  }

  private void verify(int round) throws IOException {
    Set<String> known = new HashSet<>(delivered);
    known.addAll(stored("activity", "event"));
    known.addAll(stored("outbox", "server"));
    assertThat(known).as("round %s of seed %s", round, SEED).containsAll(recorded);
    try (var files = Files.list(directory)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .as("round %s of seed %s", round, SEED)
          .noneMatch(name -> name.contains("damaged"));
    }
  }

  private Set<String> stored(String name, String member) throws IOException {
    try (Journal journal =
        Journal.open(
            directory.resolve(name), LIMITS, entry -> entry.path("server").asText(), () -> 0)) {
      return journal.entries().stream()
          .map(Journal.Entry::content)
          .map((JsonNode entry) -> entry.path(member).asText())
          .collect(Collectors.toSet());
    }
  }

  private void deliverTheRest() throws IOException {
    RecordingPanel panel = new RecordingPanel(ManualClock.atSecond(0));
    try (ActivityQueue _ =
            new ActivityQueue(
                directory.resolve("activity"),
                panel,
                CrashWriter.config(),
                new Random(1),
                CrashWriter::fastTime,
                CrashWriter.fastRest());
        DurableOutbox outbox =
            new DurableOutbox(
                directory.resolve("outbox"),
                panel,
                new Random(1),
                CrashWriter::fastTime,
                CrashWriter.fastRest())) {
      outbox.start();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              Files.size(directory.resolve("activity")) == 0
                  && Files.size(directory.resolve("outbox")) == 0);
    }
    panel.events().stream().map(Activity::event).forEach(this::noteDelivery);
    panel.results().forEach(result -> noteDelivery(result.server().toString()));
  }

  @Test
  @Proves({"ST-02", "ST-03"})
  void theJournalsOfALivingProcessAreRefusedAndThoseOfADeadOneAreNot() throws Exception {
    try (ActivityQueue queue =
        new ActivityQueue(
            directory.resolve("activity"),
            new RecordingPanel(ManualClock.atSecond(0)),
            CrashWriter.config(),
            new Random(1),
            System::nanoTime)) {
      queue.record(new Activity(Actor.SYSTEM, new UUID(3, 1), "before", null, Instant.EPOCH));
    }
    Process process = start(0, 1);
    try (BufferedReader output = process.inputReader()) {
      String line = "";
      while (!line.equals("READY")) { // then it has read what was there
        line = output.readLine();
        assertThat(line).isNotNull();
      }

      assertThatThrownBy(() -> stored("activity", "event"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use by another process (process " + process.pid() + ")");
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    assertThat(stored("activity", "event")).isNotEmpty();
  }

  @Test
  @Proves("ST-03")
  void readingAndARefusedSecondOpeningDoNotGiveTheLockAway() throws Exception {
    Path file = directory.resolve("activity");
    for (int content = 0; content < 2; content++) { // nothing to read, then something
      try (Journal journal =
          Journal.open(file, LIMITS, entry -> entry.path("server").asText(), () -> 0)) {
        journal.append(Json.mapper().createObjectNode().put("server", "x"));
        assertThatThrownBy(() -> stored("activity", "event")).isInstanceOf(IOException.class);

        Process other = start(1, 1);

        assertThat(other.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(other.exitValue()).isEqualTo(1);
        assertThat(Files.readString(directory.resolve("errors")))
            .contains(
                "activity is in use by another process (process " + ProcessHandle.current().pid());
      }
    }
  }
}
