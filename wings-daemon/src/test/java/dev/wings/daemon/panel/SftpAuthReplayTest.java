package dev.wings.daemon.panel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.panel.SftpAttempt;
import dev.wings.core.permission.Permission;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the real Panel answered to logins, in both formats it speaks.
@Timeout(60)
class SftpAuthReplayTest {
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private HttpServer http;
  private HttpPanelClient client;
  private volatile int status;
  private volatile String contentType = "application/json";
  private volatile byte[] body = new byte[0];
  private volatile String retryAfter = "";

  @BeforeEach
  void open() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/api/remote/sftp/auth",
        exchange -> {
          try (exchange) {
            requests.add(Json.mapper().readTree(exchange.getRequestBody().readAllBytes()));
            exchange.getResponseHeaders().set("Content-Type", contentType);
            if (!retryAfter.isEmpty()) {
              exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    http.start();
    PanelOptions options =
        new PanelOptions(
            URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/api/remote"),
            "Bearer id.token",
            "calagopus wings/v1.0.0 (id:id)",
            Map.of(),
            /* retryLimit= */ 10,
            /* perPage= */ 2,
            /* verifyCertificate= */ true);
    client =
        new HttpPanelClient(
            options, new Random(1), _ -> {}, () -> Instant.EPOCH, pauses::add, null);
  }

  @AfterEach
  void close() {
    client.close();
    http.stop(0);
  }

  static Stream<JsonNode> exchanges() {
    return PanelSamples.exchanges("remote/sftp-auth").stream()
        .filter(exchange ->
            Stream.of("password", "public_key")
                .anyMatch(exchange.at("/request_body/type").asText()::equals));
  }

  private void answer(JsonNode exchange) {
    status = exchange.path("status").asInt();
    contentType = exchange.at("/response_headers/content-type").asText();
    retryAfter = exchange.at("/response_headers/retry-after").asText("");
    body = PanelSamples.bytes(exchange, "response_body_base64");
  }

  private static SftpAttempt attempt(JsonNode exchange) {
    JsonNode body = exchange.path("request_body");
    return new SftpAttempt(
        body.path("type").asText().equals("password")
            ? SftpAttempt.Kind.PASSWORD
            : SftpAttempt.Kind.PUBLIC_KEY,
        body.path("username").asText(),
        body.path("password").asText());
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void understandsEachRecordedAnswer(JsonNode exchange) {
    answer(exchange);

    if (status == 200) {
      SftpAccess access = client.sftpAuth(attempt(exchange));
      JsonNode expected = exchange.path("response_body");
      assertThat(access.user()).hasToString(expected.path("user").asText());
      assertThat(access.server()).hasToString(expected.path("server").asText());
      assertThat(access.permissions().allows(Permission.FILE_SFTP)).isTrue();
      assertThat(access.permissions().allows(Permission.META_CALAGOPUS)).isTrue();
      assertThat(access.ignoredFiles()).hasSize(expected.path("ignored_files").size());
    } else {
      PanelException refused =
          catchThrowableOfType(PanelException.class, () -> client.sftpAuth(attempt(exchange)));
      assertThat(refused.status()).isEqualTo(status);
      assertThat(refused.unavailable()).isEqualTo(status == 429);
    }
    assertThat(requests).hasSize(1);
    assertThat(pauses).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void asksAsTheOriginalDid(JsonNode exchange) {
    answer(exchange);
    try {
      client.sftpAuth(attempt(exchange));
    } catch (PanelException refused) {
      assertThat(status).isNotEqualTo(200);
    }

    JsonNode recorded = exchange.path("request_body");
    JsonNode sent = requests.getFirst();
    for (String member : List.of("type", "username", "password")) {
      assertThat(sent.path(member)).isEqualTo(recorded.path(member));
    }
    assertThat(sent.size()).isEqualTo(3);
  }

  @Test
  @Proves("PN-05")
  void anOutageIsTriedOnceMoreAndNeverTakenForARefusal() {
    status = 503;

    PanelException away =
        catchThrowableOfType(
            PanelException.class, () -> client.sftpAuth(attempt(exchanges().findFirst().get())));

    assertThat(away.unavailable()).isTrue();
    assertThat(requests).hasSize(2);
    assertThat(pauses).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("broken")
  void anAnswerThatIsWrongOpensNothing(String text) {
    status = 200;
    body = text.getBytes(StandardCharsets.UTF_8);

    PanelException refused =
        catchThrowableOfType(
            PanelException.class, () -> client.sftpAuth(attempt(exchanges().findFirst().get())));

    assertThat(refused.unavailable()).isTrue();
  }

  static Stream<String> broken() {
    String id = UUID.randomUUID().toString();
    String ids = "\"user\":\"" + id + "\",\"server\":\"" + id + "\"";
    return Stream.of(
        "",
        "{}",
        "<html>",
        "{\"user\":\"x\",\"server\":\"" + id + "\",\"permissions\":[\"*\"]}",
        "{" + ids + ",\"permissions\":\"*\"}",
        "{" + ids + ",\"permissions\":[\"*\"],\"ignored_files\":[5]}",
        "{" + ids + ",\"permissions\":[\"*\"],\"ignored_files\":{\"a\":\"b\"}}");
  }

  @Test
  void aPanelWithoutIgnoredFilesHidesNothing() {
    UUID user = UUID.randomUUID();
    UUID server = UUID.randomUUID();
    status = 200;
    body =
        ("{\"user\":\""
                + user
                + "\",\"server\":\""
                + server
                + "\",\"permissions\":[\"file.sftp\"]}")
            .getBytes(StandardCharsets.UTF_8);

    SftpAccess access = client.sftpAuth(attempt(exchanges().findFirst().get()));

    assertThat(access.ignoredFiles()).isEmpty();
    assertThat(access.permissions().allows(Permission.FILE_SFTP)).isTrue();
  }

  @Test
  @Proves("LG-01")
  void anAttemptNeverShowsItsSecret() {
    assertThat(new SftpAttempt(SftpAttempt.Kind.PASSWORD, "a.12345678", "hunter2").toString())
        .doesNotContain("hunter2");
  }
}
