package dev.wings.backup;

import dev.wings.backup.catalog.RestoreEntry;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.restore.StagedTree;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.config.SystemConfig.Backups;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Hold;
import dev.wings.core.server.Server;
import dev.wings.core.server.ServerLock;
import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.ServerVolume;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.sandbox.DiskLimitException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The restore of one backup (`backups.md` 9). The old files are touched only when the new ones are
/// complete beside them (`threats.md` BK-04).
final class Restoring {
  /// Pause after a commit that failed, which nothing but a sick disk can make it.
  private static final Duration RETRY = Duration.ofSeconds(10);

  private static final long NAME_EVERY_NANOS = Duration.ofMillis(10).toNanos();
  private static final int MAX_REPORTED = 100;
  private static final Logger log = LoggerFactory.getLogger(Restoring.class);

  private final Work work;
  private final Server server;
  private final UUID backup;
  private final BackupAdapter adapter;
  private final boolean truncate;
  private final Optional<URI> source;
  private final AtomicLong named;
  private boolean announced;
  private int troubles; // guarded by this

  Restoring(
      Work work,
      Server server,
      UUID backup,
      BackupAdapter adapter,
      boolean truncate,
      Optional<URI> source) {
    this.work = work;
    this.server = server;
    this.backup = backup;
    this.adapter = adapter;
    this.truncate = truncate;
    this.source = source;
    this.named = new AtomicLong(work.node().nanoTime().getAsLong() - NAME_EVERY_NANOS);
  }

  boolean run(BackupTask task) {
    boolean successful = false;
    try (var _ = work.endWith(server, task);
        Hold hold = server.hold(ServerLock.RESTORING, "restore a backup")) {
      if (!restore(task, hold)) {
        return false;
      }
      successful = true;
    } catch (IOException | RuntimeException | InterruptedException failure) {
      boolean interrupted = Thread.interrupted(); // the rest has to be done all the same
      var event = task.progress().cancelled() ? log.atInfo() : log.atError();
      event
          .addKeyValue("server", server.id())
          .addKeyValue("backup", backup)
          .addKeyValue("interrupted", interrupted)
          .setCause(failure instanceof OperationAbortedException ? null : failure)
          .log(task.progress().cancelled() ? "restore cancelled" : "restore failed");
    }
    if (successful) {
      server
          .events()
          .publish(
              new ServerEvent.DaemonMessage(
                  "Completed server restoration from " + adapter.wireName() + " backup."));
      work.tell(() -> work.node().listener().filesExchanged(server.id()));
      log.atInfo()
          .addKeyValue("server", server.id())
          .addKeyValue("backup", backup)
          .log("backup restored");
    }
    var report = work.node().reports().restoreFinished(server.id(), backup, successful);
    if (announced) {
      Work.after(report, server, new ServerEvent.RestoreCompleted(successful));
    }
    return successful;
  }

  /// @return false when the daemon ended in the middle
  private boolean restore(BackupTask task, Hold hold) throws IOException, InterruptedException {
    Progress progress = task.progress();
    try (var _ = work.turns().take(server.id(), progress)) {
      work.standBack(/* always= */ false);
      StoredBackup stored = work.stock().find(backup, adapter).orElseThrow(Stock::notFound);
      stored.check(work.stock().checksum(backup), new Progress());
      hold.stop();
      ServerVolume volume = server.volume();
      long used =
          server.onFiles(
              FileWork.Kind.HEAVY,
              () -> {
                volume.prepare();
                return volume.scan();
              });
      String name = StagedTree.name(backup, truncate);
      RestoreEntry entry = new RestoreEntry(server.id(), backup, adapter, name, /* done= */ false);
      StagedTree tree = StagedTree.of(volume.root(), name, work.steps());
      tree.clean(); // of an attempt whose end nobody saw
      work.catalog().put(entry);
      boolean committed = false;
      try {
        hold.allow(used);
        tree.make();
        write(stored, tree, progress);
        requireRoom(tree, used);
        progress.check();
        task.beyondRecall();
        committed = true;
      } finally {
        if (!committed) {
          tree.clean();
          work.catalog().removeRestore(server.id());
        }
      }
      boolean done = commit(tree, entry);
      hold.rescan();
      return done;
    }
  }

  private void write(StoredBackup stored, StagedTree tree, Progress progress) throws IOException {
    server.events().publish(new ServerEvent.RestoreStarted());
    announced = true;
    progress.expect(1);
    try (Ticker _ = new Ticker(backup.toString(), () -> tick(progress), work.node().nanoTime())) {
      stored.restore(
          new Restoration(
              server.id(),
              tree.content(),
              server.volume().hostPath() + tree.content(),
              IgnoreList.lenient(server.definition().settings().egg().fileDenylist()),
              source,
              work.pace(Backups::readLimit),
              progress,
              this::restored,
              this::trouble));
    }
  }

  private void tick(Progress progress) {
    server
        .events()
        .publish(
            new ServerEvent.RestoreProgress(progress.bytes(), progress.total(), progress.files()));
  }

  /// Names some of the files, not so many that viewers cannot follow.
  private void restored(String file) {
    long now = work.node().nanoTime().getAsLong();
    long last = named.get();
    if (now - last >= NAME_EVERY_NANOS
        && server.events().hasSubscribers()
        && named.compareAndSet(last, now)) {
      server.events().publish(new ServerEvent.DaemonMessage("(restoring): " + file));
    }
  }

  private synchronized void trouble(String what) {
    troubles++;
    if (troubles <= MAX_REPORTED) {
      log.atWarn()
          .addKeyValue("server", server.id())
          .addKeyValue("backup", backup)
          .addKeyValue("entry", what)
          .log("an entry of a backup was left out");
      server.events().publish(new ServerEvent.DaemonMessage("(not restored): " + what));
    }
  }

  /// While both trees exist the limit was raised by what the old one takes, so the new one alone is
  /// within it. What is left to judge is what the two make together.
  private void requireRoom(StagedTree tree, long used) throws IOException {
    long limit = server.definition().settings().build().diskSpace() << 20;
    if (limit > 0 && !truncate) {
      long result = used + tree.growth();
      if (result > limit && result > used) {
        throw new DiskLimitException("the restored files do not fit into the disk limit");
      }
    }
  }

  /// From its commit on there is only forward, and the server stays locked until it is done.
  ///
  /// @return false when the daemon ended before that; the next one goes on
  private boolean commit(StagedTree tree, RestoreEntry entry) throws IOException {
    boolean again = false;
    while (true) {
      try {
        if (again) {
          tree.settle();
        } else {
          tree.commit();
        }
        work.catalog().put(entry.ended());
        tree.clean();
        work.catalog().removeRestore(server.id());
        return true;
      } catch (IOException failure) {
        if (!again && !tree.committed()) {
          tree.clean();
          work.catalog().removeRestore(server.id());
          throw failure;
        }
        again = true;
        log.atError()
            .addKeyValue("server", server.id())
            .addKeyValue("backup", backup)
            .setCause(failure)
            .log("restored files cannot be put in their place yet");
      }
      try {
        Thread.sleep(RETRY);
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }
}
