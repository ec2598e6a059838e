package dev.wings.backup;

import dev.wings.core.operation.Progress;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work on one backup that was admitted. What was admitted is on the disk already; the work itself
/// waits for [#begin], which is to be called when the answer to the Panel's request has been sent,
/// or could not be: a result that overtakes the answer is refused by the Panel
/// (`panel-remote-api.md` 2.17). Safe for use by many threads.
public final class BackupTask {
  /// How long work that was asked to end may go on before its thread is interrupted.
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private static final Logger log = LoggerFactory.getLogger(BackupTask.class);

  private final UUID backup;
  private final Kind kind;
  private final Progress progress = new Progress();
  private final CompletableFuture<Boolean> outcome = new CompletableFuture<>();
  private final AtomicBoolean begun = new AtomicBoolean();
  private final Thread thread;
  private volatile boolean uninterruptible;

  /// What is done with the backup.
  public enum Kind {
    CREATE("create"),
    RESTORE("restore"),
    DELETE("delete"),
    VERIFY("verify");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /// The work; true when it succeeded.
  @FunctionalInterface
  interface Work {
    boolean run(BackupTask task) throws Exception;
  }

  /// @param end called once after the work, before the outcome is known
  BackupTask(UUID backup, Kind kind, Work work, Runnable end) {
    this.backup = backup;
    this.kind = kind;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("wings-backup-" + kind.label() + "-" + backup)
            .unstarted(() -> run(work, end));
  }

  private void run(Work work, Runnable end) {
    boolean successful = false;
    try {
      successful = work.run(this);
    } catch (Throwable failure) { // the outermost frame of the thread
      log.atError()
          .addKeyValue("backup", backup)
          .addKeyValue("task", kind.label())
          .setCause(failure)
          .log("work on a backup failed");
    } finally {
      end.run();
      outcome.complete(successful);
    }
  }

  public UUID backup() {
    return backup;
  }

  public Kind kind() {
    return kind;
  }

  /// How far it is.
  public Progress progress() {
    return progress;
  }

  /// Starts the work on a thread of its own. Idempotent.
  public void begin() {
    if (begun.compareAndSet(false, true)) {
      thread.start();
    }
  }

  /// Asks the work to end. What it has done is undone; a restore that was committed goes on.
  public void cancel() {
    progress.cancel();
    begin(); // what was admitted has to be ended, too
    Thread.ofVirtual().name("wings-backup-cancel-" + backup).start(this::interruptInTime);
  }

  private void interruptInTime() {
    try {
      outcome.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException slow) {
      if (!uninterruptible) {
        thread.interrupt();
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("completed normally only", impossible);
    }
  }

  /// From here on the work must not be cut short. On its own thread.
  void beyondRecall() {
    uninterruptible = true;
    boolean late = Thread.interrupted();
    if (late) {
      log.atDebug().addKeyValue("backup", backup).log("too late to end work on a backup");
    }
  }

  /// Ends the thread even beyond recall, because the daemon ends.
  void abandon() {
    thread.interrupt();
  }

  /// Waits for the end, however long it takes.
  ///
  /// @return whether it succeeded
  public boolean await() throws InterruptedException {
    try {
      return outcome.get();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("completed normally only", impossible);
    }
  }

  /// Waits for the end, but not longer than that.
  ///
  /// @return whether it has ended
  boolean await(Duration limit) throws InterruptedException {
    try {
      outcome.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException slow) {
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("completed normally only", impossible);
    }
  }

  /// Whether it has ended.
  public boolean ended() {
    return outcome.isDone();
  }
}
