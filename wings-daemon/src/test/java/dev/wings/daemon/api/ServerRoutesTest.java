package dev.wings.daemon.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.server.ServerLock;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class ServerRoutesTest {
  private static final UUID ID = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final String SERVER = "/api/servers/" + ID;

  @TempDir Path volume;

  private ApiFixture api;
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    api = new ApiFixture();
    server = new FakeServer(FakeServer.definition(ID, "one"), volume);
    api.servers.add(server);
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

  private String error(String method, String target, String body, int status) throws IOException {
    RawClient.Answer answer = api.call(method, target, body);
    assertThat(answer.status()).as(target + body).isEqualTo(status);
    return api.document(answer).path("error").asText();
  }

  @Test
  void documentsFollowEveryChangeAtOnce() throws IOException {
    assertThat(get(SERVER).path("state").asText()).isEqualTo("offline");
    assertThat(get("/api/servers").size()).isEqualTo(1);

    server.become(ServerState.RUNNING);
    server.become(new ResourceUsage(1, 2, 3, ServerState.RUNNING, 4, 5, 6, 7, 1.5, 100, 8));
    assertThat(get(SERVER).path("state").asText()).isEqualTo("running");
    assertThat(get("/api/servers").at("/0/utilization").toString())
        .isEqualTo(
            "{\"memory_bytes\":1,\"memory_limit_bytes\":2,\"disk_bytes\":3,\"state\":\"running\","
                + "\"network\":{\"rx_bytes\":4,\"rx_packets\":5,\"tx_bytes\":6,\"tx_packets\":7},"
                + "\"cpu_absolute\":1.5,\"cpu_limit_absolute\":100,\"uptime\":8}");

    server.sync(FakeServer.definition(ID, "renamed"));
    server.becomeLocked(ServerLock.SUSPENDED);
    JsonNode changed = get("/api/servers").get(0);
    assertThat(changed.at("/configuration/meta/name").asText()).isEqualTo("renamed");
    assertThat(changed.path("is_suspended").asBoolean()).isTrue();

    api.servers.add(FakeServer.named(new UUID(0, 2), "two"));
    assertThat(get("/api/servers").size()).isEqualTo(2);
    assertThat(api.call("DELETE", SERVER, "").status()).isEqualTo(200);
    assertThat(get("/api/servers").size()).isEqualTo(1);
    assertThat(error("DELETE", SERVER, "", 404)).isEqualTo("server not found");
  }

  @Test
  void utilizationIsWrappedForOneAndBareForAll() throws IOException {
    assertThat(get(SERVER + "/utilization").at("/utilization/state").asText()).isEqualTo("offline");
    assertThat(get("/api/servers/utilization").path(ID.toString()).path("cpu_absolute").isNumber())
        .isTrue();
  }

  @Test
  void powerIsAcceptedWhateverBecomesOfIt() throws IOException {
    server.willFail(WingsException.conflict("another action is in progress"));

    RawClient.Answer answer =
        api.call("POST", SERVER + "/power", "{\"action\":\"kill\",\"wait_seconds\":30}");

    assertThat(answer.status()).isEqualTo(202);
    assertThat(api.document(answer).toString()).isEqualTo("{}");
    assertThat(server.powerRequests().getFirst().patience()).isEqualTo(Duration.ofSeconds(30));
    assertThat(error("POST", SERVER + "/power", "{\"action\":\"explode\"}", 400))
        .isEqualTo("invalid payload: action must be start, stop, restart or kill");
    assertThat(error("POST", SERVER + "/power", "{}", 400)).contains("missing field action");
    assertThat(error("POST", SERVER + "/power", "{\"action\":\"kill\",\"wait_seconds\":-1}", 400))
        .contains("wait_seconds");
  }

  @Test
  void bulkPowerCountsRegisteredServersOnce() throws IOException {
    api.servers.add(FakeServer.named(new UUID(0, 2), "two"));
    String some =
        "{\"servers\":{\"type\":\"uuids\",\"uuids\":[\"%s\",\"%s\",\"%s\"]},\"action\":\"stop\"}"
            .formatted(ID, ID, new UUID(9, 9));
    RawClient.Answer answer = api.call("POST", "/api/servers/power", some);
    assertThat(answer.status()).isEqualTo(202);
    assertThat(api.document(answer).toString()).isEqualTo("{\"affected\":1}");
    assertThat(server.powerRequests())
        .singleElement()
        .satisfies(request -> assertThat(request.action()).isEqualTo(PowerAction.STOP));

    String all = "{\"servers\":{\"type\":\"all\"},\"action\":\"start\"}";
    assertThat(api.document(api.call("POST", "/api/servers/power", all)).path("affected").asInt())
        .isEqualTo(2);
    String odd = "{\"servers\":{\"type\":\"most\"},\"action\":\"start\"}";
    assertThat(error("POST", "/api/servers/power", odd, 400)).contains("servers.type");
  }

  @Test
  void commandsAreWrittenInOrder() throws IOException {
    server.become(ServerState.RUNNING);

    assertThat(api.call("POST", SERVER + "/commands", "{\"commands\":[\"a\",\"b\"]}").status())
        .isEqualTo(200);

    assertThat(server.commands()).extracting(FakeServer.Command::text).containsExactly("a", "b");
    assertThat(error("POST", SERVER + "/commands", "{\"commands\":\"a\"}", 400))
        .startsWith("invalid payload");
  }

  @Test
  void aSyncWithoutUsableBodyAsksThePanel() throws IOException {
    for (String body :
        List.of(
            "",
            "{}",
            "{\"server\":null}",
            "{\"server\":{\"settings\":7}}",
            "{broken",
            "[]",
            "{\"server\":{\"settings\":{\"uuid\":\"" + new UUID(1, 1) + "\"}}}")) {
      int before = server.panelSyncs();
      assertThat(api.call("POST", SERVER + "/sync", body).status()).as(body).isEqualTo(200);
      assertThat(server.panelSyncs()).as(body).isEqualTo(before + 1);
    }
    assertThat(server.syncs()).isEmpty();
  }

  @Test
  void aReinstallWithoutUsableBodyTakesTheDefaults() throws IOException {
    for (String body : List.of("", "{broken", "{\"truncate_directory\":\"maybe\"}")) {
      assertThat(api.call("POST", SERVER + "/reinstall", body).status()).as(body).isEqualTo(202);
      assertThat(server.reinstalls().getLast())
          .isEqualTo(new FakeServer.Reinstall(false, null, false));
    }
    api.call(
        "POST",
        SERVER + "/reinstall",
        "{\"truncate_directory\":true,\"start_on_completion\":true}");
    assertThat(server.reinstalls().getLast()).isEqualTo(new FakeServer.Reinstall(true, null, true));

    server.becomeLocked(ServerLock.RESTORING);
    assertThat(error("POST", SERVER + "/reinstall", "", 409))
        .isEqualTo("server is in a locked state (restoring), cannot reinstall the server");
    assertThat(error("POST", SERVER + "/install/abort", "", 409))
        .isEqualTo("server is not installing");
  }

  @Test
  void scriptsStreamTheirOutput() throws IOException {
    String script = "{\"container_image\":\"a:b~\",\"entrypoint\":\"sh\",\"script\":\"echo\"}";
    RawClient.Answer answer = api.call("POST", SERVER + "/script", script);
    assertThat(answer.text()).isEqualTo("script output\n");
    assertThat(server.scripts()).hasSize(1);

    server.willFail(new WingsException(ErrorKind.UPSTREAM, "engine is down at /var/run/x"));
    assertThat(error("POST", SERVER + "/script", script, 500))
        .isEqualTo("failed to run server script");
    assertThat(error("POST", SERVER + "/script", "{}", 400)).isNotEmpty();
  }

  @Test
  void logsAreTailedAsAsked() throws IOException {
    server.willLog(List.of("a", "b", "c"));
    assertThat(api.call("GET", SERVER + "/logs?lines=2", "").text()).isEqualTo("b\nc\n");
    assertThat(api.call("GET", SERVER + "/logs", "").text()).isEqualTo("a\nb\nc\n");
    assertThat(error("GET", SERVER + "/logs?lines=x", "", 400)).contains("lines");
    server.willLog(List.of());
    assertThat(api.call("GET", SERVER + "/logs", "").body()).isEmpty();

    assertThat(error("GET", SERVER + "/logs/install", "", 404))
        .isEqualTo("unable to find installation log file");
    server.willInstallLog(List.of("x", "y"));
    assertThat(api.call("GET", SERVER + "/logs/install?lines=1", "").text()).isEqualTo("y\n");
  }

  @Test
  void theVersionIsTheHashOfTheJar() throws IOException {
    String version = SERVER + "/version?game=minecraft_java";
    assertThat(error("GET", version, "", 404)).isEqualTo("version not found");
    assertThat(error("GET", SERVER + "/version?game=chess", "", 400)).contains("game");

    Files.writeString(volume.resolve("server.jar"), "abc");
    assertThat(get(version).path("hash").asText())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    Path forge = volume.resolve("libraries/net/minecraftforge/forge/1.20");
    Files.createDirectories(forge);
    Files.writeString(forge.resolve("forge-1.20-universal.jar"), "");
    assertThat(get(version).path("hash").asText())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void broadcastsReachTheServersConnections() throws IOException {
    List<ServerEvent> events = new ArrayList<>();
    server.events().subscribe(events::add);
    UUID user = new UUID(3, 3);
    String body =
        "{\"users\":[\"%s\"],\"permissions\":[\"files.read\",\"unknown.one\"],\"message\":{\"event\":\"%s\",\"args\":[\"x\"]}}";

    assertThat(
            api.call("POST", SERVER + "/ws/broadcast", body.formatted(user, "custom event"))
                .status())
        .isEqualTo(200);

    assertThat(events)
        .containsExactly(
            new ServerEvent.Targeted(
                List.of(user), List.of("file.read"), "custom event", List.of("x")));
    assertThat(error("POST", SERVER + "/ws/broadcast", body.formatted(user, "no event"), 400))
        .contains("event");
  }

  @Test
  @Proves("JV-03")
  void unknownFieldsAreIgnoredAndDuplicatesRefused() throws IOException {
    assertThat(
            api.call("POST", SERVER + "/power", "{\"action\":\"kill\",\"future\":{\"a\":[1]}}")
                .status())
        .isEqualTo(202);
    assertThat(error("POST", SERVER + "/power", "{\"action\":\"kill\",\"action\":\"start\"}", 400))
        .startsWith("invalid payload");
  }
}
