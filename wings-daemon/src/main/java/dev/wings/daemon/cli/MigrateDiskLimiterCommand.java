package dev.wings.daemon.cli;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.panel.PanelException;
import dev.wings.daemon.local.LocalPanel;
import dev.wings.daemon.panel.HttpPanelClient;
import dev.wings.daemon.panel.PanelOptions;
import dev.wings.daemon.setup.InstanceLock;
import dev.wings.fs.limiter.DiskLimiter;
import dev.wings.fs.limiter.DiskLimiters;
import dev.wings.fs.limiter.LimiterMigration;
import dev.wings.fs.limiter.LimiterSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.TypeConversionException;

/// `wings migrate-disk-limiter` (`configuration.md` 14.7, `filesystem.md` 10).
@Command(
    name = "migrate-disk-limiter",
    description = "Turns the directories of servers into btrfs subvolumes or ZFS datasets.",
    mixinStandardHelpOptions = true)
final class MigrateDiskLimiterCommand implements Callable<Integer> {
  @ParentCommand private @Nullable WingsCommand wings;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      converter = Mode.class,
      description = "btrfs-subvolume (btrfs) or zfs-dataset (zfs); default: the configured mode")
  private @Nullable DiskLimiterMode mode;

  @Option(
      names = "--server",
      paramLabel = "UUID",
      description = "only this server; may be given several times")
  private Set<UUID> servers = new LinkedHashSet<>();

  @Option(names = "--dry-run", description = "only say what would be done")
  private boolean dryRun;

  @Option(
      names = {"-y", "--yes"},
      description = "do not ask whether the daemon is stopped")
  private boolean yes;

  static final class Mode implements ITypeConverter<DiskLimiterMode> {
    @Override
    public DiskLimiterMode convert(String value) {
      return switch (value) {
        case "btrfs-subvolume", "btrfs" -> DiskLimiterMode.BTRFS_SUBVOLUME;
        case "zfs-dataset", "zfs" -> DiskLimiterMode.ZFS_DATASET;
        default ->
            throw new TypeConversionException(
                "'" + value + "' (expected: btrfs-subvolume, btrfs, zfs-dataset or zfs)");
      };
    }
  }

  @Override
  public Integer call() throws IOException {
    WingsCommand parent = java.util.Objects.requireNonNull(wings);
    WingsConfig config = parent.openConfig().current();
    SystemPaths paths = SystemPaths.of(config.system());
    DiskLimiter limiter = DiskLimiters.of(target(config), settings(config, paths));
    limiter.check();
    List<ServerDefinition> known = servers(parent, config);
    LimiterMigrationRun run =
        new LimiterMigrationRun(new LimiterMigration(limiter, paths.data()), parent.out(), dryRun);
    if (dryRun) {
      return run.run(known, servers);
    }
    if (!yes && !confirmed(parent)) {
      parent.err().println("nothing was changed");
      return 1;
    }
    try (InstanceLock _ = InstanceLock.take(paths.root())) {
      return run.run(known, servers);
    }
  }

  private DiskLimiterMode target(WingsConfig config) {
    if (mode != null) {
      return mode;
    }
    DiskLimiterMode configured = config.system().diskLimiterMode();
    return switch (configured) {
      case BTRFS_SUBVOLUME, ZFS_DATASET -> configured;
      case NONE, XFS_QUOTA, FUSE_QUOTA, PROJECT_QUOTA ->
          throw WingsException.invalid(
              "system.disk_limiter_mode is "
                  + configured.wireName()
                  + ", which needs no migration; name another with --mode");
    };
  }

  private static LimiterSettings settings(WingsConfig config, SystemPaths paths) {
    var system = config.system();
    return new LimiterSettings(
        paths.data(),
        paths.vmounts(),
        Math.toIntExact(system.user().uid()),
        Math.toIntExact(system.user().gid()),
        Duration.ofSeconds(Math.max(1, system.diskCheckInterval())));
  }

  private static boolean confirmed(WingsCommand parent) {
    return parent
        .host()
        .prompt()
        .ask("Are the daemon and the servers stopped? Files of servers are moved now. [y/N]")
        .map(answer -> answer.toLowerCase(Locale.ROOT))
        .filter(answer -> answer.equals("y") || answer.equals("yes"))
        .isPresent();
  }

  private static List<ServerDefinition> servers(WingsCommand parent, WingsConfig config)
      throws IOException {
    Optional<Path> standalone = parent.standalone();
    if (standalone.isPresent()) {
      return new LocalPanel(standalone.get(), InstantSource.system()).servers();
    }
    PanelOptions options =
        PanelOptions.of(config, Version.current(), parent.verifiesPanelCertificate());
    try (HttpPanelClient panel = new HttpPanelClient(options, new SecureRandom(), _ -> {})) {
      return panel.servers();
    } catch (PanelException away) {
      throw new WingsException(
          ErrorKind.UPSTREAM,
          "the list of servers cannot be fetched from the Panel: " + away.getMessage(),
          away);
    }
  }
}
