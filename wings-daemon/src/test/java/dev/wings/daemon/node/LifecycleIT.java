package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.panel.ScriptedPanel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One server's whole life through the packaged daemon.
class LifecycleIT {
  @TempDir Path directory;

  @BeforeAll
  static void engine() throws Exception {
    Engine.require();
  }

  @Test
  void aServerIsInstalledStartedCommandedMeasuredCrashedRestartedStoppedAndDeleted()
      throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      install(panel, node, id);

      try (ConsoleSocket console = ConsoleSocket.open(node, id, "*", "websocket.connect")) {
        startAndCommand(node, console, id);
        crashesAndComesBack(panel, node, console, id);
        node.power(id, "stop");
        node.awaitState(id, "offline");
        console.awaitLine("Goodbye");
        await("container removed")
            .atMost(Duration.ofSeconds(10))
            .until(() -> Engine.containers(id.toString()).isEmpty());
      }

      reinstall(panel, node, id);

      assertThat(node.delete("/api/servers/" + id).statusCode()).isEqualTo(200);
      assertThat(node.get("/api/servers/" + id).statusCode()).isEqualTo(404);
      await("volume removed")
          .atMost(Duration.ofSeconds(10))
          .until(() -> !Files.exists(node.volume(id)));
      assertThat(panel.violations()).isEmpty();
    }
  }

  private static void install(ScriptedPanel panel, TestNode node, UUID id) throws Exception {
    node.createServer(
        TestServer.definition(id),
        TestServer.script("echo installing $EDITION\r\necho done > /mnt/server/installed.txt\r\n"));

    assertThat(panel.installResults())
        .containsExactly(new ScriptedPanel.InstallResult(id, true, false));
    assertThat(node.volume(id).resolve("installed.txt")).hasContent("done");
    assertThat(node.get("/api/servers/" + id + "/logs/install").body())
        .contains("installing demo")
        .contains("EDITION=demo");
    assertThat(Engine.containers(id + "_installer")).isEmpty();
    assertThat(node.state(id)).isEqualTo("offline");
  }

  private static void startAndCommand(TestNode node, ConsoleSocket console, UUID id)
      throws Exception {
    console.send("set state", "start");
    console.awaitLine("Ready to play");
    node.awaitState(id, "running");
    assertThat(node.volume(id).resolve("server.properties")).content().contains("motd=hello world");
    console.send("send command", "echo ping-" + id);
    console.awaitLine("ping-" + id);
    console.awaitEvent("stats");
    await("memory measured")
        .atMost(Duration.ofSeconds(10))
        .until(() -> usage(node, id).path("memory_bytes").asLong() > 0);
    assertThat(usage(node, id).path("uptime").asLong()).isPositive();
    assertThat(Engine.inspect(id.toString(), "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}"))
        .endsWith(" true")
        .doesNotStartWith("0:");
  }

  private static JsonNode usage(TestNode node, UUID id) throws Exception {
    return node.json(node.get("/api/servers/" + id + "/utilization")).path("utilization");
  }

  private static void crashesAndComesBack(
      ScriptedPanel panel, TestNode node, ConsoleSocket console, UUID id) throws Exception {
    String first = Engine.inspect(id.toString(), "{{.Id}}");

    console.send("send command", "crash 7");

    await("a new container runs")
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> !Engine.inspect(id.toString(), "{{.Id}}").equals(first));
    node.awaitState(id, "running");
    assertThat(console.lines()).anyMatch(line -> line.contains("7"));
    await("crash reported")
        .atMost(Duration.ofSeconds(10))
        .until(() -> panel.activityEvents().contains("server:crash.detected"));
    assertThat(panel.activityEvents()).contains("server:power.start", "server:console.command");
  }

  private static void reinstall(ScriptedPanel panel, TestNode node, UUID id) throws Exception {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("truncate_directory", true);
    body.set("installation_script", TestServer.script("echo again > /mnt/server/again.txt"));

    var answer = node.post("/api/servers/" + id + "/reinstall", body.toString());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    await("reinstallation reported")
        .atMost(Duration.ofSeconds(30))
        .until(() -> panel.installResults().size() == 2);
    assertThat(panel.installResults().get(1))
        .isEqualTo(new ScriptedPanel.InstallResult(id, true, true));
    assertThat(node.volume(id).resolve("again.txt")).hasContent("again");
    assertThat(node.volume(id).resolve("installed.txt")).doesNotExist();
  }

  @Test
  @Proves("RB-04")
  void outOfMemoryIsReportedAsSuch() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node =
            new TestNode(
                    directory,
                    panel,
                    config ->
                        config
                            .withObjectProperty("system")
                            .putObject("crash_detection")
                            .put("timeout", 600))
                .start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      node.power(id, "start");
      node.awaitState(id, "running");

      node.command(id, "eat");

      await("the crash is reported")
          .atMost(Duration.ofSeconds(40))
          .until(() -> panel.activityEvents().contains("server:crash.detected"));
      JsonNode crash =
          panel.activity().stream()
              .filter(entry -> entry.path("event").asText().equals("server:crash.detected"))
              .findFirst()
              .orElseThrow();
      assertThat(crash.at("/metadata/oom_killed").asBoolean()).isTrue();
    }
  }

  @Test
  @Proves("RB-02")
  void stopRightAfterStartEndsOffline() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      for (int round = 0; round < 3; round++) {
        node.power(id, "start");
        node.power(id, round == 1 ? "kill" : "stop");

        node.awaitState(id, "offline");
        await("no process is left")
            .atMost(Duration.ofSeconds(15))
            .until(() ->
                node.state(id).equals("offline")
                    && Engine.docker("ps", "--filter", "name=" + id, "--format", "{{.Names}}")
                        .isEmpty());
      }
    }
  }
}
