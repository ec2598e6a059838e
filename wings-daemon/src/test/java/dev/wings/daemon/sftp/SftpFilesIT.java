package dev.wings.daemon.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.panel.SftpAccess;
import dev.wings.core.permission.PermissionSet;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.sftp.OpenSsh.Result;
import dev.wings.fs.revision.FileRevision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Files over SFTP with the real clients of OpenSSH.
@Timeout(120)
class SftpFilesIT {
  @TempDir Path directory;
  private SftpFixture node;

  @BeforeAll
  static void client() {
    OpenSsh.require();
  }

  @BeforeEach
  void open() throws IOException {
    node = new SftpFixture(directory);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static void assertDone(Result result) {
    assertThat(result.status()).as(result.output()).isZero();
  }

  @Test
  void uploadListDownloadRenameAndDelete() throws Exception {
    byte[] content = "hello world\n".repeat(50_000).getBytes(UTF_8);
    node.local("up.txt", content);

    Result result =
        node.client()
            .sftp(
                "put " + directory + "/up.txt /up.txt",
                "mkdir /plugins",
                "rename /up.txt /plugins/moved.txt",
                "ls -l /plugins",
                "get /plugins/moved.txt " + directory + "/down.txt",
                "rm /plugins/moved.txt",
                "rmdir /plugins",
                "put " + directory + "/up.txt");

    assertDone(result);
    assertThat(result.output()).contains("moved.txt", String.valueOf(content.length));
    assertThat(Files.readAllBytes(directory.resolve("down.txt"))).isEqualTo(content);
    assertThat(node.host.resolve("plugins")).doesNotExist();
    assertThat(node.host.resolve("up.txt")).hasBinaryContent(content);
    assertThat(Files.getAttribute(node.host.resolve("up.txt"), "unix:uid"))
        .isEqualTo(SftpFixture.UID);
    await()
        .untilAsserted(() -> {
          assertThat(node.activity("server:sftp.create")).isEqualTo("[\"up.txt\", \"up.txt\"]");
          assertThat(node.activity("server:sftp.create-directory")).isEqualTo("[\"plugins\"]");
          assertThat(node.activity("server:sftp.rename"))
              .isEqualTo("[{\"from\":\"up.txt\",\"to\":\"plugins/moved.txt\"}]");
          assertThat(node.activity("server:sftp.delete"))
              .isEqualTo("[\"plugins/moved.txt\", \"plugins\"]");
        });
    assertThat(node.activity("server:sftp.read")).isEqualTo("[]");
    assertThat(node.activity("server:sftp.login")).isEqualTo("[]");
    assertThat(node.server.activities())
        .allSatisfy(entry -> {
          assertThat(entry.actor().user()).isEqualTo(SftpFixture.USER);
          assertThat(entry.actor().ip()).isEqualTo("127.0.0.1");
        });
  }

  @Test
  void logsInWithAKeyThatThePanelKnows() throws Exception {
    Path key = OpenSsh.newKey(directory);
    node.panel.login(
        SftpFixture.NAME,
        OpenSsh.line(key),
        new SftpAccess(
            SftpFixture.USER, SftpFixture.SERVER, PermissionSet.parse(List.of("*")), List.of()));
    node.config.set("system.sftp.activity.log_logins", true);

    assertDone(node.client().password("").key(key).sftp("ls /"));

    assertThat(node.panel.attempts()).hasSize(1);
    await()
        .untilAsserted(() ->
            assertThat(node.activity("server:sftp.login"))
                .isEqualTo("[{\"method\":\"public_key\"}]"));
  }

  @Test
  void whoIsRefusedIsAskedAboutOnce() throws Exception {
    assertThat(node.client().password("wrong").sftp("ls /").status()).isNotZero();
    assertThat(node.panel.attempts()).hasSize(1);

    node.permit("websocket.connect", "files.read"); // without files.sftp
    assertThat(node.client().sftp("ls /").status()).isNotZero();
  }

  @Test
  void anotherServersIdIsNoQuestionForThePanel() throws Exception {
    assertThat(node.client("alice.00000000").sftp("ls /").status()).isNotZero();
    assertThat(node.client("alice").sftp("ls /").status()).isNotZero();

    assertThat(node.panel.attempts()).isEmpty();
  }

  @Test
  @Proves("PN-04")
  void whileThePanelIsAwayOpenConnectionsStayAndNewOnesAreRefused() throws Exception {
    Process open = node.client().startSsh(List.of("-tt"));
    await().untilAsserted(() -> assertThat(node.panel.attempts()).hasSize(1));
    node.panel.away(true);
    assertThat(node.client().sftp("ls /").status()).isNotZero();
    assertThat(node.panel.attempts()).hasSize(2);
    assertThat(open.isAlive()).isTrue();

    node.panel.away(false);
    assertDone(node.client().sftp("ls /"));

    open.destroy();
  }

  @Test
  @Proves("QU-01")
  void anUploadBeyondTheLimitFailsAndKeepsWhatFitted() throws Exception {
    node.volume.limit(3L << 20);
    node.local("big", new byte[8 << 20]);

    Result result = node.client().sftp("put " + directory + "/big /big");

    assertThat(result.status()).isNotZero();
    assertThat(Files.size(node.host.resolve("big"))).isBetween(1L << 20, 4L << 20);
    Result small = node.client().sftp("df -h /");
    assertDone(small);
    assertThat(small.output()).contains("3.0MB");
  }

  @Test
  @Proves("FS-06")
  void hiddenFilesDoNotExist() throws Exception {
    Files.writeString(node.host.resolve("secret.key"), "k");
    Files.writeString(node.host.resolve("visible.txt"), "v");
    Files.createDirectory(node.host.resolve("private"));
    Files.writeString(node.host.resolve("private/data"), "d");
    Files.createSymbolicLink(node.host.resolve("link.txt"), Path.of("secret.key"));
    node.deny("*.key");
    node.permit(List.of("private/"), "*");

    Result list = node.client().sftp("ls /");
    assertDone(list);
    assertThat(list.output()).contains("visible.txt").doesNotContain("secret", "private", "link");
    for (String command :
        List.of(
            "get /secret.key " + directory + "/stolen",
            "get /link.txt " + directory + "/stolen",
            "get /private/data " + directory + "/stolen",
            "ls /private",
            "rm /private/data",
            "rename /secret.key /shown.txt",
            "rename /visible.txt /other.key",
            "put " + directory + "/askpass /new.key",
            "mkdir /sub/private",
            "chmod 777 /secret.key",
            "ln /secret.key /hard.txt",
            "rmdir /private")) {
      assertThat(node.client().sftp(command).status()).as(command).isNotZero();
    }
    assertThat(directory.resolve("stolen")).doesNotExist();
    assertThat(node.host.resolve("private/data")).exists();
    assertThat(node.host.resolve("new.key")).doesNotExist();

    node.deny();
    assertThat(node.client().sftp("ls /").output()).contains("secret.key");
  }

  @Test
  @Proves("FS-06")
  void aDirectoryWithHiddenEntriesIsNotMovedToWhereTheyWouldBeSeen() throws Exception {
    Files.createDirectories(node.host.resolve("app"));
    Files.writeString(node.host.resolve("app/db.cfg"), "password");
    Files.writeString(node.host.resolve("app/readme"), "r");
    node.deny("app/db.cfg");

    assertThat(node.client().sftp("rename /app /seen").status()).isNotZero();
    assertThat(node.client().sftp("rmdir /app").status()).isNotZero();

    assertThat(node.host.resolve("app/db.cfg")).exists();
  }

  @Test
  @Proves("FS-06")
  void aListThatCannotBeUnderstoodHidesEverything() throws Exception {
    Files.writeString(node.host.resolve("visible.txt"), "v");
    node.permit(List.of("[unclosed"), "*");

    Result list = node.client().sftp("ls /");

    assertDone(list);
    assertThat(list.output()).doesNotContain("visible");
  }

  @Test
  void namesAreBytes() throws Exception {
    Process made =
        new ProcessBuilder("sh", "-c", "printf x > \"$(printf 'caf\\351')\"")
            .directory(node.host.toFile())
            .start();
    assertThat(made.waitFor()).isZero();

    assertDone(node.client().sftp("get /caf? " + directory + "/down"));

    assertThat(directory.resolve("down")).hasContent("x");
  }

  @Test
  void readsAreRecordedWhenTheOperatorWantsThat() throws Exception {
    Files.writeString(node.host.resolve("a.txt"), "a");
    node.config.set("system.sftp.activity.log_file_reads", true);

    assertDone(node.client().sftp("get /a.txt " + directory + "/a.txt"));

    await()
        .untilAsserted(
            () -> assertThat(node.activity("server:sftp.read")).isEqualTo("[\"a.txt\"]"));
  }

  @Test
  void readOnlyModeIsReadAtUse() throws Exception {
    node.local("up.txt", new byte[10]);
    node.config.set("system.sftp.read_only", true);
    assertThat(node.client().sftp("put " + directory + "/up.txt").status()).isNotZero();

    node.config.set("system.sftp.read_only", false);
    assertDone(node.client().sftp("put " + directory + "/up.txt"));
  }

  @Test
  void anEditIsInTheHistory() throws Exception {
    Path file = Files.writeString(node.host.resolve("server.properties"), "old");
    Files.writeString(directory.resolve("new"), "new content");

    assertDone(node.client().sftp("put " + directory + "/new /server.properties"));

    assertThat(file).hasContent("new content");
    await().untilAsserted(() -> assertThat(revisions("server.properties")).hasSize(2));
    FileRevision newest = revisions("server.properties").getFirst();
    assertThat(newest.user()).isEqualTo(Optional.of(SftpFixture.USER));
    assertThat(newest.size()).isEqualTo(11);
  }

  private List<FileRevision> revisions(String path) throws IOException {
    return node.revisions.list(SftpFixture.SERVER, path);
  }

  @Test
  void savingByRemovingAndRenamingIsAnEditToo() throws Exception {
    Files.writeString(node.host.resolve("config.yml"), "old");
    Files.writeString(directory.resolve("new"), "new");

    assertDone(
        node.client()
            .sftp(
                "put " + directory + "/new /config.yml.tmp",
                "rm /config.yml",
                "rename /config.yml.tmp /config.yml"));

    assertThat(revisions("config.yml")).hasSize(2);
    assertThat(
            node.revisions.content(
                SftpFixture.SERVER, "config.yml", revisions("config.yml").getLast().id()))
        .hasValueSatisfying(before -> assertThat(new String(before, UTF_8)).isEqualTo("old"));
  }

  @Test
  void scpWorksThroughSftpAndItsOldFormIsRefused() throws Exception {
    node.local("up.txt", "scp".getBytes(UTF_8));

    assertDone(node.client().scp(List.of(), directory + "/up.txt", ":/copied.txt"));
    assertDone(node.client().scp(List.of(), ":/copied.txt", directory + "/back.txt"));
    assertThat(directory.resolve("back.txt")).hasContent("scp");

    Result old = node.client().scp(List.of("-O"), directory + "/up.txt", ":/old.txt");
    assertThat(old.status()).isNotZero();
    assertThat(node.server.commands()).isEmpty();
    assertThat(node.host.resolve("old.txt")).doesNotExist();
  }

  @Test
  void thousandsOfSmallFilesAreUploadedAndRecordedTogether() throws Exception {
    Path many = Files.createDirectory(directory.resolve("many"));
    for (int i = 0; i < 3000; i++) {
      Files.writeString(many.resolve("file" + i), "content " + i);
    }

    assertDone(node.client().sftp("put -r " + many + " /many"));

    try (var files = Files.list(node.host.resolve("many"))) {
      assertThat(files).hasSize(3000);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(node.activity("server:sftp.create").split(",")).hasSize(3000));
    assertThat(node.server.activities().size()).isLessThan(3000);
  }
}
