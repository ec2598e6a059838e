package dev.wings.core.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.config.LimitsConfig;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ProcessConfiguration;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.operation.Operations;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.server.FileEvents;
import dev.wings.core.server.Hold;
import dev.wings.core.server.Server;
import dev.wings.core.server.ServerLock;
import dev.wings.core.upload.Uploads;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.ServerVolume;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A server without process or container. It keeps what it was asked, and is what a test makes it:
/// the `will…` and `become…` methods set it up, the `…Requests` methods tell what happened. Events
/// go over a real bus.
public final class FakeServer implements Server {
  /// What a command looked like when it arrived.
  public record Command(String text, Actor actor) {}

  /// The arguments of [Server#reinstall].
  public record Reinstall(
      boolean truncate, @Nullable InstallationScript script, boolean startOnCompletion) {}

  private final EventBus events = new EventBus();
  private final LivePermissions permissions;
  private final ServerVolume volume;
  private final CopyOnWriteArrayList<PowerRequest> powerRequests = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<Command> commands = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<ServerDefinition> syncs = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<Reinstall> reinstalls = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<InstallationScript> scripts = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<Activity> activities = new CopyOnWriteArrayList<>();
  private final FileWork files = new FileWork(1);
  private final Operations operations;
  private final Uploads uploads = new Uploads(FileEvents.uploads(events), InstantSource.system());
  private final AtomicInteger panelSyncs = new AtomicInteger();
  private final AtomicInteger stops = new AtomicInteger();
  private final AtomicInteger rescans = new AtomicInteger();
  private final AtomicInteger aborts = new AtomicInteger();

  private volatile LimitsConfig limits = new LimitsConfig(3, 0);
  private volatile ServerDefinition definition;
  private volatile ServerState state = ServerState.OFFLINE;
  private volatile @Nullable ServerLock lock;
  private volatile boolean pendingRestart;
  private volatile ResourceUsage usage = ResourceUsage.idle(ServerState.OFFLINE, 0);
  private volatile List<String> log = List.of();
  private volatile @Nullable List<String> installLog;
  private volatile @Nullable WingsException failure;

  public FakeServer(ServerDefinition definition, Path directory) {
    this(definition, directory, InstantSource.system());
  }

  public FakeServer(ServerDefinition definition, Path directory, InstantSource clock) {
    this(definition, new FakeVolume(directory), clock);
  }

  /// On a volume of its own, such as a real one.
  public FakeServer(ServerDefinition definition, ServerVolume volume, InstantSource clock) {
    this.definition = definition;
    this.permissions = new LivePermissions(clock);
    this.volume = volume;
    this.operations =
        new Operations(
            definition.uuid(),
            FileEvents.operations(events),
            files,
            () -> limits,
            InstantSource.system());
  }

  /// How many operations may run at a time, from now on.
  public void willAllow(LimitsConfig allowed) {
    limits = allowed;
  }

  /// A server with a plain definition whose directory does not exist.
  public static FakeServer named(UUID id, String name) {
    return new FakeServer(
        definition(id, name), Path.of(System.getProperty("java.io.tmpdir"), "wings-fake-" + id));
  }

  /// A plausible definition: one allocation, some variables, a stop command.
  public static ServerDefinition definition(UUID id, String name) {
    return new ServerDefinition(
        new ServerSettings(
            id,
            null,
            new ServerSettings.Meta(name, ""),
            false,
            "sh ./server.sh {{SERVER_PORT}}",
            false,
            null,
            Map.of(),
            Map.of(),
            List.of(),
            List.of(),
            new ServerSettings.Allocations(
                false,
                new ServerSettings.Allocation("127.0.0.1", 25565),
                Map.of("127.0.0.1", List.of(25565))),
            new ServerSettings.Build(256, 0, 0, null, 100, 1024, null, false, null),
            List.of(),
            List.of(),
            List.of(),
            new ServerSettings.Egg(new UUID(0, 1), List.of()),
            new ServerSettings.ContainerOptions(
                "wings-demo:latest~", null, false, false, List.of()),
            new ServerSettings.AutoKill(false, 0),
            ServerSettings.AutoStart.UNLESS_STOPPED,
            new ServerSettings.Features(null, null)),
        new ProcessConfiguration(
            new ProcessConfiguration.Startup(List.of("Done"), false),
            new ProcessConfiguration.Stop("command", "stop"),
            List.of()));
  }

  /// Changes the state and publishes the change.
  public void become(ServerState newState) {
    state = newState;
    events.publish(new ServerEvent.StateChanged(newState));
  }

  /// Changes the usage and publishes it.
  public void become(ResourceUsage newUsage) {
    usage = newUsage;
    events.publish(new ServerEvent.StatsChanged(newUsage));
  }

  public void becomeLocked(@Nullable ServerLock newLock) {
    lock = newLock;
  }

  public void becomePendingRestart(boolean pending) {
    pendingRestart = pending;
    events.publish(new ServerEvent.PendingRestart(pending));
  }

  /// Lines of [#backlog] and [#log].
  public void willLog(List<String> lines) {
    log = List.copyOf(lines);
  }

  /// Lines of [#installLog].
  public void willInstallLog(List<String> lines) {
    installLog = List.copyOf(lines);
  }

  /// Every later request fails with this; null makes them succeed again.
  public void willFail(@Nullable WingsException newFailure) {
    failure = newFailure;
  }

  public List<PowerRequest> powerRequests() {
    return List.copyOf(powerRequests);
  }

