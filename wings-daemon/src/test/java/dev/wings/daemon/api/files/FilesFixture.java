package dev.wings.daemon.api.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.DefinitionWriter;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.http.RouteTable;
import dev.wings.daemon.http.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.listing.DirectoryEntries;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.BackupViews;
import dev.wings.fs.view.ViewSources;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;

/// The routes that list directories on a real listener, for one server with a real volume and a
/// definition as a test wants it.
final class FilesFixture implements AutoCloseable {
  static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");

  final TestConfig config;
  final Volume volume;
  final FakeServer server;
  final ViewSources views;

  /// The volume's directory on the host.
  final Path host;

  private final FakeServers servers = new FakeServers();
  private final HttpServer http;
  private final Revisions revisions;

  FilesFixture(Path directory) throws IOException {
    this(directory, new TestConfig());
  }

  FilesFixture(Path directory, TestConfig config) throws IOException {
    this(directory, config, _ -> {});
  }

  /// @param changes made to the `settings` of a plain definition
  FilesFixture(Path directory, TestConfig config, Consumer<ObjectNode> changes) throws IOException {
    this.config = config;
    Volumes volumes = new Volumes(VolumeSettings.of(directory.resolve("volumes"), uid(), uid()));
    volume = volumes.of(SERVER);
    volume.prepare();
    host = Path.of(volume.hostPath());
    server = new FakeServer(definition(changes), volume, InstantSource.system());
    servers.add(server);
    revisions =
        new Revisions(
            directory.resolve("diffs"),
            () -> config.current().system().fileHistory(),
            Clock.systemUTC());
    views = new ViewSources(config, BackupViews.NONE, System::nanoTime);
    FileContext context =
        new FileContext(
            config,
            views,
            new DirectoryEntries(),
            new ArchiveWriter(32L << 20, new SplittableRandom(1)),
            revisions,
            Clock.systemUTC());
    List<Route> routes = new ArrayList<>(new ListingRoutes(context).routes());
    routes.addAll(new SizeRoutes(context).routes());
    routes.replaceAll(VanishedFiles::tolerate);
    http = HttpServer.builder(config, new RouteTable(routes), servers).start();
  }

  private static int uid() {
    return 4711;
  }

  private static ServerDefinition definition(Consumer<ObjectNode> changes) {
    ObjectNode document = DefinitionWriter.definition(FakeServer.definition(SERVER, "files"));
    changes.accept((ObjectNode) document.path("settings"));
    return DefinitionReader.read(document);
  }

  /// Deny list of the egg from now on.
  void deny(String... patterns) {
    server.sync(
        definition(settings -> {
          var list = ((ObjectNode) settings.path("egg")).putArray("file_denylist");
          List.of(patterns).forEach(list::add);
        }));
  }

  int port() {
    return http.port();
  }

  /// What came back.
  record Answer(int status, JsonNode document, RawClient.Answer raw) {
    String error() {
      return document.path("error").asText();
    }
  }

  /// `GET` below the server's file routes.
  ///
  /// @param query names and values in turn
  Answer get(String route, String... query) throws IOException {
    return send("GET", route, new byte[0], query);
  }

  /// A request with a JSON document.
  Answer post(String route, String json) throws IOException {
    return send("POST", route, json.getBytes(UTF_8));
  }

  Answer send(String method, String route, byte[] body, String... query) throws IOException {
    StringBuilder target = new StringBuilder("/api/servers/" + SERVER + "/files/" + route);
    for (int i = 0; i < query.length; i += 2) {
      target
          .append(i == 0 ? '?' : '&')
          .append(query[i])
          .append('=')
          .append(URLEncoder.encode(query[i + 1], UTF_8));
    }
    String content =
        body.length == 0
            ? ""
            : "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n";
    try (RawClient client = new RawClient(http.port())) {
      client.send(
          method
              + " "
              + target
              + " HTTP/1.1\r\nHost: node\r\nAccept: application/msgpack\r\nAuthorization: Bearer "
              + TestConfig.TOKEN
              + "\r\n"
              + content
              + "\r\n");
      RawClient.Answer answer = client.send(body).read();
      boolean structured = answer.header("content-type").equals("application/msgpack");
      return new Answer(
          answer.status(),
          structured ? MessagePack.read(answer.body()) : Json.mapper().missingNode(),
          answer);
    }
  }

  @Override
  public void close() {
    http.close();
    revisions.close();
    volume.close();
  }
}
