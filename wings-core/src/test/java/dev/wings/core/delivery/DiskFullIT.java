package dev.wings.core.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.power.ServerState;
import dev.wings.core.store.ServerStore;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The state directory on a file system of 256 KiB that becomes full. Needs the right to mount.
@Timeout(100)
class DiskFullIT {
  private static final UUID SERVER = new UUID(3, 1);

  @TempDir Path host;
  private Path state;
  private boolean mounted;
  private final RecordingPanel panel = new RecordingPanel(ManualClock.atSecond(0));
  private volatile boolean away = true;

  @BeforeEach
  void mount() throws Exception {
    state = Files.createDirectory(host.resolve("state"));
    mounted = run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", state.toString());
    assumeTrue(mounted, "may mount");
    panel.refuseBatches(_ -> away ? RecordingPanel.refusal(0) : null);
    panel.refuseResults(_ -> away ? RecordingPanel.refusal(0) : null);
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      assertThat(run("umount", state.toString())).isTrue();
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  private void fill() throws IOException {
    try (OutputStream filler = Files.newOutputStream(state.resolve("filler"))) {
      byte[] page = new byte[4096];
      while (true) {
        filler.write(page);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }

  private void free() throws IOException {
    Files.delete(state.resolve("filler"));
  }

  private ActivityQueue activities() throws IOException {
    return new ActivityQueue(
        state.resolve("activity"),
        panel,
        CrashWriter.config(),
        new Random(1),
        CrashWriter::fastTime,
        CrashWriter.fastRest());
  }

  private DurableOutbox outbox() throws IOException {
    DurableOutbox outbox =
        new DurableOutbox(
            state.resolve("outbox"),
            panel,
            new Random(1),
            CrashWriter::fastTime,
            CrashWriter.fastRest());
    outbox.start();
    return outbox;
  }

  private static void record(ActivityQueue queue, int from, int to) {
    for (int i = from; i < to; i++) {
      queue.record(new Activity(Actor.SYSTEM, SERVER, "event" + i, null, Instant.EPOCH));
    }
  }

  private void awaitEvents(int count) {
    await().atMost(Duration.ofSeconds(40)).until(() -> panel.events().size() == count);
  }

  @Test
  @Proves("DF-02")
  void deliveryGoesOnFromMemoryWhileTheDiskIsFull() throws IOException {
    try (ActivityQueue queue = activities();
        DurableOutbox outbox = outbox()) {
      record(queue, 0, 50);
      outbox.installationFinished(SERVER, true, false);
      fill();
      record(queue, 50, 200);
      outbox.installationFinished(SERVER, false, true);

      away = false;

      awaitEvents(200);
      await().atMost(Duration.ofSeconds(40)).until(() -> panel.results().size() == 2);
    }
    assertThat(panel.results())
        .extracting(RecordingPanel.Result::successful)
        .containsExactly(true, false);
    assertThat(panel.events())
        .extracting(Activity::event)
        .doesNotHaveDuplicates()
        .startsWith("event0")
        .endsWith("event199");
  }

  @Test
  @Proves("DF-02")
  void whatWasRecordedOnAFullDiskIsStoredAsSoonAsThereIsSpace() throws IOException {
    try (ActivityQueue queue = activities()) {
      record(queue, 0, 50);
      fill();
      record(queue, 50, 300);
      long before = Files.size(state.resolve("activity"));
      free();

      // by the delivery thread, though the panel is away and nothing new is recorded
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> Files.size(state.resolve("activity")) > before + 20_000);
      record(queue, 300, 301);
    }
    away = false;
    try (ActivityQueue _ = activities()) {
      awaitEvents(301);
    }
    assertThat(panel.events()).extracting(Activity::event).doesNotHaveDuplicates();
  }

  @Test
  @Proves({"DF-02", "ST-01"})
  void aFullDiskKeepsTheLastStatesAndTakesTheNewOnesLater() throws IOException {
    try (ServerStore store = ServerStore.open(state)) {
      store.state(SERVER, ServerState.RUNNING);
      store.created(FakeServer.definition(SERVER, "Lobby"));
      store.flush();
      fill();

      store.state(SERVER, ServerState.OFFLINE);
      store.created(FakeServer.definition(new UUID(3, 2), "x".repeat(50_000)));
      store.flush();

      assertThat(store.state(SERVER)).contains(ServerState.OFFLINE);
      assertThat(onDisk()).containsExactly("running", "1");
      try (var files = Files.list(state)) {
        assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
      }
      free();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(onDisk()).containsExactly("offline", "2"));
    }
  }

  /// State of the server and number of definitions that another process would read.
  private List<String> onDisk() {
    ServerStore read = ServerStore.open(state); // not closed: that would write
    return List.of(
        read.state(SERVER).map(ServerState::wireName).orElse("none"),
        Integer.toString(read.definitions().size()));
  }

  @Test
  @Proves("DF-02")
  void aStartOnAFullDiskWorks() throws IOException {
    fill();
    away = false;
    try (ActivityQueue queue = activities();
        DurableOutbox outbox = outbox()) {
      record(queue, 0, 10);
      outbox.installationFinished(SERVER, true, false);

      awaitEvents(10);
      await().atMost(Duration.ofSeconds(20)).until(() -> panel.results().size() == 1);
    }
  }
}
