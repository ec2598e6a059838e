package dev.wings.daemon.local;

import dev.wings.core.WingsException;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the node's servers in step with the definitions directory while the daemon runs: a new
/// file creates and installs a server, a changed file is synchronised. A file that disappears
/// changes nothing, because no server is ever deleted without an explicit request (`threats.md`
/// PN-02); deleting a server through the API puts its file aside.
public final class LocalDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalDirectory.class);

  /// Editors write in several steps; the files are read when they have been quiet this long.
  private static final long QUIET_MILLIS = 200;

  private final LocalPanel panel;
  private final Servers servers;
  private final WatchService watch;
  private final Map<UUID, ServerDefinition> known = new HashMap<>();
  private final Set<UUID> watchedForDeletion = ConcurrentHashMap.newKeySet();
  private @Nullable Thread thread;

  public LocalDirectory(LocalPanel panel, Servers servers) throws IOException {
    this.panel = panel;
    this.servers = servers;
    this.watch = panel.definitions().directory().getFileSystem().newWatchService();
    panel
        .definitions()
        .directory()
        .register(
            watch,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
  }

  /// Applies what the directory holds now and goes on watching it.
  public void start() {
    thread = Thread.ofVirtual().name("definitions").start(this::run);
  }

  private void run() {
    try {
      apply();
      while (true) {
        WatchKey key = watch.take();
        while (key != null) {
          key.pollEvents();
          key.reset();
          key = watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
        }
        apply();
      }
    } catch (InterruptedException | ClosedWatchServiceException end) {
      log.debug("definitions are no longer watched");
    }
  }

  private void apply() {
    try {
      for (LocalDefinitions.Entry entry : panel.definitions().all()) {
        apply(entry.definition());
      }
    } catch (WingsException | IOException failure) {
      log.atError().setCause(failure).log("the definitions directory could not be applied");
    }
  }

  private void apply(ServerDefinition definition) throws IOException {
    UUID id = definition.uuid();
    ServerDefinition before = known.put(id, definition);
    if (!panel.admitted(id)) {
      panel.admit(id);
      create(definition);
    } else if (before != null && !before.equals(definition)) {
      servers.find(id).ifPresent(server -> server.sync(definition));
    }
    servers.find(id).ifPresent(this::watchForDeletion);
  }

  private void create(ServerDefinition definition) {
    boolean start = Boolean.TRUE.equals(definition.settings().startOnCompletion());
    try {
      servers.create(definition.uuid(), start, false);
    } catch (WingsException refused) {
      log.atWarn()
          .addKeyValue("server", definition.uuid())
          .addKeyValue("reason", refused.getMessage())
          .log("a defined server could not be created");
    }
  }

  private void watchForDeletion(Server server) {
    if (watchedForDeletion.add(server.id())) {
      server
          .events()
          .subscribe(event -> {
            if (event instanceof ServerEvent.Deleted) {
              forget(server.id());
            }
          });
    }
  }

  private void forget(UUID server) {
    watchedForDeletion.remove(server);
    try {
      panel.forget(server);
    } catch (IOException failure) {
      log.atError()
          .addKeyValue("server", server)
          .setCause(failure)
          .log("the definition of a deleted server could not be put aside");
    }
  }

  @Override
  public void close() throws IOException {
    watch.close();
    if (thread != null) {
      thread.interrupt();
    }
  }
}
