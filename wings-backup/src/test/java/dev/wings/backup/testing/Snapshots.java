package dev.wings.backup.testing;

import dev.wings.backup.btrfs.BtrfsBackups;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.transfer.Pace;
import dev.wings.backup.zfs.ZfsBackups;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.HostCommands;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/// A process that works with snapshots and kills itself at a step: the first is before the first
/// command of the driver, the second after it, and so on.
public final class Snapshots {
  static final int KILLED = 137;

  private Snapshots() {}

  /// @param arguments kind, what to do, step, backup, server, volume, backup directory
  public static void main(String[] arguments) throws IOException {
    UUID backup = UUID.fromString(arguments[3]);
    Path backups = Path.of(arguments[6]);
    DeadlyCommands commands = new DeadlyCommands();
    ArchiveWriter archives = new ArchiveWriter(16 << 20, new Random(1));
    LiveConfig config =
        LiveConfig.fixed(TestConfig.of(Map.of("system.backups.btrfs.createReadOnly", true)));
    BackupDriver driver =
        arguments[0].equals("btrfs")
            ? new BtrfsBackups(backups, commands, archives, config)
            : new ZfsBackups(backups, commands, archives, config);
    if (arguments[1].equals("create")) {
      commands.stepsLeft = Integer.parseInt(arguments[2]);
      create(
          driver, backup, UUID.fromString(arguments[4]), Path.of(arguments[5]), "", new Progress());
    } else {
      var found = driver.find(backup).orElseThrow();
      commands.stepsLeft = Integer.parseInt(arguments[2]);
      found.delete(new Progress());
    }
  }

  public static BackupResult create(
      BackupDriver driver, UUID backup, UUID server, Path files, String ignore, Progress progress)
      throws IOException {
    try (Sandbox sandbox = Sandbox.open(files)) {
      return driver.create(
          new Creation(
              backup,
              server,
              sandbox.getPath("/"),
              files.toString(),
              IgnoreList.lenient(ignore.lines().toList()),
              ignore,
              Pace.free(),
              progress));
    }
  }

  /// Ends this process as `kill -9` does.
  private static final class DeadlyCommands implements Commands {
    private final HostCommands host = new HostCommands();
    private int stepsLeft = Integer.MAX_VALUE;

    private void step() {
      if (--stepsLeft == 0) {
        Runtime.getRuntime().halt(KILLED);
      }
    }

    @Override
    public Output run(Duration timeout, Runnable alive, Runnable check, List<String> command)
        throws IOException {
      step();
      Output output = null;
      IOException failure = null;
      try {
        output = host.run(timeout, alive, check, command);
      } catch (IOException e) {
        failure = e;
      }
      step();
      if (failure != null) {
        throw failure;
      }
      return Optional.ofNullable(output).orElseThrow();
    }

    @Override
    public void launch(List<String> command) throws IOException {
      host.launch(command);
    }

    @Override
    public boolean exists(String program) {
      return host.exists(program);
    }
  }
}
