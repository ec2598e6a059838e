package dev.wings.daemon;

import dev.wings.backup.BackupListener;
import dev.wings.backup.BackupNode;
import dev.wings.backup.BackupService;
import dev.wings.backup.btrfs.BtrfsBackups;
import dev.wings.backup.ddup.DdupBackups;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.local.LocalBackups;
import dev.wings.backup.restic.ResticBackups;
import dev.wings.backup.s3.S3Backups;
import dev.wings.backup.transfer.IoPressure;
import dev.wings.backup.zfs.ZfsBackups;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupPanel;
import dev.wings.core.backup.BackupReports;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.server.Servers;
import dev.wings.daemon.system.Health;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.HostCommands;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.revision.Revisions;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;

/// The backups of this daemon: every kind that the build has, and who hears of what.
final class NodeBackups {
  private static final Path PRESSURE = Path.of("/proc/pressure/io");

  private NodeBackups() {}

  /// @param archives makes archives, all within one amount of memory
  record Ports(
      LiveConfig config,
      BackupPanel panel,
      BackupReports reports,
      Servers servers,
      Revisions revisions,
      ArchiveWriter archives) {}

  static BackupService open(Ports ports, Health health) {
    Path directory = SystemPaths.of(ports.config().current().system()).backups();
    BackupService backups =
        new BackupService(
            new BackupNode(
                directory,
                drivers(ports, directory),
                ports.config(),
                ports.reports(),
                forgetting(ports.revisions()),
                ports.servers(),
                IoPressure.of(PRESSURE),
                Clock.systemUTC(),
                System::nanoTime));
    health.watch("backups", () -> backups.problems().stream().findFirst());
    return backups;
  }

  private static Map<BackupAdapter, BackupDriver> drivers(Ports ports, Path directory) {
    LiveConfig config = ports.config();
    ArchiveWriter archives = ports.archives();
    List<BackupDriver> all = new ArrayList<>();
    all.add(new LocalBackups(directory, archives, config));
    all.add(
        new S3Backups(
            directory,
            ports.panel(),
            archives,
            NodeBackups::trust,
            GuardedHttpClient.of(config),
            config));
    Commands commands = new HostCommands();
    all.add(new DdupBackups(directory, archives, config));
    all.add(new BtrfsBackups(directory, commands, archives, config));
    all.add(new ZfsBackups(directory, commands, archives, config));
    all.add(new ResticBackups(directory, ports.panel(), archives, config));
    Map<BackupAdapter, BackupDriver> drivers = new EnumMap<>(BackupAdapter.class);
    all.forEach(driver -> drivers.put(driver.adapter(), driver));
    return drivers;
  }

  private static SSLContext trust() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM cannot do TLS", e);
    }
  }

  /// The history of files that were exchanged means nothing any more.
  private static BackupListener forgetting(Revisions revisions) {
    return new BackupListener() {
      @Override
      public void filesExchanged(UUID server) {
        revisions.forget(server);
      }
    };
  }
}
