package dev.wings.core.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.console.ReadinessMatcher;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.json.Json;
import dev.wings.core.operation.Operations;
import dev.wings.core.panel.PanelException;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerInput;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.store.PendingInstallation;
import dev.wings.core.upload.Uploads;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One server of this node.
///
/// Everything that changes it goes through its mailbox, one thing after the other: power
/// ([PowerOwner]), definition, locks. Reads take the volatile [View]. Long work runs on threads of
/// [ServerTasks] and reports back to the mailbox. Work that blocks is never done on the mailbox.
final class ManagedServer implements Server {
  /// How long the daemon's own stops wait before they kill.
  static final Duration OWN_STOP_LIMIT = Duration.ofSeconds(30);

  private static final int MAX_COMMAND_BYTES = 64 << 10;
  private static final Logger log = LoggerFactory.getLogger(ManagedServer.class);

  private final UUID id;
  private final NodeServices node;
  private final Mailbox mailbox;
  private final EventBus events = new EventBus();
  private final LivePermissions permissions;
  private final ServerVoice voice;
  private final UsageMeter meter;
  private final DiskGuard diskGuard;
  private final ServerFiles files;
  private final ServerTasks tasks;
  private final ServerProcess process;
  private final PowerOwner power;
  private final Installation installation;
  private final ServerLogs logs;
  private final Presence presence;
  private final Semaphore scriptTurn = new Semaphore(1);

  private volatile View view;

  /// What readers see.
  ///
  /// @param locks in order of reporting
  private record View(
      ServerDefinition definition, ServerState state, Set<ServerLock> locks, boolean pending) {
    Optional<ServerLock> lock() {
      return locks.stream().findFirst();
    }
  }

  /// Learns which servers are not offline.
  @FunctionalInterface
  interface Presence {
    void changed(ManagedServer server, boolean active);
  }

  ManagedServer(ServerDefinition definition, NodeServices node, Presence presence) {
    this.id = definition.uuid();
    this.node = node;
    this.presence = presence;
    ServerEnvironment environment = node.environment();
    mailbox = new Mailbox("server-" + id);
    permissions = new LivePermissions(environment.clock());
    ServerVolume volume = environment.volumes().of(id);
    voice = new ServerVoice(events, environment.config());
    meter = new UsageMeter(events, volume, node.timers(), environment.nanoTime());
    files = new ServerFiles(id, node, volume, events, meter::refresh);
    files.limit(definition);
    diskGuard = new DiskGuard(volume, environment.nanoTime());
    tasks = new ServerTasks(id);
    Set<ServerLock> locks =
        definition.settings().suspended() ? EnumSet.of(ServerLock.SUSPENDED) : Set.of();
    view = new View(definition, ServerState.OFFLINE, locks, false);
    var definitions = new OwnDefinitions();
    StartSequence sequence =
        new StartSequence(id, node, volume, files.disk(), voice, events, tasks, definitions);
    power =
        new PowerOwner(
            id, mailbox, new PowerDuties(this, node, voice), node.timers(), environment.nanoTime());
    process =
        new ServerProcess(
            id, node, tasks, sequence, meter, definitions, this::console, power::post);
    installation =
        new Installation(
            id, node, tasks, volume, events, voice, definitions, new InstallationOwner());
    logs = new ServerLogs(id, environment, process);
    if (!locks.isEmpty()) {
      power.post(new PowerInput.LockChanged(refusal(locks)));
    }
  }

  private RunConsole console(long run, ServerDefinition current) {
    return new RunConsole(
        events,
        voice,
        node.environment().config(),
        node.environment().nanoTime(),
        ReadinessMatcher.of(current.process().startup()),
        () -> view.state() == ServerState.STARTING,
        () -> power.post(new PowerInput.Ready(run)));
  }

  // Reads

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public ServerDefinition definition() {
    return view.definition();
  }

  @Override
  public ServerState state() {
    return view.state();
  }

  @Override
  public Optional<ServerLock> lock() {
    return view.lock();
  }

  @Override
  public ResourceUsage usage() {
    return meter.usage();
  }

  @Override
  public boolean pendingRestart() {
    return view.pending();
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
    return files.volume();
  }

