package dev.wings.core.install;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.testing.FakeContainerEngine;
import dev.wings.core.testing.FakeContainerEngine.Step;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeVolume;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class ScriptRunnerTest {
  private static final UUID ID = new UUID(1, 2);
  private static final ExitStatus DONE = new ExitStatus(1, false);

  @TempDir private Path directory;

  private final FakeContainerEngine engine = new FakeContainerEngine();
  private final ManualClock clock = ManualClock.atSecond(0);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private ScriptRunner runner;

  @BeforeEach
  void setUp() {
    runner =
        new ScriptRunner(
            engine,
            LiveConfig.fixed(TestConfig.of(Map.of("docker.installerLimits.timeout", 60L))),
            directory.resolve("tmp"),
            directory.resolve("logs"),
            clock::nanos);
  }

  @Test
  void outputIsCopiedUntilTheScriptEnds() throws Exception {
    Run run = start(out);
    assertThat(container().kind()).isEqualTo(ContainerKind.SCRIPT);
    assertThat(directory.resolve("tmp"))
        .isDirectoryRecursivelyContaining(
            file -> file.endsWith("script.sh") && hasText(file, "echo a\necho b"));
    container().print("a");
    container().printPart("b");
    container().end(DONE);

    assertThat(run.failure()).isNull();
    assertThat(out.toString(UTF_8)).isEqualTo("a\nb");
    assertNothingLeft();
  }

  @Test
  void scriptsOfOneServerRunOneAfterTheOther() throws Exception {
    Run first = start(out);
    Run second = new Run(out);
    await().until(() -> second.thread.getState() == Thread.State.WAITING);
    assertThat(engine.created()).isEqualTo(1);
    container().end(DONE);
    assertThat(first.failure()).isNull();
    await().until(() -> engine.created() == 2 && engine.lives(ID));
    container().end(DONE);

    assertThat(second.failure()).isNull();
    assertNothingLeft();
  }

  @Test
  @Proves("CT-04")
  void interruptingRemovesTheContainer() throws Exception {
    Run run = start(out);
    run.thread.interrupt();

    assertThat(run.failure()).hasMessageStartingWith("failed to run server script");
    assertNothingLeft();
  }

  @Test
  @Proves("CT-04")
  void anEndlessScriptIsEndedAtTheTimeLimit() throws Exception {
    Run run = start(out);
    clock.advance(Duration.ofSeconds(61));

    assertThat(run.failure()).hasMessage("failed to run server script: it took too long");
    assertNothingLeft();
  }

  @Test
  void aReaderThatGoesAwayEndsTheScript() throws Exception {
    Run run =
        start(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("broken pipe");
              }
            });
    container().print("nobody reads this");

    assertThat(run.failure())
        .hasMessage("failed to run server script: the reader of its output went away");
    assertNothingLeft();
  }

  @Test
  void aFailingEngineIsReportedAndLeavesNothingBehind() {
    engine.gates().fail(Step.START, new WingsException(ErrorKind.UPSTREAM, "engine says no"));

    assertThatThrownBy(() -> run(out))
        .isInstanceOf(WingsException.class)
        .hasMessage("failed to run server script: engine says no");
    assertNothingLeft();
  }

  private Run start(OutputStream target) {
    Run run = new Run(target);
    await().until(() -> engine.lives(ID));
    return run;
  }

  private void run(OutputStream target) {
    runner.run(
        FakeServer.definition(ID, "Lobby"),
        new FakeVolume(directory.resolve("volume")),
        new InstallationScript("image", "sh", "echo a\r\necho b", Map.of()),
        target);
  }

  private FakeContainerEngine.Container container() {
    return engine.container(ID).orElseThrow();
  }

  private static boolean hasText(Path file, String text) {
    assertThat(file).hasContent(text);
    return true;
  }

  private void assertNothingLeft() {
    assertThat(engine.containers()).isEmpty();
    assertThat(directory.resolve("tmp")).isEmptyDirectory();
  }

  /// A run on a thread of its own.
  private final class Run {
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final Thread thread;

    Run(OutputStream target) {
      thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  run(target);
                  end.complete(null);
                } catch (RuntimeException | Error failure) {
                  end.completeExceptionally(failure);
                }
              });
    }

    /// How it failed, null when it did not.
    @Nullable Throwable failure() throws Exception {
      return end.handle((_, failure) -> failure).get(10, TimeUnit.SECONDS);
    }
  }
}
