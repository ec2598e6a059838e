package dev.wings.core.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.testing.FakeContainerEngine;
import dev.wings.core.testing.FakeContainerEngine.Step;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeVolume;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
final class ContainerInstallerTest {
  private static final UUID ID = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final ExitStatus DONE = new ExitStatus(0, false);

  @TempDir private Path directory;

  private final FakeContainerEngine engine = new FakeContainerEngine();
  private final ManualClock clock = ManualClock.atSecond(0);
  private final AtomicInteger clockReads = new AtomicInteger();
  private final EventBus events = new EventBus();
  private final List<ServerEvent> published = new CopyOnWriteArrayList<>();
  private Path staging;
  private Path installLog;
  private ContainerInstaller installer;

  @BeforeEach
  void setUp() {
    events.subscribe(published::add);
    staging = directory.resolve("tmp").resolve(ID.toString());
    installLog = directory.resolve("logs").resolve(ID.toString()).resolve("install.log");
    installer =
        new ContainerInstaller(
            engine,
            LiveConfig.fixed(
                TestConfig.of(
                    Map.of("docker.installerLimits.timeout", 60L, "system.timezone", "UTC"))),
            directory.resolve("tmp"),
            directory.resolve("logs"),
            () -> {
              clockReads.incrementAndGet();
              return clock.nanos();
            });
  }

  @Test
  void aBlankScriptSucceedsWithoutAContainer() {
    assertThat(installer.run(request(" \r\n"), events)).isEqualTo(Installer.Outcome.SUCCESS);
    assertThat(engine.created()).isZero();
    assertThat(engine.pulled()).isEmpty();
  }

  @Test
  void theScriptIsStagedForTheContainerAndItsExitCodeDoesNotCount() throws Exception {
    Run run = start();

    assertThat(staging.resolve("install.sh")).hasContent("echo a\necho b\n");
    assertThat(mode(staging)).isEqualTo("rwxr-xr-x");
    assertThat(mode(staging.resolve("status"))).isEqualTo("rw-rw-rw-");
    assertThat(mode(staging.resolve("progress"))).isEqualTo("rw-rw-rw-");
    container().end(new ExitStatus(3, false));

    assertThat(run.outcome()).isEqualTo(Installer.Outcome.SUCCESS);
    assertNothingLeft();
  }

  @Test
  void outputIsPublishedWithAnUnfinishedLastLine() throws Exception {
    Run run = start();
    container().print("one\r");
    container().printPart("two");
    container().end(DONE);

    run.outcome();
    assertThat(output()).containsExactly("one", "two");
  }

  @Test
  void aPullIsShown() throws Exception {
    engine.pullNeeded(true);
    Run run = start();
    container().end(DONE);

    run.outcome();
    assertThat(published)
        .contains(
            new ServerEvent.ImagePullProgress("layer", false, 1, 2),
            new ServerEvent.ImagePullCompleted("layer"));
  }

  @ParameterizedTest
  @CsvSource({
    "0,",
    "' 00 ',",
    "7, installation failed with exit code 7",
    "'disk is full\nsecond line', disk is full"
  })
  void theStatusFileDecides(String status, @Nullable String failure) throws Exception {
    Run run = start();
    Files.writeString(staging.resolve("status"), status);
    container().end(DONE);

    assertThat(run.outcome()).isEqualTo(new Installer.Outcome(failure == null, failure));
    if (failure != null) {
      assertThat(output()).containsExactly(failure);
      assertThat(installLog).content().contains("\n  Failure Reason:       " + failure + "\n");
    }
    assertNothingLeft();
  }

  @Test
  void lackOfMemoryFailsWhateverTheScriptSays() throws Exception {
    Run run = start();
    Files.writeString(staging.resolve("status"), "0");
    container().end(new ExitStatus(137, true));

    assertThat(run.outcome().failure()).isEqualTo("installation container ran out of memory");
  }

  @Test
  @Proves("CT-04")
  void anEndlessScriptIsEndedAtTheTimeLimit() throws Exception {
    Run run = start();
    clock.advance(Duration.ofSeconds(61));

    assertThat(run.outcome().failure()).isEqualTo("installation took longer than 60 seconds");
    assertNothingLeft();
  }

  @Test
  @Proves("CT-04")
  void anAbortRemovesEverythingAndIsASuccess() throws Exception {
    Run run = start();
    container().print("working");
    run.interrupt();

    assertThat(run.outcome()).isEqualTo(Installer.Outcome.SUCCESS);
    assertThat(run.leftInterrupted()).isFalse();
    assertThat(installLog).content().endsWith("working\n");
    assertNothingLeft();
  }

