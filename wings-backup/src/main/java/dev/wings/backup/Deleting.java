package dev.wings.backup;

import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.Server;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The removal of one backup (`backups.md` 10), of whatever there is of it.
final class Deleting {
  private static final Logger log = LoggerFactory.getLogger(Deleting.class);

  private final Work work;
  private final OpenBackups open;
  private final UUID backup;
  private final BackupAdapter adapter;
  private final Optional<Server> server;
  private final boolean tell;
  private final @Nullable BackupTask before;

  /// @param server that hears of it
  /// @param tell whether the Panel waits for the end of it
  /// @param before what was being done with the backup when this was asked for
  Deleting(
      Work work,
      OpenBackups open,
      UUID backup,
      BackupAdapter adapter,
      Optional<Server> server,
      boolean tell,
      @Nullable BackupTask before) {
    this.work = work;
    this.open = open;
    this.backup = backup;
    this.adapter = adapter;
    this.server = server;
    this.tell = tell;
    this.before = before;
  }

  boolean run(BackupTask task) throws InterruptedException, IOException {
    if (before != null) {
      before.await();
    }
    Optional<CatalogEntry> entry = work.catalog().find(backup);
    boolean successful = false;
    try {
      if (entry.isPresent()) {
        work.catalog().put(entry.get().deleting(tell, work.now()));
      }
      open.close(backup);
      work.standBack(/* always= */ false);
      BackupDriver driver = work.stock().driver(adapter);
      Creating.discard(driver, backup);
      successful = true;
    } catch (IOException | RuntimeException failure) {
      log.atError()
          .addKeyValue("backup", backup)
          .addKeyValue("adapter", adapter.wireName())
          .setCause(failure)
          .log("backup cannot be deleted");
    }
    report(successful);
    if (successful) {
      work.catalog().remove(backup);
      log.atInfo().addKeyValue("backup", backup).log("backup deleted");
    } else if (entry.isPresent() && stillThere()) {
      work.catalog().put(entry.get());
    }
    return successful;
  }

  private boolean stillThere() {
    try {
      return work.stock().driver(adapter).find(backup).isPresent();
    } catch (IOException | RuntimeException unknown) {
      return false;
    }
  }

  private void report(boolean successful) {
    CompletableFuture<Void> report =
        tell
            ? work.node().reports().deletionFinished(backup, successful)
            : CompletableFuture.completedFuture(null);
    if (tell && server.isPresent()) {
      Work.after(report, server.get(), new ServerEvent.BackupDeleted(backup, successful));
    }
  }
}
