package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.DefinitionWriter;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenIssuer;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.core.token.UseCounter;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.http.RouteTable;
import dev.wings.daemon.http.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.BackupViews;
import dev.wings.fs.view.ViewSources;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/// The file routes on a real listener, in front of a server with a real volume.
final class FileApi implements AutoCloseable {
  static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  static final UUID USER = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");

  final TestConfig config = new TestConfig();
  final Volume volume;
  final FakeServer server;
  final TokenIssuer issuer = new TokenIssuer(TestConfig.TOKEN, InstantSource.system());

  private final Path directory;
  final Revisions revisions;
  private final HttpServer http;
  private final HttpClient client = HttpClient.newHttpClient();

  /// @param data an empty directory; the user of the process owns all files
  FileApi(Path data) throws IOException {
    this(data, GuardedHttpClient::of);
  }

  /// @param outgoing what fetches for `files/pull`
  FileApi(Path data, Function<TestConfig, GuardedHttpClient> outgoing) throws IOException {
    int uid = (int) Files.getAttribute(data, "unix:uid");
    int gid = (int) Files.getAttribute(data, "unix:gid");
    Volumes volumes = new Volumes(VolumeSettings.of(data, uid, gid));
    volume = volumes.of(SERVER);
    volume.prepare();
    directory = data.resolve(SERVER.toString());
    server = new FakeServer(FakeServer.definition(SERVER, "files"), volume, InstantSource.system());
    FakeServers servers = new FakeServers(server);
    TokenVerifier verifier =
        new TokenVerifier(
            TestConfig.TOKEN,
            new TokenClock(Clock.offset(Clock.systemUTC(), Duration.ZERO), System::nanoTime),
            new DenyList(InstantSource.system()),
            TokenRules.STANDARD);
    UseCounter uses = new UseCounter(() -> config.current().api().maxJwtUses(), System::nanoTime);
    SignedLinks links = new SignedLinks(servers, verifier, uses);
    Pulls pulls = Pulls.of(config, outgoing.apply(config), new SecureRandom());
    revisions =
        new Revisions(
            data.resolve(".history"),
            () -> config.current().system().fileHistory(),
            Clock.systemUTC());
    List<Route> routes =
        FileRoutes.routes(
            config,
            pulls,
            revisions,
            new ViewSources(config, BackupViews.NONE, System::nanoTime),
            new ArchiveWriter(FileRoutes.ARCHIVE_MEMORY_BYTES, new SecureRandom()),
            links,
            Clock.system(ZoneOffset.ofHours(2)),
            servers);
    http = HttpServer.builder(config, new RouteTable(routes), servers).start();
  }

  /// Lets the server have a directory of the host.
  void mount(Path source, String target) {
    config.set("allowed_mounts", List.of(source.toString()));
    ObjectNode document = DefinitionWriter.definition(FakeServer.definition(SERVER, "files"));
    ((ObjectNode) document.path("settings"))
        .putArray("mounts")
        .addObject()
        .put("source", source.toString())
        .put("target", target)
        .put("read_only", false);
    server.sync(DefinitionReader.read(document));
  }

  /// A file of the server, as the host sees it.
  Path file(String name) {
    return directory.resolve(name);
  }

  Path write(String name, String content) {
    try {
      Files.createDirectories(requireNonNull(file(name).getParent()));
      return Files.writeString(file(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String read(String name) throws IOException {
    return Files.readString(file(name));
  }

  /// An answer of the daemon.
  record Answer(HttpResponse<byte[]> response) {
    int status() {
      return response.statusCode();
    }

    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    /// The structured answer, in whichever representation it came.
    JsonNode document() {
      try {
        return header("content-type").equals("application/msgpack")
            ? MessagePack.read(response.body())
            : Json.mapper().readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// The `error` member.
    String error() {
      return document().path("error").asText();
    }
  }

  /// A request as the Panel makes it.
  ///
  /// @param target below `…/files`, such as `/list?directory=`
  /// @param body JSON text, empty for none
  Answer call(String method, String target, String body) {
    HttpRequest.Builder request =
        builder("/api/servers/" + SERVER + "/files" + target)
            .header("Authorization", "Bearer " + TestConfig.TOKEN)
            .header("Accept", "application/msgpack");
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return send(request.method(method, BodyPublishers.ofString(body)));
  }

  Answer get(String target) {
    return call("GET", target, "");
  }

  /// `files/write` with a body, chunked when its length is not known.
  Answer write(String file, BodyPublisher body) {
    return send(
        builder("/api/servers/" + SERVER + "/files/write?file=" + encode(file) + "&user=" + USER)
            .header("Authorization", "Bearer " + TestConfig.TOKEN)
            .POST(body));
  }

  /// A request of a browser.
  HttpRequest.Builder builder(String target) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.port() + target))
        .timeout(Duration.ofSeconds(30));
  }

  Answer send(HttpRequest.Builder request) {
    try {
      return new Answer(client.send(request.build(), BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  String uploadLink(String rest, String... ignored) {
    String token = issuer.upload(USER, SERVER, List.of(ignored), Duration.ofMinutes(15));
    return "/upload/file?token=" + token + rest;
  }

  String downloadLink(String path) {
    return "/download/file?token="
        + issuer.fileDownload(USER, SERVER, path, List.of(), Duration.ofMinutes(15));
  }

  int port() {
    return http.port();
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    http.close();
    client.close();
    revisions.close();
    volume.close();
  }
}