  @Test
  @Proves("CT-04")
  void abortingAgainDuringTheRemovalDoesNotKeepTheContainer() throws Exception {
    engine.gates().close(Step.REMOVE);
    Run run = start();
    run.interrupt();
    engine.gates().awaitArrival(Step.REMOVE);
    run.interrupt();
    engine.gates().open(Step.REMOVE);

    assertThat(run.outcome()).isEqualTo(Installer.Outcome.SUCCESS);
    assertThat(run.leftInterrupted()).isFalse();
    assertNothingLeft();
  }

  @Test
  void anAbortDuringThePullIsASuccess() throws Exception {
    engine.gates().close(Step.PULL);
    Run run = new Run(() -> installer.run(request("echo"), events));
    engine.gates().awaitArrival(Step.PULL);
    run.interrupt();

    assertThat(run.outcome()).isEqualTo(Installer.Outcome.SUCCESS);
    assertThat(run.leftInterrupted()).isFalse();
    assertNothingLeft();
  }

  @ParameterizedTest
  @CsvSource({"PULL", "CREATE", "START"})
  @Proves("CT-04")
  void aFailingEngineLeavesNothingBehind(Step step) {
    engine.gates().fail(step, new WingsException(ErrorKind.UPSTREAM, "engine says no"));

    assertThat(installer.run(request("echo"), events))
        .isEqualTo(Installer.Outcome.failed("engine says no"));
    assertThat(output()).containsExactly("engine says no");
    assertNothingLeft();
  }

  @Test
  void theWordsOfAnInternalFailureAreNotShown() {
    engine
        .gates()
        .fail(Step.CREATE, new WingsException(ErrorKind.INTERNAL, "/var/secret/path is broken"));

    assertThat(installer.run(request("echo"), events).failure())
        .isEqualTo("the installation could not be prepared");
  }

  @Test
  void progressIsPublishedWhenItChanges() throws Exception {
    Run run = start();
    Files.writeString(staging.resolve("progress"), "1/4 first\n");
    await().until(() -> progress().size() == 1);
    Files.writeString(staging.resolve("progress"), "1/4 first\n9/4\n");
    await().until(() -> progress().size() == 2);
    container().end(DONE);

    run.outcome();
    assertThat(progress())
        .containsExactly(
            new ServerEvent.InstallProgress(1, 4, "first"),
            new ServerEvent.InstallProgress(4, 4, null));
  }

