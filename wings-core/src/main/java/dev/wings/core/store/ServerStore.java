package dev.wings.core.store;

import static java.util.Objects.requireNonNull;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.power.ServerState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// What the daemon must know of its servers after a restart: their states (`states.json`), running
/// installations (`installing.json`) and deletions (`deleting.json`), and the last known
/// definitions (`definitions.json`), so that it can boot while the Panel is away (`threats.md`
/// PN-01).
///
/// Changes are kept in memory and written shortly after by one platform thread; a beginning
/// installation is on disk before the call returns. Safe for use by many threads.
public final class ServerStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerStore.class);
  private static final Duration DEBOUNCE = Duration.ofMillis(250);
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final Document<ServerState> states;
  private final Document<PendingInstallation> installing;
  private final Document<ServerDefinition> definitions;
  private final Document<Boolean> deletions;
  private final ScheduledThreadPoolExecutor writer;

  private ServerStore(Path directory) {
    writer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("wings-store").factory());
    writer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    states = new Document<>(directory.resolve("states.json"), StateCodec::states);
    installing = new Document<>(directory.resolve("installing.json"), StateCodec::installations);
    definitions = new Document<>(directory.resolve("definitions.json"), StateCodec::definitions);
    deletions = new Document<>(directory.resolve("deleting.json"), StateCodec::deletions);
  }

  /// Reads what is there; damaged files cost what they held and nothing more.
  ///
  /// @param directory `system.root_directory`, which exists
  public static ServerStore open(Path directory) {
    ServerStore store = new ServerStore(requireNonNull(directory, "directory"));
    store.states.load(StateCodec::readStates);
    store.installing.load(StateCodec::readInstallations);
    store.definitions.load(StateCodec::readDefinitions);
    store.deletions.load(StateCodec::readDeletions);
    return store;
  }

  /// The last known state of a server.
  public Optional<ServerState> state(UUID server) {
    return states.get(server);
  }

  public void state(UUID server, ServerState state) {
    states.put(server, state);
  }

  /// The installation that had not ended when the daemon stopped.
  public Optional<PendingInstallation> installing(UUID server) {
    return installing.get(server);
  }

  /// Remembers a beginning installation; on disk when the call returns.
  public void installationBegan(UUID server, PendingInstallation pending) {
    installing.put(server, pending);
    installing.writeNow();
  }

  /// Forgets an ended installation; on disk when the call returns, so that its result is not
  /// reported once more by the next process.
  public void installationEnded(UUID server) {
    installing.remove(server);
    installing.writeNow();
  }

  /// The last known definitions, in order of their first appearance.
  public List<ServerDefinition> definitions() {
    return definitions.values();
  }

  public void definition(ServerDefinition definition) {
    definitions.put(definition.uuid(), definition);
  }

  /// Remembers a new server; on disk when the call returns, for from then on the Panel counts on
  /// it.
  public void created(ServerDefinition definition) {
    definition(definition);
    definitions.writeNow();
  }

  /// Servers whose deletion has begun and not ended.
  public List<UUID> deletions() {
    return deletions.keys();
  }

  /// Remembers a beginning deletion; on disk when the call returns.
  public void deletionBegan(UUID server) {
    deletions.put(server, true);
    deletions.writeNow();
  }

  public void deletionEnded(UUID server) {
    deletions.remove(server);
  }

  /// Drops everything about a server, except that it is being deleted.
  public void forget(UUID server) {
    states.remove(server);
    installing.remove(server);
    definitions.remove(server);
  }

  /// Writes all changes now.
  public void flush() {
    states.write();
    installing.write();
    definitions.write();
    deletions.write();
  }

  @Override
  public void close() {
    writer.shutdown();
    try {
      if (!writer.awaitTermination(5, TimeUnit.SECONDS)) {
        log.warn("a state file is still being written");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    flush();
  }

  @FunctionalInterface
  private interface Encoder<T> {
    byte[] encode(Map<UUID, T> entries) throws IOException;
  }

  /// One map and its file.
  private final class Document<T> {
    private final StateFile file;
    private final Path path;
    private final Encoder<T> encoder;
    private final Map<UUID, T> entries = new LinkedHashMap<>();
    private final Object fileLock = new Object();
    private boolean dirty;
    private boolean failing; // guarded by fileLock

    Document(Path path, Encoder<T> encoder) {
      this.path = path;
      this.file = new StateFile(path);
      this.encoder = encoder;
    }

    void load(StateFile.Parser<Map<UUID, T>> parser) {
      file.read(parser).ifPresent(entries::putAll);
    }

    synchronized Optional<T> get(UUID server) {
      return Optional.ofNullable(entries.get(server));
    }

    synchronized List<T> values() {
      return List.copyOf(entries.values());
    }

    synchronized List<UUID> keys() {
      return List.copyOf(entries.keySet());
    }

    synchronized void put(UUID server, T value) {
      if (!value.equals(entries.put(server, value))) {
        changed();
      }
    }

    synchronized void remove(UUID server) {
      if (entries.remove(server) != null) {
        changed();
      }
    }

    private void changed() {
      if (!dirty) {
        dirty = true;
        schedule(DEBOUNCE);
      }
    }

    private void noteWritten() {
      if (failing) {
        failing = false;
        log.atInfo().addKeyValue("file", path).log("state file is written again");
      }
    }

    /// A disk stays full for a while: the first failure says it all.
    private void noteFailed(Exception failure) {
      log.atLevel(failing ? Level.DEBUG : Level.ERROR)
          .addKeyValue("file", path)
          .setCause(failure)
          .log("state file could not be written, trying again until it works");
      failing = true;
    }

    private synchronized void retryLater() {
      if (!dirty) {
        dirty = true;
        schedule(RETRY);
      }
    }

    private void schedule(Duration delay) {
      if (!writer.isShutdown()) {
        var unused = writer.schedule(this::write, delay.toMillis(), TimeUnit.MILLISECONDS);
      }
    }

    /// Writes by the writer's thread and waits for it: an interrupt of the caller must not spoil
    /// the file.
    void writeNow() {
      try {
        Uninterruptibles.getUninterruptibly(writer.submit(this::write));
      } catch (RejectedExecutionException | CancellationException closed) {
        write();
      } catch (ExecutionException defect) {
        throw new IllegalStateException("writing " + path + " failed", defect);
      }
    }

    void write() {
      synchronized (fileLock) { // keeps the writes in order without holding up readers
        Map<UUID, T> copy;
        synchronized (this) {
          if (!dirty) {
            return;
          }
          dirty = false;
          copy = new LinkedHashMap<>(entries);
        }
        try {
          file.write(encoder.encode(copy));
          noteWritten();
        } catch (IOException | RuntimeException failure) {
          noteFailed(failure);
          retryLater();
        }
      }
    }
  }
}
