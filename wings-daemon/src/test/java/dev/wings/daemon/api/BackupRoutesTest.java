package dev.wings.daemon.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.backup.ddup.DdupBackups;
import dev.wings.backup.local.LocalBackups;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.core.token.TokenIssuer;
import dev.wings.core.token.TokenScope;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Backups over HTTP: real routes, real archives, two servers with real volumes.
@Timeout(60)
class BackupRoutesTest {
  private static final UUID FIRST = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final UUID SECOND = UUID.fromString("f0663472-586d-475e-bde9-e77d6303ac27");
  private static final UUID USER = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");
  private static final UUID BACKUP = UUID.fromString("519e25c5-76ed-4563-ae2d-28d6fba99182");
  private static final String OF_FIRST = "/api/servers/" + FIRST + "/backup";

  @TempDir private Path directory;
  private final TestBackups.Reports reports = new TestBackups.Reports();
  private final TokenIssuer issuer = new TokenIssuer(TestConfig.TOKEN, InstantSource.system());
  private final List<Volume> volumes = new ArrayList<>();
  private ApiFixture api;
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    TestConfig config = new TestConfig();
    config.set("system.backups.wings.archive_format", "zip");
    Path kept = directory.resolve("backups");
    ArchiveWriter archives = new ArchiveWriter(32L << 20, new Random(1));
    api =
        new ApiFixture(
            config,
            servers ->
                TestBackups.of(
                    kept,
                    config,
                    servers,
                    reports,
                    List.of(
                        new LocalBackups(kept, archives, config),
                        new DdupBackups(kept, archives, config))));
    server = server(FIRST, "one");
    server(SECOND, "two");
    Files.writeString(host(FIRST).resolve("world.txt"), "the world");
    Files.createDirectories(host(FIRST).resolve("plugins"));
    Files.writeString(host(FIRST).resolve("plugins/list"), "a plugin");
  }

  @AfterEach
  void stop() {
    api.close();
    volumes.forEach(Volume::close);
  }

  private FakeServer server(UUID id, String name) throws IOException {
    int uid = (int) Files.getAttribute(directory, "unix:uid");
    Volume volume = new Volumes(VolumeSettings.of(directory.resolve("volumes"), uid, uid)).of(id);
    volume.prepare();
    volumes.add(volume);
    FakeServer made =
        new FakeServer(FakeServer.definition(id, name), volume, InstantSource.system());
    api.servers.add(made);
    return made;
  }

  private Path host(UUID id) {
    return directory.resolve("volumes").resolve(id.toString());
  }

  private void make(UUID backup) throws IOException {
    RawClient.Answer answer =
        api.call(
            "POST",
            OF_FIRST,
            "{\"adapter\":\"wings\",\"uuid\":\"" + backup + "\",\"ignore\":\"\"}");
    assertThat(answer.status()).isEqualTo(202);
    assertThat(api.document(answer).isEmpty()).isTrue();
    reported("backup " + backup + " true");
  }

  private void reported(String line) {
    await().atMost(Duration.ofSeconds(20)).until(() -> reports.all.contains(line));
  }

  private String error(RawClient.Answer answer) {
    return api.document(answer).path("error").asText();
  }

  private RawClient.Answer restore(String path, String truncate) throws IOException {
    return api.call(
        "POST", path, "{\"adapter\":\"wings\",\"truncate_directory\":" + truncate + "}");
  }

  private RawClient.Answer delete(UUID backup, String rest) throws IOException {
    return api.call("DELETE", "/api/backups/" + backup, "{\"adapter\":\"wings\"" + rest + "}");
  }

  private RawClient.Answer download(String token, String... headers) throws IOException {
    StringBuilder head =
        new StringBuilder("GET /download/backup?token=" + token + " HTTP/1.1\r\nHost: node\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    try (RawClient client = api.client()) {
      return client.send(head.append("\r\n").toString()).read();
    }
  }

  private String token(UUID backup) {
    return issuer.backupDownload(USER, backup, Duration.ofMinutes(15));
  }

  private RawClient.Answer files(UUID of, String route) throws IOException {
    return api.call("GET", "/api/servers/" + of + "/files/" + route, "");
  }

  @Test
  void backupIsMadeFoundRestoredAndDeleted() throws IOException {
    make(BACKUP);
    RawClient.Answer again =
        api.call(
            "POST",
            OF_FIRST,
            "{\"adapter\":\"wings\",\"uuid\":\"" + BACKUP + "\",\"ignore\":\"\"}");
    assertThat(again.status()).isEqualTo(409);
    assertThat(error(again)).isEqualTo("backup already exists");
    JsonNode query =
        api.document(api.call("GET", "/api/backups/" + BACKUP + "/query?adapter=wings", ""));
    assertThat(query.path("archive_format").asText()).isEqualTo("zip");
    assertThat(query.path("size").asLong())
        .isEqualTo(Files.size(directory.resolve("backups/" + BACKUP + ".zip")));

    Files.writeString(host(FIRST).resolve("world.txt"), "griefed");
    Files.writeString(host(FIRST).resolve("later"), "1");
    assertThat(restore(OF_FIRST + "/" + BACKUP + "/restore", "false").status()).isEqualTo(202);
    reported("restore " + BACKUP + " true");
    assertThat(host(FIRST).resolve("world.txt")).hasContent("the world");
    assertThat(host(FIRST).resolve("later")).exists();

    reports.all.clear();
    assertThat(restore(OF_FIRST + "/" + BACKUP + "/restore", "true").status()).isEqualTo(202);
    reported("restore " + BACKUP + " true");
    assertThat(host(FIRST).resolve("plugins/list")).hasContent("a plugin");
    assertThat(host(FIRST).resolve("later")).doesNotExist();

    assertThat(delete(BACKUP, ",\"foreground\":false,\"server\":null").status()).isEqualTo(202);
    reported("deletion " + BACKUP + " true");
    RawClient.Answer gone = delete(BACKUP, "");
    assertThat(gone.status()).isEqualTo(404);
    assertThat(error(gone)).isEqualTo("backup not found");
    assertThat(directory.resolve("backups/" + BACKUP + ".zip")).doesNotExist();
  }

  @Test
  void whoWaitsForADeletionGetsItsEndAndThePanelNoReport() throws IOException {
    make(BACKUP);

    RawClient.Answer answer = delete(BACKUP, ",\"foreground\":true");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(directory.resolve("backups/" + BACKUP + ".zip")).doesNotExist();
    assertThat(reports.all).containsExactly("backup " + BACKUP + " true");
  }

  @Test
  void serverDeletesItsOwnWithoutAReport() throws IOException {
    make(BACKUP);

    assertThat(api.call("DELETE", OF_FIRST + "/" + BACKUP, "").status()).isEqualTo(202);

    await().until(() -> !Files.exists(directory.resolve("backups/" + BACKUP + ".zip")));
    await().until(() -> api.backups.catalog().isEmpty());
    assertThat(reports.all).containsExactly("backup " + BACKUP + " true");
  }

  @Test
  void kindWithoutADriverIsAcceptedAndReportedAsFailed() throws IOException {
    RawClient.Answer answer =
        api.call(
            "POST",
            OF_FIRST,
            "{\"adapter\":\"kopia\",\"uuid\":\"" + BACKUP + "\",\"ignore\":\"\"}");

    assertThat(answer.status()).isEqualTo(202);
    reported("backup " + BACKUP + " false");
    RawClient.Answer refused =
        api.call("GET", "/api/backups/" + BACKUP + "/query?adapter=kopia", "");
    assertThat(refused.status()).isEqualTo(501);
    assertThat(error(refused)).isEqualTo("backups of kind kopia are not supported by this build");
  }

  @Test
  void s3NeedsToBeToldWhereTheContentIs() throws IOException {
    RawClient.Answer answer =
        api.call(
            "POST",
            OF_FIRST + "/" + BACKUP + "/restore",
            "{\"adapter\":\"s3\",\"truncate_directory\":true,\"download_url\":null}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(error(answer)).isEqualTo("unable to restore s3 backup without download_url");
    assertThat(api.call("GET", "/api/backups/" + BACKUP + "/query?adapter=s3", "").status())
        .isEqualTo(500);
  }

  @ParameterizedTest
  @CsvSource({
    "sql,           501",
    "dump.zst,      501",
    "sql.gz.gz,     400",
    "exe,           400",
    "../../etc/sql, 400"
  })
  void databasesAreRefusedPrecisely(String extension, int status) throws IOException {
    RawClient.Answer answer =
        api.call(
            "POST",
            "/api/servers/" + FIRST + "/database-backup",
            "{\"adapter\":\"wings\",\"uuid\":\"%s\",\"database_instance\":\"%s\",\"extension\":\"%s\"}"
                .formatted(BACKUP, USER, extension));

    assertThat(answer.status()).isEqualTo(status);
    assertThat(error(answer))
        .contains(status == 400 ? "extension" : "databases are not supported by this build");
  }

  @Test
  void everyRequestOfTheRealPanelIsUnderstood() throws IOException {
    for (String route :
        List.of("server-backup", "server-backup-backup-restore", "backups-backup")) {
      for (JsonNode exchange : PanelSamples.exchanges("node-api/" + route)) {
        String path = exchange.path("path").asText();
        if (path.startsWith("/api/servers/") && !path.contains(FIRST.toString())) {
          continue;
        }
        byte[] body = PanelSamples.bytes(exchange, "request_body_base64");
        try (RawClient client = api.client()) {
          client.send(
              exchange.path("method").asText()
                  + " "
                  + path
                  + " HTTP/1.1\r\nHost: node\r\nAccept: application/msgpack\r\n"
                  + "Content-Type: application/msgpack\r\nAuthorization: Bearer "
                  + TestConfig.TOKEN
                  + "\r\nContent-Length: "
                  + body.length
                  + "\r\n\r\n");
          RawClient.Answer answer = client.send(body).read();
          assertThat(answer.status())
              .as(exchange.path("note").asText() + " " + new String(answer.body(), UTF_8))
              .isIn(202, 404, 501);
          assertThat(answer.header("content-type")).isEqualTo("application/msgpack");
        }
      }
    }
  }

  // Downloads

  @Test
  void downloadIsTheStoredFile() throws IOException {
    make(BACKUP);
    byte[] stored = Files.readAllBytes(directory.resolve("backups/" + BACKUP + ".zip"));

    RawClient.Answer answer = download(token(BACKUP) + "&archive_format=tar_gz");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(Arrays.mismatch(answer.body(), stored)).isEqualTo(-1);
    assertThat(answer.header("content-type")).isEqualTo("application/zip");
    assertThat(answer.header("accept-ranges")).isEqualTo("bytes");
    assertThat(answer.header("content-disposition"))
        .isEqualTo("attachment; filename=" + BACKUP + ".zip");
  }

  @Test
  void partOfABackupIsDownloaded() throws IOException {
    make(BACKUP);
    byte[] stored = Files.readAllBytes(directory.resolve("backups/" + BACKUP + ".zip"));
    String token = token(BACKUP);

    RawClient.Answer middle = download(token, "Range: bytes=10-19");
    RawClient.Answer end = download(token, "Range: bytes=-7");
    RawClient.Answer beyond = download(token, "Range: bytes=" + stored.length + "-");

    assertThat(middle.status()).isEqualTo(206);
    assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(stored, 10, 20));
    assertThat(middle.header("content-range")).isEqualTo("bytes 10-19/" + stored.length);
    assertThat(end.body()).isEqualTo(Arrays.copyOfRange(stored, stored.length - 7, stored.length));
    assertThat(beyond.status()).isEqualTo(417);
    assertThat(new String(beyond.body(), UTF_8)).contains("failed to download backup");
  }

  @Test
  void linkIsGoodForAsManyUsesAsConfigured() throws IOException {
    make(BACKUP);
    String token = token(BACKUP);
    for (int use = 0; use < 5; use++) {
      assertThat(download(token, "Range: bytes=0-0").status()).isEqualTo(206);
    }

    assertThat(download(token).status()).isEqualTo(401);
  }

  @Test
  void linkToWhatIsGoneOrNoLinkAtAllLeadsNowhere() throws IOException {
    assertThat(download(token(BACKUP)).status()).isEqualTo(404);
    assertThat(download("x.y.z").status()).isEqualTo(401);
    String other = issuer.fileDownload(USER, FIRST, "/a", List.of(), Duration.ofMinutes(1));
    assertThat(download(other).status()).isEqualTo(401);
  }

  private void makeOfPieces() throws IOException {
    byte[] incompressible = new byte[8 << 20];
    new Random(1).nextBytes(incompressible);
    Files.write(host(FIRST).resolve("large"), incompressible);
    RawClient.Answer answer =
        api.call(
            "POST",
            OF_FIRST,
            "{\"adapter\":\"ddup-bak\",\"uuid\":\"" + BACKUP + "\",\"ignore\":\"\"}");
    assertThat(answer.status()).isEqualTo(202);
    reported("backup " + BACKUP + " true");
  }

  @Test
  void backupThatIsNoFileBecomesAnArchiveOnTheWay() throws IOException {
    makeOfPieces();

    RawClient.Answer answer = download(token(BACKUP) + "&archive_format=tar", "Range: bytes=0-1");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-disposition"))
        .isEqualTo("attachment; filename=" + BACKUP + ".tar");
    assertThat(answer.body()).hasSizeGreaterThan(8 << 20);
    assertThat(download(token(BACKUP) + "&archive_format=itaf_gz").status()).isEqualTo(417);
    assertThat(download(token(BACKUP) + "&archive_format=rar5").status()).isEqualTo(400);
  }

  @Test
  @Proves("BK-03")
  void archiveThatFailsMidwayNeverLooksComplete() throws IOException {
    makeOfPieces();
    try (var pieces = Files.walk(directory.resolve("backups"))) {
      for (Path piece : pieces.filter(BackupRoutesTest::isLargePiece).toList()) {
        Files.delete(piece);
      }
    }

    assertThatThrownBy(() -> download(token(BACKUP) + "&archive_format=tar"))
        .isInstanceOf(IOException.class);
  }

  private static boolean isLargePiece(Path path) {
    try {
      return Files.isRegularFile(path) && Files.size(path) > 100_000;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void verificationTellsWhatIsWrong() throws IOException {
    make(BACKUP);
    JsonNode sound = api.document(api.call("POST", "/api/backups/" + BACKUP + "/verify", ""));
    Path stored = directory.resolve("backups/" + BACKUP + ".zip");
    byte[] bytes = Files.readAllBytes(stored);
    bytes[bytes.length / 2] ^= 1;
    Files.write(stored, bytes);

    JsonNode damaged = api.document(api.call("POST", "/api/backups/" + BACKUP + "/verify", ""));

    assertThat(sound.path("sound").asBoolean()).isTrue();
    assertThat(sound.path("files").asLong()).isEqualTo(2);
    assertThat(damaged.path("sound").asBoolean()).isFalse();
    assertThat(damaged.path("faults")).isNotEmpty();
    assertThat(api.document(api.call("GET", "/api/backups", "")).at("/backups/0/uuid").asText())
        .isEqualTo(BACKUP.toString());
  }

  // Browsing

  private String inBackup(UUID backup, String path) {
    return URLEncoder.encode("/.backups/" + backup + path, UTF_8);
  }

  @Test
  void backupIsATreeThatCanBeReadOnly() throws IOException {
    make(BACKUP);

    RawClient.Answer listed = files(FIRST, "list?directory=" + inBackup(BACKUP, ""));
    RawClient.Answer content = files(FIRST, "contents?file=" + inBackup(BACKUP, "/plugins/list"));
    RawClient.Answer written =
        api.call(
            "POST",
            "/api/servers/" + FIRST + "/files/write?file=" + inBackup(BACKUP, "/plugins/list"),
            "x");

    assertThat(listed.status()).isEqualTo(200);
    assertThat(api.document(listed).path("entries"))
        .extracting(entry -> entry.path("name").asText())
        .containsExactly("plugins", "world.txt");
    assertThat(new String(content.body(), UTF_8)).isEqualTo("a plugin");
    assertThat(written.status()).isNotEqualTo(202);
    assertThat(files(FIRST, "contents?file=" + inBackup(BACKUP, "/plugins/list")).body())
        .isEqualTo("a plugin".getBytes(UTF_8));
  }

  @Test
  void viewIsClosedBeforeTheBackupIsDeleted() throws IOException {
    make(BACKUP);
    assertThat(files(FIRST, "list?directory=" + inBackup(BACKUP, "")).status()).isEqualTo(200);

    assertThat(delete(BACKUP, ",\"foreground\":true").status()).isEqualTo(200);

    assertThat(files(FIRST, "list?directory=" + inBackup(BACKUP, "")).status()).isEqualTo(404);
  }

  @Test
  @Proves("BK-02")
  void whatIsHiddenOnTheVolumeIsHiddenInItsBackups() throws IOException {
    make(BACKUP);

    RawClient.Answer listed =
        files(FIRST, "list?directory=" + inBackup(BACKUP, "") + "&ignored=/plugins");
    RawClient.Answer content =
        files(FIRST, "contents?file=" + inBackup(BACKUP, "/plugins/list") + "&ignored=/plugins");

    assertThat(api.document(listed).path("entries"))
        .extracting(entry -> entry.path("name").asText())
        .containsExactly("world.txt");
    assertThat(content.status()).isEqualTo(404);
  }

  // Export

  @Test
  void backupBecomesAFileOfAServer() throws IOException {
    make(BACKUP);

    RawClient.Answer answer =
        api.call(
            "POST",
            "/api/backups/" + BACKUP + "/export",
            "{\"adapter\":\"wings\",\"server\":\"%s\",\"path\":\"/out/exp.tar\",\"archive_format\":\"tar\"}"
                .formatted(SECOND));

    assertThat(answer.status()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
    assertThat(api.document(answer).path("name").asText()).isEqualTo("exp.tar");
    assertThat(
            Files.readString(
                host(SECOND).resolve("out/exp.tar"), java.nio.charset.StandardCharsets.ISO_8859_1))
        .contains("world.txt", "the world");
  }

  @Test
  void backupThatCannotBeBrowsedIsCopiedAsItIs() throws IOException {
    api.config.set("system.backups.wings.archive_format", "tar_zstd");
    make(BACKUP);

    RawClient.Answer answer =
        api.call(
            "POST",
            "/api/backups/" + BACKUP + "/export",
            "{\"adapter\":\"wings\",\"server\":\"%s\",\"path\":\"exp\",\"foreground\":false}"
                .formatted(SECOND));

    assertThat(answer.status()).isEqualTo(202);
    assertThat(api.document(answer).path("identifier").asText()).hasSize(36);
    await().until(() -> Files.exists(host(SECOND).resolve("exp")));
    assertThat(host(SECOND).resolve("exp"))
        .hasSameBinaryContentAs(directory.resolve("backups/" + BACKUP + ".tar.zst"));
  }

  @ParameterizedTest
  @CsvSource({"/, file has no parent", "a/.., invalid file name", "secret/x, file not found"})
  void placeThatCannotBeWrittenIsRefused(String path, String text) throws IOException {
    make(BACKUP);

    RawClient.Answer answer =
        api.call(
            "POST",
            "/api/backups/" + BACKUP + "/export",
            "{\"adapter\":\"wings\",\"server\":\"%s\",\"path\":\"%s\",\"ignored\":[\"/secret\"]}"
                .formatted(SECOND, path));

    assertThat(answer.status()).isEqualTo(417);
    assertThat(error(answer)).isEqualTo(text);
  }

  // Hostile

  @Test
  @Proves("BK-02")
  void backupOfAnotherServerDoesNotExist() throws IOException {
    make(BACKUP);
    String second = "/api/servers/" + SECOND + "/backup/" + BACKUP;

    assertThat(restore(second + "/restore", "true").status()).isEqualTo(404);
    assertThat(api.call("DELETE", second, "").status()).isEqualTo(404);
    assertThat(files(SECOND, "list?directory=" + inBackup(BACKUP, "")).status()).isEqualTo(404);
    assertThat(files(SECOND, "contents?file=" + inBackup(BACKUP, "/world.txt")).status())
        .isEqualTo(404);
    assertThat(api.backups.find(server, BACKUP).id()).isEqualTo(BACKUP);
  }

  private String tokenFor(UUID owner, boolean database) {
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("backup_uuid", BACKUP.toString()).put("server_uuid", owner.toString());
    claims.put("unique_id", UUID.randomUUID().toString()).put("database", database);
    return issuer.issue(
        TokenScope.BACKUP_DOWNLOAD, null, USER.toString(), Duration.ofMinutes(5), claims);
  }

  @Test
  @Proves("BK-02")
  void linkOfAServerOpensOnlyItsOwnBackups() throws IOException {
    make(BACKUP);

    assertThat(download(tokenFor(FIRST, false)).status()).isEqualTo(200);
    assertThat(download(tokenFor(SECOND, false)).status()).isEqualTo(404);
    RawClient.Answer unknown = download(tokenFor(UUID.randomUUID(), false));
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(new String(unknown.body(), UTF_8)).contains("server not found");
    assertThat(download(tokenFor(FIRST, true)).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..",
        "1-1-1-1-1",
        "519e25c5-76ed-4563-ae2d-28d6fba9918",
        "519e25c5-76ed-4563-ae2d-28d6fba99182.zip",
        "%2e%2e%2f%2e%2e",
        "519e25c5-76ed-4563-ae2d-28d6fba9918g",
        "*",
        "519e25c576ed4563ae2d28d6fba99182",
        "%00"
      })
  @Proves("BK-01")
  void onlyCanonicalIdsNameBackups(String id) throws IOException {
    make(BACKUP);

    assertThat(api.call("DELETE", "/api/backups/" + id, "{\"adapter\":\"wings\"}").status())
        .isIn(400, 404, 405);
    assertThat(restore(OF_FIRST + "/" + id + "/restore", "true").status()).isIn(400, 404, 405);
    assertThat(api.call("DELETE", OF_FIRST + "/" + id, "").status()).isIn(400, 404, 405);
    assertThat(
            api.call(
                    "POST",
                    OF_FIRST,
                    "{\"adapter\":\"wings\",\"ignore\":\"\",\"uuid\":\"" + id + "\"}")
                .status())
        .isEqualTo(400);
    try (var kept = Files.list(directory.resolve("backups"))) {
      assertThat(kept.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(".catalog", BACKUP + ".zip");
    }
  }
}
