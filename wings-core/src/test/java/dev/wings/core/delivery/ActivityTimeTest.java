package dev.wings.core.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.json.Json;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// The audit trail and hours of simulated time. The journal is in memory where that is possible:
/// there are hundreds of thousands of entries, each of which is synced.
@Timeout(100)
class ActivityTimeTest {
  private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

  private Path directory;
  private final ManualClock clock = ManualClock.atSecond(1_800_000_000L);
  private final RecordingPanel panel = new RecordingPanel(clock);
  private final SimulatedRest rest = new SimulatedRest(clock);

  @BeforeEach
  void makeDirectory() throws IOException {
    Path memory = Path.of("/dev/shm");
    directory =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "wings-activity")
            : Files.createTempDirectory("wings-activity");
  }

  @AfterEach
  void removeDirectory() throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private ActivityQueue queue() throws IOException {
    LiveConfig config =
        LiveConfig.fixed(
            TestConfig.of(
                Map.of("system.activitySendInterval", 60L, "system.activitySendCount", 100)));
    return new ActivityQueue(
        directory.resolve("activity"), panel, config, new Random(5), clock::nanos, rest);
  }

  private static UUID server(int number) {
    return new UUID(7, number);
  }

  private static Activity activity(int server, String event) {
    return new Activity(Actor.SYSTEM, server(server), event, null, EPOCH);
  }

  private static Activity sftp(int server, String file, long atSecond) {
    ObjectNode metadata = Json.mapper().createObjectNode();
    metadata.putArray("files").add(file);
    return new Activity(
        new Actor(new UUID(9, 9), "192.0.2.1", null),
        server(server),
        "server:sftp.create",
        metadata,
        EPOCH.plusSeconds(atSecond));
  }

  private void release(BooleanSupplier done) {
    rest.release();
    await().atMost(Duration.ofSeconds(90)).until(done::getAsBoolean);
  }

  private List<String> eventsOf(int server) {
    return panel.events().stream()
        .filter(activity -> activity.server().equals(server(server)))
        .map(Activity::event)
        .toList();
  }

  @Test
  @Proves("AC-01")
  void twoHundredThousandEntriesOfAnOutageArriveOnceEach() throws IOException {
    Random failures = new Random(17);
    panel.refuseBatches(batch -> {
      if (panel.elapsed().toHours() < 1) {
        return RecordingPanel.refusal(0);
      }
      if (failures.nextInt(10) == 0) {
        return RecordingPanel.refusal(503);
      }
      return batch.stream().anyMatch(a -> a.event().equals("12345")) // the poison entry
          ? RecordingPanel.refusal(400)
          : null;
    });
    try (ActivityQueue queue = queue()) {
      for (int i = 0; i < 100_000; i++) {
        queue.record(activity(i % 50, Integer.toString(i)));
      }
    }
    try (ActivityQueue queue = queue()) { // half of them before, half after a restart
      for (int i = 100_000; i < 200_000; i++) {
        queue.record(activity(i % 50, Integer.toString(i)));
      }
      release(() -> panel.events().size() >= 199_999);
    }

    Set<String> seen = new HashSet<>();
    panel.events().forEach(activity -> assertThat(seen.add(activity.event())).isTrue());
    assertThat(seen).hasSize(199_999).doesNotContain("12345");
    assertThat(eventsOf(7)).extracting(Integer::valueOf).isSorted();
    assertThat(panel.batches()).allMatch(batch -> batch.size() <= 100);
    assertThat(directory.resolve("activity")).isEmptyFile();
  }

  @Test
  @Proves("AC-01")
  void aNoisyServerLosesItsOwnOldestAndOneLineSaysHowMany() throws IOException {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    Logger logger = (Logger) LoggerFactory.getLogger(DeliveryLoop.class);
    logger.addAppender(lines);
    try (ActivityQueue queue = queue()) {
      for (int i = 0; i < 50; i++) {
        queue.record(activity(1, "quiet" + i));
      }
      for (int i = 0; i < 20_000; i++) {
        queue.record(activity(2, "noisy" + i));
      }
      release(() -> panel.events().size() == 5_170);
    } finally {
      logger.detachAppender(lines);
    }

    assertThat(eventsOf(1)).hasSize(50);
    assertThat(eventsOf(2)).hasSize(5_120).startsWith("noisy14880").endsWith("noisy19999");
    assertThat(List.copyOf(lines.list))
        .filteredOn(line -> line.getMessage().contains("dropped"))
        .singleElement()
        .satisfies(line ->
            assertThat(line.getKeyValuePairs())
                .extracting(pair -> pair.key + "=" + pair.value)
                .contains("dropped=14880", "server=" + server(2)));
  }

  @Test
  void aRoundSendsTheConfiguredNumberOfEachServerAndServersShareRequests() throws IOException {
    try (ActivityQueue queue = queue()) {
      for (int s = 0; s < 40; s++) {
        queue.record(activity(s, "only"));
        queue.record(activity(s, "two"));
      }
      for (int i = 0; i < 250; i++) {
        queue.record(activity(99, "many" + i));
      }
      release(() -> panel.events().size() == 330);
    }

    assertThat(panel.batches()).extracting(List::size).containsExactly(80, 100, 100, 50);
    assertThat(panel.calls())
        .containsExactly(
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofSeconds(120),
            Duration.ofSeconds(180));
  }

  @Test
  void filesOfAMinuteAreOneEventHoweverMany() throws IOException {
    try (ActivityQueue queue = queue()) {
      for (int i = 0; i < 5_000; i++) {
        queue.record(sftp(1, "file" + i, i / 100));
      }
      queue.record(sftp(1, "late", 61));
      release(() -> panel.events().size() == 2);
    }

    assertThat(panel.calls()).hasSize(1);
    assertThat(panel.events())
        .extracting(event -> event.metadata() == null ? 0 : event.metadata().path("files").size())
        .containsExactly(5_000, 1);
  }

  @Test
  @Proves("AC-01")
  void aPoisonEntryIsFoundWithFewRequestsAndTheOthersArrive() throws IOException {
    panel.refuseBatches(batch ->
        batch.stream().anyMatch(a -> a.event().equals("poison"))
            ? RecordingPanel.refusal(422)
            : null);
    try (ActivityQueue queue = queue()) {
      for (int i = 0; i < 100; i++) {
        queue.record(activity(i % 3, i == 41 ? "poison" : "event" + i));
      }
      release(() -> panel.events().size() == 99);
    }

    assertThat(panel.calls()).hasSizeLessThanOrEqualTo(16); // 2 log2(100) + 1
    assertThat(panel.elapsed()).isLessThan(Duration.ofMinutes(3));
  }

  @Test
  @Proves("AC-01")
  void aBatchThatIsTooLargeIsSentInParts() throws IOException {
    panel.refuseBatches(batch -> batch.size() > 7 ? RecordingPanel.refusal(413) : null);
    try (ActivityQueue queue = queue()) {
      for (int i = 0; i < 100; i++) {
        queue.record(activity(1, "event" + i));
      }
      release(() -> panel.events().size() == 100);
    }

    assertThat(eventsOf(1)).doesNotHaveDuplicates().startsWith("event0").endsWith("event99");
  }

  @Test
  @Proves("AC-01")
  void bytesOfARequestAreBounded() throws IOException {
    ObjectNode large = Json.mapper().createObjectNode().put("command", "x".repeat(30_000));
    try (ActivityQueue queue = queue()) {
      for (int i = 0; i < 50; i++) {
        queue.record(
            new Activity(Actor.SYSTEM, server(i % 5), "server:console.command", large, EPOCH));
      }
      release(() -> panel.events().size() == 50);
    }

    assertThat(panel.batches()).allMatch(batch -> batch.size() <= 9);
  }

  @Test
  @Proves("PN-05")
  void aPanelThatRefusesEverythingIsAskedEverLessOften() throws IOException {
    panel.refuseBatches(_ -> panel.elapsed().toMinutes() < 30 ? RecordingPanel.refusal(400) : null);
    try (ActivityQueue queue = queue()) {
      for (int i = 0; i < 1_000; i++) {
        queue.record(activity(i % 20, "event" + i));
      }
      release(() -> !panel.events().isEmpty());
    }

    Map<Duration, Integer> perRound = new HashMap<>();
    panel.calls().forEach(at -> perRound.merge(at, 1, Integer::sum));
    assertThat(perRound.values()).allMatch(requests -> requests <= 50);
    List<Duration> rounds = new ArrayList<>(perRound.keySet().stream().sorted().toList());
    assertThat(rounds).hasSizeLessThan(12);
  }

  @Test
  @Proves("PN-05")
  void thePanelsWishToWaitIsGranted() throws IOException {
    panel.refuseBatches(
        _ -> panel.calls().size() == 1 ? RecordingPanel.tooMany(Duration.ofMinutes(40)) : null);
    try (ActivityQueue queue = queue()) {
      queue.record(activity(1, "event"));
      release(() -> panel.events().size() == 1);
    }

    assertThat(panel.calls()).containsExactly(Duration.ofSeconds(60), Duration.ofMinutes(41));
  }

  @Test
  @Proves("AC-01")
  void aStoredEntryThatCannotBeReadCostsItself() throws IOException {
    try (ActivityQueue queue = queue()) {
      queue.record(activity(1, "before"));
      queue.record(activity(1, "spoilt"));
      queue.record(activity(1, "after"));
    }
    Path file = directory.resolve("activity");
    byte[] spoilt = spoil(Files.readAllBytes(file));
    Files.write(file, spoilt);

    try (ActivityQueue _ = queue()) {
      release(() -> panel.events().size() == 2);
    }

    assertThat(eventsOf(1)).containsExactly("before", "after");
    assertThat(file).isEmptyFile();
  }

  /// Gives the second line a time that is none, and the checksum that fits.
  private static byte[] spoil(byte[] file) {
    List<String> lines =
        new ArrayList<>(new String(file, java.nio.charset.StandardCharsets.UTF_8).lines().toList());
    String json = lines.get(1).substring(8).replace("2026-01-01T", "2026-13-01T");
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    lines.set(1, java.util.HexFormat.of().toHexDigits((int) crc.getValue()) + json);
    return (String.join("\n", lines) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
