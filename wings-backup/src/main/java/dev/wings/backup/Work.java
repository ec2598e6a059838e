package dev.wings.backup;

import dev.wings.backup.catalog.Catalog;
import dev.wings.backup.restore.StagedTree;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.config.SystemConfig.Backups;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.Server;
import dev.wings.fs.linux.IoPriority;
import dev.wings.fs.linux.LinuxException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all work on backups shares.
///
/// @param stock of backups
/// @param turns to take before heavy work
/// @param steps told what restores do next
record Work(BackupNode node, Catalog catalog, Stock stock, Turns turns, StagedTree.Steps steps) {
  /// How long an event waits for the Panel to accept what it is about; then it is sent anyway.
  private static final Duration EVENT_PATIENCE = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(Work.class);

  Backups settings() {
    return node.config().current().system().backups();
  }

  Instant now() {
    return node.clock().instant();
  }

  /// How fast a piece of work may go.
  ///
  /// @param limitMib which of the limits counts, in MiB per second
  Pace pace(ToLongFunction<Backups> limitMib) {
    return new Pace(
        () -> limitMib.applyAsLong(settings()) << 20,
        () -> settings().ioPressureLimit(),
        node.pressure(),
        node.nanoTime(),
        Thread::sleep);
  }

  /// Lets the calling thread, and those that it starts, stand back behind all others at the disks
  /// when the configuration wants it.
  void standBack(boolean always) {
    if (always || settings().idleIoPriority()) {
      try {
        IoPriority.IDLE.apply();
      } catch (LinuxException refused) {
        log.atDebug().setCause(refused).log("backups have no idle priority at the disks");
      }
    }
  }

  /// Ends a task when its server is deleted.
  EventBus.Subscription endWith(Server server, BackupTask task) {
    EventBus.Subscription subscription =
        server
            .events()
            .subscribe(event -> {
              if (event instanceof ServerEvent.Deleted) {
                task.cancel();
              }
            });
    if (node.servers().find(server.id()).isEmpty()) {
      task.cancel(); // before anybody listened
    }
    return subscription;
  }

  /// Publishes an event when the Panel knows what it is about.
  static void after(CompletableFuture<Void> report, Server server, ServerEvent event) {
    report
        .copy()
        .completeOnTimeout(null, EVENT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((_, _) -> server.events().publish(event));
  }

  /// Tells the listener, whose failures are its own.
  void tell(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException failure) {
      log.atError().setCause(failure).log("a listener to backups failed");
    }
  }
}