  @Override
  public List<String> backlog(int lines) {
    return logs.backlog(lines);
  }

  @Override
  public InputStream log(OptionalInt lines) {
    return logs.container(lines);
  }

  @Override
  public Optional<InputStream> installLog(OptionalInt lines) {
    return logs.installation(lines);
  }

  // Power and commands

  @Override
  public CompletableFuture<Void> power(PowerRequest request) {
    return power.request(request);
  }

  /// Stops, and kills after 30 s; for what the daemon itself has to do.
  CompletableFuture<Void> stopForGood() {
    return power.stopWithin(OWN_STOP_LIMIT);
  }

  @Override
  public void sendCommand(String command, Actor actor) {
    if (command.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
      throw WingsException.invalid("a command is one line");
    }
    byte[] line = (command + "\n").getBytes(UTF_8);
    if (line.length > MAX_COMMAND_BYTES + 1) {
      throw new WingsException(
          ErrorKind.LIMIT, "a command has at most " + MAX_COMMAND_BYTES + " bytes");
    }
    ContainerHandle handle =
        view.state() == ServerState.OFFLINE ? null : process.handle().orElse(null);
    if (handle == null) {
      throw WingsException.impossible("server is offline");
    }
    handle.write(line);
    if (actor.user() != null) {
      record(
          actor,
          "server:console.command",
          Json.mapper().createObjectNode().put("command", command));
    }
  }

  @Override
  public void record(Actor actor, String event, @Nullable ObjectNode metadata) {
    node.environment()
        .activities()
        .record(new Activity(actor, id, event, metadata, node.environment().clock().instant()));
  }

  // Definition

  @Override
  public void sync(ServerDefinition definition) {
    replace(definition, /* fromStart= */ false);
  }

  @Override
  public void syncFromPanel() {
    try {
      node.environment()
          .panel()
          .server(id)
          .ifPresentOrElse(
              this::sync,
              () ->
                  log.atWarn()
                      .addKeyValue("server", id)
                      .log("the panel does not know this server"));
    } catch (PanelException failure) {
      log.atWarn().addKeyValue("server", id).setCause(failure).log("sync with the panel failed");
    }
  }

  private void replace(ServerDefinition definition, boolean fromStart) {
    if (!definition.uuid().equals(id)) {
      throw WingsException.invalid("the definition belongs to server " + definition.uuid());
    }
    ServerDefinition old = mailbox.call(() -> exchange(definition, fromStart));
    node.store().definition(definition);
    files.changeLimit(definition);
    boolean changed = !old.settings().equals(definition.settings());
    Optional<ContainerHandle> handle = process.handle();
    if (changed && handle.isPresent()) {
      try {
        handle.get().update(definition.settings());
      } catch (WingsException failure) {
        log.atWarn()
            .addKeyValue("server", id)
            .setCause(failure)
            .log("new limits were not applied to the running container");
      }
    }
    if (definition.settings().suspended() && !fromStart && view.state() != ServerState.OFFLINE) {
      stopForGood().exceptionally(failure -> logStop("suspension", failure));
    }
  }

  /// Runs on the mailbox; returns the definition that was in force.
  private ServerDefinition exchange(ServerDefinition definition, boolean fromStart) {
    View old = view;
    view = new View(definition, old.state(), old.locks(), old.pending());
    setLock(ServerLock.SUSPENDED, definition.settings().suspended());
    if (!fromStart
        && old.state() != ServerState.OFFLINE
        && RestartNeeds.differ(old.definition().settings(), definition.settings())) {
      setPending(true);
    }
    return old.definition();
  }

  private @Nullable Void logStop(String why, Throwable failure) {
    log.atWarn()
        .addKeyValue("server", id)
        .addKeyValue("why", why)
        .setCause(failure)
        .log("server could not be stopped");
    return null;
  }

  // Locks. All on the mailbox.

  private void setLock(ServerLock lock, boolean on) {
    View old = view;
    EnumSet<ServerLock> locks = EnumSet.noneOf(ServerLock.class);
    locks.addAll(old.locks());
    if (on ? locks.add(lock) : locks.remove(lock)) {
      view = new View(old.definition(), old.state(), locks, old.pending());
      power.feed(new PowerInput.LockChanged(refusal(locks)));
      if (on) {
        files.abortAll();
      }
    }
  }

