package dev.wings.backup.testing;

import dev.wings.backup.BackupListener;
import dev.wings.backup.BackupNode;
import dev.wings.backup.BackupService;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.local.LocalBackups;
import dev.wings.backup.transfer.IoPressure;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.Server;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/// A node with servers on real volumes below a directory, the local driver, and whatever else a
/// test adds. Everything but the disk is fake.
public final class BackupWorld implements AutoCloseable {
  public static final int UID = 4711;
  public static final int GID = 4712;

  private final Path host;
  private final Volumes volumes;
  private final FakeServers servers = new FakeServers();
  private final RecordedReports reports = new RecordedReports();
  private final ManualClock clock = new ManualClock(Instant.parse("2026-08-01T10:00:00Z"));
  private final Map<String, Object> settings = new HashMap<>();
  private final Map<BackupAdapter, BackupDriver> drivers = new EnumMap<>(BackupAdapter.class);
  private final CopyOnWriteArrayList<ServerEvent> events = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<String> heard = new CopyOnWriteArrayList<>();
  private volatile WingsConfig config;
  private BackupService service;

  public BackupWorld(Path host) {
    this.host = host;
    volumes = new Volumes(VolumeSettings.of(host.resolve("volumes"), UID, GID));
    settings.put("system.backups.mounting.enabled", true);
    settings.put("system.backups.wings.createThreads", 2);
    settings.put("system.backups.wings.restoreThreads", 2);
    settings.put("system.backups.wings.archiveFormat", SystemConfig.ArchiveFormat.TAR_GZ);
    config = TestConfig.of(settings);
    drivers.put(
        BackupAdapter.WINGS,
        new LocalBackups(directory(), new ArchiveWriter(64 << 20, new Random(1)), () -> config));
    service = open();
  }

  private BackupService open() {
    return new BackupService(node());
  }

  /// What the service is given.
  public BackupNode node() {
    return new BackupNode(
        directory(),
        drivers,
        () -> config,
        reports,
        new BackupListener() {
          @Override
          public void creation(Server server, UUID backup, CreationStatus status) {
            heard.add(status.wireName());
          }

          @Override
          public void filesExchanged(UUID server) {
            heard.add("exchanged " + server);
          }
        },
        servers,
        IoPressure.UNKNOWN,
        clock,
        System::nanoTime);
  }

  /// Ends the service and starts another on the same disk, as a new process does.
  public void restart() {
    service.close();
    service = open();
    service.recover(volumes::of, servers.all().stream().map(Server::id).toList());
  }

  /// Changes keys below `system.backups`, by the names of the record components.
  public void configure(String key, Object value) {
    settings.put("system.backups." + key, value);
    config = TestConfig.of(settings);
  }

  public void drive(BackupDriver driver) {
    drivers.put(driver.adapter(), driver);
    service.close();
    service = open();
  }

  /// A server to whose events nobody listens.
  public FakeServer silentServer(ServerDefinition definition) throws IOException {
    Volume volume = volumes.of(definition.uuid());
    volume.limit(definition.settings().build().diskSpace() << 20);
    volume.prepare();
    FakeServer server = new FakeServer(definition, volume, clock);
    servers.add(server);
    return server;
  }

  /// A server with an open, empty volume.
  public FakeServer server(String name) throws IOException {
    return server(
        FakeServer.definition(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)), name));
  }

  public FakeServer server(ServerDefinition definition) throws IOException {
    FakeServer server = silentServer(definition);
    server.events().subscribe(events::add);
    return server;
  }

  /// The same definition with other backups, deny list and disk limit.
  public static ServerDefinition with(
      ServerDefinition definition, List<UUID> backups, List<String> denied, long diskMib) {
    ServerSettings s = definition.settings();
    ServerSettings.Build build = s.build();
    return new ServerDefinition(
        new ServerSettings(
            s.uuid(),
            s.startOnCompletion(),
            s.meta(),
            s.suspended(),
            s.invocation(),
            s.skipEggScripts(),
            s.entrypoint(),
            s.environment(),
            s.labels(),
            backups,
            s.schedules(),
            s.allocations(),
            new ServerSettings.Build(
                build.memoryLimit(),
                build.overheadMemory(),
                build.swap(),
                build.ioWeight(),
                build.cpuLimit(),
                diskMib,
                build.threads(),
                build.oomDisabled(),
                build.bandwidth()),
            s.mounts(),
            s.devices(),
            s.firewall(),
            new ServerSettings.Egg(s.egg().id(), denied),
            s.container(),
            s.autoKill(),
            s.autoStartBehavior(),
            s.features()),
        definition.process());
  }

  public BackupService service() {
    return service;
  }

  public RecordedReports reports() {
    return reports;
  }

  public FakeServers servers() {
    return servers;
  }

  public ManualClock clock() {
    return clock;
  }

  /// The backup directory.
  public Path directory() {
    return host.resolve("backups");
  }

  /// The host's directory of a server's files.
  public Path files(Server server) {
    return host.resolve("volumes").resolve(server.id().toString());
  }

  /// Events of all servers so far.
  public List<ServerEvent> events() {
    return List.copyOf(events);
  }

  /// What the listener heard so far.
  public List<String> heard() {
    return List.copyOf(heard);
  }

  @Override
  public void close() {
    service.close();
    servers.all().forEach(server -> server.volume().close());
  }
}
