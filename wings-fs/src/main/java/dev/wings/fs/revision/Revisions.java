package dev.wings.fs.revision;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.SystemConfig;
import dev.wings.fs.change.FileHistory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file history of all servers of a node (`filesystem.md` 21).
///
/// Everything that follows a change of a file succeeds as far as the caller can see: a history that
/// cannot be written is logged, and a database that is damaged is set aside and begun anew. Files
/// are named by their path relative to the volume's root, `/` between the names, all links in it
/// resolved ([#key]).
///
/// Databases are opened when they are needed and closed when they were idle for half a minute.
public final class Revisions implements FileHistory, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Revisions.class);

  /// How long a deleted file is remembered, for editors that save by deleting and renaming.
  private static final Duration MEMORY_OF_DELETED = Duration.ofSeconds(1);

  private static final Duration SWEEP = Duration.ofSeconds(10);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
  private static final int MAX_WAITING_TO_PACK = 64;

  private final Supplier<SystemConfig.FileHistory> settings;
  private final InstantSource clock;
  private final HistoryStore store;
  private final ScheduledThreadPoolExecutor background;
  private final Map<DeletedFile, Future<?>> deleted = new ConcurrentHashMap<>();
  private final AtomicInteger waitingToPack = new AtomicInteger();

  private record DeletedFile(UUID server, String path) {}

  /// Touches nothing on the disk and starts nothing.
  ///
  /// @param directory `system.diffs_directory`, made when the first revision is recorded
  /// @param settings asked before each use, so that changes take effect at once
  /// @param clock time of day of the revisions
  public Revisions(
      Path directory, Supplier<SystemConfig.FileHistory> settings, InstantSource clock) {
    this.settings = requireNonNull(settings, "settings");
    this.clock = requireNonNull(clock, "clock");
    this.store = new HistoryStore(directory, System::nanoTime);
    this.background =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("file-history").daemon().factory());
    background.setKeepAliveTime(SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    background.allowCoreThreadTimeOut(true);
    background.setRemoveOnCancelPolicy(true);
    background.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /// The name of a file in the history: where it really is, relative to the root of its tree.
  public static String key(Path root, Path file) {
    Path real = file;
    try {
      real = file.toRealPath();
    } catch (IOException absent) {
      Path parent = file.getParent();
      Path name = file.getFileName();
      if (parent != null && name != null) {
        try {
          real = parent.toRealPath().resolve(name);
        } catch (IOException alsoAbsent) {
          real = file;
        }
      }
    }
    return root.relativize(real).toString();
  }

  /// To be called before a file is replaced. Costs nothing but a look at the file when it is not to
  /// be recorded: because it is new, empty or too large, or the history is off.
  ///
  /// @param root of the server's volume
  /// @param file absolute below the root, need not exist
  public Optional<Edit> begin(UUID server, Path root, Path file) {
    SystemConfig.FileHistory current = settings.get();
    if (!current.enabled()) {
      return Optional.empty();
    }
    long cap = Math.min(current.fileSizeCap(), Integer.MAX_VALUE - 8);
    try {
      if (Files.notExists(file)) {
        return Optional.empty();
      }
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile() || attributes.size() == 0 || attributes.size() > cap) {
        return Optional.empty();
      }
      byte[] before;
      try (InputStream in = Files.newInputStream(file)) {
        before = in.readNBytes((int) Math.min(Integer.MAX_VALUE - 8, cap + 1));
      }
      return before.length == 0 || before.length > cap
          ? Optional.empty()
          : Optional.of(new Edit(this, server, key(root, file), before, cap));
    } catch (IOException unreadable) {
      log.atDebug()
          .addKeyValue("server", server)
          .setCause(unreadable)
          .log("content before an edit could not be read");
      return Optional.empty();
    }
  }

  /// Records an edit.
  ///
  /// @param before content that the edit replaced, empty when nobody has seen it
  /// @param after content after it
  /// @return the revision that holds the new content, empty when it is not on record
  public OptionalLong record(
      UUID server, String path, Optional<byte[]> before, byte[] after, Optional<UUID> user) {
    SystemConfig.FileHistory current = settings.get();
    if (!current.enabled() || after.length > current.fileSizeCap()) {
      return OptionalLong.empty();
    }
    try {
      forgetAround(server, path);
      ServerHistory.Recorded recorded =
          store.write(
              server,
              database ->
                  new ServerHistory(database, current)
                      .record(path, before, after, user, clock.instant()));
      sweepLater();
      recorded.quick().forEach(revision -> packLater(server, revision));
      return OptionalLong.of(recorded.revision());
    } catch (SQLException | IOException failure) {
      warn(server, failure, "an edit could not be recorded");
      return OptionalLong.empty();
    }
  }

  /// What is on record about a file, newest first; empty for an unknown one.
  ///
  /// @throws IOException when the history cannot be read
  public List<FileRevision> list(UUID server, String path) throws IOException {
    return read(
            server,
            database -> {
              OptionalLong file = database.file(path);
              return file.isPresent()
                  ? database.revisions(file.getAsLong())
                  : List.<FileRevision>of();
            })
        .orElse(List.of());
  }

  /// The file that a revision belongs to.
  ///
  /// @throws IOException when the history cannot be read
  public Optional<String> path(UUID server, long revision) throws IOException {
    return read(server, database -> database.path(revision)).flatMap(path -> path);
  }

  /// The content of a revision.
  ///
  /// @param path the file that it must belong to
  /// @return empty when there is none, or it can no longer be put together
  /// @throws IOException when the history cannot be read
  public Optional<byte[]> content(UUID server, String path, long revision) throws IOException {
    return read(
            server,
            database -> {
              OptionalLong file = database.file(path);
              Optional<HistoryDatabase.Stored> row = database.stored(revision);
              if (file.isEmpty() || row.isEmpty() || row.get().file() != file.getAsLong()) {
                return Optional.<byte[]>empty();
              }
              try {
                return Optional.of(new ServerHistory(database, settings.get()).content(revision));
              } catch (DamagedRevisionException damaged) {
                log.atWarn()
                    .addKeyValue("server", server)
                    .addKeyValue("revision", revision)
                    .setCause(damaged)
                    .log("a revision is damaged");
                return Optional.<byte[]>empty();
              }
            })
        .flatMap(content -> content);
  }

  private <T> Optional<T> read(UUID server, HistoryStore.Work<T> work) throws IOException {
    try {
      Optional<T> result = store.read(server, work);
      sweepLater();
      return result;
    } catch (SQLException failure) {
      throw new IOException("the file history cannot be read", failure);
    }
  }

  /// A file, or a directory with everything in it, has another name. What is on record about the
  /// old name goes with it. A name that was deleted within the last second keeps its history
  /// instead, unless the file brings one along.
  @Override
  public void renamed(UUID server, String from, String to) {
    try {
      forgetAround(server, from);
      deleted.keySet().stream()
          .filter(file -> file.server().equals(server) && file.path().startsWith(from + "/"))
          .forEach(file -> forgetNow(server, file.path()));
      parents(to).forEach(parent -> forgetNow(server, parent));
      cancel(server, to);
      store.read(
          server,
          database ->
              database.transaction(() -> {
                if (database.knows(from)) {
                  database.forget(to);
                  database.rename(from, to);
                }
                return true;
              }));
      sweepLater();
    } catch (SQLException | IOException failure) {
      warn(server, failure, "the history of a renamed file was not moved");
    }
  }

  /// A file, or a directory with everything in it, is gone. It is forgotten in a second.
  @Override
  public void deleted(UUID server, String path) {
    if (!store.exists(server)) {
      return;
    }
    try {
      Future<?> later =
          background.schedule(
              () -> forgetNow(server, path), MEMORY_OF_DELETED.toMillis(), TimeUnit.MILLISECONDS);
      Future<?> earlier = deleted.put(new DeletedFile(server, path), later);
      if (earlier != null) {
        earlier.cancel(/* mayInterruptIfRunning= */ false);
      }
    } catch (RejectedExecutionException closed) {
      log.atDebug().addKeyValue("server", server).setCause(closed).log("the history is closed");
    }
  }

  /// Forgets a deleted file, and the deleted directories that it is in, before anything new is on
  /// record there: their second would take that along.
  private void forgetAround(UUID server, String path) {
    if (!deleted.isEmpty()) {
      parents(path).forEach(parent -> forgetNow(server, parent));
      forgetNow(server, path);
    }
  }

  /// The directories that a path leads through, the outermost first.
  private static List<String> parents(String path) {
    return IntStream.range(0, path.length())
        .filter(i -> path.charAt(i) == '/')
        .mapToObj(i -> path.substring(0, i))
        .toList();
  }

  /// Forgets a deleted file whose second is not over.
  private void forgetNow(UUID server, String path) {
    if (!cancel(server, path)) {
      return;
    }
    try {
      store.read(
          server,
          database -> {
            database.forget(path);
            return true;
          });
    } catch (SQLException | IOException failure) {
      warn(server, failure, "a deleted file was not forgotten");
    }
  }

  /// @return whether the file was about to be forgotten
  private boolean cancel(UUID server, String path) {
    Future<?> waiting = deleted.remove(new DeletedFile(server, path));
    if (waiting == null) {
      return false;
    }
    waiting.cancel(/* mayInterruptIfRunning= */ false);
    return true;
  }

  /// Everything about a server's files goes, as when its volume is emptied or removed.
  public void forget(UUID server) {
    deleted.keySet().stream()
        .filter(file -> file.server().equals(server))
        .forEach(file -> cancel(server, file.path()));
    try {
      store.delete(server);
    } catch (SQLException | IOException failure) {
      warn(server, failure, "the history of a server was not removed");
    }
  }

  private void packLater(UUID server, long revision) {
    if (waitingToPack.incrementAndGet() > MAX_WAITING_TO_PACK) {
      waitingToPack.decrementAndGet(); // it is readable as it is, only larger
      return;
    }
    try {
      background.execute(() -> pack(server, revision));
    } catch (RejectedExecutionException closed) {
      waitingToPack.decrementAndGet();
    }
  }

  /// Takes up to a second, in which the server's history stays free for others.
  private void pack(UUID server, long revision) {
    waitingToPack.decrementAndGet();
    SystemConfig.FileHistory current = settings.get();
    try {
      Optional<ServerHistory.Unpacked> unpacked =
          store
              .read(
                  server,
                  database -> {
                    try {
                      return new ServerHistory(database, current).unpacked(revision);
                    } catch (DamagedRevisionException damaged) {
                      throw new SQLException(damaged);
                    }
                  })
              .flatMap(found -> found);
      if (unpacked.isPresent()) {
        byte[] payload = unpacked.get().pack(current.zstdLevel());
        store.read(
            server,
            database -> {
              database.repack(revision, payload, unpacked.get().hash());
              return true;
            });
      }
    } catch (SQLException | IOException | RuntimeException failure) {
      warn(server, failure, "a revision was not packed, it stays readable");
    }
  }

  private void sweepLater() {
    if (store.sweepWanted()) {
      try {
        background.schedule(this::sweep, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException closed) {
        log.atTrace().setCause(closed).log("closed meanwhile");
      }
    }
  }

  private void sweep() {
    store.sweep(Duration.ofSeconds(Math.max(1, settings.get().maintenanceInterval())));
    sweepLater();
  }

  private static void warn(UUID server, Exception failure, String message) {
    log.atWarn().addKeyValue("server", server).setCause(failure).log(message);
  }

  /// Closes all databases. Deleted files whose second is not over are forgotten first.
  @Override
  public void close() {
    background.shutdownNow();
    try {
      if (!background.awaitTermination(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.atWarn().log("work on the file history did not end");
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
    deleted.keySet().forEach(file -> forgetNow(file.server(), file.path()));
    store.close();
  }
}
