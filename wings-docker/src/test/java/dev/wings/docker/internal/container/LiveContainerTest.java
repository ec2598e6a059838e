package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.core.volume.FileWork;
import dev.wings.docker.internal.bandwidth.BandwidthShaper;
import dev.wings.docker.internal.engine.Bulkhead;
import dev.wings.docker.internal.engine.EngineAddress;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.internal.network.Networks;
import dev.wings.docker.internal.stats.CfsBurst;
import dev.wings.docker.internal.stats.ControlGroup;
import dev.wings.docker.testing.FakeEngine;
import dev.wings.docker.testing.Recorder;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One container of a scripted engine that misbehaves.
class LiveContainerTest {
  private static final String ID = "c".repeat(64);
  private static final LifeTimings FAST =
      new LifeTimings(
          Duration.ofMillis(200),
          Duration.ofMillis(20),
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofMillis(50));

  @TempDir Path directory;
  private final UUID server = UUID.randomUUID();
  private final Recorder recorder = new Recorder();
  private final AtomicReference<String> state = new AtomicReference<>("created");
  private final AtomicInteger inspectStatus = new AtomicInteger(200);
  private final CountDownLatch exits = new CountDownLatch(1);
  private FakeEngine fake;
  private EngineClient client;
  private final FileWork files = new FileWork(1);
  private Containers containers;

  @SuppressWarnings("NullAway.Init") // set by create()
  private ContainerHandle handle;

  @BeforeEach
  void start() throws IOException {
    fake = new FakeEngine(directory);
    fake.on(
            "POST /containers/create",
            (_, response) -> response.json(201, "{\"Id\":\"" + ID + "\"}"))
        .on(
            "POST /containers/c+/start",
            (_, response) -> {
              state.set("running");
              response.raw("HTTP/1.1 204 No Content\r\n\r\n");
            })
        .on(
            "POST /containers/c+/attach",
            (_, response) -> {
              response.upgrade();
              response.hang();
            })
        .on(
            "POST /containers/c+/wait",
            (_, response) -> {
              response.startChunks();
              exits.await();
              response.chunk("{\"StatusCode\":9}");
              response.endChunks();
            })
        .on(
            "GET /containers/c+/json",
            (_, response) -> response.json(inspectStatus.get(), inspect(state.get())));
    client = new EngineClient(new EngineAddress.Local(fake.socket()));
    ContainerContext context =
        new ContainerContext(
            new ContainerCalls(new EngineCommands(client)),
            LiveConfig.fixed(TestNode.config(directory)),
            new FakeHost(),
            new ControlGroup(directory, directory),
            new CfsBurst(new ControlGroup(directory, directory)),
            new CpuBoosts(),
            new BandwidthShaper(new ControlGroup(directory, directory), /* rootless= */ false),
            new Bulkhead(),
            files,
            InstantSource.system(),
            System::nanoTime,
            FAST);
    containers = new Containers(context, new Networks(new EngineCommands(client)), new Random(1));
  }

  @AfterEach
  void stop() throws IOException {
    exits.countDown();
    if (handle != null) {
      handle.close();
    }
    files.close();
    client.close();
    fake.close();
  }

  private static String inspect(String status) {
    return "{\"Id\":\""
        + ID
        + "\",\"State\":{\"Status\":\""
        + status
        + "\",\"ExitCode\":3,\"OOMKilled\":true,\"Pid\":0},\"Config\":{\"Tty\":true},\"HostConfig\":{}}";
  }

  private void create(String... changes) throws IOException {
    Path volume = Files.createDirectories(directory.resolve("volume"));
    handle =
        containers.create(
            new ContainerRequest.ServerProcess(
                TestNode.server(server, "x~", changes), volume.toString()),
            recorder);
  }

