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
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The file system of one server hangs inside the kernel: writes to a frozen one wait, as those to
/// a server of files that went away do, and no signal ends them.
class HungVolumeIT {
  private static final Duration QUICK = Duration.ofSeconds(5);

  @TempDir Path directory;

  @BeforeAll
  static void engine() throws Exception {
    Engine.require();
  }

  /// A file system of its own in a file, mounted on a server's volume.
  private static final class OwnFileSystem implements AutoCloseable {
    private final Path mount;
    private boolean frozen;

    OwnFileSystem(Path image, Path mount) throws Exception {
      this.mount = mount;
      Files.createDirectories(mount);
      run("truncate", "-s", "64M", image.toString());
      run("mkfs.ext4", "-q", "-F", image.toString());
      Engine.Result mounted = Engine.run("mount", "-o", "loop", image.toString(), mount.toString());
      assumeTrue(mounted.status() == 0, () -> "cannot mount here: " + mounted.output());
    }

    private static void run(String... command) throws IOException, InterruptedException {
      Engine.Result result = Engine.run(command);
      assumeTrue(result.status() == 0, () -> String.join(" ", command) + ": " + result.output());
    }

    void freeze() throws Exception {
      run("fsfreeze", "-f", mount.toString());
      frozen = true;
    }

    void thaw() throws Exception {
      if (frozen) {
        frozen = false;
        assertThat(Engine.run("fsfreeze", "-u", mount.toString()).status()).isZero();
      }
    }

    @Override
    public void close() throws Exception {
      thaw();
      Engine.run("umount", "-l", mount.toString());
    }
  }

  @Test
  @Proves("JV-06")
  void aServerWhoseFileSystemHangsDisturbsNobodyAndStartsWhenItIsBack() throws Exception {
    UUID hung = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel);
        OwnFileSystem files = new OwnFileSystem(directory.resolve("image"), node.volume(hung))) {
      node.start();
      node.createServer(TestServer.definition(hung), TestServer.script(""));
      node.createServer(TestServer.definition(other), TestServer.script(""));
      long threads = threads(node);

      files.freeze();
      try (ConsoleSocket console = ConsoleSocket.open(node, hung, "*", "websocket.connect")) {
        node.power(hung, "start"); // writes the server's configuration files
        othersAreServed(node, other);
        await("the start fails")
            .atMost(Duration.ofSeconds(60))
            .until(() ->
                console.events().stream()
                    .anyMatch(event -> event.toString().contains("does not answer")));
        node.awaitState(hung, "offline");
        for (int i = 0; i < 10; i++) {
          node.post("/api/servers/" + hung + "/power", "{\"action\":\"start\"}");
          node.awaitState(hung, "offline");
        }
      }
      othersAreServed(node, other);
      assertThat(threads(node)).isLessThan(threads + 24);
      assertThat(node.state(hung)).isEqualTo("offline");

      files.thaw();

      await("the server starts again")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(500))
          .until(() -> {
            if (node.state(hung).equals("offline")) {
              node.post("/api/servers/" + hung + "/power", "{\"action\":\"start\"}");
            }
            return node.state(hung).equals("running");
          });
      assertThat(node.volume(hung).resolve("server.properties")).content().contains("motd=");
      node.power(hung, "kill");
      node.awaitState(hung, "offline");
      node.kill();
    }
  }

  /// Start, console, command and stop of another server, and answers of the API, all without delay.
  private static void othersAreServed(TestNode node, UUID other) throws Exception {
    List<Duration> answers = new ArrayList<>();
    node.power(other, "start");
    node.awaitState(other, "running");
    try (ConsoleSocket console = ConsoleSocket.open(node, other, "*", "websocket.connect")) {
      for (int i = 0; i < 5; i++) {
        String text = "echo-" + i + "-" + System.nanoTime();
        long begin = System.nanoTime();
        console.send("send command", "echo " + text);
        console.awaitLine(text);
        assertThat(node.get("/api/system").statusCode()).isEqualTo(200);
        assertThat(node.get("/api/servers").statusCode()).isEqualTo(200);
        answers.add(Duration.ofNanos(System.nanoTime() - begin));
      }
    }
    assertThat(answers).allMatch(answer -> answer.compareTo(QUICK) < 0);
    node.power(other, "stop");
    node.awaitState(other, "offline");
  }

  private static long threads(TestNode node) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + node.process().pid() + "/status")).stream()
        .filter(line -> line.startsWith("Threads:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
