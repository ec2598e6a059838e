package dev.wings.daemon.bench;

import dev.wings.backup.restic.ResticMaintenance;
import dev.wings.core.access.AccessControl;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.daemon.api.ApiPorts;
import dev.wings.daemon.api.ApiRoutes;
import dev.wings.daemon.api.FakeConfiguration;
import dev.wings.daemon.api.FakeEngine;
import dev.wings.daemon.api.TestBackups;
import dev.wings.daemon.api.files.FileRoutes;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.TestConfig;
import dev.wings.daemon.system.Health;
import dev.wings.daemon.system.SystemProbe;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.BackupViews;
import dev.wings.fs.view.ViewSources;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// The real routes in front of 100 fake servers, for a load generator. Prints port, token and the
/// id of one server, then serves until it is killed. Ten of the servers run, so their figures
/// change every second as those of real ones do.
///
/// ```
/// wrk -t1 -c64 -d8s --latency -H "Authorization: Bearer $TOKEN" http://127.0.0.1:$PORT/api/system
/// ```
final class HttpBenchServer {
  private static final int SERVERS = 100;
  private static final int RUNNING = 10;

  private HttpBenchServer() {}

  public static void main(String[] args) throws IOException {
    TestConfig config = new TestConfig();
    FakeServers servers = new FakeServers();
    List<FakeServer> running = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      FakeServer server = FakeServer.named(new UUID(0x1234_5678_9abc_4defL, i), "server " + i);
      if (i < RUNNING) {
        server.become(ServerState.RUNNING);
        running.add(server);
      }
      servers.add(server);
    }
    ApiPorts ports =
        new ApiPorts(
            new FakeConfiguration(config),
            servers,
            new FakeEngine(),
            new AccessControl(servers, new DenyList(InstantSource.system())),
            new SystemProbe(),
            new Health(),
            _ -> {
              throw new ApiException(429, "too many connections");
            },
            Pulls.of(config, GuardedHttpClient.of(config), new SecureRandom()),
            new Revisions(
                Path.of(System.getProperty("java.io.tmpdir"), "wings-history-of-tests"),
                () -> config.current().system().fileHistory(),
                Clock.systemUTC()),
            new ViewSources(config, BackupViews.NONE, System::nanoTime),
            new ArchiveWriter(FileRoutes.ARCHIVE_MEMORY_BYTES, new SecureRandom()),
            TestBackups.without(config, servers),
            new ResticMaintenance(
                Path.of(System.getProperty("java.io.tmpdir"), "wings-restic-of-tests"),
                config,
                Clock.systemUTC(),
                System::nanoTime),
            new TokenVerifier(
                TestConfig.TOKEN,
                new TokenClock(Clock.systemUTC(), System::nanoTime),
                new DenyList(InstantSource.system()),
                TokenRules.STANDARD),
            "0.1.0",
            "",
            Clock.systemDefaultZone());
    HttpServer server = HttpServer.builder(config, ApiRoutes.table(ports), servers).start();
    long[] second = {0};
    Executors.newSingleThreadScheduledExecutor()
        .scheduleAtFixedRate(() -> tick(running, second[0]++), 1, 1, TimeUnit.SECONDS);
    System.out.println(
        "PORT=" + server.port() + " TOKEN=" + TestConfig.TOKEN + " ID=" + running.get(0).id());
  }

  private static void tick(List<FakeServer> running, long second) {
    for (FakeServer server : running) {
      server.become(
          new ResourceUsage(
              second << 20,
              256 << 20,
              1 << 20,
              ServerState.RUNNING,
              second,
              second,
              second,
              second,
              12.345,
              100,
              second * 1000));
    }
  }
}