  public List<Command> commands() {
    return List.copyOf(commands);
  }

  public List<ServerDefinition> syncs() {
    return List.copyOf(syncs);
  }

  public int panelSyncs() {
    return panelSyncs.get();
  }

  public List<Reinstall> reinstalls() {
    return List.copyOf(reinstalls);
  }

  public int aborts() {
    return aborts.get();
  }

  public List<InstallationScript> scripts() {
    return List.copyOf(scripts);
  }

  @Override
  public UUID id() {
    return definition.uuid();
  }

  @Override
  public ServerDefinition definition() {
    return definition;
  }

  @Override
  public ServerState state() {
    return state;
  }

  @Override
  public Optional<ServerLock> lock() {
    return Optional.ofNullable(lock);
  }

  @Override
  public ResourceUsage usage() {
    return usage;
  }

  @Override
  public boolean pendingRestart() {
    return pendingRestart;
  }

  @Override
  public EventBus events() {
    return events;
  }

  @Override
  public LivePermissions permissions() {
    return permissions;
  }

  @Override
  public ServerVolume volume() {
    return volume;
  }

  @Override
  public <T> T onFiles(Callable<T> work) throws IOException {
    try {
      return work.call();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("work on files failed", e);
    }
  }

  @Override
  public <T> T onFiles(FileWork.Kind kind, Callable<T> work) throws IOException {
    return onFiles(work);
  }

  @Override
  public <T> T onFiles(FileWork.Kind kind, LongSupplier progress, Callable<T> work)
      throws IOException {
    return onFiles(work);
  }

  @Override
  public void submitToFiles(FileWork.Kind kind, Runnable work) {
    files.submit(kind, id(), work);
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public Uploads uploads() {
    return uploads;
  }

  @Override
  public void record(Actor actor, String event, @Nullable ObjectNode metadata) {
    activities.add(new Activity(actor, id(), event, metadata, InstantSource.system().instant()));
  }

  /// Everything that was recorded, oldest first.
  public List<Activity> activities() {
    return activities;
  }

  @Override
  public CompletableFuture<Void> power(PowerRequest request) {
    powerRequests.add(request);
    WingsException refused = failure;
    return refused == null
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(refused);
  }

  @Override
  public void sendCommand(String command, Actor actor) {
    failIfAsked();
    if (state == ServerState.OFFLINE) {
      throw new WingsException(ErrorKind.IMPOSSIBLE, "server is offline");
    }
    commands.add(new Command(command, actor));
  }

  @Override
  public List<String> backlog(int lines) {
    failIfAsked();
    List<String> all = log;
    return all.subList(Math.max(0, all.size() - lines), all.size());
  }

  @Override
  public InputStream log(OptionalInt lines) {
    failIfAsked();
    return text(log, lines);
  }

  @Override
  public Optional<InputStream> installLog(OptionalInt lines) {
    failIfAsked();
    return Optional.ofNullable(installLog).map(all -> text(all, lines));
  }

  @Override
  public void sync(ServerDefinition newDefinition) {
    failIfAsked();
    definition = newDefinition;
    syncs.add(newDefinition);
  }

  @Override
  public void syncFromPanel() {
    panelSyncs.incrementAndGet();
  }

  @Override
  public Hold hold(ServerLock wanted, String what) {
    ServerLock held = lock;
    if (held != null) {
      throw WingsException.conflict(
          "server is in a locked state (" + held.wireName() + "), cannot " + what);
    }
    lock = wanted;
    return new FakeHold();
  }

  /// How often the server was stopped by whoever held it.
  public int stops() {
    return stops.get();
  }

  /// How often a scan was asked for by whoever held it.
  public int rescans() {
    return rescans.get();
  }

  private final class FakeHold implements Hold {
    private final long limit = volume.limitBytes();
    private boolean closed;

    @Override
    public void stop() {
      failIfAsked();
      stops.incrementAndGet();
      if (state != ServerState.OFFLINE) {
        become(ServerState.OFFLINE);
      }
    }

    @Override
    public void allow(long extraBytes) throws IOException {
      volume.limit(limit == 0 ? 0 : limit + extraBytes);
      volume.applyLimit();
    }

    @Override
    public void rescan() {
      rescans.incrementAndGet();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        volume.limit(limit);
        lock = null;
      }
    }
  }

  @Override
  public void reinstall(
      boolean truncate, @Nullable InstallationScript script, boolean startOnCompletion) {
    failIfAsked();
    ServerLock held = lock;
    if (held != null) {
      throw WingsException.conflict(
          "server is in a locked state (" + held.wireName() + "), cannot reinstall the server");
    }
    reinstalls.add(new Reinstall(truncate, script, startOnCompletion));
  }

  @Override
  public void abortInstallation() {
    failIfAsked();
    if (lock != ServerLock.INSTALLING) {
      throw WingsException.conflict("server is not installing");
    }
    aborts.incrementAndGet();
  }

  @Override
  public void runScript(InstallationScript script, OutputStream out) {
    failIfAsked();
    scripts.add(script);
    try {
      out.write("script output\n".getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void failIfAsked() {
    WingsException refused = failure;
    if (refused != null) {
      throw refused;
    }
  }

  private static InputStream text(List<String> all, OptionalInt lines) {
    int from = lines.isPresent() ? Math.max(0, all.size() - lines.getAsInt()) : 0;
    StringBuilder text = new StringBuilder();
    all.subList(from, all.size()).forEach(line -> text.append(line).append('\n'));
    return new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
