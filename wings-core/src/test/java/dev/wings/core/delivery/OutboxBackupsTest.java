package dev.wings.core.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.backup.BackupPart;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.panel.PanelException;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Results about backups on their way to the Panel.
@Timeout(60)
class OutboxBackupsTest {
  private static final UUID SERVER = new UUID(7, 1);
  private static final UUID BACKUP = new UUID(8, 1);
  private static final UUID OTHER = new UUID(8, 2);
  private static final BackupResult RESULT =
      new BackupResult(
          "s3-etag", "abc", 1L << 40, 12, false, true, List.of(new BackupPart("\"e\"", 1)));

  @TempDir private Path directory;
  private final ManualClock clock = ManualClock.atSecond(1_800_000_000L);
  private final RecordingPanel panel = new RecordingPanel(clock);
  private final SimulatedRest rest = new SimulatedRest(clock);

  private DurableOutbox outbox() throws IOException {
    return new DurableOutbox(directory.resolve("outbox"), panel, new Random(1), clock::nanos, rest);
  }

  private List<String> delivered() {
    return panel.backupCalls().stream().map(call -> call.kind() + " " + call.successful()).toList();
  }

  @Test
  @Proves("PN-03")
  void resultsSurviveTheProcessAndArriveWhole() throws Exception {
    try (DurableOutbox first = outbox()) {
      panel.refuseBackups(_ -> RecordingPanel.refusal(0));
      var _ = first.backupFinished(SERVER, BACKUP, true, RESULT);
      var _ = first.restoreFinished(SERVER, BACKUP, false);
      var _ = first.deletionFinished(BACKUP, true);
    }
    panel.refuseBackups(_ -> null);

    try (DurableOutbox second = outbox()) {
      second.start();
      rest.release();
      second.awaitDelivery(Duration.ofSeconds(30));
    }

    assertThat(delivered()).containsExactly("backup true", "restore false", "deletion true");
    assertThat(panel.backupCalls().getFirst().result()).isEqualTo(RESULT);
  }

  @Test
  @Proves("PN-03")
  void refusalThatMeansNotYetIsRepeated() throws Exception {
    panel.refuseBackups(call ->
        call.kind().equals("restore") && panel.elapsed().toSeconds() < 90
            ? RecordingPanel.refusal(417)
            : null);
    try (DurableOutbox outbox = outbox()) {
      CompletableFuture<Void> restored = outbox.restoreFinished(SERVER, BACKUP, true);
      CompletableFuture<Void> other = outbox.backupFinished(SERVER, OTHER, true, RESULT);
      rest.release();
      restored.get();
      other.get();
    }

    assertThat(delivered()).containsExactly("backup true", "restore true");
  }

  @Test
  void resultThatThePanelNeverTakesEndsTheWait() throws Exception {
    panel.refuseBackups(call -> call.backup().equals(BACKUP) ? RecordingPanel.refusal(404) : null);
    try (DurableOutbox outbox = outbox()) {
      CompletableFuture<Void> lost = outbox.deletionFinished(BACKUP, true);
      rest.release();
      await().until(lost::isDone);
      assertThat(lost.exceptionNow()).isInstanceOf(PanelException.class);
      outbox.deletionFinished(OTHER, true).get();
    }
  }

  @Test
  void resultThatIsReportedAgainAfterACrashIsKeptOnce() throws Exception {
    panel.refuseBackups(_ -> RecordingPanel.refusal(0));
    try (DurableOutbox outbox = outbox()) {
      CompletableFuture<Void> first = outbox.backupFinished(SERVER, BACKUP, true, RESULT);
      CompletableFuture<Void> second = outbox.backupFinished(SERVER, BACKUP, true, RESULT);
      panel.refuseBackups(_ -> null);
      rest.release();
      first.get();
      second.get();
    }

    assertThat(delivered()).containsExactly("backup true");
  }
}
