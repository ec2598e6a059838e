package dev.wings.core.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Results and hours of simulated time.
@Timeout(60)
class OutboxTimeTest {
  @TempDir Path directory;
  private final ManualClock clock = ManualClock.atSecond(1_800_000_000L);
  private final RecordingPanel panel = new RecordingPanel(clock);
  private final SimulatedRest rest = new SimulatedRest(clock);

  private DurableOutbox outbox(long seed) throws IOException {
    return new DurableOutbox(
        directory.resolve("outbox"), panel, new Random(seed), clock::nanos, rest);
  }

  private static UUID server(int number) {
    return new UUID(7, number);
  }

  private void deliverAll(DurableOutbox outbox, int results) {
    outbox.start();
    rest.release();
    await().atMost(Duration.ofSeconds(50)).until(() -> panel.results().size() == results);
  }

  private List<Boolean> resultsOf(UUID server) {
    return panel.results().stream()
        .filter(result -> result.server().equals(server))
        .map(RecordingPanel.Result::successful)
        .toList();
  }

  @Test
  @Proves("PN-03")
  void aDayWithoutThePanelLosesNothingAndKeepsTheOrder() throws IOException {
    panel.refuseResults(_ -> panel.elapsed().toHours() < 24 ? RecordingPanel.refusal(0) : null);
    try (DurableOutbox outbox = outbox(1)) {
      for (int s = 0; s < 100; s++) {
        outbox.installationFinished(server(s), false, false);
        outbox.installationFinished(server(s), true, true);
      }
      deliverAll(outbox, 200);
    }

    for (int s = 0; s < 100; s++) {
      assertThat(resultsOf(server(s))).containsExactly(false, true);
    }
    long duringOutage = panel.calls().stream().filter(at -> at.toHours() < 24).count();
    assertThat(duringOutage).isBetween(24L * 60, 2 * 24L * 60 + 50); // two a minute, not 200
    assertThat(panel.elapsed()).isBetween(Duration.ofHours(24), Duration.ofMinutes(24 * 60 + 3));
  }

  @Test
  @Proves("PN-05")
  void nobodyIsSentWhileThePanelAskedToWait() throws IOException {
    panel.refuseResults(_ ->
        panel.elapsed().toSeconds() < 300 ? RecordingPanel.tooMany(Duration.ofSeconds(300)) : null);
    try (DurableOutbox outbox = outbox(1)) {
      IntStream.range(0, 10).forEach(s -> outbox.installationFinished(server(s), true, false));
      deliverAll(outbox, 10);
    }

    assertThat(panel.calls().getFirst()).isZero();
    assertThat(panel.calls()).hasSize(11);
    assertThat(panel.calls().get(1)).isBetween(Duration.ofSeconds(300), Duration.ofSeconds(301));
  }

  @Test
  @Proves("PN-05")
  void thePanelIsNotGrantedMoreThanAnHour() throws IOException {
    panel.refuseResults(
        _ -> panel.calls().size() == 1 ? RecordingPanel.tooMany(Duration.ofDays(30)) : null);
    try (DurableOutbox outbox = outbox(1)) {
      outbox.installationFinished(server(1), true, false);
      deliverAll(outbox, 1);
    }

    assertThat(panel.calls()).containsExactly(Duration.ZERO, Duration.ofHours(1));
  }

  @Test
  @Proves("PN-05")
  void pausesGrowToAMinuteAndDifferBetweenNodes() throws IOException {
    List<List<Duration>> nodes = new ArrayList<>();
    rest.release();
    for (int seed = 1; seed <= 2; seed++) {
      RecordingPanel away = new RecordingPanel(clock);
      away.refuseResults(_ -> away.calls().size() < 12 ? RecordingPanel.refusal(503) : null);
      try (DurableOutbox outbox =
          new DurableOutbox(
              directory.resolve("node" + seed), away, new Random(seed), clock::nanos, rest)) {
        outbox.installationFinished(server(1), true, false);
        await().atMost(Duration.ofSeconds(20)).until(() -> away.results().size() == 1);
      }
      List<Duration> pauses = new ArrayList<>();
      for (int i = 1; i < away.calls().size(); i++) {
        pauses.add(away.calls().get(i).minus(away.calls().get(i - 1)));
      }
      nodes.add(pauses);
    }

    for (List<Duration> pauses : nodes) {
      for (int n = 0; n < pauses.size(); n++) {
        long seconds = Math.min(60, 1L << n);
        assertThat(pauses.get(n))
            .isBetween(Duration.ofSeconds(seconds), Duration.ofMillis(seconds * 1300));
      }
    }
    assertThat(nodes.get(0)).isNotEqualTo(nodes.get(1));
  }

  @Test
  @Proves("PN-03")
  void reportsThatThePanelFailsOnDoNotKeepTheOthersBack() throws IOException {
    panel.refuseResults(result ->
        result.server().getLeastSignificantBits() < 3 && panel.elapsed().toHours() < 1
            ? RecordingPanel.refusal(500)
            : null);
    try (DurableOutbox outbox = outbox(1)) {
      IntStream.range(0, 20).forEach(s -> outbox.installationFinished(server(s), true, false));
      deliverAll(outbox, 20);
    }

    assertThat(panel.results().subList(0, 17))
        .allMatch(result -> result.server().getLeastSignificantBits() >= 3);
    assertThat(panel.calls().get(40)).isGreaterThan(Duration.ofMinutes(1));
    assertThat(panel.calls().subList(0, 30))
        .filteredOn(at -> at.toSeconds() < 15)
        .hasSizeGreaterThan(17);
  }

  @Test
  @Proves("PN-03")
  void aRevokedTokenCostsNoResult() throws IOException {
    panel.refuseResults(_ -> panel.elapsed().toHours() < 2 ? RecordingPanel.refusal(401) : null);
    try (DurableOutbox outbox = outbox(1)) {
      outbox.installationFinished(server(1), true, false);
      deliverAll(outbox, 1);
    }
    assertThat(panel.elapsed()).isGreaterThan(Duration.ofHours(2));
  }

  @Test
  @Proves("PN-03")
  void notYetIsAskedForTwoMinutes() throws IOException {
    panel.refuseResults(_ -> panel.elapsed().toSeconds() < 90 ? RecordingPanel.refusal(417) : null);
    try (DurableOutbox outbox = outbox(1)) {
      outbox.installationFinished(server(1), true, false);
      deliverAll(outbox, 1);
      panel.refuseResults(_ -> RecordingPanel.refusal(417));
      int before = panel.calls().size();
      outbox.installationFinished(server(2), true, false);
      panel.refuseResults(
          result -> result.server().equals(server(2)) ? RecordingPanel.refusal(417) : null);
      outbox.installationFinished(server(3), true, false);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> panel.results().size() == 2 && panel.calls().size() > before + 7);
    }
  }
}