  /// Sets a lock for work that needs the server for itself.
  ///
  /// @throws WingsException kind `CONFLICT` when there is a lock already
  void acquire(ServerLock lock, String what) {
    mailbox.<Void>call(() -> {
      Optional<ServerLock> other = view.lock();
      if (other.isPresent()) {
        throw WingsException.conflict(
            "server is in a locked state (" + other.get().wireName() + "), cannot " + what);
      }
      setLock(lock, true);
      return null;
    });
  }

  void release(ServerLock lock) {
    mailbox.<Void>call(() -> {
      setLock(lock, false);
      return null;
    });
  }

  @Override
  public Hold hold(ServerLock lock, String what) {
    acquire(lock, what);
    return new OwnHold(lock);
  }

  private static @Nullable String refusal(Set<ServerLock> locks) {
    return locks.stream().findFirst().map(lock -> "server is " + lock.wireName()).orElse(null);
  }

  private void setPending(boolean pending) {
    View old = view;
    if (old.pending() != pending) {
      view = new View(old.definition(), old.state(), old.locks(), pending);
      events.publish(new ServerEvent.PendingRestart(pending));
    }
  }

  // Installation and scripts

  /// Installs the server for the first time, in the background.
  void install(boolean skipScripts, boolean startOnCompletion) {
    acquire(ServerLock.INSTALLING, "install the server");
    installation.begin(
        null,
        /* reinstall= */ false,
        skipScripts || definition().settings().skipEggScripts(),
        startOnCompletion);
  }

  @Override
  public void reinstall(
      boolean truncate, @Nullable InstallationScript script, boolean startOnCompletion) {
    acquire(ServerLock.INSTALLING, "reinstall the server");
    boolean begun = false;
    try {
      stopForGood().join();
      syncFromPanel();
      if (truncate) {
        files.clear();
      }
      installation.begin(
          script,
          /* reinstall= */ true,
          definition().settings().skipEggScripts(),
          startOnCompletion);
      begun = true;
    } catch (CompletionException e) {
      throw e.getCause() instanceof WingsException expected ? expected : e;
    } finally {
      if (!begun) {
        release(ServerLock.INSTALLING);
      }
    }
  }

  @Override
  public <T> T onFiles(Callable<T> work) throws IOException, InterruptedException {
    return files.run(FileWork.Kind.CONTROL, work);
  }

  @Override
  public <T> T onFiles(FileWork.Kind kind, Callable<T> work)
      throws IOException, InterruptedException {
    return files.run(kind, work);
  }

  @Override
  public <T> T onFiles(FileWork.Kind kind, LongSupplier progress, Callable<T> work)
      throws IOException, InterruptedException {
    return files.run(kind, progress, work);
  }

  @Override
  public void submitToFiles(FileWork.Kind kind, Runnable work) {
    node.files().submit(kind, id, work);
  }

  @Override
  public Operations operations() {
    return files.operations();
  }

  @Override
  public Uploads uploads() {
    return files.uploads();
  }

  @Override
  public void abortInstallation() {
    installation.abort();
  }

  @Override
  public void runScript(InstallationScript script, OutputStream out) {
    if (!scriptTurn.tryAcquire()) {
      throw WingsException.conflict("another script is running");
    }
    try {
      tasks.runHere(() -> {
        files.startUp();
        node.environment().scripts().run(definition(), files.volume(), script, out);
      });
    } finally {
      scriptTurn.release();
    }
  }

  // Life of the object

  /// Takes the server up again after the daemon started (`panel-remote-api.md` 10.2).
  void restore(boolean mayStart) {
    files.open();
    boolean startAfter = mayStart && wantsStart();
    Optional<PendingInstallation> pending = node.store().installing(id);
    if (pending.isEmpty()) {
      adopt(startAfter);
      return;
    }
    mailbox.post(() -> setLock(ServerLock.INSTALLING, true));
    installation.resume(pending.get(), () -> adopt(startAfter));
  }

  private void adopt(boolean startAfter) {
    if (!startAfter) {
      node.store().state(id, ServerState.OFFLINE); // until something else is found
    }
    power.post(new PowerInput.Adopt(startAfter));
  }

