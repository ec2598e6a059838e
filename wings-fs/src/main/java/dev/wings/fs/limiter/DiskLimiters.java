package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.HostCommands;
import java.nio.file.Path;

/// Makes the limiter that the configuration asks for.
public final class DiskLimiters {
  private static final Path PROJECTS = Path.of("/etc/projects");

  private DiskLimiters() {}

  /// Plain directories, where only the daemon's own writes are bounded.
  public static DiskLimiter none() {
    return new PlainLimiter();
  }

  /// @param settings where servers are; nothing is touched yet
  public static DiskLimiter of(DiskLimiterMode mode, LimiterSettings settings) {
    return of(mode, settings, new HostCommands());
  }

  static DiskLimiter of(DiskLimiterMode mode, LimiterSettings settings, Commands commands) {
    DataDirectory data = new DataDirectory(settings.data());
    return switch (mode) {
      case NONE -> new PlainLimiter();
      case BTRFS_SUBVOLUME -> new BtrfsLimiter(data, commands);
      case ZFS_DATASET -> new ZfsLimiter(data, commands);
      case XFS_QUOTA -> new XfsLimiter(data, commands, PROJECTS);
      case FUSE_QUOTA -> new FuseLimiter(settings, commands, System::nanoTime);
      case PROJECT_QUOTA -> new ProjectLimiter(data, PROJECTS);
    };
  }
}
