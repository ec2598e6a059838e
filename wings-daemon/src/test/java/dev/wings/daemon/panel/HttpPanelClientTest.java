package dev.wings.daemon.panel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.panel.PanelException;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpPanelClientTest {
  private static final UUID LIVE = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");

  private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

  private final List<Duration> pauses = new ArrayList<>();
  private final AtomicReference<Instant> panelTime = new AtomicReference<>();
  private ScriptedPanel panel;
  private HttpPanelClient client;

  @BeforeEach
  void open() throws IOException {
    panel = new ScriptedPanel();
    client = client(panel.url(), Map.of());
  }

  @AfterEach
  void close() {
    client.close();
    panel.close();
  }

  private HttpPanelClient client(URI url, Map<String, String> headers) {
    PanelOptions options =
        new PanelOptions(
            URI.create(url + "/api/remote"),
            "Bearer " + ScriptedPanel.TOKEN_ID + "." + ScriptedPanel.TOKEN,
            "calagopus wings/v1.0.0 (id:" + ScriptedPanel.TOKEN_ID + ")",
            headers,
            /* retryLimit= */ 4,
            /* perPage= */ 2,
            /* verifyCertificate= */ true);
    return new HttpPanelClient(
        options, new Random(1), panelTime::set, () -> NOW, pauses::add, null);
  }

  /// The recorded definition of a real server, under another id.
  private static ObjectNode definition(UUID id) {
    JsonNode recorded =
        PanelSamples.exchanges("remote/server-definition-full").getFirst().path("response_body");
    ObjectNode copy = recorded.deepCopy();
    ((ObjectNode) copy.path("settings")).put("uuid", id.toString());
    return copy;
  }

  @Test
  void readsEveryPageOfTheList() {
    List<UUID> ids = List.of(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
    ids.forEach(id -> panel.define(definition(id)));

    List<ServerDefinition> servers = client.servers();

    assertThat(servers).extracting(ServerDefinition::uuid).containsExactlyElementsOf(ids);
    assertThat(panel.requests())
        .containsExactly(
            "GET /api/remote/servers?page=1&per_page=2",
            "GET /api/remote/servers?page=2&per_page=2");
    assertThat(panel.violations()).isEmpty();
  }

  @Test
  void oneUnreadableDefinitionCostsOnlyItself() {
    UUID good = UUID.randomUUID();
    ObjectNode bad = definition(UUID.randomUUID());
    ((ObjectNode) bad.path("settings")).put("invocation", 5).remove("container");
    panel.define(bad);
    panel.define(definition(good));

    assertThat(client.servers()).extracting(ServerDefinition::uuid).contains(good);
  }

  @Test
  void anEmptyNodeHasNoServers() {
    assertThat(client.servers()).isEmpty();
  }

  @Test
  void aServerOfAnotherNodeIsAbsent() {
    assertThat(client.server(LIVE)).isEmpty();
  }

  @Test
  void failuresOfThePanelAreRetriedWithGrowingPauses() {
    panel.answerEverythingWith(503);

    assertThatThrownBy(client::resetServers)
        .isInstanceOfSatisfying(PanelException.class, e -> assertThat(e.status()).isEqualTo(503));

    assertThat(panel.requests()).hasSize(4);
    assertThat(pauses).hasSize(3);
    for (int n = 1; n <= 3; n++) {
      assertThat(pauses.get(n - 1))
          .isBetween(Duration.ofSeconds((long) n * n), Duration.ofMillis(1300L * n * n));
    }
  }

  @Test
  @Proves("PN-05")
  void refusalsAreNotRetried() {
    panel.answerEverythingWith(401);

    assertThatThrownBy(client::resetServers).isInstanceOf(PanelException.class);

    assertThat(panel.requests()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "20 | 20",
        "' 7 ' | 7",
        "86400 | 3600",
        "999999999 | 3600",
        "-5 | 0",
        "99999999999999999999 | 0",
        "Wed, 25 Nov 2026 10:00:30 GMT | 30",
        "Wed, 25 Nov 2026 09:00:00 GMT | 0",
        "Wed, 25 Nov 2037 09:00:00 GMT | 3600",
        "soon | 0",
        "'' | 0"
      })
  @Proves("PN-05")
  void theWishToWaitIsReadAsSecondsAndAsDate(String header, long seconds) {
    HttpHeaders headers = HttpHeaders.of(Map.of("Retry-After", List.of(header)), (_, _) -> true);

    assertThat(RetryAfter.read(headers, () -> NOW)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void aDateToWaitForIsComparedWithTheDateOfTheAnswer() {
    HttpHeaders headers =
        HttpHeaders.of(
            Map.of(
                "Date", List.of("Sat, 01 Jan 2000 00:00:00 GMT"),
                "Retry-After", List.of("Sat, 01 Jan 2000 00:00:40 GMT")),
            (_, _) -> true);

    assertThat(RetryAfter.read(headers, () -> NOW)).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  @Proves("PN-05")
  void aShortWishToWaitIsGrantedAndALongOneEndsTheCall() {
    panel.answerEverythingWith(429, Map.of("Retry-After", "45"));
    assertThatThrownBy(client::resetServers).isInstanceOf(PanelException.class);
    assertThat(pauses).hasSize(3).containsOnly(Duration.ofSeconds(45));
    int before = panel.requests().size();

    panel.answerEverythingWith(503, Map.of("Retry-After", "600"));

    assertThatThrownBy(client::resetServers)
        .isInstanceOfSatisfying(
            PanelException.class,
            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofMinutes(10)));
    assertThat(panel.requests()).hasSize(before + 1);
  }

  @Test
  void anAbsentPanelIsUnavailableWithoutStatus() {
    panel.goAway();

    assertThatThrownBy(client::resetServers)
        .isInstanceOfSatisfying(
            PanelException.class,
            e -> {
              assertThat(e.status()).isZero();
              assertThat(e.unavailable()).isTrue();
            });
  }

  @Test
  void aTruncatedListIsAFailureNotAnEmptyNode() {
    panel.answerListWith("{\"data\":[{\"settings\":");

    assertThatThrownBy(client::servers).isInstanceOf(PanelException.class);
  }

  @Test
  void resultsAreSentOnceAndStrictly() {
    UUID id = UUID.randomUUID();
    panel.define(definition(id));
    Activity activity =
        new Activity(
            new Actor(UUID.randomUUID(), "192.0.2.7", null),
            id,
            "server:power.start",
            null,
            Instant.parse("2026-11-25T10:00:00Z"));

    client.reportInstallation(id, true, false);
    client.reportActivity(List.of(activity));

    assertThat(panel.installResults())
        .containsExactly(new ScriptedPanel.InstallResult(id, true, false));
    assertThat(panel.activity())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.path("ip").asText()).isEqualTo("192.0.2.7");
          assertThat(entry.has("metadata")).isTrue();
          assertThat(entry.path("schedule").isNull()).isTrue();
        });
    assertThat(panel.violations()).isEmpty();
  }

  @Test
  void extraHeadersMayReplaceAnyHeaderAndInvalidOnesAreSkipped() {
    client.close();
    client = client(panel.url(), Map.of("User-Agent", "other", "bad header", "x"));

    assertThatThrownBy(client::resetServers)
        .isInstanceOf(PanelException.class)
        .hasMessageContaining("unexpected user agent other");
  }

  @Test
  void thePanelsClockIsObserved() {
    client.resetServers();

    assertThat(panelTime.get())
        .isBetween(Instant.now().minusSeconds(30), Instant.now().plusSeconds(30));
  }

  @Test
  void errorsAreReadInEveryShapeThatPanelsUse() {
    assertThat(
            PanelErrors.read(
                "{\"errors\":[\"a\",\"b\"]}".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .containsExactly("a", "b");
    assertThat(
            PanelErrors.read(
                "{\"errors\":[{\"code\":\"X\",\"status\":\"404\",\"detail\":\"gone\"}]}"
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .containsExactly("gone");
    assertThat(PanelErrors.read("<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .containsExactly("<html>");
    assertThat(PanelErrors.read(new byte[0])).isEmpty();
  }
}
