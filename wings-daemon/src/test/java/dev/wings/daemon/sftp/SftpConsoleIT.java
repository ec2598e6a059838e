package dev.wings.daemon.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.sftp.OpenSsh.Result;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The console of a server over `ssh`.
@Timeout(120)
class SftpConsoleIT {
  @TempDir Path directory;
  private SftpFixture node;

  @BeforeAll
  static void client() {
    OpenSsh.require();
  }

  @BeforeEach
  void open() throws IOException {
    node = new SftpFixture(directory);
    node.server.become(ServerState.RUNNING);
  }

  @AfterEach
  void close() {
    node.close();
  }

  /// An open console whose output is collected.
  private final class Console implements AutoCloseable {
    private final Process process = node.client().startSsh(List.of("-tt"));
    private final StringBuffer output = new StringBuffer();

    Console() throws IOException {
      Thread.ofVirtual()
          .start(() -> {
            byte[] part = new byte[4096];
            try {
              for (int n = process.getInputStream().read(part);
                  n >= 0;
                  n = process.getInputStream().read(part)) {
                output.append(new String(part, 0, n, UTF_8));
              }
            } catch (IOException closed) {
              output.append("[closed]");
            }
          });
    }

    void type(String text) throws IOException {
      OutputStream in = process.getOutputStream();
      in.write(text.getBytes(UTF_8));
      in.flush();
    }

    Console sees(String text) {
      await("sees " + text).until(() -> output.toString().contains(text));
      return this;
    }

    @Override
    public void close() {
      process.destroy();
    }
  }

  @Test
  void showsTheConsoleAndTakesCommands() throws Exception {
    node.server.willLog(List.of("an old line"));
    try (Console console = new Console()) {
      console.sees("Server marked as running").sees("an old line");
      node.server.events().publish(new ServerEvent.ConsoleOutput(List.of("a new line"), 0));
      console.sees("a new line");

      console.type("say hi\r");

      await()
          .untilAsserted(() ->
              assertThat(node.server.commands())
                  .extracting(FakeServer.Command::text)
                  .containsExactly("say hi"));
      assertThat(node.server.commands().getFirst().actor().user()).isEqualTo(SftpFixture.USER);
      console.type(".wings version\r");
      console.sees("1.2.3");
      console.type(".wings power restart\r");
      await().until(() -> !node.server.powerRequests().isEmpty());
      assertThat(node.server.powerRequests().getFirst().action()).isEqualTo(PowerAction.RESTART);
      assertThat(node.server.powerRequests().getFirst().checked()).isTrue();

      console.type("\u0003");
      assertThat(console.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void theNameOfTheDaemonsCommandsIsReadAtUse() throws Exception {
    try (Console console = new Console()) {
      console.sees("running");
      node.config.set("system.sftp.shell.cli.name", "!node");

      console.type("!node version\r");

      console.sees("1.2.3");
    }
  }

  @Test
  void aMessageForOneUserIsShownToThatUser() throws Exception {
    try (Console console = new Console()) {
      console.sees("running");
      for (List<java.util.UUID> users :
          List.of(List.of(new java.util.UUID(1, 2)), List.of(SftpFixture.USER))) {
        node.server
            .events()
            .publish(
                new ServerEvent.Targeted(
                    users, List.of(), "daemon message", List.of("for " + users.getFirst())));
      }
      console.sees("for " + SftpFixture.USER);
      assertThat(console.output.toString()).doesNotContain("for 00000000");
    }
  }

  @Test
  void aConsoleThatIsNotReadHoldsUpNobody() throws Exception {
    Process deaf = node.client().startSsh(List.of("-tt"));
    await().until(() -> deaf.getInputStream().available() > 0);
    String line = "x".repeat(1000);

    for (int i = 0; i < 50_000; i++) { // returns although nobody reads
      node.server.events().publish(new ServerEvent.ConsoleOutput(List.of(line), 0));
    }

    try (Console other = new Console()) {
      other.sees("Server marked as running");
    }
    deaf.destroy();
  }

  @Test
  @Proves("SF-07")
  void withoutShellNoConsoleAndNoCommands() throws Exception {
    node.config.set("system.sftp.shell.enabled", false);
    assertThat(node.client().ssh("say hi").status()).isNotZero();
    node.config.set("system.sftp.shell.enabled", true);
    node.permit("files.sftp", "control.console"); // without websocket.connect
    assertThat(node.client().ssh("say hi").status()).isNotZero();

    assertThat(node.server.commands()).isEmpty();
    assertThat(node.client().sftp("ls /").status()).isNotZero(); // without files.read
  }

  @Test
  void aCommandIsTypedIntoTheConsole() throws Exception {
    Result result = node.client().ssh("say", "hi");

    assertThat(result.status()).as(result.output()).isZero();
    assertThat(node.server.commands())
        .extracting(FakeServer.Command::text)
        .containsExactly("say hi");
  }

  @Test
  void archivesArePackedAndUnpacked() throws Exception {
    Files.createDirectories(node.host.resolve("plugins"));
    Files.writeString(node.host.resolve("plugins/a b.txt"), "content");
    Files.writeString(node.host.resolve("plugins/hidden.key"), "secret");
    node.deny("*.key");

    assertThat(node.client().ssh("cd /plugins; tar -czf /out.tar.gz hidden.key").status())
        .isEqualTo(1);
    Result packed = node.client().ssh("cd /plugins; tar -czf /out.tar.gz ./a\\ b.txt");
    assertThat(packed.status()).as(packed.output()).isZero();
    Files.createDirectory(node.host.resolve("into"));
    Result unpacked = node.client().ssh("tar -xzpPf /out.tar.gz -C /into");

    assertThat(unpacked.status()).as(unpacked.output()).isZero();
    assertThat(node.host.resolve("into/a b.txt")).hasContent("content");
    assertThat(node.host.resolve("into/hidden.key")).doesNotExist();
    assertThat(node.activity("server:file.compress")).isEqualTo("[\"a b.txt\"]");
    assertThat(node.activity("server:file.decompress"))
        .isEqualTo("[{\"directory\":\"into\",\"file\":\"out.tar.gz\"}]");
    assertThat(node.client().ssh("tar -xf /missing.tar -C /into").status()).isEqualTo(1);
    Result whole = node.client().ssh("cd into; tar -cf ../whole.tar .");
    assertThat(whole.status()).as(whole.output()).isZero();
    Files.createDirectory(node.host.resolve("again"));
    assertThat(node.client().ssh("cd plugins; tar -cf ../escape.tar ../into").status())
        .isEqualTo(1);
    Result all = node.client().ssh("cd plugins; tar -cf /all.tar *");
    assertThat(all.status()).as(all.output()).isZero();
    assertThat(node.client().ssh("tar -xf all.tar -C again").status()).isZero();
    assertThat(node.host.resolve("again/hidden.key")).doesNotExist();
    Files.delete(node.host.resolve("again/a b.txt"));
    assertThat(node.client().ssh("tar -xf whole.tar -C again").status()).isZero();
    assertThat(node.host.resolve("again/a b.txt")).hasContent("content");
  }
}
