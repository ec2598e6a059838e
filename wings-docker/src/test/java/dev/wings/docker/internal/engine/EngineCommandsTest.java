package dev.wings.docker.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Network;
import dev.wings.core.testing.Proves;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.testing.FakeEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// docker-java's commands over our own connection.
class EngineCommandsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path directory;
  private FakeEngine fake;
  private EngineClient client;
  private EngineCommands commands;

  @BeforeEach
  void start() throws IOException {
    fake = new FakeEngine(directory);
    client = new EngineClient(new EngineAddress.Local(fake.socket()));
    commands = new EngineCommands(client);
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    fake.close();
  }

  private void start(String id) {
    commands.run(SECOND, docker -> docker.startContainerCmd(id).exec());
  }

  @Test
  void usesTheNegotiatedVersionAndSendsNoCredentials() {
    fake.on("GET /networks", (_, response) -> response.json(200, "[{\"Name\":\"a\"}]"));

    List<Network> networks = commands.ask(docker -> docker.listNetworksCmd().exec());

    assertThat(networks).extracting(Network::getName).containsExactly("a");
    assertThat(fake.requests("GET /version")).hasSize(1);
    assertThat(fake.requests("GET /networks").getFirst().headers())
        .doesNotContainKeys("x-registry-auth", "content-type");
  }

  @Test
  void encodesWhatGoesIntoPathAndQuery() {
    fake.on("POST /containers/.*", (_, response) -> response.raw("HTTP/1.1 204 X\r\n\r\n"));

    commands.run(SECOND, docker -> docker.killContainerCmd("a b?c").withSignal("x&y=z").exec());

    FakeEngine.Request request = fake.requests("POST .*").getFirst();
    assertThat(request.path()).isEqualTo("/containers/a b?c/kill");
    assertThat(request.query()).containsEntry("signal", "x&y=z");
  }

  @Test
  void aContainerThatAlreadyRunsCountsAsStarted() {
    fake.on("POST /containers/c/start", (_, response) -> response.raw("HTTP/1.1 304 X\r\n\r\n"));

    start("c");

    assertThat(fake.requests("POST /containers/c/start")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 406, 409, 500, 503})
  void refusalsKeepTheirStatusAndTheEnginesWords(int status) {
    fake.on(
        "POST /containers/c/start",
        (_, response) -> response.json(status, "{\"message\":\"port is taken\"}"));

    assertThatThrownBy(() -> start("c"))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.failure()).isEqualTo(Failure.REFUSED);
              assertThat(e.status()).isEqualTo(status);
              assertThat(e).hasMessage("port is taken");
            });
  }

  @Test
  @Proves("DK-03")
  void aHungCommandEndsByItsOwnTimeLimit() {
    fake.on("POST /containers/c/start", (_, response) -> response.hang());

    assertThatThrownBy(() ->
            commands.run(Duration.ofMillis(100), docker -> docker.startContainerCmd("c").exec()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.failure()).isEqualTo(Failure.TIMEOUT));
  }

  @Test
  @Proves("DK-03")
  void anAnswerThatStopsHalfWayEndsByTheSameLimit() {
    fake.on(
        "GET /networks",
        (_, response) -> {
          response.startChunks();
          response.chunk("[{\"Name\":");
          response.hang();
        });

    assertThatThrownBy(
            () -> commands.run(Duration.ofMillis(100), docker -> docker.listNetworksCmd().exec()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.failure()).isEqualTo(Failure.TIMEOUT));
  }

  @Test
  void interruptingTheThreadEndsACommand() throws Exception {
    fake.on("POST /containers/c/start", (_, response) -> response.hang());
    CompletableFuture<EngineException> failure = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                commands.run(Duration.ofMinutes(1), docker -> docker.startContainerCmd("c").exec());
              } catch (EngineException e) {
                failure.complete(e);
              }
            });
    org.awaitility.Awaitility.await()
        .until(() -> !fake.requests("POST /containers/c/start").isEmpty());

    thread.interrupt();

    assertThat(failure.get(10, TimeUnit.SECONDS).failure()).isEqualTo(Failure.INTERRUPTED);
  }

  @Test
  @Proves("DK-02")
  void questionsAreRepeatedWhileTheAnswerIsGarbage() {
    AtomicInteger calls = new AtomicInteger();
    fake.on(
            "GET /networks",
            (_, response) -> response.json(200, calls.incrementAndGet() < 4 ? "[{\"Name\":" : "[]"))
        .on("GET /containers/c/json", (_, response) -> response.json(200, "[]"));

    assertThat(commands.<List<Network>>ask(docker -> docker.listNetworksCmd().exec())).isEmpty();
    assertThatThrownBy(() -> commands.ask(docker -> docker.inspectContainerCmd("c").exec()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.failure()).isEqualTo(Failure.MALFORMED));
    assertThat(fake.requests("GET /containers/c/json")).hasSize(4);
  }

  @Test
  @Proves("DK-02")
  void membersThatTheModelsDoNotUnderstandDoNotHideTheState() {
    fake.on(
        "GET /containers/c/json",
        (_, response) ->
            response.json(
                200,
                """
                {"Id": "c", "Created": {"odd": 1}, "Mounts": "odd", "VolumesRW": [7],
                 "State": {"Status": "running", "Pid": 7, "ExitCode": 0, "Health": "odd"},
                 "Config": {"Tty": true, "Labels": null, "ExposedPorts": {"x/y": {}}, "Volumes": []},
                 "HostConfig": {"CpuQuota": 5, "CapDrop": ["setpcap", "CAP_NEW"], "Binds": ["a:b:c:d"],
                                "LogConfig": {"Type": "games/driver"}, "Isolation": "odd", "Memory": "odd"},
                 "NetworkSettings": {"Ports": {"odd": 1}, "Networks": {"n": {"IPAddress": "10.0.0.2", "Links": "odd"}}}}
                """));

    InspectContainerResponse answer =
        commands.ask(docker -> docker.inspectContainerCmd("c").exec());

    assertThat(answer.getState().getStatus()).isEqualTo("running");
    assertThat(answer.getState().getPidLong()).isEqualTo(7);
    assertThat(answer.getConfig().getTty()).isTrue();
    assertThat(answer.getHostConfig().getCpuQuota()).isEqualTo(5);
    assertThat(answer.getNetworkSettings().getNetworks())
        .hasEntrySatisfying(
            "n", endpoint -> assertThat(endpoint.getIpAddress()).isEqualTo("10.0.0.2"));
  }

  @Test
  void streamsAreRefusedBecauseTheirThreadsWouldBeTheLibrarys() {
    try (EngineTransport transport = new EngineTransport(client, SECOND)) {
      assertThatThrownBy(() ->
              transport.execute(
                  com.github.dockerjava.transport.DockerHttpClient.Request.builder()
                      .method("POST")
                      .path("/containers/c/attach")
                      .hijackedInput(java.io.InputStream.nullInputStream())
                      .build()))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }
}
