package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.panel.ScriptedPanel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An engine of its own, so that it can be taken down under the daemon.
class EngineRestartIT {
  @TempDir Path directory;

  /// A second Docker engine on a socket and data directory of its own.
  private static final class OwnEngine implements AutoCloseable {
    private final Path directory;

    /// An engine without a bridge removes the one that it finds, which belongs to the host's
    /// engine.
    private final String network = "wings-" + UUID.randomUUID();

    private Process process;

    OwnEngine(Path directory) throws Exception {
      this.directory = directory;
      Files.createDirectories(directory);
      boolean made = Engine.run("ip", "netns", "add", network).status() == 0;
      assumeTrue(made, "no network namespace can be made here");
      process = launch();
    }

    Path socket() {
      return directory.resolve("engine.sock");
    }

    private Process launch() throws Exception {
      Process started =
          new ProcessBuilder(
                  "nsenter",
                  "--net=/run/netns/" + network,
                  "dockerd",
                  "--host=unix://" + socket(),
                  "--data-root=" + directory.resolve("data"),
                  "--exec-root=" + directory.resolve("exec"),
                  "--pidfile=" + directory.resolve("engine.pid"),
                  "--bridge=none",
                  "--iptables=false",
                  "--storage-driver=vfs",
                  "--live-restore")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
              .start();
      await("the engine answers")
          .atMost(Duration.ofSeconds(30))
          .until(() -> !started.isAlive() || docker("info").status() == 0);
      assumeTrue(started.isAlive(), () -> "a second engine cannot run here: " + log());
      return started;
    }

    private String log() {
      try {
        return Files.readString(directory.resolve("log"));
      } catch (IOException e) {
        return String.valueOf(e);
      }
    }

    Engine.Result docker(String... arguments) throws Exception {
      String[] command = new String[arguments.length + 3];
      command[0] = "docker";
      command[1] = "-H";
      command[2] = "unix://" + socket();
      System.arraycopy(arguments, 0, command, 3, arguments.length);
      return Engine.run(command);
    }

    void stop() throws InterruptedException {
      process.destroy();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }

    void start() throws Exception {
      process = launch();
    }

    @Override
    public void close() throws Exception {
      for (String id : docker("ps", "-aq").output().split("\\s+")) {
        if (!id.isBlank()) {
          docker("rm", "-f", id);
        }
      }
      stop();
      Engine.run("ip", "netns", "delete", network);
      Engine.run(
          "sh",
          "-c",
          "grep -F ' " + directory + "' /proc/mounts | cut -d' ' -f2 | xargs -r umount -l");
    }
  }

  @Test
  @Proves({"DK-01", "DK-02"})
  void theEngineRestartsUnderARunningServerAndTheConsoleComesBack() throws Exception {
    Engine.require();
    UUID id = UUID.randomUUID();
    try (OwnEngine engine = new OwnEngine(directory.resolve("engine"));
        ScriptedPanel panel = new ScriptedPanel();
        TestNode node =
            new TestNode(
                directory,
                panel,
                config -> {
                  var docker = config.withObjectProperty("docker");
                  docker.put("socket", engine.socket().toString());
                  docker.withObjectProperty("network").put("mode", "none");
                })) {
      Engine.docker("save", "-o", directory.resolve("image.tar").toString(), Engine.IMAGE);
      assertThat(engine.docker("load", "-i", directory.resolve("image.tar").toString()).status())
          .isZero();
      node.start();
      node.createServer(TestServer.definition(id), TestServer.script(""));
      node.power(id, "start");
      node.awaitState(id, "running");
      String started =
          engine.docker("inspect", "--format", "{{.State.StartedAt}}", id.toString()).output();

      engine.stop();
      assertThat(node.state(id)).isEqualTo("running");
      engine.start();

      try (ConsoleSocket console = ConsoleSocket.open(node, id, "*", "websocket.connect")) {
        await("the console works again")
            .atMost(Duration.ofSeconds(15))
            .until(() -> {
              console.send("send command", "echo back-again");
              return console.lines().stream().anyMatch(line -> line.contains("back-again"));
            });
      }
      assertThat(
              engine.docker("inspect", "--format", "{{.State.StartedAt}}", id.toString()).output())
          .isEqualTo(started);
      assertThat(node.state(id)).isEqualTo("running");
      assertThat(panel.activityEvents()).doesNotContain("server:crash.detected");
    }
  }
}
