package dev.wings.backup;

import dev.wings.backup.BackupListener.CreationStatus;
import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.ignore.BackupRules;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.SystemConfig.Backups;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The making of one backup (`backups.md` 8).
final class Creating {
  private static final Logger log = LoggerFactory.getLogger(Creating.class);

  private final Work work;
  private final Server server;
  private final CatalogEntry entry;
  private final String ignore;

  Creating(Work work, Server server, CatalogEntry entry, String ignore) {
    this.work = work;
    this.server = server;
    this.entry = entry;
    this.ignore = ignore;
  }

  private UUID backup() {
    return entry.backup();
  }

  boolean run(BackupTask task) {
    BackupResult result;
    try (var _ = work.endWith(server, task);
        var _ = work.turns().take(server.id(), task.progress())) {
      work.standBack(/* always= */ false);
      result = make(task.progress());
      work.catalog().put(entry.complete(result, work.now()));
    } catch (IOException | RuntimeException | InterruptedException failure) {
      fail(task.progress(), failure);
      return false;
    }
    log.atInfo()
        .addKeyValue("server", server.id())
        .addKeyValue("backup", backup())
        .addKeyValue("adapter", entry.adapter().wireName())
        .addKeyValue("bytes", result.size())
        .log("backup made");
    finish(result);
    return true;
  }

  private BackupResult make(Progress progress) throws IOException, InterruptedException {
    server.events().publish(new ServerEvent.BackupStarted(backup()));
    tell(CreationStatus.STARTING);
    try (Ticker _ = new Ticker(backup().toString(), () -> tick(progress), work.node().nanoTime())) {
      BackupDriver driver = work.stock().driver(entry.adapter());
      BackupRules rules =
          server.onFiles(() -> {
            server.volume().prepare();
            return BackupRules.of(
                ignore,
                server.volume().root(),
                server.definition().settings().egg().fileDenylist());
          });
      return driver.create(
          new Creation(
              backup(),
              server.id(),
              server.volume().root(),
              server.volume().hostPath(),
              rules.filter(),
              rules.text(),
              work.pace(Backups::writeLimit),
              progress));
    }
  }

  private void tick(Progress progress) {
    server
        .events()
        .publish(
            new ServerEvent.BackupProgress(
                backup(), progress.bytes(), progress.total(), progress.files()));
  }

  private void tell(CreationStatus status) {
    work.tell(() -> work.node().listener().creation(server, backup(), status));
  }

  private void finish(BackupResult result) {
    tell(CreationStatus.FINISHED);
    Work.after(
        work.node().reports().backupFinished(server.id(), backup(), true, result),
        server,
        new ServerEvent.BackupCompleted(backup(), true, result));
    try {
      work.catalog().update(backup(), CatalogEntry::told);
    } catch (IOException unwritable) {
      cannotRemember(unwritable);
    }
  }

  /// The next process does again what this one cannot write down as done.
  private void cannotRemember(IOException unwritable) {
    log.atWarn()
        .addKeyValue("backup", backup())
        .setCause(unwritable)
        .log("the catalog of backups cannot be written");
  }

  private void fail(Progress progress, Exception failure) {
    boolean interrupted = Thread.interrupted(); // the rest has to be done all the same
    var event = progress.cancelled() ? log.atInfo() : log.atError();
    event
        .addKeyValue("server", server.id())
        .addKeyValue("backup", backup())
        .addKeyValue("adapter", entry.adapter().wireName())
        .addKeyValue("interrupted", interrupted)
        .setCause(failure instanceof OperationAbortedException ? null : failure)
        .log(progress.cancelled() ? "backup cancelled" : "backup failed");
    boolean gone = discard();
    tell(CreationStatus.FAILED);
    Work.after(
        work.node().reports().backupFinished(server.id(), backup(), false, BackupResult.FAILED),
        server,
        new ServerEvent.BackupCompleted(backup(), false, BackupResult.FAILED));
    try {
      if (gone) {
        work.catalog().remove(backup());
      } else { // the next start, or a deletion, tries again
        work.catalog().put(entry.deleting(/* tell= */ false, work.now()));
      }
    } catch (IOException unwritable) {
      cannotRemember(unwritable);
    }
  }

  private boolean discard() {
    try {
      discard(work.stock().driver(entry.adapter()), backup());
      return true;
    } catch (WingsException unsupported) {
      return true; // a kind without a driver has left nothing
    } catch (IOException | RuntimeException leftOver) {
      log.atError()
          .addKeyValue("backup", backup())
          .setCause(leftOver)
          .log("what a failed backup has left cannot be removed yet");
      return false;
    }
  }

  /// Removes whatever there is of a backup.
  static void discard(BackupDriver driver, UUID backup) throws IOException {
    driver.discard(backup);
    Optional<StoredBackup> whole = driver.find(backup);
    if (whole.isPresent()) {
      whole.get().delete(new Progress());
    }
  }
}
