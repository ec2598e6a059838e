package dev.wings.backup.zfs;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.Commands;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The calls of the `zfs` program that backups need, for OpenZFS and for zfs-fuse (`backups.md`
/// C.6).
final class Zfs {
  /// How long to wait after each answer that something is busy.
  private static final List<Duration> PAUSES =
      List.of(100, 200, 400, 800, 1600, 3200).stream().map(Duration::ofMillis).toList();

  private static final String MISSING = "does not exist";
  private static final String BUSY = "dataset is busy";

  private final Commands commands;
  private final Pace.Sleeper sleeper;

  Zfs(Commands commands, Pace.Sleeper sleeper) {
    this.commands = commands;
    this.sleeper = sleeper;
  }

  /// A file system of a pool.
  ///
  /// @param mountpoint where it is mounted, or a word such as `legacy`
  record Dataset(String name, String mountpoint) {
    /// Last part of the name.
    static String last(String name) {
      return name.substring(name.lastIndexOf('/') + 1);
    }

    static String pool(String name) {
      return name.split("/", 2)[0];
    }

    /// The one that holds it, or itself for the top of a pool.
    static String parent(String name) {
      int slash = name.lastIndexOf('/');
      return slash < 0 ? name : name.substring(0, slash);
    }
  }

  /// @param what a name, or the absolute path of something in it
  Optional<Dataset> dataset(String what) throws IOException {
    try {
      return parse(commands.run("zfs", "list", "-o", "name,mountpoint", "-H", what)).stream()
          .findFirst();
    } catch (CommandException e) {
      if (e.errors().contains(MISSING)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  List<Dataset> datasets() throws IOException {
    return parse(commands.run("zfs", "list", "-H", "-t", "filesystem", "-o", "name,mountpoint"));
  }

  private static List<Dataset> parse(Commands.Output output) {
    List<Dataset> datasets = new ArrayList<>();
    for (String line : output.lines()) {
      String[] columns = line.split("\t", 2);
      if (columns.length == 2) {
        datasets.add(new Dataset(columns[0], columns[1].strip()));
      }
    }
    return datasets;
  }

  /// When this returns it is on the disk.
  void snapshot(String snapshot, Progress progress) throws IOException {
    commands.run(Commands.LONG, progress, List.of("zfs", "snapshot", snapshot));
  }

  /// @throws IOException also when the whole pool is missing, which says nothing about what is in
  ///   it
  boolean exists(String snapshot) throws IOException {
    try {
      commands.run("zfs", "list", "-H", "-o", "name", "-t", "snapshot", snapshot);
      return true;
    } catch (CommandException e) {
      if (!e.errors().contains(MISSING)) {
        throw e;
      }
    }
    String pool = Dataset.pool(snapshot.substring(0, snapshot.indexOf('@')));
    if (dataset(pool).isEmpty()) {
      throw new IOException("the pool '%s' is not there, is it imported?".formatted(pool));
    }
    return false;
  }

  /// Makes a read-only file system of a snapshot.
  void cloneAt(String snapshot, String dataset, Path mountpoint) throws IOException {
    commands.run(
        Commands.LONG,
        () -> {},
        List.of(
            "zfs",
            "clone",
            "-o",
            "readonly=on",
            "-o",
            "mountpoint=" + mountpoint,
            snapshot,
            dataset));
  }

  /// Destroys a snapshot. One that stays busy goes when its last user does.
  void destroySnapshot(String snapshot, Progress progress) throws IOException {
    if (!destroy(List.of("zfs", "destroy", "-f", snapshot), progress)) {
      run(List.of("zfs", "destroy", "-d", snapshot), progress);
    }
  }

  /// Destroys a file system, and nothing that depends on it.
  ///
  /// @throws IOException also when it stays busy
  void destroyDataset(String dataset, Progress progress) throws IOException {
    if (!destroy(List.of("zfs", "destroy", "-f", dataset), progress)) {
      run(List.of("zfs", "destroy", "-f", dataset), progress);
    }
  }

  /// @return false when it was busy all the time
  private boolean destroy(List<String> command, Progress progress) throws IOException {
    for (Duration pause : PAUSES) {
      try {
        run(command, progress);
        return true;
      } catch (CommandException e) {
        if (e.errors().contains("dependent clones")) {
          return false;
        }
        if (!e.errors().contains(BUSY)) {
          throw e;
        }
      }
      sleep(pause, progress);
    }
    return false;
  }

  /// What is gone already is no failure.
  private void run(List<String> command, Progress progress) throws IOException {
    try {
      commands.run(Commands.LONG, progress, command);
    } catch (CommandException e) {
      boolean gone =
          e.errors().contains("could not find any snapshots to destroy")
              || e.errors().contains(MISSING);
      if (!gone) {
        throw e;
      }
    }
  }

  private void sleep(Duration pause, Progress progress) {
    progress.check();
    try {
      sleeper.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }
}
