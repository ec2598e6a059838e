package dev.wings.core.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import dev.wings.core.activity.Activity;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeContainerEngine;
import dev.wings.core.testing.FakeInstaller;
import dev.wings.core.testing.FakePanel;
import dev.wings.core.testing.FakePanel.InstallationReport;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeVolume;
import dev.wings.core.testing.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A node made of fakes. The engine, the Panel and the disk outlive the daemon, which [#restart]
/// replaces.
final class Node implements AutoCloseable {
  static final UUID SERVER = UUID.fromString("6f1c0c1e-93d0-4a60-9a3b-0d4b8f0a7c11");

  final FakeContainerEngine engine = new FakeContainerEngine();
  final FakePanel panel = new FakePanel();
  final FakeInstaller installer = new FakeInstaller();
  final List<Activity> activities = new CopyOnWriteArrayList<>();
  final List<InstallationReport> installations = new CopyOnWriteArrayList<>();
  final List<ServerEvent> events = new CopyOnWriteArrayList<>();
  final Map<UUID, FakeVolume> volumes = new ConcurrentHashMap<>();
  final Path directory;
  private final CountDownLatch scansMayEnd = new CountDownLatch(1);
  ManualTimers time = new ManualTimers();
  volatile WingsConfig config;
  ServerRegistry registry;

  Node(Path directory) {
    this(directory, Map.of());
  }

  Node(Path directory, Map<String, Object> settings) {
    this.directory = directory;
    Map<String, Object> values =
        new HashMap<>(
            Map.of(
                "appName",
                "Test",
                "system.crashDetection.enabled",
                true,
                "system.crashDetection.detectCleanExitAsCrash",
                true,
                "system.crashDetection.timeout",
                60L,
                "system.checkPermissionsOnBoot",
                true,
                "system.diskCheckInterval",
                150L,
                "system.diskCheckConcurrency",
                2,
                "remoteQuery.bootServersPerPage",
                50,
                "docker.deleteContainerOnStop",
                true));
    values.putAll(settings);
    config = TestConfig.of(values);
    registry = daemon();
  }

  private ServerRegistry daemon() {
    LiveConfig live = () -> config;
    return new ServerRegistry(
        new ServerEnvironment(
            live,
            engine,
            this::volume,
            panel,
            (server, successful, reinstall) ->
                installations.add(new InstallationReport(server, successful, reinstall)),
            activities::add,
            (root, definition, address) -> List.of(),
            installer,
            (definition, volume, script, out) -> {},
            made("root"),
            made("logs"),
            made("vmounts"),
            InstantSource.system(),
            time),
        time);
  }

  private FakeVolume volume(UUID server) {
    return volumes.computeIfAbsent(
        server, id -> new FakeVolume(directory.resolve("volumes").resolve(id.toString())));
  }

  Path made(String name) {
    try {
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Ends the daemon and makes a new one, which is not booted yet.
  void restart() {
    registry.close();
    time = new ManualTimers();
    registry = daemon();
  }

  /// The server that most tests use, known to the Panel and booted.
  Server server() {
    return server(FakeServer.definition(SERVER, "Lobby"));
  }

  Server server(ServerDefinition definition) {
    panel.put(definition);
    if (registry.find(definition.uuid()).isEmpty()) {
      registry.reconcile(panel.servers());
    }
    Server server = registry.find(definition.uuid()).orElseThrow();
    server.events().subscribe(events::add);
    settle(server);
    return server;
  }

  /// Waits until the server is neither being looked for nor otherwise busy.
  void settle(Server server) {
    ManagedServer managed = (ManagedServer) server;
    await().atMost(10, SECONDS).until(() -> managed.tasks().running() == 0);
    managed.quiesce();
  }

  /// Wants more scans than may run at a time, and waits until all threads for them are busy.
  void blockScanThreads() {
    AtomicInteger begun = new AtomicInteger();
    long threads = config.system().diskCheckConcurrency();
    for (int i = 0; i < threads + 6; i++) {
      var unused =
          registry
              .files()
              .scan(
                  UUID.randomUUID(),
                  () -> 0,
                  () -> {
                    begun.incrementAndGet();
                    scansMayEnd.await();
                    return true;
                  },
                  () -> {});
    }
    await().atMost(10, SECONDS).until(() -> begun.get() == threads);
  }

  void unblockScans() {
    scansMayEnd.countDown();
  }

  FakeContainerEngine.Container container(Server server) {
    return engine.container(server.id()).orElseThrow();
  }

  /// Starts the server and makes it report readiness.
  Server running() {
    Server server = server();
    start(server);
    return server;
  }

  void start(Server server) {
    done(ask(server, PowerAction.START));
    container(server).print("Done");
    awaitState(server, ServerState.RUNNING);
  }

  static CompletableFuture<Void> ask(Server server, PowerAction action) {
    return server.power(PowerRequest.unchecked(action, Duration.ZERO));
  }

  /// Waits for the outcome of a request and throws its failure.
  static void done(CompletableFuture<Void> future) {
    future.orTimeout(10, SECONDS).join();
  }

  static void awaitState(Server server, ServerState state) {
    await().atMost(10, SECONDS).until(() -> server.state() == state);
  }

  List<String> lines() {
    return events.stream()
        .filter(ServerEvent.ConsoleOutput.class::isInstance)
        .flatMap(event -> ((ServerEvent.ConsoleOutput) event).lines().stream())
        .toList();
  }

  List<ServerState> states() {
    return events.stream()
        .filter(ServerEvent.StateChanged.class::isInstance)
        .map(event -> ((ServerEvent.StateChanged) event).state())
        .toList();
  }

  @Override
  public void close() {
    registry.close();
  }
}
