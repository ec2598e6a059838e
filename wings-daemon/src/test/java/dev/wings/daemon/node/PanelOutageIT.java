package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.panel.ScriptedPanel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Panel is away, or talks nonsense.
class PanelOutageIT {
  @TempDir Path directory;

  @BeforeAll
  static void engine() throws Exception {
    Engine.require();
  }

  @Test
  @Proves({"PN-01", "PN-03"})
  void bootsWithoutThePanelServesKnownServersAndCatchesUpLater() throws Exception {
    UUID id = UUID.randomUUID();
    UUID later = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      node.kill();
      panel.goAway();

      node.start();
      node.power(id, "start");
      node.awaitState(id, "running");
      try (ConsoleSocket console = ConsoleSocket.open(node, id, "*", "websocket.connect")) {
        console.send("send command", "echo away");
        console.awaitLine("away");
        console.send("set state", "stop");
        node.awaitState(id, "offline");
      }
      panel.define(TestServer.definition(later));
      panel.comeBack();

      await("activity of the outage arrives")
          .atMost(Duration.ofSeconds(60))
          .until(() -> panel.activityEvents().contains("server:power.stop"));
      await("a new definition appears without a restart")
          .atMost(Duration.ofSeconds(60))
          .until(() -> node.get("/api/servers/" + later).statusCode() == 200);
      assertThat(panel.violations()).isEmpty();
    }
  }

  @Test
  @Proves({"PN-01", "PN-02"})
  void anEmptyOrBrokenListDeletesNothing() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(
          TestServer.definition(id), TestServer.script("echo keep > /mnt/server/keep.txt"));
      for (String nonsense :
          new String[] {
            "{\"data\":[],\"meta\":{\"current_page\":1,\"last_page\":0,\"total\":0}}",
            "{\"data\":[{\"settings\":{\"uuid\":\"",
            "<html>bad gateway</html>"
          }) {
        node.kill();
        panel.answerListWith(nonsense);

        node.start();

        await("the server is known")
            .atMost(Duration.ofSeconds(30))
            .until(() -> node.get("/api/servers/" + id).statusCode() == 200);
        assertThat(Files.readString(node.volume(id).resolve("keep.txt"))).isEqualTo("keep\n");
      }
      panel.answerListWith("");
      node.power(id, "start");
      node.awaitState(id, "running");
    }
  }

  @Test
  @Proves("PN-03")
  void anInstallationResultRefusedAsNotYetIsReportedAgain() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      panel.refuseInstallResults(2);

      node.createServer(TestServer.definition(id), TestServer.script(""));

      assertThat(panel.installResults())
          .containsExactly(new ScriptedPanel.InstallResult(id, true, false));
    }
  }

  @Test
  @Proves("PN-03")
  void anInstallationResultSurvivesTheOutageAndTheDaemon() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      panel.define(TestServer.definition(id));
      panel.script(id, TestServer.script("sleep 2"));
      node.post("/api/servers", "{\"uuid\":\"" + id + "\"}");
      await("the installer runs")
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> Engine.inspect(id + "_installer", "{{.State.Running}}").equals("true"));
      panel.goAway();
      await("the installer ended")
          .atMost(Duration.ofSeconds(30))
          .until(() -> Engine.containers(id + "_installer").isEmpty());
      node.kill();
      node.start();

      panel.comeBack();

      await("installation reported")
          .atMost(Duration.ofSeconds(60))
          .until(() -> !panel.installResults().isEmpty());
      assertThat(panel.installResults())
          .containsExactly(new ScriptedPanel.InstallResult(id, true, false));
    }
  }
}
