package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.docker.internal.engine.EngineAddress;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.testing.FakeEngine;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What the calls put on the wire, and what they make of odd answers.
class ContainerCallsTest {
  @TempDir Path directory;
  private FakeEngine fake;
  private EngineClient client;
  private ContainerCalls calls;

  @BeforeEach
  void start() throws IOException {
    fake = new FakeEngine(directory);
    client = new EngineClient(new EngineAddress.Local(fake.socket()));
    calls = new ContainerCalls(new EngineCommands(client));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    fake.close();
  }

  private CreateRequest request(String... settings) {
    return CreateRequest.of(
        new ContainerRequest.ServerProcess(
            TestNode.server(UUID.randomUUID(), "x", settings), "/volume"),
        TestNode.config(directory),
        new FakeHost(),
        "AbCd1234");
  }

  private static JsonNode json(String text) throws IOException {
    return Json.mapper().readTree(text);
  }

  @Test
  void anUpdateSendsTheLimitsAndNothingElse() throws IOException {
    fake.on("POST /containers/c/update", (_, response) -> response.json(200, "{\"Warnings\":[]}"));

    calls.update(
        "c",
        Resources.of(
                TestNode.server(
                        UUID.randomUUID(),
                        "x",
                        "/build/memory_limit",
                        "1024",
                        "/build/cpu_limit",
                        "150",
                        "/build/threads",
                        "\"0,2\"",
                        "/build/io_weight",
                        "500")
                    .build(),
                TestNode.config(directory).docker(),
                new FakeHost())
            ::writeTo);
    calls.update("c", limits -> limits.withCpuQuota(-1L));

    List<FakeEngine.Request> sent = fake.requests("POST /containers/c/update");
    assertThat(json(sent.get(0).body()))
        .isEqualTo(
            json(
                """
                {"Memory": 1234173952, "MemoryReservation": 1073741824, "MemorySwap": 1234173952,
                 "CpuQuota": 150000, "CpuPeriod": 100000, "CpusetCpus": "0,2",
                 "PidsLimit": 5120, "BlkioWeight": 500, "OomKillDisable": false}
                """));
    assertThat(json(sent.get(1).body())).isEqualTo(json("{\"CpuQuota\": -1}"));
  }

  @Test
  void listsWithTheEnginesFilters() throws IOException {
    fake.on("GET /containers/json", (_, response) -> response.json(200, "[]"));

    calls.list(
        /* all= */ true,
        Map.of("name", List.of("n"), "label", List.of("A=b"), "status", List.of("running")));

    FakeEngine.Request request = fake.requests("GET /containers/json").getFirst();
    assertThat(request.query()).containsEntry("all", "true");
    assertThat(json(request.query().getOrDefault("filters", "")))
        .isEqualTo(json("{\"name\":[\"n\"],\"label\":[\"A=b\"],\"status\":[\"running\"]}"));
  }

  @Test
  void createsUnderTheNameOfTheRequest() {
    fake.on("POST /containers/create", (_, response) -> response.json(201, "{\"Id\":\"c1\"}"));
    CreateRequest request = request();

    assertThat(calls.create(request.body())).isEqualTo("c1");
    assertThat(fake.requests("POST /containers/create").getFirst().query())
        .isEqualTo(Map.of("name", request.name()));
  }

  @Test
  @Proves("LG-04")
  void theEnvironmentOfAServerIsNotLogged() {
    fake.on("POST /containers/create", (_, response) -> response.json(201, "{\"Id\":\"c1\"}"));
    ListAppender<ILoggingEvent> events = new ListAppender<>();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Level before = root.getLevel();
    events.start();
    root.addAppender(events);
    root.setLevel(Level.TRACE);
    try {
      calls.create(request("/environment", "{\"RCON_PASSWORD\":\"canary\"}").body());
    } finally {
      root.setLevel(before);
      root.detachAppender(events);
    }

    assertThat(fake.requests("POST /containers/create").getFirst().body()).contains("canary");
    assertThat(events.list).isNotEmpty();
    assertThat(List.copyOf(events.list))
        .allSatisfy(event -> assertThat(event.getFormattedMessage()).doesNotContain("canary"));
  }

  @Test
  @Proves("DK-02")
  void anInspectWithoutStateIsNoAnswer() {
    fake.on("GET /containers/c/json", (_, response) -> response.json(200, "{\"Id\":\"c\"}"));

    assertThatThrownBy(() -> calls.inspect("c"))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.failure()).isEqualTo(Failure.MALFORMED));
  }
}
