package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.backup.BackupService;
import dev.wings.backup.restic.ResticMaintenance;
import dev.wings.core.access.AccessControl;
import dev.wings.core.json.MessagePack;
import dev.wings.core.server.Servers;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.api.files.FileRoutes;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import dev.wings.daemon.system.Health;
import dev.wings.daemon.system.SystemProbe;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.ViewSources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Random;
import java.util.function.Function;

/// All routes on a real listener, with fakes behind them.
public final class ApiFixture implements AutoCloseable {
  final TestConfig config;
  final FakeConfiguration configuration;
  final FakeServers servers = new FakeServers();
  final FakeEngine engine = new FakeEngine();
  final DenyList denyList = new DenyList(InstantSource.system());
  final SystemProbe probe = new SystemProbe();
  final Health health = new Health();

  final BackupService backups;

  private final HttpServer server;

  ApiFixture() throws IOException {
    this(new TestConfig(), "");
  }

  ApiFixture(TestConfig config, String containerType) throws IOException {
    this(config, containerType, Pulls.of(config, GuardedHttpClient.of(config), new Random(1)));
  }

  ApiFixture(TestConfig config, String containerType, Pulls pulls) throws IOException {
    this(config, containerType, pulls, servers -> TestBackups.without(config, servers));
  }

  /// With backups, which are browsed through the file routes.
  ApiFixture(TestConfig config, Function<Servers, BackupService> backups) throws IOException {
    this(config, "", Pulls.of(config, GuardedHttpClient.of(config), new Random(1)), backups);
  }

  private ApiFixture(
      TestConfig config,
      String containerType,
      Pulls pulls,
      Function<Servers, BackupService> backupsOf)
      throws IOException {
    this.config = config;
    backups = backupsOf.apply(servers);
    configuration = new FakeConfiguration(config);
    ApiPorts ports =
        new ApiPorts(
            configuration,
            servers,
            engine,
            new AccessControl(servers, denyList),
            probe,
            health,
            _ -> {
              throw new ApiException(429, "too many connections");
            },
            pulls,
            new Revisions(
                Path.of(System.getProperty("java.io.tmpdir"), "wings-history-of-tests"),
                () -> config.current().system().fileHistory(),
                Clock.systemUTC()),
            new ViewSources(config, backups.views(), System::nanoTime),
            new ArchiveWriter(FileRoutes.ARCHIVE_MEMORY_BYTES, new SecureRandom()),
            backups,
            new ResticMaintenance(
                Path.of(System.getProperty("java.io.tmpdir"), "wings-restic-of-tests"),
                config,
                Clock.systemUTC(),
                System::nanoTime),
            new TokenVerifier(
                TestConfig.TOKEN,
                new TokenClock(Clock.systemUTC(), System::nanoTime),
                denyList,
                TokenRules.STANDARD),
            "0.1.0",
            containerType,
            Clock.systemDefaultZone());
    server = HttpServer.builder(config, ApiRoutes.table(ports), servers).start();
  }

  int port() {
    return server.port();
  }

  RawClient client() throws IOException {
    return new RawClient(server.port());
  }

  /// One request as the Panel sends it, with the node token.
  ///
  /// @param body JSON text, empty for none
  RawClient.Answer call(String method, String target, String body) throws IOException {
    try (RawClient client = client()) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      String content =
          body.isEmpty()
              ? ""
              : "Content-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n";
      client.send(
          method
              + " "
              + target
              + " HTTP/1.1\r\nHost: node\r\nAccept: application/msgpack\r\n"
              + "Authorization: Bearer "
              + TestConfig.TOKEN
              + "\r\n"
              + content
              + "\r\n");
      return client.send(bytes).read();
    }
  }

  JsonNode document(RawClient.Answer answer) {
    return MessagePack.read(answer.body());
  }

  @Override
  public void close() {
    server.close();
    backups.close();
    probe.close();
  }
}
