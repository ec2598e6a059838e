package dev.wings.backup;

import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.catalog.RestoreEntry;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.restore.StagedTree;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.server.Hold;
import dev.wings.core.server.Server;
import dev.wings.core.server.ServerLock;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends what an earlier process has left in the middle (`threats.md` BK-03, BK-04).
final class Recovery implements AutoCloseable {
  private static final Duration RETRY = Duration.ofMinutes(1);
  private static final Logger log = LoggerFactory.getLogger(Recovery.class);

  private final Work work;

  /// Restores that could not be ended yet, by server.
  private final Map<UUID, RestoreEntry> unsettled = new ConcurrentHashMap<>();

  private volatile @Nullable Thread retrying;

  Recovery(Work work) {
    this.work = work;
  }

  void run(Function<UUID, ServerVolume> volumes, List<UUID> servers) {
    for (RestoreEntry restore : work.catalog().restores()) {
      try {
        settle(restore, volumes.apply(restore.server()));
      } catch (IOException | RuntimeException failure) {
        unsettled.put(restore.server(), restore);
        log.atError()
            .addKeyValue("server", restore.server())
            .setCause(failure)
            .log("a restore that was cut short cannot be ended yet");
      }
    }
    if (work.catalog().lostRestores()) {
      servers.forEach(server -> settleLost(server, volumes.apply(server)));
    }
    for (BackupDriver driver : work.node().drivers().values()) {
      attempt(null, "left-overs of backups cannot be removed", driver::recover);
    }
    for (CatalogEntry entry : work.catalog().all()) {
      attempt(entry.backup(), "a backup that was cut short cannot be ended yet", () -> end(entry));
    }
  }

  /// What may fail without keeping the rest from being done.
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private static void attempt(@Nullable UUID backup, String failed, Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException failure) {
      log.atError().addKeyValue("backup", backup).setCause(failure).log(failed);
    }
  }

  private void settle(RestoreEntry restore, ServerVolume volume) throws IOException {
    volume.prepare();
    StagedTree tree = StagedTree.of(volume.root(), restore.staging(), work.steps());
    boolean successful = restore.done() || tree.settle() == StagedTree.Outcome.NEW;
    if (successful && !restore.done()) {
      work.catalog().put(restore.ended());
    }
    tree.clean();
    var _ = work.node().reports().restoreFinished(restore.server(), restore.backup(), successful);
    work.catalog().removeRestore(restore.server());
    if (successful) {
      work.tell(() -> work.node().listener().filesExchanged(restore.server()));
    }
    log.atWarn()
        .addKeyValue("server", restore.server())
        .addKeyValue("backup", restore.backup())
        .addKeyValue("successful", successful)
        .log("ended a restore that was cut short");
  }

  /// The catalog has lost the entry of a restore: its staging directory tells.
  private void settleLost(UUID server, ServerVolume volume) {
    attempt(
        null,
        "a restore whose entry was lost cannot be ended",
        () -> {
          volume.prepare();
          for (String name : StagedTree.names(volume.root())) {
            StagedTree tree = StagedTree.of(volume.root(), name);
            StagedTree.Outcome outcome = tree.settle();
            tree.clean();
            log.atWarn()
                .addKeyValue("server", server)
                .addKeyValue("files", outcome)
                .log("ended a restore that was cut short and whose entry is lost");
          }
        });
  }

  private void end(CatalogEntry entry) throws IOException {
    switch (entry.state()) {
      case CREATING -> {
        if (!entry.doubtful() || !confirmed(entry)) {
          endCreation(entry);
        }
      }
      case COMPLETE -> {
        if (entry.doubtful() && !confirmed(entry)) {
          work.catalog().remove(entry.backup());
        } else if (entry.owed() && entry.result().isPresent()) {
          var _ =
              work.node()
                  .reports()
                  .backupFinished(entry.server(), entry.backup(), true, entry.result().get());
          work.catalog().put(entry.told());
        }
      }
      case DELETING -> {
        if (!entry.doubtful() || !confirmed(entry)) {
          endDeletion(entry);
        }
      }
    }
  }

  /// A copy of an entry that may be old counts only as far as the driver sees the backup.
  private boolean confirmed(CatalogEntry entry) throws IOException {
    BackupDriver driver = work.node().drivers().get(entry.adapter());
    Optional<StoredBackup> found = driver == null ? Optional.empty() : driver.find(entry.backup());
    if (found.isPresent()) {
      work.catalog().put(entry.found());
    }
    return found.isPresent();
  }

  /// A creation whose result was never written down is a failed one, which is what the Panel has
  /// been told at the start of the daemon.
  private void endCreation(CatalogEntry entry) throws IOException {
    discard(entry);
    var _ =
        work.node()
            .reports()
            .backupFinished(entry.server(), entry.backup(), false, BackupResult.FAILED);
    work.catalog().remove(entry.backup());
    log.atWarn()
        .addKeyValue("server", entry.server())
        .addKeyValue("backup", entry.backup())
        .log("removed a backup that was cut short");
  }

  private void endDeletion(CatalogEntry entry) throws IOException {
    discard(entry);
    if (entry.owed()) {
      var _ = work.node().reports().deletionFinished(entry.backup(), true);
    }
    work.catalog().remove(entry.backup());
    log.atInfo().addKeyValue("backup", entry.backup()).log("ended a deletion that was cut short");
  }

  private void discard(CatalogEntry entry) throws IOException {
    BackupDriver driver = work.node().drivers().get(entry.adapter());
    if (driver != null) {
      Creating.discard(driver, entry.backup());
    }
  }

  /// Goes on with restores that could not be ended, their servers locked.
  void retryLater() {
    if (!unsettled.isEmpty()) {
      retrying = Thread.ofVirtual().name("wings-backup-recovery").start(this::retry);
    }
  }

  private void retry() {
    try {
      while (!unsettled.isEmpty()) {
        for (RestoreEntry restore : unsettled.values()) {
          work.node().servers().find(restore.server()).ifPresent(server -> retry(restore, server));
        }
        Thread.sleep(RETRY);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void retry(RestoreEntry restore, Server server) {
    try (Hold hold = server.hold(ServerLock.RESTORING, "end a restore")) {
      hold.stop();
      settle(restore, server.volume());
      unsettled.remove(restore.server());
      hold.rescan();
    } catch (IOException | WingsException failure) {
      log.atError()
          .addKeyValue("server", restore.server())
          .setCause(failure)
          .log("a restore that was cut short cannot be ended yet");
    }
  }

  List<String> problems() {
    return unsettled.keySet().stream()
        .map(server -> "the restore of server " + server + " was cut short and cannot be ended")
        .toList();
  }

  @Override
  public void close() {
    Thread thread = retrying;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
