package dev.wings.backup;

import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.catalog.CatalogEntry.State;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.core.WingsException;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at all of each backup from time to time, one after the other and behind everybody else, so
/// that one that has rotted is known before it is needed.
final class Verifier implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
  private static final Logger log = LoggerFactory.getLogger(Verifier.class);

  private final Work work;
  private final Map<UUID, String> damaged = new ConcurrentHashMap<>();
  private final Progress progress = new Progress();
  private volatile @Nullable Thread thread;

  Verifier(Work work) {
    this.work = work;
  }

  /// Looks at all of a backup and remembers what was found.
  Verification verify(StoredBackup stored, Progress given) throws IOException {
    UUID backup = stored.id();
    Verification found = look(stored, given);
    if (found.sound()) {
      damaged.remove(backup);
      log.atInfo()
          .addKeyValue("backup", backup)
          .addKeyValue("files", found.files())
          .addKeyValue("bytes", found.bytes())
          .log("backup verified");
    } else {
      damaged.put(backup, found.faults().getFirst());
      log.atError()
          .addKeyValue("backup", backup)
          .addKeyValue("faults", found.faults())
          .log("backup is damaged");
    }
    remember(backup);
    return found;
  }

  private void remember(UUID backup) throws IOException {
    work.catalog()
        .update(
            backup, entry -> entry.state() == State.COMPLETE ? entry.verified(work.now()) : entry);
  }

  private Verification look(StoredBackup stored, Progress given) throws IOException {
    try {
      return stored.verify(work.stock().checksum(stored.id()), given);
    } catch (DamagedBackupException e) {
      return new Verification(0, given.bytes(), List.of(String.valueOf(e.getMessage())));
    }
  }

  void start() {
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("wings-backup-verifier")
            .start(() -> {
              work.standBack(/* always= */ true);
              run();
            });
  }

  private void run() {
    try {
      while (!progress.cancelled()) {
        if (!round()) {
          Thread.sleep(LOOK_EVERY);
        }
      }
    } catch (InterruptedException | OperationAbortedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /// Verifies the backup that has waited for it longest, if it has waited long enough.
  ///
  /// @return whether there was one
  boolean round() {
    long hours = work.settings().verifyInterval();
    if (hours <= 0) {
      return false;
    }
    Instant due = work.now().minus(Duration.ofHours(hours));
    Optional<CatalogEntry> next =
        work.catalog().all().stream()
            .filter(entry -> entry.state() == State.COMPLETE && last(entry).isBefore(due))
            .min(Comparator.comparing(Verifier::last));
    next.ifPresent(this::verifyQuietly);
    return next.isPresent();
  }

  private static Instant last(CatalogEntry entry) {
    return entry.verified().orElse(entry.changed());
  }

  private void verifyQuietly(CatalogEntry entry) {
    try {
      Optional<StoredBackup> stored = work.stock().find(entry.backup(), entry.adapter());
      if (stored.isPresent()) {
        verify(stored.get(), progress);
      } else {
        missing(entry);
      }
    } catch (OperationAbortedException stopping) {
      throw stopping;
    } catch (IOException | WingsException failure) {
      log.atWarn()
          .addKeyValue("backup", entry.backup())
          .setCause(failure)
          .log("backup cannot be verified now");
      postpone(entry);
    }
  }

  private void missing(CatalogEntry entry) {
    damaged.put(entry.backup(), "it is not where it was kept");
    log.atError().addKeyValue("backup", entry.backup()).log("backup is missing");
    postpone(entry);
  }

  /// The others have their turn before it is tried again.
  private void postpone(CatalogEntry entry) {
    try {
      remember(entry.backup());
    } catch (IOException unwritable) {
      log.atWarn().setCause(unwritable).log("the catalog of backups cannot be written");
      damaged.putIfAbsent(entry.backup(), "its catalog entry cannot be written");
    }
  }

  /// Damaged backups that still exist.
  List<String> problems() {
    damaged.keySet().removeIf(backup -> work.catalog().find(backup).isEmpty());
    return damaged.entrySet().stream()
        .map(found -> "backup " + found.getKey() + ": " + found.getValue())
        .toList();
  }

  @Override
  public void close() {
    progress.cancel();
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }
}
