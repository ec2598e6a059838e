package dev.wings.daemon.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Walks through the routes as the daemon itself documents them, so a new one is covered by being
/// declared.
@ExtendWith(LeakWatch.class)
@Proves("CF-01")
class AccessTest {
  private static final Set<String> OPEN =
      Set.of("GET /openapi.json", "GET /api/servers/{server}/ws");
  private static final UUID ID = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");

  private ApiFixture api;

  @BeforeEach
  void start() throws IOException {
    api = new ApiFixture();
    api.servers.add(FakeServer.named(ID, "one"));
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private record Declared(String method, String template) {
    String path() {
      return template.replace("{server}", ID.toString()).replace("{file}", "x.log");
    }

    /// Reached by a link that the Panel signed.
    boolean signed() {
      return template.startsWith("/download/") || template.startsWith("/upload/");
    }

    @Override
    public String toString() {
      return method + " " + template;
    }
  }

  private List<Declared> routes() throws IOException {
    List<Declared> routes = new ArrayList<>();
    try (RawClient client = api.client()) {
      JsonNode document =
          Json.mapper()
              .readTree(client.send("GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n").read().body());
      document
          .path("paths")
          .properties()
          .forEach(path ->
              path.getValue()
                  .properties()
                  .forEach(operation ->
                      routes.add(
                          new Declared(
                              operation.getKey().toUpperCase(Locale.ROOT), path.getKey()))));
    }
    assertThat(routes).hasSizeGreaterThan(40);
    return routes;
  }

  private RawClient.Answer call(Declared route, String authorization) throws IOException {
    try (RawClient client = api.client()) {
      RawClient sent =
          client.send(
              route.method()
                  + " "
                  + route.path()
                  + " HTTP/1.1\r\nHost: a\r\nAccept: application/msgpack\r\n"
                  + "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  + authorization
                  + "\r\n");
      return route.method().equals("HEAD") ? sent.readHead() : sent.read();
    }
  }

  @Test
  void everyRouteButTheOpenOnesDemandsTheNodeToken() throws IOException {
    List<String> wrong =
        List.of(
            "Authorization: Bearer wrong\r\n",
            "Authorization: Bearer " + TestConfig.TOKEN + "x\r\n",
            "Authorization: bearer " + TestConfig.TOKEN + "\r\n",
            "Authorization: Basic " + TestConfig.TOKEN + "\r\n");
    int turn = 0; // not all with every route: too many failures would be refused for a while
    for (Declared route : routes()) {
      if (route.signed()) {
        continue;
      }
      for (String credential : List.of("", wrong.get(turn++ % wrong.size()))) {
        RawClient.Answer answer = call(route, credential);
        if (OPEN.contains(route.toString())) {
          assertThat(answer.status()).as(route.toString()).isNotEqualTo(401);
        } else {
          assertThat(answer.status()).as(route.toString()).isEqualTo(401);
          assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
          assertThat(MessagePack.read(answer.body()).path("error").asText())
              .startsWith("invalid authorization");
        }
      }
    }
    assertThat(api.servers.deletions()).isEmpty();
  }

  @Test
  void everySignedRouteDemandsItsOwnToken() throws IOException {
    List<Declared> signed = routes().stream().filter(Declared::signed).toList();
    assertThat(signed).hasSize(8);
    for (Declared route : signed) {
      Declared wrong = new Declared(route.method(), route.template() + "?token=wrong");
      String right = "Authorization: Bearer " + TestConfig.TOKEN + "\r\n";

      assertThat(call(route, right).status()).as(route.toString()).isEqualTo(400);
      assertThat(call(wrong, right).status()).as(route.toString()).isEqualTo(401);
    }
  }

  @Test
  void withTheNodeTokenEveryRouteIsReachedAndAnswersADocument() throws IOException {
    String right = "Authorization: Bearer " + TestConfig.TOKEN + "\r\n";
    for (Declared route : routes()) {
      if (route.method().equals("DELETE") || route.signed()) {
        continue; // would take the server of the others away, or needs another token
      }
      RawClient.Answer answer = call(route, right);
      assertThat(answer.status()).as(route.toString()).isNotEqualTo(401).isNotEqualTo(405);
      if (answer.status() >= 400) {
        assertThat(MessagePack.read(answer.body()).path("error").asText())
            .as(route.toString())
            .isNotEmpty()
            .isNotEqualTo("internal server error")
            .isNotEqualTo("route not found");
      }
    }
  }

  @Test
  void unknownAndMalformedServersAnswerAlikeOnEveryRoute() throws IOException {
    for (Declared route : routes()) {
      if (!route.template().contains("{server}")) {
        continue;
      }
      Declared unknown =
          new Declared(
              route.method(), route.template().replace("{server}", new UUID(9, 9).toString()));
      RawClient.Answer answer = call(unknown, "Authorization: Bearer " + TestConfig.TOKEN + "\r\n");
      assertThat(answer.status()).as(route.toString()).isEqualTo(404);
      assertThat(MessagePack.read(answer.body()).path("error").asText())
          .isEqualTo("server not found");
      Declared malformed =
          new Declared(route.method(), route.template().replace("{server}", "nonsense"));
      assertThat(call(malformed, "Authorization: Bearer " + TestConfig.TOKEN + "\r\n").status())
          .isEqualTo(400);
    }
  }

  @Test
  void routesOfFeaturesThatDoNotExistYetAreNotFound() throws IOException {
    for (String path : List.of("/files/none", "/backups", "/transfer", "/gamedig", "/install")) {
      RawClient.Answer answer = api.call("GET", "/api/servers/" + ID + path, "");
      assertThat(answer.status()).as(path).isEqualTo(404);
      assertThat(api.document(answer).path("error").asText()).isEqualTo("route not found");
    }
  }

  @Test
  void theDocumentCanBeSwitchedOff() throws IOException {
    try (ApiFixture closed =
        new ApiFixture(new TestConfig().set("api.disable_openapi_docs", true), "")) {
      assertThat(closed.call("GET", "/openapi.json", "").status()).isEqualTo(404);
    }
  }
}
