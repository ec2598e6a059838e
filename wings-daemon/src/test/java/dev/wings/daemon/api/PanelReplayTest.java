package dev.wings.daemon.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.MessagePack;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.server.ServerLock;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.PanelSamples;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sends what Panel 1.2.0 really sent, byte for byte, and compares the shape of the answers with
/// those that it was seen to accept.
@ExtendWith(LeakWatch.class)
class PanelReplayTest {
  private static final JsonNode KEYS = PanelSamples.read("tokens/keys");

  @TempDir Path logs;

  private ApiFixture api;

  @BeforeEach
  void start() throws IOException {
    TestConfig config =
        new TestConfig()
            .set("token", KEYS.at("/node/node_token").asText())
            .set("system.log_directory", logs.toString());
    api = new ApiFixture(config, "");
    Files.writeString(logs.resolve("wings.log"), "one\ntwo\nthree\n");
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private FakeServer server(String path) {
    UUID id = UUID.fromString(path.split("/")[3]);
    FakeServer server = FakeServer.named(id, "recorded");
    server.become(ServerState.RUNNING);
    server.willLog(List.of("line"));
    server.willInstallLog(List.of("installed"));
    api.servers.add(server);
    return server;
  }

  private RawClient.Answer replay(JsonNode exchange) throws IOException {
    StringBuilder head = new StringBuilder();
    String query = exchange.path("query").asText("");
    boolean queried = !exchange.path("query").isNull() && !query.isEmpty();
    head.append(exchange.path("method").asText())
        .append(' ')
        .append(exchange.path("path").asText())
        .append(queried ? "?" + query : "")
        .append(" HTTP/1.1\r\nHost: node\r\n");
    exchange
        .path("request_headers")
        .properties()
        .forEach(header ->
            head.append(header.getKey())
                .append(": ")
                .append(
                    header
                        .getValue()
                        .asText()
                        .replaceAll("\\{node2?_token}", KEYS.at("/node/node_token").asText()))
                .append("\r\n"));
    byte[] body = new byte[0];
    if (!exchange.path("request_body_base64").isMissingNode()
        && !exchange.path("request_body_base64").isNull()) {
      body = PanelSamples.bytes(exchange, "request_body_base64");
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    try (RawClient client = api.client()) {
      return client.send(head.append("\r\n").toString().getBytes(ISO_8859_1)).send(body).read();
    }
  }

  static Stream<String> structuredRoutes() {
    return Stream.of(
        "servers",
        "servers-power",
        "servers-utilization",
        "server",
        "server-power",
        "server-commands",
        "server-sync",
        "server-reinstall",
        "server-install-abort",
        "server-ws-deny",
        "server-ws-permissions",
        "system-config",
        "system-logs",
        "system-overview",
        "system-stats",
        "update",
        "ports-used");
  }

  @ParameterizedTest
  @MethodSource("structuredRoutes")
  void everyRecordedRequestIsUnderstood(String route) throws IOException {
    int replayed = 0;
    for (JsonNode exchange : PanelSamples.exchanges("node-api/" + route)) {
      String path = exchange.path("path").asText();
      if (path.matches("/api/servers/[0-9a-f-]{36}.*")) {
        FakeServer server = server(path);
        if (route.equals("server-install-abort")) {
          server.becomeLocked(ServerLock.INSTALLING);
        }
      }
      RawClient.Answer answer = replay(exchange);
      String what = exchange.path("note").asText();
      assertThat(answer.status()).as(what).isBetween(200, 299);
      assertThat(answer.header("content-type")).isEqualTo("application/msgpack");
      assertThat(answer.body()).as(what).isNotEmpty();
      JsonNode document = MessagePack.read(answer.body());
      boolean accepted =
          exchange.path("answer_constructed").asBoolean()
              && exchange.path("panel_result").has("ok");
      if (accepted && exchange.path("status").asInt() < 300) {
        assertThat(answer.status()).as(what).isEqualTo(exchange.path("status").asInt());
        sameShape(exchange.path("response_body"), document, what);
      }
      replayed++;
    }
    assertThat(replayed).isPositive();
  }

  /// Every member that the Panel accepted is there, with the same type family. Maps with ids or
  /// addresses as keys are compared by their values.
  private static void sameShape(JsonNode expected, JsonNode actual, String where) {
    if (expected.isObject()) {
      assertThat(actual.isObject()).as(where).isTrue();
      expected
          .properties()
          .forEach(member -> {
            if (actual.has(member.getKey())) {
              sameShape(
                  member.getValue(), actual.get(member.getKey()), where + "." + member.getKey());
            } else {
              boolean dynamicKey = member.getKey().matches("[0-9a-f-]{36}|[0-9.:]+");
              assertThat(dynamicKey).as(where + "." + member.getKey()).isTrue();
            }
          });
    } else if (expected.isArray()) {
      assertThat(actual.isArray()).as(where).isTrue();
      if (!expected.isEmpty() && !actual.isEmpty()) {
        sameShape(expected.get(0), actual.get(0), where + "[0]");
      }
    } else if (expected.isNumber()) {
      assertThat(actual.isNumber()).as(where).isTrue();
      if (expected.isIntegralNumber()) {
        assertThat(actual.isIntegralNumber()).as(where).isTrue();
      }
    } else if (!expected.isNull() && !actual.isNull()) {
      assertThat(actual.getNodeType()).as(where).isEqualTo(expected.getNodeType());
    }
  }

  @Test
  void recordedRequestsHaveTheirEffect() throws IOException {
    for (JsonNode exchange : PanelSamples.exchanges("node-api/server-power")) {
      FakeServer server = server(exchange.path("path").asText());
      replay(exchange);
      assertThat(server.powerRequests()).hasSize(1);
      assertThat(server.powerRequests().getFirst().action())
          .isEqualTo(
              PowerAction.fromWire(exchange.at("/request_body/action").asText()).orElseThrow());
      assertThat(server.powerRequests().getFirst().checked()).isFalse();
    }
    for (JsonNode exchange : PanelSamples.exchanges("node-api/server-sync")) {
      FakeServer server = server(exchange.path("path").asText());
      replay(exchange);
      assertThat(server.syncs()).as(exchange.path("note").asText()).hasSize(1);
      assertThat(server.definition().settings().meta().name())
          .isEqualTo(exchange.at("/request_body/server/settings/meta/name").asText());
    }
    for (JsonNode exchange : PanelSamples.exchanges("node-api/server-reinstall")) {
      FakeServer server = server(exchange.path("path").asText());
      replay(exchange);
      assertThat(server.reinstalls()).hasSize(1);
      assertThat(server.reinstalls().getFirst().truncate())
          .isEqualTo(exchange.at("/request_body/truncate_directory").asBoolean());
      assertThat(server.reinstalls().getFirst().script()).isNotNull();
    }
    for (JsonNode exchange : PanelSamples.exchanges("node-api/server-ws-permissions")) {
      FakeServer server = server(exchange.path("path").asText());
      replay(exchange);
      UUID user = UUID.fromString(exchange.at("/request_body/user_permissions/0/user").asText());
      boolean revoked = exchange.at("/request_body/user_permissions/0/permissions").isEmpty();
      assertThat(server.permissions().find(user).isEmpty()).isEqualTo(revoked);
    }
    replay(PanelSamples.exchanges("node-api/server-ws-deny").getFirst());
    assertThat(api.denyList.denies("4f15bee2-7626-4c39-9234-f28f42d30dc5", 0)).isTrue();
  }

  @Test
  void creationIsPassedOnAsItWasAsked() throws IOException {
    for (JsonNode exchange : PanelSamples.exchanges("node-api/servers")) {
      replay(exchange);
    }

    assertThat(api.servers.creations()).hasSize(4);
    assertThat(api.servers.creations().getFirst().startOnCompletion()).isTrue();
    assertThat(api.servers.creations().getFirst().skipScripts()).isFalse();
    assertThat(replay(PanelSamples.exchanges("node-api/servers").getFirst()).status())
        .isEqualTo(409);
  }

  @Test
  void textRoutesAnswerPlainText() throws IOException {
    for (String route : List.of("server-logs", "server-logs-install", "system-logs-file")) {
      for (JsonNode exchange : PanelSamples.exchanges("node-api/" + route)) {
        String path = exchange.path("path").asText();
        if (path.startsWith("/api/servers/")) {
          server(path);
        }
        RawClient.Answer answer = replay(exchange);
        if (path.endsWith("nope.log")) {
          assertThat(answer.status()).isEqualTo(404);
          assertThat(MessagePack.read(answer.body()).path("error").asText())
              .isEqualTo("log file not found");
        } else {
          assertThat(answer.status()).isEqualTo(200);
          assertThat(answer.header("content-type")).startsWith("text/plain");
          assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
          assertThat(answer.text()).isNotEmpty();
        }
      }
    }
  }

  @Test
  void anOfflineServerRefusesCommandsWithTheRecordedWords() throws IOException {
    JsonNode exchange = PanelSamples.exchanges("node-api/server-commands").get(1);
    FakeServer server = server(exchange.path("path").asText());
    server.become(ServerState.OFFLINE);

    RawClient.Answer answer = replay(exchange);

    assertThat(answer.status()).isEqualTo(417);
    assertThat(answer.body()).isEqualTo(PanelSamples.bytes(exchange, "response_body_base64"));
  }

  @Test
  void maintenanceOfResticIsStarted() throws IOException {
    JsonNode exchange = PanelSamples.exchanges("node-api/system-restic-prune").getFirst();

    RawClient.Answer answer = replay(exchange);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body()).isEqualTo(PanelSamples.bytes(exchange, "response_body_base64"));
    await()
        .atMost(Duration.ofSeconds(30)) // nobody answers for the repository, or there is no restic
        .until(() -> replay(lastPrune(exchange)).status() == 200);
    JsonNode result = MessagePack.read(replay(lastPrune(exchange)).body()).path("result");
    assertThat(result.path("successful").asBoolean()).isFalse();
    assertThat(result.path("stderr").asText()).isNotEmpty().doesNotContain("restic-pw");
  }

  private static JsonNode lastPrune(JsonNode exchange) {
    ObjectNode get = exchange.deepCopy();
    get.put("method", "GET").remove(List.of("request_body_base64"));
    ((ObjectNode) get.path("request_headers")).remove("content-type");
    return get;
  }
}
