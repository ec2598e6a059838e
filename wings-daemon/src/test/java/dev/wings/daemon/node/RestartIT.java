package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.panel.ScriptedPanel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The daemon dies in every state and comes back; the game does not notice.
class RestartIT {
  @TempDir Path directory;

  @BeforeAll
  static void engine() throws Exception {
    Engine.require();
  }

  @Test
  @Proves({"ST-05", "DK-04"})
  void killedWhileAServerRunsItIsTakenOverUndisturbed() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      node.power(id, "start");
      node.awaitState(id, "running");
      String before = Engine.inspect(id.toString(), "{{.Id}} {{.State.StartedAt}}");

      for (int round = 0; round < 3; round++) {
        node.kill();
        node.start();

        node.awaitState(id, "running");
        assertThat(Engine.inspect(id.toString(), "{{.Id}} {{.State.StartedAt}}")).isEqualTo(before);
        String text = "still-here-" + round;
        try (ConsoleSocket console = ConsoleSocket.open(node, id, "*", "websocket.connect")) {
          console.send("send command", "echo " + text);
          console.awaitLine(text);
        }
      }
    }
  }

  @Test
  @Proves("ST-05")
  void sigtermEndsTheDaemonWithZeroAndLeavesTheServerRunning() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      node.power(id, "start");
      node.awaitState(id, "running");

      int status = node.terminate();

      assertThat(status).as(node.output()).isZero();
      assertThat(Engine.inspect(id.toString(), "{{.State.Running}}")).isEqualTo("true");
    }
  }

  @Test
  void killedWhileStartingTheServerEndsRunning() throws Exception {
    UUID id = UUID.randomUUID();
    var definition = TestServer.definition(id);
    definition
        .withObjectProperty("settings")
        .withObjectProperty("environment")
        .put("BOOT_SECONDS", "4");
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(definition, TestServer.script(""));
      node.power(id, "start");
      await("container runs")
          .ignoreExceptions()
          .until(() -> Engine.inspect(id.toString(), "{{.State.Running}}").equals("true"));

      node.kill();
      node.start();

      node.awaitState(id, "running");
      node.awaitLog(id, "Ready to play");
    }
  }

  @Test
  void killedWhileStoppingTheServerStaysTrue() throws Exception {
    UUID id = UUID.randomUUID();
    var definition = TestServer.definition(id);
    definition
        .withObjectProperty("process_configuration")
        .putObject("stop")
        .put("type", "signal")
        .put("value", "SIGTERM");
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(definition, TestServer.script(""));
      node.power(id, "start");
      node.awaitState(id, "running");
      node.command(id, "ignore-term");
      node.awaitLog(id, "Ignoring SIGTERM");
      node.power(id, "stop");
      node.awaitState(id, "stopping");

      node.kill();
      node.start();

      node.awaitState(id, "running"); // it does run: the stop was never obeyed
      node.power(id, "kill");
      node.awaitState(id, "offline");
    }
  }

  @Test
  @Proves("CT-04")
  void killedWhileInstallingTheInstallationIsFollowedToItsEnd() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      panel.define(TestServer.definition(id));
      panel.script(id, TestServer.script("sleep 5; echo late > /mnt/server/late.txt"));
      node.post("/api/servers", "{\"uuid\":\"" + id + "\"}");
      await("the installer runs")
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> Engine.inspect(id + "_installer", "{{.State.Running}}").equals("true"));

      node.kill();
      node.start();

      await("installation reported")
          .atMost(Duration.ofSeconds(30))
          .until(() -> !panel.installResults().isEmpty());
      assertThat(panel.installResults())
          .containsExactly(new ScriptedPanel.InstallResult(id, true, false));
      assertThat(node.volume(id).resolve("late.txt")).hasContent("late");
      await("the installer is removed")
          .atMost(Duration.ofSeconds(10))
          .until(() -> Engine.containers(id + "_installer").isEmpty());
      Engine.removeAll(id.toString());
    }
  }

  @Test
  void stoppedServersStayStoppedAndCrashedOnesOfTheOutageAreStartedAgain() throws Exception {
    UUID stopped = UUID.randomUUID();
    UUID running = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(stopped), TestServer.script(""));
      node.createServer(TestServer.definition(running), TestServer.script(""));
      node.power(running, "start");
      node.awaitState(running, "running");
      await("state stored")
          .atMost(Duration.ofSeconds(15))
          .ignoreExceptions()
          .until(() ->
              java.nio.file.Files.readString(node.root().resolve("states.json"))
                  .matches("(?s).*\"" + running + "\"\\s*:\\s*\"running\".*"));
      node.kill();
      Engine.docker("rm", "-f", running.toString());

      node.start();

      node.awaitState(running, "running");
      assertThat(node.state(stopped)).isEqualTo("offline");
    }
  }

  @Test
  @Proves("ST-03")
  void aSecondDaemonOnTheSameDataRefusesToStart() throws Exception {
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      Process first = node.process();
      Process second = node.launch(); // which the node ends with itself
      try {
        assertThat(second.waitFor(30, java.util.concurrent.TimeUnit.SECONDS)).isTrue();

        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(node.get("/api/system").statusCode()).isEqualTo(200);
      } finally {
        first.destroyForcibly().waitFor();
      }
    }
  }
}
