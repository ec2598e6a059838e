package dev.wings.core.server;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.panel.PanelException;
import dev.wings.core.power.ServerState;
import dev.wings.core.store.ServerStore;
import dev.wings.core.volume.FileWork;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The servers of this node: the entry to everything that happens to them.
///
/// Make one, [#boot] it, and [#close] it. Closing never stops a container. Safe for use by many
/// threads; servers that do nothing cost no thread and no timer.
public final class ServerRegistry implements Servers, AutoCloseable {

  /// The Panel gives up waiting for an answer to "create" soon; the rest goes on behind its back.
  private static final Duration CREATE_PATIENCE = Duration.ofSeconds(5);

  private static final Duration MAX_PANEL_PAUSE = Duration.ofSeconds(60);
  private static final Duration DETACH_LIMIT = Duration.ofSeconds(2);
  private static final int PARALLEL_SEARCHES = 16;

  private static final Duration FIRST_SCAN_DELAY = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(ServerRegistry.class);

  private final ServerEnvironment environment;
  private final NodeServices node;
  private final ActiveServers active;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  // Guarded by this; the map itself is immutable and replaced.
  private volatile ImmutableMap<UUID, ManagedServer> servers = ImmutableMap.of();
  private final Map<UUID, Thread> creating = new LinkedHashMap<>();
  private final Set<UUID> deleted = new HashSet<>();
  private final Set<UUID> deleting = ConcurrentHashMap.newKeySet();
  private final Set<UUID> quarantined = ConcurrentHashMap.newKeySet();
  private boolean closed;

  public ServerRegistry(ServerEnvironment environment) {
    this(environment, new SchedulerTimers());
  }

  ServerRegistry(ServerEnvironment environment, Timers timers) {
    this.environment = requireNonNull(environment, "environment");
    WingsConfig config = environment.config().current();
    node =
        new NodeServices(
            environment,
            ServerStore.open(environment.rootDirectory()),
            timers,
            new FileWork(config.system().diskCheckConcurrency()),
            new ExitWatch(environment.nanoTime()),
            new Semaphore(Math.max(1, config.remoteQuery().bootServersPerPage())),
            new Semaphore(PARALLEL_SEARCHES));
    active = new ActiveServers(node);
  }

  // Boot

  /// Servers that this node had when it stopped, whether the Panel still lists them or not.
  public List<UUID> known() {
    return node.store().definitions().stream().map(ServerDefinition::uuid).toList();
  }

