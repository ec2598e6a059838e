package dev.wings.fs.revision;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The databases of all servers: one connection each, for one thread at a time, opened when it is
/// needed. A damaged one is set aside, where an operator can look at it, and begun anew.
final class HistoryStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HistoryStore.class);
  private static final List<String> COMPANIONS = List.of("-wal", "-shm");
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final int MAX_OPEN = 16;

  private final Path directory;
  private final LongSupplier nanoTime;
  private final Map<UUID, Slot> slots = new ConcurrentHashMap<>();
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private volatile boolean closed;

  HistoryStore(Path directory, LongSupplier nanoTime) {
    this.directory = requireNonNull(directory, "directory");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
  }

  /// Work on a database; may be done again on an empty one when the first was damaged.
  @FunctionalInterface
  interface Work<T> {
    T on(HistoryDatabase database) throws SQLException;
  }

  /// A server's place; all fields are guarded by the lock, `used` for writing only.
  private static final class Slot {
    final ReentrantLock lock = new ReentrantLock();
    @Nullable HistoryDatabase database;
    boolean removed;
    volatile long used;
    long maintained;

    Slot(long now) {
      used = now;
    }
  }

  /// Whether there is anything on record.
  boolean exists(UUID server) {
    return Files.exists(file(server), LinkOption.NOFOLLOW_LINKS);
  }

  /// Makes the database if there is none.
  <T> T write(UUID server, Work<T> work) throws SQLException, IOException {
    return locked(server, slot -> with(server, slot, work));
  }

  /// Empty when there is no database.
  <T> Optional<T> read(UUID server, Work<T> work) throws SQLException, IOException {
    if (!exists(server)) {
      return Optional.empty();
    }
    return Optional.of(write(server, work));
  }

  /// Removes the database.
  void delete(UUID server) throws SQLException, IOException {
    locked(
        server,
        slot -> {
          close(slot);
          Files.deleteIfExists(file(server));
          deleteCompanions(server);
          Files.deleteIfExists(damagedFile(server));
          return true;
        });
  }

  @FunctionalInterface
  private interface OnSlot<T> {
    T apply(Slot slot) throws SQLException, IOException;
  }

  private <T> T locked(UUID server, OnSlot<T> work) throws SQLException, IOException {
    while (true) {
      Slot slot = slots.computeIfAbsent(server, _ -> new Slot(nanoTime.getAsLong()));
      slot.lock.lock();
      try {
        if (closed) {
          throw new IOException("the file history is closed");
        }
        if (slot.removed) {
          continue; // swept away between the two lines above
        }
        return work.apply(slot);
      } finally {
        slot.used = nanoTime.getAsLong();
        slot.lock.unlock();
      }
    }
  }

  private <T> T with(UUID server, Slot slot, Work<T> work) throws SQLException, IOException {
    try {
      return work.on(open(server, slot));
    } catch (SQLException failure) {
      if (!HistoryDatabase.damaged(failure)) {
        throw failure;
      }
      setAside(server, slot, failure);
      return work.on(open(server, slot));
    }
  }

  private HistoryDatabase open(UUID server, Slot slot) throws SQLException, IOException {
    HistoryDatabase open = slot.database;
    if (open != null) {
      return open;
    }
    closeOldest();
    Files.createDirectories(directory);
    Path file = file(server);
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      setAside(server, slot, new SQLException("a directory is in the place of the database"));
    }
    HistoryDatabase opened = HistoryDatabase.open(file);
    slot.database = opened;
    slot.maintained = nanoTime.getAsLong();
    return opened;
  }

  private void setAside(UUID server, Slot slot, SQLException why) throws IOException, SQLException {
    close(slot);
    Path aside = damagedFile(server);
    Files.move(file(server), aside, StandardCopyOption.REPLACE_EXISTING);
    deleteCompanions(server);
    log.atError()
        .addKeyValue("server", server)
        .addKeyValue("kept", aside)
        .setCause(why)
        .log("the file history of a server is damaged and begins anew");
  }

  private void deleteCompanions(UUID server) throws IOException {
    for (String companion : COMPANIONS) {
      Files.deleteIfExists(directory.resolve(server + ".db" + companion));
    }
  }

  private Path file(UUID server) {
    return directory.resolve(server + ".db");
  }

  private Path damagedFile(UUID server) {
    return directory.resolve(server + ".db.damaged");
  }

  /// Makes room for one more connection if one is idle.
  private void closeOldest() {
    if (slots.size() <= MAX_OPEN) {
      return;
    }
    record Age(UUID server, Slot slot, long nanos) {} // read once: others go on using them
    long now = nanoTime.getAsLong();
    List<Age> oldestFirst =
        slots.entrySet().stream()
            .map(entry -> new Age(entry.getKey(), entry.getValue(), now - entry.getValue().used))
            .sorted(Comparator.comparingLong(Age::nanos).reversed())
            .toList();
    for (Age age : oldestFirst) {
      try {
        if (remove(age.server(), age.slot(), Duration.ZERO)) {
          return;
        }
      } catch (SQLException failure) { // says nothing about the history that is asked for
        notClosed(age.server(), failure);
        return;
      }
    }
  }

  private static void notClosed(UUID server, SQLException failure) {
    log.atWarn()
        .addKeyValue("server", server)
        .setCause(failure)
        .log("a file history was not closed cleanly");
  }

  /// Whether [#sweep] has to be called some time later; true only once until then.
  boolean sweepWanted() {
    return !slots.isEmpty() && sweeping.compareAndSet(false, true);
  }

  /// Closes what is idle, and folds the write-ahead logs of what is not into the databases.
  ///
  /// @param maintenance how often the latter is due
  void sweep(Duration maintenance) {
    sweeping.set(false);
    slots.forEach((server, slot) -> {
      try {
        if (!remove(server, slot, IDLE)) {
          maintain(slot, maintenance);
        }
      } catch (SQLException failure) {
        log.atWarn()
            .addKeyValue("server", server)
            .setCause(failure)
            .log("a file history was not tidied up");
      }
    });
  }

  /// @return false when it is in use or was used lately
  private boolean remove(UUID server, Slot slot, Duration idle) throws SQLException {
    if (slot.lock.isHeldByCurrentThread() || !slot.lock.tryLock()) {
      return false;
    }
    try {
      if (nanoTime.getAsLong() - slot.used < idle.toNanos()) {
        return false;
      }
      slot.removed = true;
      slots.remove(server, slot);
      close(slot);
      return true;
    } finally {
      slot.lock.unlock();
    }
  }

  private void maintain(Slot slot, Duration interval) throws SQLException {
    if (!slot.lock.tryLock()) {
      return;
    }
    try {
      long now = nanoTime.getAsLong();
      if (slot.database != null && now - slot.maintained >= interval.toNanos()) {
        slot.maintained = now;
        slot.database.checkpoint();
      }
    } finally {
      slot.lock.unlock();
    }
  }

  private static void close(Slot slot) throws SQLException {
    HistoryDatabase open = slot.database;
    slot.database = null;
    if (open != null) {
      open.close();
    }
  }

  /// Nothing is opened any more afterwards.
  @Override
  public void close() {
    closed = true;
    slots.forEach((server, slot) -> {
      slot.lock.lock();
      try {
        slot.removed = true;
        slots.remove(server, slot);
        close(slot);
      } catch (SQLException failure) {
        notClosed(server, failure);
      } finally {
        slot.lock.unlock();
      }
    });
  }
}
