package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.core.token.TokenIssuer;
import dev.wings.daemon.panel.ScriptedPanel;
import dev.wings.daemon.panel.ScriptedPanel.BackupReport;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Backups of the packaged daemon while a game runs, and while the daemon dies.
class BackupsIT {
  private static final UUID USER = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");

  @TempDir Path directory;

  @BeforeAll
  static void engine() throws Exception {
    Engine.require();
  }

  private static HttpResponse<String> make(TestNode node, UUID server, UUID backup)
      throws IOException {
    return node.post(
        "/api/servers/" + server + "/backup",
        "{\"adapter\":\"wings\",\"uuid\":\"" + backup + "\",\"ignore\":\"\"}");
  }

  private static HttpResponse<String> restore(
      TestNode node, UUID server, UUID backup, boolean truncate) throws IOException {
    return node.post(
        "/api/servers/" + server + "/backup/" + backup + "/restore",
        "{\"adapter\":\"wings\",\"truncate_directory\":" + truncate + "}");
  }

  private static void reported(ScriptedPanel panel, String kind, UUID backup, boolean successful) {
    await(kind + " " + successful)
        .atMost(Duration.ofSeconds(40))
        .until(() ->
            panel.backupReports().stream()
                .filter(report -> report.kind().equals(kind) && report.backup().equals(backup))
                .map(BackupReport::successful)
                .toList()
                .equals(List.of(successful)));
  }

  private static Path kept(TestNode node, UUID backup) {
    return node.root().resolve("backups").resolve(backup + ".tar.gz");
  }

