package dev.wings.daemon.api;

import dev.wings.backup.BackupListener;
import dev.wings.backup.BackupNode;
import dev.wings.backup.BackupService;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.transfer.IoPressure;
import dev.wings.core.backup.BackupReports;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.server.Servers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Backups for tests of routes.
public final class TestBackups {
  private TestBackups() {}

  /// A node that has no kind of backups.
  public static BackupService without(LiveConfig config, Servers servers) {
    return of(
        Path.of(System.getProperty("java.io.tmpdir"), "wings-backups-of-tests"),
        config,
        servers,
        new Reports(),
        List.of());
  }

  public static BackupService of(
      Path directory,
      LiveConfig config,
      Servers servers,
      BackupReports reports,
      List<BackupDriver> drivers) {
    return new BackupService(
        new BackupNode(
            directory,
            drivers.stream().collect(Collectors.toMap(BackupDriver::adapter, Function.identity())),
            config,
            reports,
            BackupListener.NONE,
            servers,
            IoPressure.UNKNOWN,
            Clock.systemUTC(),
            System::nanoTime));
  }

  /// Results as one line each: `backup <uuid> true`.
  public static final class Reports implements BackupReports {
    public final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    public CompletableFuture<Void> backupFinished(
        UUID server, UUID backup, boolean successful, BackupResult result) {
      return note("backup", backup, successful);
    }

    @Override
    public CompletableFuture<Void> restoreFinished(UUID server, UUID backup, boolean successful) {
      return note("restore", backup, successful);
    }

    @Override
    public CompletableFuture<Void> deletionFinished(UUID backup, boolean successful) {
      return note("deletion", backup, successful);
    }

    private CompletableFuture<Void> note(String kind, UUID backup, boolean successful) {
      all.add(kind + " " + backup + " " + successful);
      return CompletableFuture.completedFuture(null);
    }
  }
}