  @Test
  void aLinkInPlaceOfStatusOrProgressIsNotFollowed() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "50 the node's secret");
    Run run = start();
    for (String name : List.of("progress", "status")) {
      Files.delete(staging.resolve(name));
      Files.createSymbolicLink(staging.resolve(name), secret);
    }
    int before = clockReads.get(); // one with each look at the progress file
    await().until(() -> clockReads.get() >= before + 2);
    container().end(DONE);

    assertThat(run.outcome()).isEqualTo(Installer.Outcome.SUCCESS);
    assertThat(progress()).isEmpty();
    assertThat(secret).exists();
    assertNothingLeft();
  }

  @Test
  void theLogHasTheLayoutOfTheReferenceNode() throws Exception {
    Run run = start();
    container().print("installing demo for demo");
    container().end(DONE);
    run.outcome();

    assertThat(installLog)
        .content()
        .isEqualTo(
            """
            Server Installation Log

            |
            | Details
            | ------------------------------
              Server UUID:          345fbfe4-0d11-4819-a29a-249de12308f8
              Container Image:      wings-demo:latest~
              Container Entrypoint: sh

            |
            | Environment Variables
            | ------------------------------
              SERVER_IP=127.0.0.1
              SERVER_PORT=25565
              TZ=UTC
              STARTUP=sh ./server.sh {{SERVER_PORT}}
              SERVER_MEMORY=256
              FLAG=true
              EMPTY=
              NUM=42


            |
            | Script Output
            | ------------------------------
            installing demo for demo
            """);
  }

  @Test
  @Proves("CT-04")
  void theLogIsCutAtItsLimitAndSaysSo() throws Exception {
    Run run = start();
    String mebibyte = "x".repeat((1 << 20) - 1);
    for (int i = 0; i < 9; i++) {
      container().print(mebibyte);
    }
    container().end(DONE);
    run.outcome();

    assertThat(Files.size(installLog)).isBetween(8L << 20, (8L << 20) + 4096);
    assertThat(installLog).content().endsWith("longer than 8 MiB, the rest was cut off]\n");
  }

  @Test
  void anUnwritableLogDoesNotChangeTheOutcome() throws Exception {
    Files.writeString(directory.resolve("logs"), "a file where the directory should be");
    Run run = start();
    container().end(DONE);

    assertThat(run.outcome()).isEqualTo(Installer.Outcome.SUCCESS);
    assertNothingLeft();
  }

  @Test
  void resumingWithoutAContainerIsASuccessAndCleansUp() throws Exception {
    Files.createDirectories(staging);
    Files.writeString(staging.resolve("status"), "5");

    assertThat(installer.resume(request("echo"), events)).isEqualTo(Installer.Outcome.SUCCESS);
    assertNothingLeft();
  }

  @Test
  @Proves("CT-04")
  void anInstallerThatEndedWhileNoDaemonWatchedIsRemoved() {
    createdByTheDaemonBefore(request("echo"));
    container().end(DONE);

    assertThat(installer.resume(request("echo"), events)).isEqualTo(Installer.Outcome.SUCCESS);
    assertNothingLeft();
  }

  @Test
  void anEndedInstallerThatCannotBeRemovedIsASuccessAllTheSame() {
    createdByTheDaemonBefore(request("echo"));
    container().end(DONE);
    engine.gates().fail(FakeContainerEngine.Step.REMOVE_ALL, WingsException.impossible("no"));

    assertThat(installer.resume(request("echo"), events)).isEqualTo(Installer.Outcome.SUCCESS);
  }

  private void createdByTheDaemonBefore(Installer.Request request) {
    try (ContainerHandle before =
        engine.create(
            new ContainerRequest.Installer(
                request.definition().settings(),
                request.volume().hostPath(),
                request.script(),
                staging.toString()),
            new ScriptRun(_ -> {}))) {
      before.start();
    }
  }

  @Test
  @Proves("CT-04")
  void anInstallationOfTheDaemonBeforeIsResumedToItsEnd() throws Exception {
    Installer.Request request = request("echo");
    Files.createDirectories(staging);
    createdByTheDaemonBefore(request);
    Run resumed = new Run(() -> installer.resume(request, events));
    container().print("still here");
    await()
        .until(() -> {
          container().print("after the restart");
          return output().contains("after the restart");
        });
    Files.writeString(staging.resolve("progress"), "70");
    await().until(() -> !progress().isEmpty());
    clock.advance(Duration.ofSeconds(61));

    assertThat(resumed.outcome().failure()).isEqualTo("installation took longer than 60 seconds");
    assertThat(installLog).content().contains("still here\n");
    assertNothingLeft();
  }

  private Run start() {
    Run run = new Run(() -> installer.run(request("echo a\r\necho b\r\n"), events));
    await().until(() -> engine.lives(ID));
    return run;
  }

  private FakeContainerEngine.Container container() {
    return engine.container(ID).orElseThrow();
  }

  private Installer.Request request(String script) {
    Map<String, JsonNode> environment = new LinkedHashMap<>();
    environment.put("FLAG", BooleanNode.TRUE);
    environment.put("EMPTY", new TextNode(""));
    environment.put("NUM", new IntNode(42));
    return new Installer.Request(
        FakeServer.definition(ID, "Lobby"),
        new FakeVolume(directory.resolve("volume")),
        new InstallationScript("wings-demo:latest~", "sh", script, environment),
        false);
  }

  private List<String> output() {
    return published.stream()
        .filter(ServerEvent.InstallOutput.class::isInstance)
        .flatMap(e -> ((ServerEvent.InstallOutput) e).lines().stream())
        .toList();
  }

  private List<ServerEvent> progress() {
    return published.stream().filter(ServerEvent.InstallProgress.class::isInstance).toList();
  }

  private void assertNothingLeft() {
    assertThat(engine.containers()).isEmpty();
    assertThat(directory.resolve("tmp"))
        .satisfiesAnyOf(
            tmp -> assertThat(tmp).doesNotExist(), tmp -> assertThat(tmp).isEmptyDirectory());
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  /// An installation on a thread of its own.
  private static final class Run {
    private final CompletableFuture<Installer.Outcome> outcome = new CompletableFuture<>();
    private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    private final Thread thread;

    Run(Supplier<Installer.Outcome> work) {
      thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  Installer.Outcome result = work.get();
                  interrupted.complete(Thread.currentThread().isInterrupted());
                  outcome.complete(result);
                } catch (RuntimeException | Error failure) {
                  outcome.completeExceptionally(failure);
                }
              });
    }

    void interrupt() {
      thread.interrupt();
    }

    Installer.Outcome outcome() throws Exception {
      return outcome.get(10, TimeUnit.SECONDS);
    }

    boolean leftInterrupted() throws Exception {
      return interrupted.get(10, TimeUnit.SECONDS);
    }
  }
}