  @Test
  void aBandwidthLimitThatCannotBeEnforcedIsRefusedBeforeCreate() throws Exception {
    Path self = Files.createDirectories(directory.resolve("self"));
    Files.writeString(self.resolve("status"), "CapEff:\t0000000000000000\n");

    assertThatThrownBy(() -> create("/build/bandwidth", "{\"upload\":8000000,\"download\":0}"))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.IMPOSSIBLE))
        .hasMessageContaining("the server has a bandwidth limit");

    assertThat(fake.requests("POST /containers/create")).isEmpty();
  }

  /// The fake never tells the process of its container, which makes it unreachable.
  @Test
  void aLimitOfARunningServerThatCannotBeAppliedIsOnlyLogged() throws Exception {
    fake.on("POST /containers/c+/update", (_, response) -> response.json(200, "{\"Warnings\":[]}"));
    create();
    handle.start();

    handle.update(
        TestNode.server(server, "x~", "/build/bandwidth", "{\"upload\":8000000,\"download\":0}"));

    assertThat(fake.requests("POST /containers/c+/update")).hasSize(1);
    assertThat(fake.requests("POST /containers/c+/kill")).isEmpty();
  }

  private ExitStatus exit() throws Exception {
    return recorder.exit.get(10, TimeUnit.SECONDS);
  }

  @Test
  @Proves("DK-02")
  void aBrokenStreamOfARunningContainerIsAttachedAgain() throws Exception {
    AtomicInteger attaches = new AtomicInteger();
    fake.on(
        "POST /containers/c+/attach",
        (_, response) -> {
          response.upgrade();
          response.raw("part " + attaches.incrementAndGet() + ";");
          if (attaches.get() > 3) {
            response.hang();
          }
        });
    state.set("running");
    create();
    handle.start();

    await().until(() -> recorder.text().equals("part 1;part 2;part 3;part 4;"));
    assertThat(recorder.events()).doesNotContain("exited", "outputClosed");
    assertThat(recorder.reattachments).hasValue(3);
  }

  @Test
  @Proves({"DK-01", "DK-02"})
  void keepsTheStateWhileTheEngineIsAwayAndBelievesItWhenItIsBack() throws Exception {
    create();
    handle.start();
    inspectStatus.set(500);
    fake.on("POST /containers/c+/attach", (_, response) -> response.json(500, "{}"));
    fake.cutConnections();

    await().until(() -> fake.requests("GET /containers/c+/json").size() > 5);
    assertThat(recorder.events()).doesNotContain("exited");

    state.set("exited");
    inspectStatus.set(200);
    assertThat(exit()).isEqualTo(new ExitStatus(3, true));
    assertThat(recorder.events()).endsWith("outputClosed", "exited");
  }

  @Test
  @Proves("DK-02")
  void garbageIsNotAnExit() throws Exception {
    create();
    handle.start();
    fake.on("GET /containers/c+/json", (_, response) -> response.json(200, "{\"Id\""));
    fake.on("POST /containers/c+/attach", (_, response) -> response.raw("nonsense"));
    fake.cutConnections();

    await().until(() -> fake.requests("GET /containers/c+/json").size() > 8);
    assertThat(recorder.events()).doesNotContain("exited");
  }

  @Test
  @Proves("DK-05")
  void aContainerThatIsGoneEndsWithTheCodeOfTheWaitCall() throws Exception {
    create();
    handle.start();
    inspectStatus.set(404);
    exits.countDown();

    assertThat(exit()).isEqualTo(new ExitStatus(9, false));
  }

  @Test
  void aContainerThatIsGoneWithoutACodeEndsWithMinusOne() throws Exception {
    fake.on("POST /containers/c+/wait", (_, response) -> response.json(404, "{}"));
    create();
    handle.start();
    inspectStatus.set(404);

    assertThat(exit()).isEqualTo(new ExitStatus(-1, false));
  }

  @Test
  void outputThatNeverEndsIsCutAfterTheExit() throws Exception {
    create();
    handle.start();
    state.set("exited");
    exits.countDown(); // but the attach stream stays open

    assertThat(exit().exitCode()).isEqualTo(3);
  }

  @Test
  void aCreatedContainerIsNotAnExit() throws Exception {
    create();

    await().until(() -> fake.requests("GET /containers/c+/json").size() > 3);
    assertThat(recorder.events()).isEmpty();
  }

  @Test
  void anExternalStartIsReportedOnce() throws Exception {
    create();
    state.set("running");

    await().until(() -> recorder.events().contains("running"));
    await().until(() -> fake.requests("GET /containers/c+/json").size() > 5);
    assertThat(recorder.events()).containsExactly("running");
  }

  @Test
  void aStartThatFailsIsReportedAndLeavesNoExit() throws Exception {
    fake.on(
        "POST /containers/c+/start",
        (_, response) -> response.json(500, "{\"message\":\"port is already allocated\"}"));
    create();

    assertThatThrownBy(() -> handle.start())
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("port is already allocated");
    assertThat(recorder.events()).isEmpty();
  }

  @Test
  void closingSilencesTheListenerAndReleasesEverything() throws Exception {
    create();
    handle.start();
    await().until(() -> !fake.requests("POST /containers/c+/wait").isEmpty());

    handle.close();
    handle.close();
    state.set("exited");
    exits.countDown();

    fake.on("POST /containers/c+/attach", (_, response) -> response.json(500, "{}"));
    int inspects = fake.requests("GET /containers/c+/json").size();
    await()
        .during(Duration.ofMillis(400))
        .until(() -> fake.requests("GET /containers/c+/json").size() <= inspects + 1);
    assertThat(recorder.events()).isEmpty();
  }

  @Test
  void aProcessThatDoesNotReadFillsTheQueueAndNothingElse() throws Exception {
    create();
    handle.start();
    byte[] chunk = "x".repeat(64 * 1024).getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1000; i++) {
                handle.write(chunk);
              }
            })
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.LIMIT));
    assertThat(recorder.events()).doesNotContain("exited");
  }

  @Test
  void inputArrivesAtTheEngineAtOnceAndInOrder() throws Exception {
    CompletableFuture<String> received = new CompletableFuture<>();
    fake.on(
        "POST /containers/c+/attach",
        (request, response) -> {
          assertThat(request.query()).containsEntry("stdin", "1").containsEntry("stream", "1");
          response.upgrade();
          received.complete(new String(response.in().readNBytes(12), StandardCharsets.UTF_8));
          response.hang();
        });
    create();
    handle.start();
    handle.write("first\n".getBytes(StandardCharsets.UTF_8));
    handle.write("later\n".getBytes(StandardCharsets.UTF_8));

    assertThat(received.get(5, TimeUnit.SECONDS)).isEqualTo("first\nlater\n");
  }

  @Test
  @Proves("DK-03")
  void manyWaitingCallsOfOneServerAreRefusedButKillIsNot() throws Exception {
    AtomicInteger kills = new AtomicInteger();
    fake.on("POST /containers/c+/stop", (_, response) -> response.hang())
        .on(
            "POST /containers/c+/kill",
            (request, response) -> {
              kills.incrementAndGet();
              assertThat(request.query()).containsEntry("signal", "SIGKILL");
              response.raw("HTTP/1.1 204 No Content\r\n\r\n");
            });
    create();
    handle.start();
    for (int i = 0; i < 16; i++) {
      Thread.ofVirtual().start(() -> assertThatThrownBy(handle::stopGracefully).isNotNull());
    }
    await().until(() -> fake.requests("POST /containers/c+/stop").size() == 16);

    assertThatThrownBy(() -> handle.signal("SIGTERM"))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UPSTREAM));
    handle.kill();

    assertThat(kills).hasValue(1);
  }

  @Test
  @Proves("DK-03")
  void killSaysSoWhenTheEngineDoesNotObeyAndTheProcessCannotBeReached() throws Exception {
    fake.on(
        "POST /containers/c+/kill",
        (_, _) -> {
          // no answer: the connection just ends
        });
    create();
    handle.start();

    assertThatThrownBy(() -> handle.kill())
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UPSTREAM));
  }

  @Test
  void killOfAStoppedContainerDoesNothing() throws Exception {
    fake.on(
        "POST /containers/c+/kill",
        (_, response) -> response.json(409, "{\"message\":\"Container is not running\"}"));
    create();

    handle.kill();
    fake.on(
        "POST /containers/c+/kill",
        (_, response) -> response.json(404, "{\"message\":\"No such container\"}"));
    handle.kill();
  }

  @Test
  void removalSucceedsWhenTheContainerIsGoneWhateverTheEngineSays() throws Exception {
    fake.on(
        "DELETE /containers/c+",
        (_, response) ->
            response.json(409, "{\"message\":\"removal of container is already in progress\"}"));
    create();
    AtomicInteger looks = new AtomicInteger();
    fake.on(
        "GET /containers/c+/json",
        (_, response) -> {
          if (looks.incrementAndGet() < 3) {
            response.json(200, inspect("removing"));
          } else {
            response.json(404, "{}");
          }
        });

    handle.remove();

    fake.on("DELETE /containers/c+", (_, response) -> response.json(404, "{}"));
    handle.remove();
  }

  @Test
  void removalThatDoesNotHappenIsAnError() throws Exception {
    fake.on(
        "DELETE /containers/c+",
        (_, response) -> response.json(500, "{\"message\":\"device busy\"}"));
    create();

    assertThatThrownBy(() -> handle.remove()).hasMessageContaining("device busy");
  }

  @Test
  @Proves("RB-02")
  void anInterruptedCreateLeavesNothingBehind() throws Exception {
    CountDownLatch created = new CountDownLatch(1);
    fake.on(
        "POST /containers/create",
        (_, response) -> {
          created.countDown();
          response.hang();
        });
    String label = "\"Config\":{\"Labels\":{\"ContainerType\":\"server_process\"}}";
    fake.on(
            "GET /containers/" + server + "/json",
            (_, response) ->
                response.json(
                    200, "{\"Id\":\"" + ID + "\",\"Name\":\"/" + server + "\"," + label + "}"))
        .on(
            "DELETE /containers/c+",
            (_, response) -> response.raw("HTTP/1.1 204 No Content\r\n\r\n"));
    CompletableFuture<WingsException> failure = new CompletableFuture<>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                create();
              } catch (WingsException e) {
                failure.complete(e);
              } catch (IOException e) {
                failure.completeExceptionally(e);
              }
            });
    created.await();

    caller.interrupt();

    assertThat(failure.get(5, TimeUnit.SECONDS).kind()).isEqualTo(ErrorKind.IMPOSSIBLE);
    await().until(() -> fake.requests("DELETE /containers/c+").size() == 1);
  }

  @Test
  void refusesAVolumeThatIsALink() throws IOException {
    Path target = Files.createDirectories(directory.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(directory.resolve("volume"), target);

    assertThatThrownBy(() ->
            containers.create(
                new ContainerRequest.ServerProcess(TestNode.server(server, "x~"), link.toString()),
                recorder))
        .isInstanceOf(WingsException.class);
    assertThat(fake.requests("POST /containers/create")).isEmpty();
  }

  @Test
  @Proves("DK-04")
  void findsAndRemovesOnlyItsOwnContainers() {
    String mine = "\"Labels\":{\"ContainerType\":\"server_process\"}";
    String list =
        "["
            + entry("a1", "/" + server, "server_process")
            + ","
            + entry("a2", "/pre." + server, "server_process")
            + ","
            + entry("a3", "/" + server + "_installer", "server_installer")
            + ","
            + entry("a4", "/" + server + "_script_runner_AbCd1234", "script_runner")
            + ","
            + entry("b1", "/" + server + "x", "server_process")
            + ","
            + entry("b2", "/x" + server, "server_process")
            + ","
            + entry("b3", "/" + server, "")
            + ","
            + entry("b4", "/" + server + "_installer", "server_process")
            + ","
            + entry("b5", "/" + server + "_script_runner_toolong99", "script_runner")
            + ","
            + entry("b6", "/backup_" + server + "_installer", "server_installer")
            + ",{\"Id\":\"b7\",\"Names\":null,"
            + mine
            + "}]";
    fake.on("GET /containers/json", (_, response) -> response.json(200, list))
        .on(
            "DELETE /containers/.*",
            (_, response) -> response.raw("HTTP/1.1 204 No Content\r\n\r\n"));

    containers.removeAll(server);

    assertThat(fake.requests("DELETE .*").stream().map(r -> r.path().substring(12)))
        .containsExactly("a1", "a2", "a3", "a4");
    assertThat(
            containers.adopt(
                TestNode.server(UUID.randomUUID(), "x"), ContainerKind.SERVER, recorder))
        .isEmpty();
  }

  @Test
  @Proves("CT-03")
  void anInstallerKeepsItsFloorsWhenTheServersLimitsChange() throws IOException {
    state.set("running");
    fake.on(
            "GET /containers/json",
            (_, response) ->
                response.json(
                    200, "[" + entry(ID, "/" + server + "_installer", "server_installer") + "]"))
        .on("POST /containers/c+/update", (_, response) -> response.json(200, "{}"));
    handle =
        containers
            .adopt(TestNode.server(server, "x"), ContainerKind.INSTALLER, recorder)
            .orElseThrow();

    handle.update(TestNode.server(server, "x", "/build/memory_limit", "512"));

    JsonNode sent =
        Json.mapper().readTree(fake.requests("POST /containers/c+/update").getFirst().body());
    assertThat(sent.path("MemoryReservation").asLong()).isEqualTo(1024L << 20);
    assertThat(sent.path("Memory").asLong()).isEqualTo(1177L << 20);
  }

  private static String entry(String id, String name, String type) {
    return "{\"Id\":\""
        + id
        + "\",\"Names\":[\""
        + name
        + "\"],\"Labels\":{\"ContainerType\":\""
        + type
        + "\"},\"State\":\"running\"}";
  }

  @Test
  void listsPublishedPortsWithTheirServers() {
    fake.on(
        "GET /containers/json",
        (_, response) ->
            response.json(
                200,
                "[{\"Id\":\"1\",\"Names\":[\"/"
                    + server
                    + "\"],\"Labels\":{\"ContainerType\":\"server_process\"},"
                    + "\"Ports\":[{\"IP\":\"10.0.0.1\",\"PublicPort\":99,\"Type\":\"tcp\"},{\"IP\":\"10.0.0.1\",\"PublicPort\":99,\"Type\":\"udp\"},{\"PrivatePort\":5}]},"
                    + "{\"Id\":\"2\",\"Names\":[\"/web\"],\"Labels\":null,\"Ports\":[{\"IP\":\"::\",\"PublicPort\":80}]}]"));

    assertThat(containers.usedPorts())
        .containsExactly(
            new dev.wings.core.container.UsedPort("::", 80, java.util.Optional.empty()),
            new dev.wings.core.container.UsedPort("10.0.0.1", 99, java.util.Optional.of(server)));
  }
}
