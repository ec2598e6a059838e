package dev.wings.daemon.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.panel.ScriptedPanel;
import dev.wings.daemon.sftp.OpenSsh;
import dev.wings.daemon.sftp.OpenSsh.Result;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// SFTP of the packaged daemon, with a Panel, an engine and the clients of OpenSSH.
@Timeout(180)
class SftpIT {
  private static final UUID USER = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");
  private static final String PASSWORD = "correct horse";

  @TempDir Path directory;
  private ScriptedPanel panel;
  private TestNode node;
  private int port;
  private UUID server;

  @BeforeAll
  static void require() throws Exception {
    OpenSsh.require();
    Engine.require();
  }

  @BeforeEach
  void open() throws Exception {
    panel = new ScriptedPanel();
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    node =
        new TestNode(
            directory,
            panel,
            config -> {
              ObjectNode sftp = ((ObjectNode) config.path("system")).putObject("sftp");
              sftp.put("bind_address", "127.0.0.1").put("bind_port", port);
            });
    node.start();
    server = node.createServer(TestServer.definition(UUID.randomUUID()), TestServer.script(""));
    panel.login(userName(), PASSWORD, access("websocket.connect", "meta.calagopus", "*"));
  }

  @AfterEach
  void close() throws Exception {
    node.close();
    panel.close();
  }

  private String userName() {
    return "alice." + server.toString().substring(0, 8);
  }

  private ObjectNode access(String... permissions) {
    ObjectNode access = Json.mapper().createObjectNode();
    access.put("user", USER.toString()).put("server", server.toString());
    List.of(permissions).forEach(access.putArray("permissions")::add);
    access.putArray("ignored_files");
    return access;
  }

  private OpenSsh client() {
    return new OpenSsh(directory, port, userName()).password(PASSWORD);
  }

  private static void assertDone(Result result) {
    assertThat(result.status()).as(result.output()).isZero();
  }