  private boolean wantsStart() {
    return switch (definition().settings().autoStartBehavior()) {
      case ALWAYS -> true;
      case NEVER -> false;
      case UNLESS_STOPPED ->
          node.store()
              .state(id)
              .filter(state -> state == ServerState.RUNNING || state == ServerState.STARTING)
              .isPresent();
    };
  }

  /// Once a second while the server is not offline: the disk watchdog (`containers.md` 17.7) and
  /// the regular scan.
  ///
  /// @param fullEvery each so-manieth scan looks at everything
  void tick(Duration scanInterval, int fullEvery) {
    files.scanWhenDue(scanInterval, fullEvery);
    meter.refresh();
    switch (diskGuard.judge(view.state())) {
      case GO_ON -> {
        // within its limit, or not for long beyond it
      }
      case STOP -> {
        voice.line("This server exceeds its disk limit and is being stopped.");
        stopForGood().exceptionally(failure -> logStop("disk limit", failure));
      }
      case KILL -> {
        voice.line("This server writes on far beyond its disk limit and is being killed.");
        power
            .request(PowerRequest.unchecked(PowerAction.KILL, Duration.ZERO))
            .exceptionally(failure -> logStop("disk limit", failure));
      }
    }
  }

  /// Detaches without touching anything that runs.
  void detach() {
    power.post(new PowerInput.Abandoned("the daemon is stopping"));
    process.detach();
    files.close();
  }

  /// Takes no request any more; what is running is ended by [#destroy].
  void retire() {
    mailbox.post(() -> {
      setLock(ServerLock.SUSPENDED, true);
      power.feed(new PowerInput.Abandoned("server was deleted"));
    });
    files.abortAll();
    events.publish(new ServerEvent.Deleted());
    presence.changed(this, false);
  }

  /// Waits until everything that was posted so far has been done.
  void quiesce() {
    mailbox.<Void>call(() -> null);
  }

  ServerTasks tasks() {
    return tasks;
  }

  /// The state machine has entered another state. On the mailbox.
  void enter(ServerState state) {
    View old = view;
    view = new View(old.definition(), state, old.locks(), old.pending());
    node.store().state(id, state);
    presence.changed(this, state != ServerState.OFFLINE);
    meter.enter(state);
    log.atInfo()
        .addKeyValue("server", id)
        .addKeyValue("state", state.wireName())
        .log("server state changed");
    events.publish(new ServerEvent.StateChanged(state));
    if (state == ServerState.OFFLINE || state == ServerState.STARTING) {
      setPending(false);
    } else if (old.state() == ServerState.STARTING) {
      process.startupFinished();
    }
  }

  ServerFiles files() {
    return files;
  }

  ServerProcess process() {
    return process;
  }

  private final class OwnHold implements Hold {
    private final ServerLock lock;
    private boolean closed;

    OwnHold(ServerLock lock) {
      this.lock = lock;
    }

    @Override
    public void stop() {
      try {
        stopForGood().join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof WingsException expected ? expected : e;
      }
    }

    @Override
    public void allow(long extraBytes) throws IOException {
      files.allow(extraBytes, view.definition());
      files.volume().applyLimit();
    }

    @Override
    public void rescan() {
      files.disk().refresh();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        files.allow(0, view.definition());
        files.applyLimit();
        release(lock);
      }
    }
  }

  // What the collaborators need of the server

  private final class OwnDefinitions implements StartSequence.Definitions {
    @Override
    public ServerDefinition current() {
      return view.definition();
    }

    @Override
    public void refreshed(ServerDefinition definition) {
      replace(definition, /* fromStart= */ true);
    }

    @Override
    public Optional<String> refusal() {
      return Optional.ofNullable(ManagedServer.refusal(view.locks()));
    }
  }

  private final class InstallationOwner implements Installation.Owner {
    @Override
    public void unlock() {
      release(ServerLock.INSTALLING);
    }

    @Override
    public void start() {
      var unused = power.request(PowerRequest.unchecked(PowerAction.START, Duration.ZERO));
    }

    @Override
    public void rescan() {
      files.disk().refresh();
    }
  }
}
