package dev.wings.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.backup.BackupService;
import dev.wings.backup.restic.ResticMaintenance;
import dev.wings.core.WingsException;
import dev.wings.core.access.AccessControl;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.delivery.ActivityQueue;
import dev.wings.core.delivery.DurableOutbox;
import dev.wings.core.egg.EggConfigFiles;
import dev.wings.core.install.ContainerInstaller;
import dev.wings.core.install.ScriptRunner;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.server.ServerEnvironment;
import dev.wings.core.server.ServerRegistry;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.api.ApiPorts;
import dev.wings.daemon.api.ApiRoutes;
import dev.wings.daemon.api.NodeConfiguration;
import dev.wings.daemon.api.files.FileRoutes;
import dev.wings.daemon.collab.SaveHistory;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.local.LocalDirectory;
import dev.wings.daemon.local.LocalPanel;
import dev.wings.daemon.log.Logging;
import dev.wings.daemon.panel.HttpPanelClient;
import dev.wings.daemon.panel.PanelOptions;
import dev.wings.daemon.setup.Directories;
import dev.wings.daemon.setup.HangupSignal;
import dev.wings.daemon.setup.InstanceLock;
import dev.wings.daemon.sftp.SftpService;
import dev.wings.daemon.system.CarrierWatch;
import dev.wings.daemon.system.Health;
import dev.wings.daemon.system.MemoryGuard;
import dev.wings.daemon.system.SystemProbe;
import dev.wings.daemon.ws.ConsoleSockets;
import dev.wings.docker.DockerEngine;
import dev.wings.docker.Placement;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.limiter.DiskLimiter;
import dev.wings.fs.limiter.DiskLimiters;
import dev.wings.fs.limiter.LimiterSettings;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.quota.FreeSpace;
import dev.wings.fs.quota.NodeUsage;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.ViewSources;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The daemon as a whole: the one class that says `new` to modules. Starts in order, stops in
/// reverse order, and stops what had begun when a start fails.
public final class Wings implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Wings.class);

  /// How long a start waits for the Panel before it goes on with the last known servers.
  private static final Duration PANEL_PATIENCE = Duration.ofSeconds(3);

  private final Deque<AutoCloseable> running = new ArrayDeque<>();

  /// What a start is told beside the configuration.
  ///
  /// @param standalone directory that plays the Panel, empty for a real Panel
  /// @param verifyPanelCertificate false only on the operator's explicit wish
  /// @param environment of the process
  public record Options(
      Optional<Path> standalone,
      boolean verifyPanelCertificate,
      String version,
      Map<String, String> environment) {
    public Options {
      environment = Map.copyOf(environment);
    }
  }

  private Wings() {}

  /// Starts everything and returns when the daemon listens.
  ///
  /// @param store validated; directories exist and the system user is known
  /// @throws IOException when a file, the lock or an address cannot be used
  /// @throws WingsException when the engine cannot be used
  public static Wings start(ConfigStore store, Options options) throws IOException {
    Wings wings = new Wings();
    try {
      wings.run(store, options);
      return wings;
    } catch (IOException | RuntimeException failure) {
      wings.close();
      throw failure;
    }
  }

  private <T extends AutoCloseable> T keep(T part) {
    running.push(part);
    return part;
  }

  private void run(ConfigStore store, Options options) throws IOException {
    WingsConfig config = store.current();
    SystemPaths paths = SystemPaths.of(config.system());
    keep(MemoryGuard.start());
    keep(CarrierWatch.start());
    keep(InstanceLock.take(paths.root()));
    cleanTemporary(paths);
    TokenClock clock = new TokenClock(Clock.systemUTC(), System::nanoTime);
    DenyList denyList = new DenyList(clock);

    DockerEngine engine = keep(DockerEngine.connect(store, placement(options)));
    Aside network = Aside.start("network", () -> prepareEngine(engine, store));
    Aside.start("transport", HttpServer::prepare);
    Health health = new Health();
    Revisions revisions =
        keep(
            new Revisions(
                paths.diffs(), () -> store.current().system().fileHistory(), Clock.systemUTC()));
    Volumes volumes = keep(volumes(config, paths, health, revisions));
    health.watch("disk limiter", volumes::problem);
    PanelClient panel = panel(config, options, clock, health);
    DurableOutbox outbox = outbox(paths, panel);
    ServerRegistry servers = servers(store, paths, engine, volumes, panel, outbox);
    ArchiveWriter archives = new ArchiveWriter(FileRoutes.ARCHIVE_MEMORY_BYTES, new SecureRandom());
    NodeBackups.Ports backupPorts =
        new NodeBackups.Ports(store, panel, outbox, servers, revisions, archives);
    BackupService backups = keep(NodeBackups.open(backupPorts, health));
    recover(backups, volumes, servers, outbox);
    network.join();
    servers.boot(PANEL_PATIENCE);
    backups.start();
    if (panel instanceof LocalPanel local) {
      keep(new LocalDirectory(local, servers)).start();
    }

    TokenVerifier tokens = new TokenVerifier(config.token(), clock, denyList, TokenRules.STANDARD);
    ViewSources views = keep(new ViewSources(store, backups.views(), System::nanoTime));
    ConsoleSockets consoles =
        new ConsoleSockets(
            tokens,
            clock,
            denyList,
            store,
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("console-", 0).factory()),
            SaveHistory.of(revisions),
            views);
    ApiPorts ports =
        new ApiPorts(
            configuration(store),
            servers,
            engine,
            new AccessControl(servers, denyList),
            keep(new SystemProbe()),
            health,
            consoles,
            Pulls.of(store, GuardedHttpClient.of(store), new SecureRandom()),
            revisions,
            views,
            archives,
            backups,
            keep(
                new ResticMaintenance(paths.backups(), store, Clock.systemUTC(), System::nanoTime)),
            tokens,
            options.version(),
            options.environment().getOrDefault("OCI_CONTAINER", ""),
            Clock.systemDefaultZone());
    if (config.system().sftp().enabled()) {
      startSftp(store, panel, servers, revisions, archives, options);
    }
    HttpServer http = keep(HttpServer.builder(store, ApiRoutes.table(ports), servers).start());
    health.watch("certificate", http::certificateProblem);
    keep(HangupSignal.handle(http::checkCertificate));
    log.atInfo().addKeyValue("address", http.address()).log("listening");
  }

  private void startSftp(
      ConfigStore store,
      PanelClient panel,
      ServerRegistry servers,
      Revisions revisions,
      ArchiveWriter archives,
      Options options)
      throws IOException {
    SftpService.Ports ports =
        new SftpService.Ports(store, panel, servers, revisions, archives, options.version());
    Path keys = SystemPaths.of(store.current().system()).data().resolve(".sftp");
    keep(SftpService.start(ports, keys));
  }

  /// Leftovers of scripts go, except those of installations that are followed to their end.
  private static void cleanTemporary(SystemPaths paths) {
    Path installing = paths.root().resolve("installing.json");
    Set<String> keep = new HashSet<>();
    try {
      if (Files.exists(installing)) {
        Json.mapper()
            .readTree(Files.readAllBytes(installing))
            .fieldNames()
            .forEachRemaining(keep::add);
      }
      Directories.cleanTemporary(paths.temporary(), keep);
    } catch (IOException unreadable) {
      log.atWarn().setCause(unreadable).log("the temporary directory was not cleaned");
    }
  }

  private static Placement placement(Options options) {
    return options.environment().containsKey("OCI_CONTAINER")
        ? Placement.IN_CONTAINER
        : Placement.ON_HOST;
  }

  private static void prepareEngine(DockerEngine engine, ConfigStore store) {
    ContainerEngine.NetworkState network = engine.ensureNetwork();
    store.update(document -> NetworkSettings.apply(document, network));
    engine.verifyHostPaths();
  }

  private Volumes volumes(WingsConfig config, SystemPaths paths, Health health, Revisions revisions)
      throws IOException {
    var system = config.system();
    NodeUsage usage = keep(NodeUsage.start(paths.data(), system.diskCheckUseInotify()));
    health.watch("disk", () -> usage.freeSpace().flatMap(FreeSpace::problem));
    Volumes volumes =
        new Volumes(
            new VolumeSettings(
                paths.data(),
                Math.toIntExact(system.user().uid()),
                Math.toIntExact(system.user().gid()),
                system.user().rootless().enabled(),
                Math.max(1, system.checkPermissionsOnBootThreads())),
            usage,
            limiter(config, paths),
            revisions::forget);
    volumes.confinement();
    volumes.checkLimiter();
    return volumes;
  }

  private static DiskLimiter limiter(WingsConfig config, SystemPaths paths) {
    var system = config.system();
    return DiskLimiters.of(
        system.diskLimiterMode(),
        new LimiterSettings(
            paths.data(),
            paths.vmounts(),
            Math.toIntExact(system.user().uid()),
            Math.toIntExact(system.user().gid()),
            Duration.ofSeconds(Math.max(1, system.diskCheckInterval()))));
  }

  private PanelClient panel(WingsConfig config, Options options, TokenClock clock, Health health)
      throws IOException {
    if (options.standalone().isPresent()) {
      return new LocalPanel(options.standalone().get(), clock);
    }
    if (!options.verifyPanelCertificate()) {
      String problem = "the certificate of the panel is not verified: --ignore-certificate-errors";
      health.watch("panel", () -> Optional.of(problem));
    }
    return keep(
        new HttpPanelClient(
            PanelOptions.of(config, options.version(), options.verifyPanelCertificate()),
            new SecureRandom(),
            clock::observePanel));
  }

  private DurableOutbox outbox(SystemPaths paths, PanelClient panel) throws IOException {
    DurableOutbox outbox =
        keep(
            new DurableOutbox(
                paths.root().resolve("outbox.journal"),
                panel,
                new SecureRandom(),
                System::nanoTime));
    outbox.start();
    return outbox;
  }

  /// Ends what was cut short, and lets the Panel know before the node reports its start: what the
  /// Panel has no result of by then counts as failed (`backups.md` 27).
  private static void recover(
      BackupService backups, Volumes volumes, ServerRegistry servers, DurableOutbox outbox) {
    backups.recover(volumes::of, servers.known());
    try {
      outbox.awaitDelivery(PANEL_PATIENCE);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private ServerRegistry servers(
      ConfigStore store,
      SystemPaths paths,
      ContainerEngine engine,
      Volumes volumes,
      PanelClient panel,
      DurableOutbox outbox)
      throws IOException {
    ActivityQueue activities =
        keep(
            new ActivityQueue(
                paths.root().resolve("activity.journal"),
                panel,
                store,
                new SecureRandom(),
                System::nanoTime));
    ScriptRunner scripts =
        new ScriptRunner(engine, store, paths.temporary(), paths.log(), System::nanoTime);
    return keep(
        new ServerRegistry(
            new ServerEnvironment(
                store,
                engine,
                volumes,
                panel,
                outbox,
                activities,
                new EggConfigFiles(),
                new ContainerInstaller(
                    engine, store, paths.temporary(), paths.log(), System::nanoTime),
                scripts::run,
                paths.root(),
                paths.log(),
                paths.vmounts(),
                Clock.systemUTC(),
                System::nanoTime)));
  }

  private static NodeConfiguration configuration(ConfigStore store) {
    return new NodeConfiguration() {
      @Override
      public WingsConfig current() {
        return store.current();
      }

      @Override
      public JsonNode document() {
        return store.panelDocument();
      }

      @Override
      public ConfigStore.Patched patch(JsonNode patch) {
        ConfigStore.Patched patched = store.patch(patch);
        Logging.level(store.current().debug());
        return patched;
      }
    };
  }

  /// Stops listening, stores what is pending and lets go of every server without touching a
  /// container.
  @Override
  public void close() {
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception failure) {
        log.atWarn().setCause(failure).log("a part of the daemon did not stop cleanly");
      }
    }
  }
}