  /// An upload of 64 MiB that takes half a minute.
  private Process upload(String name) throws IOException {
    Path big = Files.write(directory.resolve("big"), new byte[64 << 20]);
    Process upload = client().startSftp(List.of("-l", "20000"), "put " + big + " " + name);
    Path target = node.volume(server).resolve(name);
    await("the upload has begun")
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.exists(target) && Files.size(target) > 256 << 10);
    return upload;
  }

  @Test
  void filesAreManagedAndThePanelLearnsOfIt() throws Exception {
    byte[] content = "hello\n".repeat(100_000).getBytes(UTF_8);
    Files.write(directory.resolve("up"), content);
    Path key = OpenSsh.newKey(directory);
    panel.login(userName(), OpenSsh.line(key), access("*"));

    assertDone(
        client()
            .sftp(
                "put " + directory + "/up a",
                "put " + directory + "/up b",
                "rename a c",
                "mkdir d",
                "rm b"));
    Result list = client().password("").key(key).sftp("ls -l", "get c " + directory + "/down");

    assertDone(list);
    assertThat(list.output()).contains(" c", " d").doesNotContain(" a", " b");
    assertThat(directory.resolve("down")).hasBinaryContent(content);
    await("activity")
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(files("server:sftp.delete")).containsExactly("\"b\""));
    assertThat(files("server:sftp.create")).containsExactly("\"a\"", "\"b\"");
    assertThat(files("server:sftp.rename")).containsExactly("{\"from\":\"a\",\"to\":\"c\"}");
    assertThat(files("server:sftp.create-directory")).containsExactly("\"d\"");
    assertThat(sftpActivity())
        .allSatisfy(entry -> {
          assertThat(entry.path("user").asText()).isEqualTo(USER.toString());
          assertThat(entry.path("server").asText()).isEqualTo(server.toString());
          assertThat(entry.path("ip").asText()).isEqualTo("127.0.0.1");
        });
    assertThat(panel.violations()).isEmpty();
  }

  private List<JsonNode> sftpActivity() {
    return panel.activity().stream()
        .filter(entry -> entry.path("event").asText().startsWith("server:sftp."))
        .toList();
  }

  private List<String> files(String event) {
    return sftpActivity().stream()
        .filter(entry -> entry.path("event").asText().equals(event))
        .flatMap(entry -> entry.path("metadata").path("files").valueStream())
        .map(Object::toString)
        .collect(Collectors.toList());
  }

  @Test
  @Proves("SF-03")
  void thePanelEndsAConnection() throws Exception {
    Process upload = upload("big");

    assertThat(
            node.post(
                    "/api/deauthorize-user",
                    "{\"user\":\"" + USER + "\",\"servers\":[\"" + server + "\"]}")
                .statusCode())
        .isLessThan(300);

    assertThat(upload.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(OpenSsh.finish(upload).output()).contains("permission revoked");
  }

  @Test
  @Proves("SF-03")
  void aSuspensionEndsAConnection() throws Exception {
    Process upload = upload("big");
    ObjectNode suspended = TestServer.definition(server);
    ((ObjectNode) suspended.path("settings")).put("suspended", true);
    panel.define(suspended);

    assertThat(node.post("/api/servers/" + server + "/sync", "{}").statusCode()).isLessThan(300);

    assertThat(upload.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(upload.exitValue()).isNotZero();
    assertThat(client().sftp("ls").status()).as("no new login").isNotZero();
  }

  @Test
  @Proves("SF-08")
  void aKilledDaemonComesBackWithItsKeyAndTheBytesThatArrived() throws Exception {
    Process upload = upload("big");
    String before = hostKey();

    node.kill();

    assertThat(upload.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(upload.exitValue()).isNotZero();
    long kept = Files.size(node.volume(server).resolve("big"));
    node.start();
    assertThat(hostKey()).isEqualTo(before);
    Result resumed =
        client().sftp("reput " + directory + "/big big", "get big " + directory + "/whole");
    assertDone(resumed);
    assertThat(Files.size(directory.resolve("whole"))).isEqualTo(64 << 20).isGreaterThan(kept);
  }

  private String hostKey() throws IOException, InterruptedException {
    Engine.Result scanned =
        Engine.run("ssh-keyscan", "-p", String.valueOf(port), "-t", "ed25519", "127.0.0.1");
    return scanned.output().lines().filter(line -> line.startsWith("[")).findFirst().orElseThrow();
  }

  @Test
  void theGameWritesTheFileThatIsBeingUploaded() throws Exception {
    node.power(server, "start");
    node.awaitState(server, "running");
    Process upload = upload("big");
    for (int i = 0; i < 20; i++) {
      Engine.docker("exec", server.toString(), "sh", "-c", "echo game >> /home/container/big");
    }
    Engine.docker("exec", server.toString(), "sh", "-c", ": > /home/container/big");
    Engine.docker("exec", server.toString(), "rm", "/home/container/big");

    upload.destroy();
    assertThat(upload.waitFor(10, TimeUnit.SECONDS)).isTrue();
    Result again = client().sftp("put " + directory + "/big big", "ls -l big");

    assertDone(again);
    assertThat(again.output()).contains(String.valueOf(64 << 20));
  }

  @Test
  void theConsoleWorksOverSsh() throws Exception {
    node.power(server, "start");
    node.awaitState(server, "running");
    Process console = client().startSsh(List.of("-tt"));
    StringBuffer shown = new StringBuffer();
    Thread.ofVirtual().start(() -> collect(console, shown));
    await().until(() -> shown.toString().contains("Server marked as running"));
    await("the log").until(() -> shown.toString().contains("Ready to play"));

    try (OutputStream keys = console.getOutputStream()) {
      type(keys, "echo over-ssh\r");
      await("the game's answer").until(() -> shown.toString().contains("over-ssh\r\n\u001b[2K"));
      type(keys, ".wings stats\r");
      await().until(() -> shown.toString().contains("Memory:"));
      assertDone(client().ssh("echo", "by-exec"));
      await().until(() -> shown.toString().contains("by-exec"));
      type(keys, ".wings power stop\r");
      await().until(() -> shown.toString().contains("Server marked as offline"));
      type(keys, "\u0003");
      assertThat(console.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
    await("activity")
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            panel
                .activityEvents()
                .containsAll(List.of("server:console.command", "server:power.stop")));
  }

  private static void type(OutputStream keys, String text) throws IOException {
    keys.write(text.getBytes(UTF_8));
    keys.flush();
  }

  private static void collect(Process process, StringBuffer shown) {
    byte[] part = new byte[4096];
    try {
      for (int n = process.getInputStream().read(part);
          n >= 0;
          n = process.getInputStream().read(part)) {
        shown.append(new String(part, 0, n, UTF_8));
      }
    } catch (IOException closed) {
      shown.append("[closed]");
    }
  }

  @Test
  void aPortThatIsTakenEndsTheDaemonWithAReason() throws Exception {
    node.terminate();
    try (ServerSocket taken = new ServerSocket(port)) {
      Process daemon = node.launch();

      assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();

      assertThat(daemon.exitValue()).isEqualTo(1);
      assertThat(node.output())
          .contains("sftp cannot listen on")
          .contains("" + taken.getLocalPort());
    }
  }
}
