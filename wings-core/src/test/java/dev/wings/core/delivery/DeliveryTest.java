package dev.wings.core.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.panel.SftpAttempt;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The outbox and the activity queue towards a Panel that comes and goes.
class DeliveryTest {
  @TempDir Path directory;

  private static final class MoodyPanel implements PanelClient {
    final List<String> results = new CopyOnWriteArrayList<>();
    final List<String> events = new CopyOnWriteArrayList<>();
    volatile int status;
    volatile int refusals;
    volatile boolean broken;
    volatile int breakdowns;

    private void check() {
      if (broken) {
        breakdowns++;
        throw new IllegalStateException("scripted defect");
      }
      if (status != 0) {
        throw new PanelException(status == -1 ? 0 : status, List.of(), null);
      }
    }

    @Override
    public List<ServerDefinition> servers() {
      return List.of();
    }

    @Override
    public Optional<ServerDefinition> server(UUID server) {
      return Optional.empty();
    }

    @Override
    public SftpAccess sftpAuth(SftpAttempt attempt) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void resetServers() {
      check();
    }

    @Override
    public void reportBackup(UUID backup, boolean successful, BackupResult result) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void reportRestore(UUID server, UUID backup, boolean successful) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void reportDeletion(UUID backup, boolean successful) {
      throw new UnsupportedOperationException();
    }

    @Override
    public PartUrls parts(UUID backup, int fromPart) {
      throw new UnsupportedOperationException();
    }

    @Override
    public PartUrls allParts(UUID backup, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ResticRepository restic(UUID backup) {
      throw new UnsupportedOperationException();
    }

    @Override
    public InstallationScript installationScript(UUID server) {
      return new InstallationScript("", "", "", Map.of());
    }

    @Override
    public void reportInstallation(UUID server, boolean successful, boolean reinstall) {
      check();
      if (refusals > 0) {
        refusals--;
        throw new PanelException(417, List.of("not yet"), null);
      }
      results.add(server + " " + successful);
    }

    @Override
    public void reportActivity(List<Activity> batch) {
      check();
      if (batch.stream().anyMatch(entry -> entry.event().equals("poison"))) {
        throw new PanelException(400, List.of("bad item"), null);
      }
      batch.forEach(entry -> events.add(entry.event()));
    }
  }

  private final MoodyPanel panel = new MoodyPanel();
  private final LiveConfig config =
      LiveConfig.fixed(
          TestConfig.of(
              Map.of("system.activitySendInterval", 1L, "system.activitySendCount", 100)));

  private DurableOutbox outbox() throws IOException {
    DurableOutbox outbox =
        new DurableOutbox(directory.resolve("outbox"), panel, new Random(1), System::nanoTime);
    outbox.start();
    return outbox;
  }

  private ActivityQueue activities() throws IOException {
    return new ActivityQueue(
        directory.resolve("activity"), panel, config, new Random(1), System::nanoTime);
  }

  private static Activity activity(String event) {
    return new Activity(
        Actor.SYSTEM, new UUID(1, 1), event, null, Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Test
  @Proves("PN-03")
  void resultsOfAnOutageAreDeliveredAfterARestart() throws IOException {
    UUID server = UUID.randomUUID();
    panel.status = -1;
    try (DurableOutbox outbox = outbox()) {
      outbox.installationFinished(server, true, false);
      outbox.installationFinished(server, false, true);
    }
    panel.status = 0;

    try (DurableOutbox _ = outbox()) {
      await().atMost(Duration.ofSeconds(10)).until(() -> panel.results.size() == 2);
    }
    assertThat(panel.results).containsExactly(server + " true", server + " false");
  }

  @Test
  @Proves("PN-03")
  void notYetIsAskedAgainAndGoneIsDropped() throws IOException {
    UUID server = UUID.randomUUID();
    panel.refusals = 2;
    try (DurableOutbox outbox = outbox()) {
      outbox.installationFinished(server, true, false);
      await().atMost(Duration.ofSeconds(20)).until(() -> panel.results.size() == 1);
      panel.status = 404;
      outbox.installationFinished(server, false, false);
      await().during(Duration.ofMillis(300)).until(() -> panel.results.size() == 1);
      panel.status = 0;
      outbox.installationFinished(server, true, true);
      await().atMost(Duration.ofSeconds(10)).until(() -> panel.results.size() == 2);
    }
  }

  @Test
  @Proves("AC-01")
  void activityOfAnOutageArrivesOnceAndAPoisonEntryCostsItself() throws IOException {
    panel.status = -1;
    try (ActivityQueue queue = activities()) {
      for (int i = 0; i < 150; i++) {
        queue.record(activity(i == 70 ? "poison" : "event-" + i));
      }
    }
    panel.status = 0;

    try (ActivityQueue _ = activities()) {
      await().atMost(Duration.ofSeconds(20)).until(() -> panel.events.size() >= 149);
    }

    assertThat(panel.events).hasSize(149).doesNotHaveDuplicates().doesNotContain("poison");
    try (ActivityQueue _ = activities()) {
      await().during(Duration.ofMillis(1500)).until(() -> panel.events.size() == 149);
    }
  }

  @Test
  @Proves("AC-01")
  void aMisroutedPanelCostsNoEntry() throws IOException {
    panel.status = 404;
    try (ActivityQueue queue = activities()) {
      for (int i = 0; i < 20; i++) {
        queue.record(activity("event-" + i));
      }
      await().during(Duration.ofMillis(1500)).until(panel.events::isEmpty);
    }
    panel.status = 0;

    try (ActivityQueue _ = activities()) {
      await().atMost(Duration.ofSeconds(10)).until(() -> panel.events.size() == 20);
    }
  }

  @Test
  @Proves("PN-03")
  void anUnexpectedFailureDoesNotEndDelivery() throws IOException {
    UUID server = UUID.randomUUID();
    panel.broken = true;
    try (DurableOutbox outbox = outbox()) {
      outbox.installationFinished(server, true, false);
      await().atMost(Duration.ofSeconds(5)).until(() -> panel.breakdowns > 0);
      panel.broken = false;

      outbox.installationFinished(server, true, true);

      await().atMost(Duration.ofSeconds(10)).until(() -> panel.results.size() == 2);
    }
  }
}
