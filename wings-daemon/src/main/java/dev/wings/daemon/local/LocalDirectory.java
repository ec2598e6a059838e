package dev.wings.daemon.local;

import dev.wings.core.WingsException;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /// Something that writes all the time does not put off the others for ever.
  private static final int MAX_CHANGES = 20;

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
    register(panel.definitions().directory());
  }

  /// Applies what the directory holds now and goes on watching it.
  public void start() {
    thread = Thread.ofVirtual().name("definitions").start(this::run);
  }

  private void run() {
    try {
      apply();
      while (true) {
        settle(watch.take());
        apply();
      }
    } catch (InterruptedException | ClosedWatchServiceException end) {
      log.debug("definitions are no longer watched");
    }
  }

  /// Returns when nothing has happened for a moment, or when it never stops happening.
  private void settle(WatchKey first) throws InterruptedException {
    WatchKey key = first;
    for (int changes = 0; key != null && changes < MAX_CHANGES; changes++) {
      key.pollEvents();
      if (!key.reset()) {
        watchAgain();
      }
      key = watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /// The directory was removed or renamed: a new one takes its place.
  private void watchAgain() {
    Path directory = panel.definitions().directory();
    try {
      Files.createDirectories(directory);
      register(directory);
      log.atWarn()
          .addKeyValue("directory", directory)
          .log("the definitions directory was removed, a new one is watched");
    } catch (IOException failure) {
      log.atError()
          .addKeyValue("directory", directory)
          .setCause(failure)
          .log("the definitions directory is gone, changes are not seen until the next start");
    }
  }

  private void register(Path directory) throws IOException {
    directory.register(
        watch,
        StandardWatchEventKinds.ENTRY_CREATE,
        StandardWatchEventKinds.ENTRY_MODIFY,
        StandardWatchEventKinds.ENTRY_DELETE);
  }

  private void apply() {
    try {
      for (LocalDefinitions.Entry entry : panel.definitions().all()) {
        applyAlone(entry);
      }
    } catch (WingsException failure) {
      log.atError().setCause(failure).log("the definitions directory could not be applied");
    }
  }

  /// What goes wrong with one server costs no other.
  private void applyAlone(LocalDefinitions.Entry entry) {
    UUID server = entry.definition().uuid();
    try {
      apply(entry);
    } catch (WingsException refused) {
      log.atWarn()
          .addKeyValue("server", server)
          .addKeyValue("reason", refused.getMessage())
          .log("a server definition could not be applied");
    } catch (IOException | RuntimeException failure) {
      log.atError()
          .addKeyValue("server", server)
          .setCause(failure)
          .log("a server definition could not be applied");
    }
  }

  private void apply(LocalDefinitions.Entry entry) throws IOException {
    ServerDefinition definition = entry.definition();
    UUID id = definition.uuid();
    ServerDefinition before = known.get(id);
    if (servers.find(id).isEmpty() && !panel.admitted(id)) {
      if (!Files.exists(entry.file())) {
        return; // put aside since the directory was listed, because the server was deleted
      }
      servers.create(
          id,
          Boolean.TRUE.equals(definition.settings().startOnCompletion()),
          /* skipScripts= */ false);
    } else if (before != null && !before.equals(definition)) {
      servers.find(id).ifPresent(server -> server.sync(definition));
    }
    // only now: what failed is tried again with the next change of the directory
    panel.admit(id);
    known.put(id, definition);
    servers.find(id).ifPresent(this::watchForDeletion);
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
