package dev.wings.daemon.panel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpServer;
import dev.wings.core.backup.BackupJson;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelException;
import dev.wings.core.testing.PanelSamples;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Calls about backups as the real Panel saw and answered them.
@Timeout(60)
class BackupCallsReplayTest {
  private static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");

  private final List<Duration> pauses = new ArrayList<>();
  private HttpServer http;
  private HttpPanelClient client;
  private volatile JsonNode exchange = MissingNode.getInstance();
  private volatile String seen = "";
  private volatile JsonNode sent = MissingNode.getInstance();
  private volatile String contentType = "";

  @BeforeEach
  void open() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/api/remote/backups",
        request -> {
          try (request) {
            seen = request.getRequestMethod() + " " + request.getRequestURI();
            byte[] body = request.getRequestBody().readAllBytes();
            sent = body.length == 0 ? MissingNode.getInstance() : Json.mapper().readTree(body);
            contentType = String.valueOf(request.getRequestHeaders().getFirst("Content-Type"));
            byte[] answer =
                exchange.path("response_body_base64").isTextual()
                    ? PanelSamples.bytes(exchange, "response_body_base64")
                    : new byte[0];
            String type = exchange.at("/response_headers/content-type").asText();
            if (!type.isEmpty()) {
              request.getResponseHeaders().set("Content-Type", type);
            }
            request.sendResponseHeaders(
                exchange.path("status").asInt(), answer.length == 0 ? -1 : answer.length);
            request.getResponseBody().write(answer);
          }
        });
    http.start();
    client =
        new HttpPanelClient(
            new PanelOptions(
                URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/api/remote"),
                "Bearer id.token",
                "calagopus wings/v1.0.0 (id:id)",
                Map.of(),
                /* retryLimit= */ 10,
                /* perPage= */ 2,
                /* verifyCertificate= */ true),
            new Random(1),
            _ -> {},
            () -> Instant.EPOCH,
            pauses::add,
            null);
  }

  @AfterEach
  void close() {
    client.close();
    http.stop(0);
  }

  private static UUID backup(JsonNode recorded) {
    return UUID.fromString(recorded.path("path").asText().split("/")[4]);
  }

  private void call(JsonNode recorded, Runnable call) {
    exchange = recorded;
    int status = recorded.path("status").asInt();
    if (status < 300) {
      call.run();
    } else {
      PanelException refusal = catchThrowableOfType(PanelException.class, call::run);
      assertThat(refusal.status()).isEqualTo(status);
      assertThat(pauses).isEmpty();
    }
    String query = recorded.path("query").isNull() ? "" : "?" + recorded.path("query").asText();
    assertThat(seen)
        .isEqualTo(recorded.path("method").asText() + " " + recorded.path("path").asText() + query);
  }

  private static Stream<JsonNode> recorded(String name) {
    return PanelSamples.exchanges("remote/" + name).stream();
  }

  /// What a daemon sent and the Panel understood, in the form that it demands.
  static Stream<JsonNode> results() {
    return recorded("backup-finished")
        .filter(e -> e.path("method").asText().equals("POST") && e.path("status").asInt() == 200);
  }

  @ParameterizedTest
  @MethodSource("results")
  void resultIsSentAsTheRealDaemonSendsIt(JsonNode recorded) {
    JsonNode body = recorded.path("request_body");
    BackupResult result = BackupJson.read(body);

    call(
        recorded,
        () -> client.reportBackup(backup(recorded), body.path("successful").asBoolean(), result));

    assertThat(sent).isEqualTo(body);
    assertThat(contentType).isEqualTo("application/json");
  }

  static Stream<JsonNode> restores() {
    return recorded("backup-restore").filter(e -> e.at("/request_body/server_uuid").isTextual());
  }

  @ParameterizedTest
  @MethodSource("restores")
  void endOfARestoreIsSent(JsonNode recorded) {
    JsonNode body = recorded.path("request_body");

    call(
        recorded,
        () ->
            client.reportRestore(
                UUID.fromString(body.path("server_uuid").asText()),
                backup(recorded),
                body.path("successful").asBoolean()));

    assertThat(sent).isEqualTo(body);
  }

  static Stream<JsonNode> deletions() {
    return recorded("backup-deletion");
  }

  @ParameterizedTest
  @MethodSource("deletions")
  void endOfADeletionIsSent(JsonNode recorded) {
    boolean successful = recorded.at("/request_body/successful").asBoolean();

    call(recorded, () -> client.reportDeletion(backup(recorded), successful));

    assertThat(sent).isEqualTo(recorded.path("request_body"));
  }

  static Stream<JsonNode> parts() {
    return recorded("backup-s3-parts").filter(e -> !e.path("query").isNull());
  }

  @ParameterizedTest
  @MethodSource("parts")
  void urlsOfPartsAreRead(JsonNode recorded) {
    int from = Integer.parseInt(recorded.path("query").asText().split("=")[1]);

    call(
        recorded,
        () -> {
          PartUrls urls = client.parts(backup(recorded), from);
          JsonNode answer = recorded.path("response_body");
          assertThat(urls.partSize()).isEqualTo(answer.path("part_size").asLong());
          assertThat(urls.urls())
              .hasSize(answer.path("parts").size())
              .startsWith(answer.at("/parts/0").asText());
          assertThat(urls.toString()).doesNotContain("http");
        });
  }

  @Test
  void callThatThisPanelDoesNotHaveIsNotRepeated() {
    JsonNode recorded =
        recorded("backup-finished")
            .filter(e -> e.path("status").asInt() == 405)
            .findFirst()
            .orElseThrow();

    call(recorded, () -> client.allParts(backup(recorded), 1048576));
  }

  static Stream<JsonNode> repositories() {
    return recorded("backup-restic");
  }

  @ParameterizedTest
  @MethodSource("repositories")
  void repositoryIsRead(JsonNode recorded) {
    call(
        recorded,
        () -> {
          ResticRepository found = client.restic(backup(recorded));
          JsonNode answer = recorded.path("response_body");
          assertThat(found.repository()).isEqualTo(answer.path("repository").asText());
          assertThat(found.retryLockSeconds()).isEqualTo(60);
          assertThat(found.passwordFile()).isEmpty();
          assertThat(found.environment().keySet())
              .containsExactly("RESTIC_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
          assertThat(found.toString()).doesNotContain("restic-pw", "rest:");
        });
  }

  @Test
  void answerWithoutABodyIsEnoughForAResult() throws IOException {
    exchange = Json.mapper().readTree("{\"status\":204}".getBytes(UTF_8));

    client.reportBackup(SERVER, false, BackupResult.FAILED);
    client.reportRestore(SERVER, SERVER, true);

    assertThat(sent.path("successful").asBoolean()).isTrue();
  }
}
