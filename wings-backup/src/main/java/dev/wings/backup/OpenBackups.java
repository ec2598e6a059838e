package dev.wings.backup;

import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.StoredBackup.Browsing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The backups that are being looked into, kept open for a while after each look (`backups.md` 10).
/// Opening one waits for another that is opened at the same time only if it is the same.
final class OpenBackups implements AutoCloseable {
  static final int MOST = 64;
  static final Duration IDLE = Duration.ofMinutes(5);
  private static final Logger log = LoggerFactory.getLogger(OpenBackups.class);

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<UUID, Slot> slots = new HashMap<>(); // guarded by lock

  private static final class Slot {
    final ReentrantLock opening = new ReentrantLock();
    private Optional<Browsing> browsing = Optional.empty(); // guarded by opening
    private long usedNanos; // guarded by the map's lock
  }

  OpenBackups(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// Opens a backup, or finds it open.
  ///
  /// @return empty when its kind cannot be looked into
  Optional<Browsing> open(StoredBackup backup) throws IOException {
    closeIdle();
    Slot slot;
    lock.lock();
    try {
      slot = slots.computeIfAbsent(backup.id(), _ -> new Slot());
      slot.usedNanos = nanoTime.getAsLong();
    } finally {
      lock.unlock();
    }
    slot.opening.lock();
    try {
      boolean usable =
          slot.browsing.map(b -> b.view().root().getFileSystem().isOpen()).orElse(false);
      if (!usable) {
        slot.browsing = backup.browse();
      }
      return slot.browsing;
    } finally {
      slot.opening.unlock();
    }
  }

  /// Closes a backup, which is to be deleted.
  void close(UUID backup) {
    Slot slot;
    lock.lock();
    try {
      slot = slots.remove(backup);
    } finally {
      lock.unlock();
    }
    if (slot != null) {
      close(slot);
    }
  }

  /// Closes what nobody has looked into for a while, and the oldest when there are too many.
  void closeIdle() {
    List<Slot> unneeded = new ArrayList<>();
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      slots
          .values()
          .removeIf(slot -> {
            boolean idle = now - slot.usedNanos > IDLE.toNanos();
            if (idle) {
              unneeded.add(slot);
            }
            return idle;
          });
      while (slots.size() >= MOST) {
        UUID oldest =
            slots.entrySet().stream()
                .max((a, b) ->
                    Long.compare(now - a.getValue().usedNanos, now - b.getValue().usedNanos))
                .orElseThrow()
                .getKey();
        Slot removed = slots.remove(oldest);
        if (removed != null) {
          unneeded.add(removed);
        }
      }
    } finally {
      lock.unlock();
    }
    unneeded.forEach(OpenBackups::close);
  }

  private static void close(Slot slot) {
    slot.opening.lock();
    try {
      if (slot.browsing.isPresent()) {
        slot.browsing.get().close();
        slot.browsing = Optional.empty();
      }
    } catch (IOException failure) {
      log.atWarn().setCause(failure).log("a backup that was looked into cannot be closed");
    } finally {
      slot.opening.unlock();
    }
  }

  @Override
  public void close() {
    List<Slot> all;
    lock.lock();
    try {
      all = new ArrayList<>(slots.values());
      slots.clear();
    } finally {
      lock.unlock();
    }
    all.forEach(OpenBackups::close);
  }
}