  /// Tells the Panel that the node has started, takes its list of servers and takes up every one of
  /// them: running containers and installations are attached again, others are started if their
  /// rules say so (`panel-remote-api.md` 10.2).
  ///
  /// When the Panel has not answered after `panelPatience`, the last known definitions are used and
  /// the Panel is asked on in the background. Returns when the servers are registered.
  public void boot(Duration panelPatience) {
    for (UUID unfinished : node.store().deletions()) {
      synchronized (this) {
        deleted.add(unfinished);
      }
      delete(unfinished, null);
    }
    CompletableFuture<Void> listed = new CompletableFuture<>();
    thread("panel-list", () -> askPanel(listed));
    try {
      listed.get(panelPatience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException away) {
      log.atWarn()
          .addKeyValue("servers", node.store().definitions().size())
          .log("the panel does not answer, starting with the last known servers");
      register(node.store().definitions(), /* mayStart= */ true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("panel list: threw (expected: goes on until it has it)", e);
    }
  }

  private void askPanel(CompletableFuture<Void> listed) {
    Duration pause = Duration.ofSeconds(1);
    boolean reset = false;
    try {
      while (true) {
        try {
          if (!reset) {
            environment.panel().resetServers();
            reset = true;
          }
          reconcile(environment.panel().servers());
          listed.complete(null);
          return;
        } catch (PanelException failure) {
          log.atWarn().setCause(failure).log("cannot get the servers from the panel, trying again");
        }
        Thread.sleep(pause);
        pause = pause.multipliedBy(2);
        if (pause.compareTo(MAX_PANEL_PAUSE) > 0) {
          pause = MAX_PANEL_PAUSE;
        }
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /// Brings the node in line with the Panel's whole list: new servers appear, known ones are
  /// synchronised. A server that the list does not name is kept and only marked: an incomplete
  /// answer is no order to delete (`threats.md` PN-02).
  public void reconcile(List<ServerDefinition> definitions) {
    Map<UUID, ServerDefinition> listed = new LinkedHashMap<>();
    definitions.forEach(definition -> listed.put(definition.uuid(), definition));
    Map<UUID, ManagedServer> before = servers;
    register(List.copyOf(listed.values()), /* mayStart= */ true);
    before.forEach((id, server) -> {
      ServerDefinition definition = listed.get(id);
      if (definition != null) {
        server.sync(definition);
      }
    });
    List<ServerDefinition> missing =
        node.store().definitions().stream().filter(d -> !listed.containsKey(d.uuid())).toList();
    missing.forEach(definition -> quarantine(definition.uuid()));
    quarantined.removeIf(listed::containsKey);
    register(missing, /* mayStart= */ false);
  }

  private void quarantine(UUID server) {
    if (quarantined.add(server)) {
      log.atWarn()
          .addKeyValue("server", server)
          .log("the panel does not list this server; it is kept until it is deleted explicitly");
    }
  }

  /// Registers those that are not known yet and takes them up.
  private void register(List<ServerDefinition> definitions, boolean mayStart) {
    List<ManagedServer> added = new ArrayList<>();
    synchronized (this) {
      Map<UUID, ManagedServer> next = new LinkedHashMap<>(servers);
      for (ServerDefinition definition : definitions) {
        UUID id = definition.uuid();
        if (!closed
            && !next.containsKey(id)
            && !deleted.contains(id)
            && !creating.containsKey(id)) {
          ManagedServer server = newServer(definition);
          next.put(id, server);
          added.add(server);
        }
      }
      servers = ImmutableMap.copyOf(next);
    }
    boolean autoStart =
        mayStart && environment.config().current().remoteQuery().bootServersPerPage() > 0;
    for (ManagedServer server : added) {
      node.store().definition(server.definition());
      server.restore(autoStart);
    }
    if (!added.isEmpty()) {
      thread("first-scans", () -> scanFirst(added));
    }
  }

  /// Leaves the start of the daemon alone (`filesystem.md` 6.2).
  private static void scanFirst(List<ManagedServer> servers) {
    try {
      Thread.sleep(FIRST_SCAN_DELAY);
      servers.forEach(server -> server.files().scanFirst());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private ManagedServer newServer(ServerDefinition definition) {
    return new ManagedServer(definition, node, active::changed);
  }

  // Servers

  @Override
  public List<Server> all() {
    return List.copyOf(servers.values());
  }

  @Override
  public Optional<Server> find(UUID id) {
    return Optional.ofNullable(servers.get(id));
  }

  /// {@inheritDoc}
  ///
  /// Waits for the Panel's definition for a few seconds. A refusal in that time is thrown; when the
  /// Panel is merely slow the server is registered later, for a Panel that stopped waiting has kept
  /// its row.
  @Override
  public void create(UUID id, boolean startOnCompletion, boolean skipScripts) {
    CompletableFuture<Void> registered = new CompletableFuture<>();
    synchronized (this) {
      if (servers.containsKey(id) || creating.containsKey(id)) {
        throw WingsException.conflict("server with this uuid already exists");
      }
      if (deleting.contains(id)) {
        throw WingsException.conflict("server with this uuid is still being deleted");
      }
      deleted.remove(id);
      creating.put(
          id,
          thread(
              "create-" + id,
              () -> {
                Optional<ManagedServer> server = fetchAndRegister(id, registered);
                server.ifPresent(s -> firstInstallation(s, skipScripts, startOnCompletion));
              }));
    }
    await(id, registered);
  }

  private static void await(UUID id, CompletableFuture<Void> registered) {
    try {
      registered.get(CREATE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException slow) {
      log.atInfo()
          .addKeyValue("server", id)
          .log("the panel is slow, the new server will be registered later");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WingsException refused) {
        throw refused;
      }
      throw new IllegalStateException("creation: threw (expected: WingsException)", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw WingsException.impossible("the creation was interrupted");
    }
  }

  private Optional<ManagedServer> fetchAndRegister(UUID id, CompletableFuture<Void> registered) {
    try {
      ManagedServer server = register(fetchDefinition(id));
      created(id);
      registered.complete(null);
      return Optional.of(server);
    } catch (InterruptedException ended) {
      return notCreated(id, registered, WingsException.conflict("server was deleted"));
    } catch (WingsException refused) {
      return notCreated(id, registered, refused);
    } catch (RuntimeException bug) {
      return notCreated(
          id,
          registered,
          new WingsException(ErrorKind.INTERNAL, "server could not be created", bug));
    }
  }

  private Optional<ManagedServer> notCreated(
      UUID id, CompletableFuture<Void> registered, WingsException reason) {
    created(id);
    registered.completeExceptionally(reason);
    log.atWarn().addKeyValue("server", id).setCause(reason).log("server was not created");
    return Optional.empty();
  }

  private synchronized void created(UUID id) {
    creating.remove(id);
  }

  private ServerDefinition fetchDefinition(UUID id) throws InterruptedException {
    long begin = System.nanoTime();
    Duration pause = Duration.ofSeconds(1);
    while (true) {
      try {
        return environment
            .panel()
            .server(id)
            .orElseThrow(() ->
                new WingsException(ErrorKind.UPSTREAM, "the panel does not know server " + id));
      } catch (PanelException failure) {
        boolean answered = System.nanoTime() - begin > CREATE_PATIENCE.toNanos();
        if (!failure.unavailable() || !answered) {
          throw new WingsException(
              ErrorKind.UPSTREAM, "the definition of the server could not be fetched", failure);
        }
        log.atWarn().addKeyValue("server", id).setCause(failure).log("still no definition");
      }
      Thread.sleep(pause);
      pause = pause.compareTo(MAX_PANEL_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PANEL_PAUSE;
    }
  }

  private ManagedServer register(ServerDefinition definition) throws InterruptedException {
    ManagedServer server = newServer(definition);
    synchronized (this) {
      if (closed || Thread.interrupted()) {
        throw new InterruptedException();
      }
      Map<UUID, ManagedServer> next = new LinkedHashMap<>(servers);
      next.put(definition.uuid(), server);
      servers = ImmutableMap.copyOf(next);
    }
    node.store().created(definition);
    node.store().state(definition.uuid(), ServerState.OFFLINE);
    try {
      node.files()
          .run(
              server.id(),
              server.volume()::progress,
              () -> {
                server.volume().prepare();
                return null;
              });
    } catch (IOException | WingsException failure) {
      log.atError()
          .addKeyValue("server", definition.uuid())
          .setCause(failure)
          .log("volume of a new server could not be made, its installation will try again");
    }
    return server;
  }

  private void firstInstallation(
      ManagedServer server, boolean skipScripts, boolean startOnCompletion) {
    try {
      server.install(skipScripts, startOnCompletion);
    } catch (WingsException locked) {
      log.atWarn().addKeyValue("server", server.id()).setCause(locked).log("not installed");
      environment.outbox().installationFinished(server.id(), false, /* reinstall= */ false);
    }
  }

  @Override
  public void delete(UUID id) {
    ManagedServer server;
    synchronized (this) {
      server = servers.get(id);
      Thread creation = creating.get(id);
      if (creation != null && server == null) {
        deleted.add(id);
        creation.interrupt();
        return;
      }
      if (server == null) {
        throw WingsException.notFound("server not found");
      }
      Map<UUID, ManagedServer> next = new LinkedHashMap<>(servers);
      next.remove(id);
      servers = ImmutableMap.copyOf(next);
      deleted.add(id);
    }
    quarantined.remove(id);
    node.store().deletionBegan(id);
    node.store().forget(id);
    server.retire();
    delete(id, server);
  }

  private void delete(UUID id, @Nullable ManagedServer server) {
    deleting.add(id);
    thread(
        "delete-" + id,
        () -> {
          try {
            new Deletion(id, server, node).run();
          } finally {
            deleting.remove(id);
          }
        });
  }

  // Life

  FileWork files() {
    return node.files();
  }

  private Thread thread(String name, Runnable work) {
    Thread thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                work.run();
              } finally {
                threads.remove(Thread.currentThread());
              }
            });
    threads.add(thread);
    thread.start();
    return thread;
  }

  /// Writes the state, lets go of everything and leaves it running.
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    node.store().flush();
    threads.forEach(Thread::interrupt);
    node.timers().close();
    servers.values().forEach(ManagedServer::detach);
    awaitCancelledStarts();
    node.files().close();
    node.store().close();
  }

  /// A start that was cut short removes the container it has made; that takes a moment.
  private void awaitCancelledStarts() {
    long begin = System.nanoTime();
    try {
      for (ManagedServer server : servers.values()) {
        Duration left = DETACH_LIMIT.minusNanos(System.nanoTime() - begin);
        if (left.isPositive()) {
          server.process().awaitStart(left);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
