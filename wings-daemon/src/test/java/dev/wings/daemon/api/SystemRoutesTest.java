package dev.wings.daemon.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.UsedPort;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class SystemRoutesTest {
  private static final String UPGRADE =
      """
      {"url":"https://x/","headers":{},"sha256":"00","restart_command":"x","restart_command_args":[]}\
      """;

  @TempDir Path logs;

  private ApiFixture api;

  @BeforeEach
  void start() throws IOException {
    api = new ApiFixture(new TestConfig().set("system.log_directory", logs.toString()), "");
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private JsonNode get(String target) throws IOException {
    RawClient.Answer answer = api.call("GET", target, "");
    assertThat(answer.status()).as(target).isEqualTo(200);
    return api.document(answer);
  }

  private static String containerType(String variable) throws IOException {
    try (ApiFixture other = new ApiFixture(new TestConfig(), variable)) {
      return other
          .document(other.call("GET", "/api/system/overview", ""))
          .path("container_type")
          .asText();
    }
  }

  @Test
  void systemTellsPlatformAndVersion() throws IOException {
    JsonNode system = get("/api/system");

    assertThat(system.path("architecture").asText()).isNotIn("", "amd64", "arm64");
    assertThat(system.path("cpu_count").asInt()).isPositive();
    assertThat(system.path("os").asText()).isEqualTo("linux");
    assertThat(system.path("version").asText()).isEqualTo("0.1.0");
    assertThat(system.path("bandwidth").toString())
        .isEqualTo("{\"enabled\":true,\"ready\":false,\"reason\":\"not examined yet\"}");

    api.engine.willShape();

    assertThat(get("/api/system").path("bandwidth").toString())
        .isEqualTo("{\"enabled\":true,\"ready\":true}");
  }

  @Test
  @Proves({"TL-03", "TL-04"})
  void overviewNamesTheProblemsOfTheNode() throws IOException {
    assertThat(get("/api/system/overview").path("problems")).isEmpty();
    api.health.watch("panel", () -> Optional.of("the certificate of the panel is not verified"));
    api.health.watch("certificate", Optional::empty);

    assertThat(get("/api/system/overview").path("problems").toString())
        .isEqualTo(
            "[{\"part\":\"panel\",\"problem\":\"the certificate of the panel is not verified\"}]");
  }

  @Test
  void overviewCountsServersAndKnowsTheTime() throws IOException {
    FakeServer running = FakeServer.named(new UUID(0, 1), "a");
    running.become(ServerState.STARTING);
    api.servers.add(running);
    api.servers.add(FakeServer.named(new UUID(0, 2), "b"));

    JsonNode overview = get("/api/system/overview");

    assertThat(overview.path("servers").toString())
        .isEqualTo("{\"total\":2,\"online\":1,\"offline\":1}");
    assertThat(OffsetDateTime.parse(overview.path("local_time").asText()).toInstant())
        .isBetween(Instant.now().minusSeconds(5), Instant.now());
    assertThat(overview.at("/memory/total_bytes").asLong()).isPositive();
    assertThat(overview.at("/memory/used_bytes_process").asLong()).isPositive();
    assertThat(overview.path("container_type").asText()).isEqualTo("none");
    assertThat(containerType("official-heavy-aio")).isEqualTo("official");
    assertThat(containerType("mine")).isEqualTo("unknown");
  }

  @Test
  void statsHaveRatesAtTheFirstQuestion() throws IOException {
    JsonNode stats = get("/api/system/stats").path("stats");

    assertThat(stats.at("/cpu/threads").asInt()).isPositive();
    assertThat(stats.at("/memory/total").asLong()).isGreaterThan(stats.at("/memory/used").asLong());
    assertThat(stats.at("/disk/total").asLong()).isPositive();
    assertThat(stats.at("/network/receiving_rate").isFloatingPointNumber()).isTrue();
  }

  @Test
  void configurationIsReadAndPatched() throws IOException {
    JsonNode config = get("/api/system/config");
    assertThat(config.path("token").asText()).isEqualTo(TestConfig.TOKEN);
    assertThat(config.at("/api/server_remote_download_limit").isIntegralNumber()).isTrue();

    RawClient.Answer applied = api.call("POST", "/api/update", "{\"debug\":true}");
    assertThat(api.document(applied).toString()).isEqualTo("{\"applied\":true}");
    assertThat(api.configuration.patches()).hasSize(1);
    RawClient.Answer partly = api.call("POST", "/api/update", "{\"token\":\"x\",\"debug\":true}");
    assertThat(api.document(partly).toString())
        .isEqualTo("{\"applied\":true,\"refused\":[\"token\"]}");
    assertThat(api.call("POST", "/api/update", "[1]").status()).isEqualTo(400);

    api.config.set("ignore_panel_config_updates", true);
    RawClient.Answer ignored = api.call("POST", "/api/update", "{\"debug\":true}");
    assertThat(ignored.status()).isEqualTo(200);
    assertThat(api.document(ignored).toString()).isEqualTo("{\"applied\":false}");
  }

  @Test
  @Proves("SC-03")
  void theDaemonNeverReplacesItselfOnARemoteOrder() throws IOException {
    assertThat(api.call("POST", "/api/system/upgrade", UPGRADE).status()).isEqualTo(400);
    assertThat(api.call("POST", "/api/system/upgrade", "{}").status()).isEqualTo(400);

    api.config.set("ignore_panel_wings_upgrades", true);
    RawClient.Answer locked = api.call("POST", "/api/system/upgrade", UPGRADE);
    assertThat(locked.status()).isEqualTo(200);
    assertThat(api.document(locked).toString()).isEqualTo("{\"applied\":false}");
    try (ApiFixture container = new ApiFixture(new TestConfig(), "official")) {
      RawClient.Answer refused = container.call("POST", "/api/system/upgrade", UPGRADE);
      assertThat(container.document(refused).path("error").asText())
          .isEqualTo("upgrades are not supported in containerized environments (yet)");
    }
  }

  @Test
  void addressesAreListedButNotInsideAContainer() throws IOException {
    assertThat(get("/api/system/ips").path("ips").isArray()).isTrue();
    for (JsonNode address : get("/api/system/ips").path("ips")) {
      assertThat(address.asText()).isNotIn("127.0.0.1", "::1").doesNotStartWith("fe80");
    }
    try (ApiFixture container = new ApiFixture(new TestConfig(), "official")) {
      assertThat(
              container
                  .document(container.call("GET", "/api/system/ips", ""))
                  .path("ips")
                  .isEmpty())
          .isTrue();
    }
  }

  @Test
  void usedPortsNameTheirServer() throws IOException {
    UUID owner = new UUID(0, 7);
    api.engine.publish(new UsedPort("127.0.0.2", 26_201, Optional.of(owner)));
    api.engine.publish(new UsedPort("0.0.0.0", 26_202, Optional.of(owner)));
    api.engine.publish(new UsedPort("127.0.0.3", 26_203, Optional.of(owner)));
    try (ServerSocket foreign = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.2"))) {
      String target = "/api/ports/used?ip=127.0.0.2&ip=%3A%3Affff%3A127.0.0.3&ip=FE80:0::1";
      JsonNode used = get(target).path("used");

      assertThat(used.path("127.0.0.2").toString())
          .contains("{\"port\":26201,\"server\":\"" + owner + "\"}")
          .contains("{\"port\":26202,\"server\":\"" + owner + "\"}")
          .contains("{\"port\":" + foreign.getLocalPort() + ",\"server\":null}")
          .doesNotContain("26203");
      assertThat(used.path("127.0.0.3").toString())
          .contains("26203")
          .doesNotContain(Integer.toString(foreign.getLocalPort()));
      assertThat(used.has("fe80::1")).isTrue();

      api.engine.willFail(new WingsException(ErrorKind.UPSTREAM, "engine is down"));
      assertThat(get(target).path("used").path("127.0.0.2").toString())
          .contains(Integer.toString(foreign.getLocalPort()))
          .doesNotContain("26201");
    }
    assertThat(api.call("GET", "/api/ports/used?ip=host", "").status()).isEqualTo(400);
    assertThat(get("/api/ports/used").toString()).isEqualTo("{\"used\":{}}");
  }

  @Test
  void deauthorizingTakesAUserFromTheNamedOrAllServers() throws IOException {
    UUID user = new UUID(5, 5);
    FakeServer one = FakeServer.named(new UUID(0, 1), "a");
    FakeServer two = FakeServer.named(new UUID(0, 2), "b");
    for (FakeServer server : new FakeServer[] {one, two}) {
      api.servers.add(server);
      server.permissions().push(user, java.util.List.of("*"), java.util.List.of());
    }
    String body = "{\"user\":\"" + user + "\",\"servers\":[\"" + one.id() + "\",\"" + user + "\"]}";
    assertThat(api.document(api.call("POST", "/api/deauthorize-user", body)).toString())
        .isEqualTo("{}");
    assertThat(one.permissions().find(user)).isEmpty();
    assertThat(two.permissions().find(user)).isPresent();

    api.call("POST", "/api/deauthorize-user", "{\"user\":\"" + user + "\",\"servers\":[]}");
    assertThat(two.permissions().find(user)).isEmpty();
    RawClient.Answer missing = api.call("POST", "/api/deauthorize-user", "{\"servers\":[]}");
    assertThat(missing.status()).isEqualTo(400);
    assertThat(api.document(missing).path("error").asText())
        .isEqualTo("invalid payload: missing field user");
  }

  @Test
  void logFilesAreListedOldestFirstAndReadFromTheirEnd() throws IOException {
    Files.writeString(logs.resolve("wings.log"), "one\ntwo\nthree\n");
    try (var gzip = new GZIPOutputStream(Files.newOutputStream(logs.resolve("old.log.gz")))) {
      gzip.write("a\nb\nc".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    Files.setLastModifiedTime(logs.resolve("old.log.gz"), FileTime.fromMillis(1_000));
    Files.createDirectory(logs.resolve("directory.log"));
    Files.createSymbolicLink(logs.resolve("link.log"), Path.of("/etc/passwd"));

    JsonNode files = get("/api/system/logs").path("log_files");
    assertThat(files.findValuesAsText("name")).containsExactly("old.log.gz", "wings.log");
    assertThat(files.findValuesAsText("compression_type")).containsExactly("gz", "none");
    assertThat(files.at("/0/last_modified").asText()).isEqualTo("1970-01-01T00:00:01Z");

    assertThat(text("wings.log")).isEqualTo("one\ntwo\nthree\n");
    assertThat(text("wings.log?lines=2")).isEqualTo("two\nthree\n");
    assertThat(text("wings.log?lines=0")).isEmpty();
    assertThat(text("wings.log?lines=18446744073709551615")).isEqualTo("one\ntwo\nthree\n");
    assertThat(text("old.log.gz")).isEqualTo("a\nb\nc");
    assertThat(text("old.log.gz?lines=2")).isEqualTo("b\nc");
  }

  private String text(String file) throws IOException {
    RawClient.Answer answer = api.call("GET", "/api/system/logs/" + file, "");
    assertThat(answer.status()).isEqualTo(200);
    return answer.text();
  }

  @Test
  void whatIsNoLogFileIsNotFound() throws IOException {
    Files.createSymbolicLink(logs.resolve("link.log"), Path.of("/etc/passwd"));
    Files.createDirectory(logs.resolve("directory.log"));
    for (String name :
        new String[] {
          "..",
          "%2e%2e",
          ".",
          "..%2f..%2fetc%2fpasswd",
          "%2fetc%2fpasswd",
          "link.log",
          "directory.log",
          "missing.log",
          "a%5cb"
        }) {
      RawClient.Answer answer = api.call("GET", "/api/system/logs/" + name, "");
      assertThat(answer.status()).as(name).isEqualTo(404);
      assertThat(api.document(answer).path("error").asText()).isEqualTo("log file not found");
    }
    assertThat(api.call("GET", "/api/system/logs/missing.log?lines=-1", "").status())
        .isEqualTo(400);
  }

  @Test
  void featuresOfOtherNodesSaySo() throws IOException {
    assertThat(api.call("POST", "/api/tundra/sync", "").status()).isEqualTo(501);
    assertThat(api.call("GET", "/api/tundra/metrics", "").status()).isEqualTo(501);
    RawClient.Answer none = api.call("GET", "/api/system/restic/stats", "");
    assertThat(none.status()).isEqualTo(404);
    assertThat(api.document(none).path("error").asText())
        .isEqualTo("no restic stats result available yet");
  }
}
