package dev.wings.daemon.local;

import dev.wings.core.WingsException;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the node's servers in step with the definitions directory while the daemon runs: a new
/// file creates and installs a server, a changed file is synchronised. A file that disappears
/// changes nothing, because no server is ever deleted without an explicit request (`threats.md`
/// PN-02); deleting a server through the API puts its file aside. Changes of the users take effect
/// on those who are logged in.
public final class LocalDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalDirectory.class);

  private final LocalPanel panel;
  private final Servers servers;
  private final LocalAccess access;
  private final DirectoryWatch definitionsWatch;
  private final DirectoryWatch usersWatch;
  private final Map<UUID, ServerDefinition> known = new HashMap<>();
  private final Set<UUID> watchedForDeletion = ConcurrentHashMap.newKeySet();

  public LocalDirectory(LocalPanel panel, Servers servers) throws IOException {
    this.panel = panel;
    this.servers = servers;
    this.access = new LocalAccess(panel.users(), servers);
    this.definitionsWatch = new DirectoryWatch(panel.definitions().directory(), this::apply);
    this.usersWatch = new DirectoryWatch(panel.users().directory(), access::apply);
  }

  /// Applies what the directory holds now and goes on watching it.
  public void start() {
    definitionsWatch.start();
    usersWatch.start();
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
    definitionsWatch.close();
    usersWatch.close();
  }
}
