package dev.wings.daemon.api.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.DefinitionWriter;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.PanelSamples;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.RouteTable;
import dev.wings.daemon.http.TestConfig;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.BackupViews;
import dev.wings.fs.view.ViewSources;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class DecompressRoutesTest {
  private static final JsonNode KEYS = PanelSamples.read("tokens/keys");
  private static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final String ROUTE = "/api/servers/" + SERVER + "/files/decompress";

  @TempDir Path directory;

  private Volume volume;
  private Path host;
  private FakeServer server;
  private Revisions revisions;
  private HttpServer http;

  @BeforeEach
  void start() throws IOException {
    int user = 4711;
    volume = new Volumes(VolumeSettings.of(directory.resolve("volumes"), user, user)).of(SERVER);
    volume.prepare();
    host = Path.of(volume.hostPath());
    server = new FakeServer(definition(), volume, InstantSource.system());
    FakeServers servers = new FakeServers();
    servers.add(server);
    TestConfig config = new TestConfig().set("token", token());
    revisions =
        new Revisions(
            directory.resolve("diffs"),
            () -> config.current().system().fileHistory(),
            Clock.systemUTC());
    FileContext context =
        FileRoutes.context(
            config,
            new ViewSources(config, BackupViews.NONE, System::nanoTime),
            revisions,
            Clock.systemUTC());
    RouteTable table = new RouteTable(new DecompressRoutes(context).routes());
    http = HttpServer.builder(config, table, servers).start();
  }

  @AfterEach
  void stop() {
    http.close();
    revisions.close();
    volume.close();
  }

  private static String token() {
    return KEYS.at("/node/node_token").asText();
  }

  private static ServerDefinition definition(String... denied) {
    ObjectNode document = DefinitionWriter.definition(FakeServer.definition(SERVER, "files"));
    var list = ((ObjectNode) document.at("/settings/egg")).putArray("file_denylist");
    List.of(denied).forEach(list::add);
    return DefinitionReader.read(document);
  }

  private record Answer(int status, JsonNode document) {
    String error() {
      return document.path("error").asText();
    }
  }

  private Answer post(String json) throws IOException {
    return send("Content-Type: application/json\r\n", json.getBytes(UTF_8));
  }

  private Answer send(String headers, byte[] body) throws IOException {
    String head =
        "POST %s HTTP/1.1\r\nHost: node\r\nAccept: application/msgpack\r\nAuthorization: Bearer %s\r\n%sContent-Length: %d\r\n\r\n"
            .formatted(ROUTE, token(), headers, body.length);
    try (RawClient client = new RawClient(http.port())) {
      RawClient.Answer answer = client.send(head.getBytes(ISO_8859_1)).send(body).read();
      return new Answer(answer.status(), MessagePack.read(answer.body()));
    }
  }

  private static byte[] tarGz(String... namesAndContents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        byte[] content = namesAndContents[i + 1].getBytes(UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(namesAndContents[i], true);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] zip(String name, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  /// Every recorded request, byte for byte.
  @Test
  void answersWhatThePanelSends() throws Exception {
    Files.write(host.resolve("x.tar.gz"), tarGz("folder/hello.txt", "hello"));
    Files.write(host.resolve("a.zip"), zip("zipped.txt", "zipped"));
    Files.createDirectory(host.resolve("d"));
    int replayed = 0;
    for (JsonNode exchange : PanelSamples.read("node-api/files-decompress").path("exchanges")) {
      byte[] body = PanelSamples.bytes(exchange, "request_body_base64");

      Answer answer = send("Content-Type: application/msgpack\r\n", body);

      assertThat(answer.status()).isEqualTo(exchange.path("status").asInt());
      assertThat(answer.document().properties().stream().map(e -> e.getKey()).toList())
          .isEqualTo(
              exchange.path("response_body").properties().stream().map(e -> e.getKey()).toList());
      replayed++;
    }

    assertThat(replayed).isEqualTo(5);
    assertThat(host.resolve("folder/hello.txt")).hasContent("hello");
    await().until(() -> server.operations().list().isEmpty());
    assertThat(host.resolve("d/folder/hello.txt")).hasContent("hello");
    assertThat(host.resolve("zipped.txt")).hasContent("zipped");
  }

  @Test
  void extractsIntoTheRootOfTheRequestAndGivesTheFilesToTheServersUser() throws Exception {
    Files.createDirectories(host.resolve("plugins"));
    Files.write(host.resolve("plugins/p.tar.gz"), tarGz("a/b/c", "x"));

    Answer answer = post("{\"root\":\"plugins\",\"file\":\"p.tar.gz\"}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.document()).isEmpty();
    for (String made : List.of("plugins/a", "plugins/a/b", "plugins/a/b/c")) {
      assertThat(Files.getAttribute(host.resolve(made), "unix:uid")).isEqualTo(4711);
    }
  }

  @Test
  void tellsInTheBackgroundHowItEnded() throws Exception {
    Files.write(host.resolve("broken.tar.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
    List<ServerEvent> events = new java.util.concurrent.CopyOnWriteArrayList<>();
    try (var _ = server.events().subscribe(events::add)) {
      Answer answer = post("{\"file\":\"broken.tar.gz\",\"foreground\":false}");

      assertThat(answer.status()).isEqualTo(202);
      UUID id = UUID.fromString(answer.document().path("identifier").asText());
      await()
          .until(() ->
              events.stream()
                  .anyMatch(event ->
                      event instanceof ServerEvent.OperationFailed failed
                          && failed.operation().equals(id)
                          && failed.message().equals("the file is truncated")));
    }
  }

  @Test
  void refusesWithTheDocumentsTexts() throws Exception {
    Files.write(host.resolve("ok.tar.gz"), tarGz("f", "x"));
    Files.writeString(host.resolve("plain"), "text");
    Files.writeString(host.resolve("bad.zip"), "PK\u0003\u0004 nothing");
    Files.writeString(host.resolve("a.ddup"), "x");

    assertRefused("{\"root\":\"none\",\"file\":\"ok.tar.gz\"}", 404, "root not found");
    assertRefused("{\"root\":\"plain\",\"file\":\"x\"}", 417, "root is not a directory");
    assertRefused(
        "{\"file\":\"none.zip\"}", 417, "failed to open archive: No such file or directory");
    assertRefused(
        "{\"file\":\"plain\"}",
        417,
        "failed to open archive: 'plain' is no archive, and its name has no extension to drop");
    assertRefused(
        "{\"file\":\"a.ddup\"}", 417, "failed to open archive: ddup archives are not supported");
    assertRefused(
        "{\"file\":\"bad.zip\"}",
        417,
        "failed to decompress archive: the zip file has no directory: it is damaged or cut off");
    assertRefused("{\"file\":\"\"}", 417, "file has no parent");
    assertRefused("{\"file\":\"..\"}", 417, "invalid file name");
    assertRefused("{\"root\":\"/\"}", 400, "invalid payload: missing field file");
  }

  private void assertRefused(String json, int status, String error) throws IOException {
    Answer answer = post(json);

    assertThat(answer.error()).as(json).isEqualTo(error);
    assertThat(answer.status()).as(json).isEqualTo(status);
  }

  @Test
  void hidesDeniedArchivesAndRootsAndLeavesOutDeniedEntries() throws Exception {
    server.sync(definition("secret", "*.key"));
    Files.createDirectory(host.resolve("secret"));
    Files.write(host.resolve("secret/a.tar.gz"), tarGz("f", "x"));
    Files.write(
        host.resolve("a.tar.gz"), tarGz("secret/f", "x", "server.key", "x", "visible", "x"));

    assertRefused("{\"file\":\"secret/a.tar.gz\"}", 404, "file not found");
    assertRefused("{\"root\":\"secret\",\"file\":\"../a.tar.gz\"}", 404, "root not found");
    assertThat(post("{\"file\":\"a.tar.gz\"}").status()).isEqualTo(200);
    assertThat(host.resolve("visible")).exists();
    assertThat(host.resolve("server.key")).doesNotExist();
    assertThat(host.resolve("secret/f")).doesNotExist();
  }

  @Test
  void saysWhichDiskLimitWasReached() throws Exception {
    Files.write(host.resolve("a.tar.gz"), tarGz("big", "x".repeat(3 << 20)));
    volume.limit(1 << 20);

    Answer answer = post("{\"file\":\"a.tar.gz\"}");

    assertThat(answer.status()).isEqualTo(417);
    assertThat(answer.error())
        .startsWith("failed to decompress archive: the disk limit of 1 MiB would be exceeded");
    assertThat(host.resolve("big")).doesNotExist();
  }
}
