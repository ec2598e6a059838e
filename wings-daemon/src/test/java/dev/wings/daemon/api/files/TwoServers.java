package dev.wings.daemon.api.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.DefinitionWriter;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.PanelSamples;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.RouteTable;
import dev.wings.daemon.http.TestConfig;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.BackupViews;
import dev.wings.fs.view.ViewSources;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// The file routes on a real listener, for two servers with real volumes on one node.
final class TwoServers implements AutoCloseable {
  static final UUID FIRST = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  static final UUID SECOND = UUID.fromString("f0663472-586d-475e-bde9-e77d6303ac27");
  static final int OWNER = 4711;

  private static final String TOKEN =
      PanelSamples.read("tokens/keys").at("/node/node_token").asText();

  final Volume volume;
  final Volume otherVolume;
  final FakeServer server;
  final FakeServer other;

  private final HttpServer http;
  private final Revisions revisions;

  TwoServers(Path directory) throws IOException {
    Volumes volumes = new Volumes(VolumeSettings.of(directory.resolve("volumes"), OWNER, OWNER));
    volume = volumes.of(FIRST);
    otherVolume = volumes.of(SECOND);
    volume.prepare();
    otherVolume.prepare();
    server = new FakeServer(FakeServer.definition(FIRST, "one"), volume, InstantSource.system());
    other =
        new FakeServer(FakeServer.definition(SECOND, "two"), otherVolume, InstantSource.system());
    FakeServers servers = new FakeServers(server, other);
    TestConfig config = new TestConfig().set("token", TOKEN);
    revisions =
        new Revisions(
            directory.resolve("diffs"),
            () -> config.current().system().fileHistory(),
            Clock.systemUTC());
    RouteTable table =
        new RouteTable(
            FileRoutes.changes(
                FileRoutes.context(
                    config,
                    new ViewSources(config, BackupViews.NONE, System::nanoTime),
                    revisions,
                    Clock.systemUTC()),
                servers));
    http = HttpServer.builder(config, table, servers).start();
  }

  /// The first volume's directory on the host.
  Path host() {
    return Path.of(volume.hostPath());
  }

  Path otherHost() {
    return Path.of(otherVolume.hostPath());
  }

  /// Writes a file of the first server.
  void write(String path, String content) throws IOException {
    Path file = host().resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  /// Deny list of a server's egg from now on.
  static void deny(FakeServer server, String... patterns) {
    ObjectNode document = DefinitionWriter.definition(server.definition());
    ArrayNode list = ((ObjectNode) document.at("/settings/egg")).putArray("file_denylist");
    List.of(patterns).forEach(list::add);
    server.sync(DefinitionReader.read(document));
  }

  /// What came back.
  record Answer(int status, JsonNode document) {
    String error() {
      return document.path("error").asText();
    }
  }

  Answer post(String route, String json) throws IOException {
    return send("POST", route, json);
  }

  Answer put(String route, String json) throws IOException {
    return send("PUT", route, json);
  }

  Answer get(String route) throws IOException {
    return send("GET", route, "");
  }

  private Answer send(String method, String route, String json) throws IOException {
    String head =
        "Accept: application/msgpack\r\nAuthorization: Bearer "
            + TOKEN
            + (json.isEmpty() ? "" : "\r\nContent-Type: application/json");
    return exchange(
        method, "/api/servers/" + FIRST + "/files/" + route, head, json.getBytes(UTF_8));
  }

  /// What the Panel sent, to the first server.
  Answer replay(JsonNode sample) throws IOException {
    StringBuilder head = new StringBuilder();
    sample
        .path("request_headers")
        .properties()
        .forEach(header ->
            head.append(head.isEmpty() ? "" : "\r\n")
                .append(header.getKey())
                .append(": ")
                .append(header.getValue().asText().replaceAll("\\{node2?_token}", TOKEN)));
    byte[] body =
        sample.path("request_body_base64").isTextual()
            ? PanelSamples.bytes(sample, "request_body_base64")
            : new byte[0];
    String path = sample.path("path").asText().replaceFirst("[0-9a-f-]{36}", FIRST.toString());
    String query = sample.path("query").asText("");
    boolean queried = sample.path("query").isTextual() && !query.isEmpty();
    return exchange(
        sample.path("method").asText(), path + (queried ? "?" + query : ""), head.toString(), body);
  }

  private Answer exchange(String method, String target, String head, byte[] body)
      throws IOException {
    try (RawClient client = new RawClient(http.port())) {
      String length = body.length == 0 ? "" : "Content-Length: " + body.length + "\r\n";
      String request =
          method + " " + target + " HTTP/1.1\r\nHost: node\r\n" + head + "\r\n" + length + "\r\n";
      RawClient.Answer answer = client.send(request.getBytes(ISO_8859_1)).send(body).read();
      assertThat(answer.header("content-type")).isEqualTo("application/msgpack");
      return new Answer(answer.status(), MessagePack.read(answer.body()));
    }
  }

  /// A connection for requests whose answer nobody waits for.
  RawClient client() throws IOException {
    return new RawClient(http.port());
  }

  /// Everything below a directory belongs to the container user.
  static void owned(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path entry : (Iterable<Path>) tree::iterator) {
        assertThat(Files.getAttribute(entry, "unix:uid", LinkOption.NOFOLLOW_LINKS))
            .as(entry.toString())
            .isEqualTo(OWNER);
      }
    }
  }

  @Override
  public void close() {
    http.close();
    revisions.close();
    volume.close();
    otherVolume.close();
  }
}