  private static HttpResponse<byte[]> download(TestNode node, UUID backup, String range)
      throws IOException, InterruptedException {
    String token =
        new TokenIssuer(ScriptedPanel.TOKEN, InstantSource.system())
            .backupDownload(USER, backup, Duration.ofMinutes(5));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + node.port() + "/download/backup?token=" + token));
    if (!range.isEmpty()) {
      request.header("Range", range);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    }
  }

  /// Many bytes that cannot be made small, so that there is time to kill.
  private static void fill(Path volume, int mib) throws IOException {
    Random random = new Random(1);
    byte[] part = new byte[1 << 20];
    for (int i = 0; i < mib; i++) {
      random.nextBytes(part);
      Files.write(volume.resolve("filler-" + i), part);
    }
  }

  @Test
  void backupOfARunningServerIsMadeDownloadedRestoredAndDeleted() throws Exception {
    UUID id = UUID.randomUUID();
    UUID backup = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      node.power(id, "start");
      node.awaitState(id, "running");
      Files.writeString(node.volume(id).resolve("world"), "before");

      assertThat(make(node, id, backup).statusCode()).isEqualTo(202);
      reported(panel, "backup", backup, true);
      assertThat(node.state(id)).isEqualTo("running");
      assertThat(make(node, id, backup).statusCode()).isEqualTo(409);

      byte[] file = Files.readAllBytes(kept(node, backup));
      assertThat(Arrays.equals(download(node, backup, "").body(), file)).isTrue();
      HttpResponse<byte[]> part = download(node, backup, "bytes=5-14");
      assertThat(part.statusCode()).isEqualTo(206);
      assertThat(part.body()).isEqualTo(Arrays.copyOfRange(file, 5, 15));

      Files.writeString(node.volume(id).resolve("world"), "griefed");
      Files.writeString(node.volume(id).resolve("later"), "1");
      panel.refuseBackupReports(2); // the Panel commits its own request late
      assertThat(restore(node, id, backup, false).statusCode()).isEqualTo(202);
      reported(panel, "restore", backup, true);
      assertThat(node.volume(id).resolve("world")).hasContent("before");
      assertThat(node.volume(id).resolve("later")).exists();
      assertThat(node.state(id)).isEqualTo("offline");

      assertThat(
              node.delete(
                      "/api/backups/" + backup,
                      "{\"adapter\":\"wings\",\"foreground\":false,\"server\":\"" + id + "\"}")
                  .statusCode())
          .isEqualTo(202);
      reported(panel, "deletion", backup, true);
      assertThat(kept(node, backup)).doesNotExist();
      assertThat(panel.violations()).isEmpty();
    }
  }

  @Test
  void restoreThatEmptiesTheServerLeavesOnlyWhatWasBackedUp() throws Exception {
    UUID id = UUID.randomUUID();
    UUID backup = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      Files.writeString(node.volume(id).resolve("world"), "before");
      make(node, id, backup);
      reported(panel, "backup", backup, true);
      Files.writeString(node.volume(id).resolve("later"), "1");

      restore(node, id, backup, true);

      reported(panel, "restore", backup, true);
      assertThat(node.volume(id).resolve("world")).hasContent("before");
      assertThat(node.volume(id).resolve("later")).doesNotExist();
    }
  }

  @Test
  @Proves("BK-03")
  void creationThatWasKilledLeavesNothingAndIsReportedBeforeTheNodeReportsItsStart()
      throws Exception {
    UUID id = UUID.randomUUID();
    UUID backup = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      fill(node.volume(id), 256);
      make(node, id, backup);
      await("something is written").until(() -> Files.exists(part(node, backup)));

      node.kill();
      assertThat(part(node, backup)).exists();
      int before = panel.requests().size();
      node.start();

      reported(panel, "backup", backup, false);
      assertThat(panel.requests().subList(before, panel.requests().size()))
          .startsWith("POST /api/remote/backups/" + backup, "POST /api/remote/servers/reset");
      assertNothingLeft(node, backup);
      assertThat(make(node, id, backup).statusCode()).isEqualTo(202);
      await("made at the second attempt")
          .atMost(Duration.ofSeconds(40))
          .until(() -> results(panel, backup).equals(List.of(false, true)));
    }
  }

  @Test
  @Proves("BK-05")
  void creationUnderWayIsEndedByItsDeletion() throws Exception {
    UUID id = UUID.randomUUID();
    UUID backup = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node =
            new TestNode(
                    directory,
                    panel,
                    config ->
                        config
                            .withObject("/system/backups")
                            .put("write_limit", 16)) // there is time to ask
                .start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      fill(node.volume(id), 128);
      make(node, id, backup);
      await("something is written").until(() -> Files.exists(part(node, backup)));
      assertThat(restore(node, id, backup, true).statusCode()).isEqualTo(404);
      assertThat(make(node, id, backup).statusCode()).isEqualTo(409);

      String body = "{\"adapter\":\"wings\",\"foreground\":false,\"server\":null}";
      assertThat(node.delete("/api/backups/" + backup, body).statusCode()).isEqualTo(202);

      reported(panel, "deletion", backup, true);
      assertThat(results(panel, backup)).containsExactly(false);
      assertNothingLeft(node, backup);
      assertThat(node.delete("/api/backups/" + backup, body).statusCode()).isEqualTo(404);
    }
  }

  private static List<Boolean> results(ScriptedPanel panel, UUID backup) {
    return panel.backupReports().stream()
        .filter(report -> report.kind().equals("backup") && report.backup().equals(backup))
        .map(BackupReport::successful)
        .toList();
  }

  private static Path part(TestNode node, UUID backup) {
    return node.root().resolve("backups").resolve(backup + ".tar.gz.part");
  }

  private static void assertNothingLeft(TestNode node, UUID backup) throws IOException {
    try (Stream<Path> all = Files.list(node.root().resolve("backups"))) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith(backup.toString()));
    }
  }

  @Test
  @Proves("BK-04")
  void restoreThatWasKilledLeavesTheOldTreeOrTheNewOne() throws Exception {
    UUID id = UUID.randomUUID();
    UUID backup = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      fill(node.volume(id), 128);
      Files.writeString(node.volume(id).resolve("world"), "before");
      make(node, id, backup);
      reported(panel, "backup", backup, true);
      Files.writeString(node.volume(id).resolve("world"), "after");

      restore(node, id, backup, true);
      await("staging").until(() -> staging(node, id));
      node.kill();
      node.start();

      await("restore reported")
          .atMost(Duration.ofSeconds(40))
          .until(() ->
              panel.backupReports().stream().anyMatch(report -> report.kind().equals("restore")));
      boolean successful =
          panel.backupReports().stream()
              .filter(report -> report.kind().equals("restore"))
              .findFirst()
              .orElseThrow()
              .successful();
      assertThat(node.volume(id).resolve("world")).hasContent(successful ? "before" : "after");
      assertThat(node.volume(id).resolve("filler-127")).hasSize(1 << 20);
      await("nothing staged any more").until(() -> !staging(node, id));
      assertThat(node.state(id)).isEqualTo("offline");
      node.power(id, "start");
      node.awaitState(id, "running");
    }
  }

  private static boolean staging(TestNode node, UUID server) throws IOException {
    try (Stream<Path> all = Files.list(node.volume(server))) {
      return all.anyMatch(path -> path.getFileName().toString().startsWith(".wings-staging-"));
    }
  }

  @Test
  @Proves("PN-03")
  void resultsReachAPanelThatWasAway() throws Exception {
    UUID id = UUID.randomUUID();
    UUID backup = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      panel.goAway();
      make(node, id, backup);
      await("made").atMost(Duration.ofSeconds(20)).until(() -> Files.exists(kept(node, backup)));
      node.kill();
      node.start();
      assertThat(panel.backupReports()).isEmpty();

      panel.comeBack();

      reported(panel, "backup", backup, true);
      assertThat(kept(node, backup)).exists();
    }
  }
}
