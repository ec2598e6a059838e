package dev.wings.backup.btrfs;

import dev.wings.core.operation.Progress;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.Commands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The calls of the `btrfs` program that backups need.
final class Btrfs {
  /// Stands for what could not be found out.
  static final String NIL = "00000000-0000-0000-0000-000000000000";

  private static final String STALE = "<stale>";
  private static final Logger log = LoggerFactory.getLogger(Btrfs.class);

  private final Commands commands;

  /// Groups of removed subvolumes that the kernel did not let go yet.
  private final Set<String> leaving = ConcurrentHashMap.newKeySet();

  Btrfs(Commands commands) {
    this.commands = commands;
  }

  /// What a subvolume is known by.
  record Identity(String generation, String uuid) {
    static final Identity UNKNOWN = new Identity("0", NIL);

    String checksum() {
      return generation + "-" + uuid;
    }

    /// The subvolume that a checksum names; empty when that was not known.
    static Optional<String> uuidOf(String checksum) {
      int dash = checksum.indexOf('-');
      String uuid = checksum.substring(dash + 1);
      return dash < 0 || uuid.equals(NIL) ? Optional.empty() : Optional.of(uuid);
    }
  }

  /// Makes a snapshot; when this returns it is on the disk.
  void snapshot(String volume, Path snapshot, boolean readOnly, Progress progress)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("btrfs", "subvolume", "snapshot"));
    if (readOnly) {
      command.add("-r");
    }
    command.add(volume);
    command.add(snapshot.toString());
    commands.run(Commands.LONG, progress, command);
  }

  /// @throws CommandException when the program does not say
  Identity identify(Path subvolume) throws IOException {
    String generation = Identity.UNKNOWN.generation();
    String uuid = Identity.UNKNOWN.uuid();
    for (String line :
        commands.run("btrfs", "subvolume", "show", subvolume.toString()).lines().reversed()) {
      String[] columns = line.strip().split("\\s+");
      if (columns.length == 2 && columns[0].equals("UUID:")) {
        uuid = columns[1];
      } else if (columns.length == 2 && columns[0].equals("Generation:")) {
        generation = columns[1];
      }
    }
    return new Identity(generation, uuid);
  }

  /// Deletes a subvolume with its quota group. When this returns the name is gone for good; the
  /// kernel frees the space in its own time.
  void delete(Path subvolume, Progress progress) throws IOException {
    Optional<String> group = group(subvolume);
    commands.run(
        Commands.LONG,
        progress,
        List.of("btrfs", "subvolume", "delete", "--commit-after", subvolume.toString()));
    group.ifPresent(leaving::add);
    destroyLeaving(subvolume.resolveSibling(""));
  }

  private Optional<String> group(Path subvolume) {
    try {
      return commands
          .run("btrfs", "inspect-internal", "rootid", subvolume.toString())
          .lines()
          .stream()
          .map(String::strip)
          .filter(id -> id.matches("\\d+"))
          .map(id -> "0/" + id)
          .findFirst();
    } catch (IOException unknown) {
      log.atDebug().setCause(unknown).log("number of a subvolume is unknown, its group stays");
      return Optional.empty();
    }
  }

  /// Kernels refuse to destroy a group until its subvolume is gone entirely, and newer ones remove
  /// it themselves: what stays is tried again with the next deletion.
  ///
  /// @param place on the same file system
  private void destroyLeaving(Path place) {
    for (String group : Set.copyOf(leaving)) {
      try {
        commands.run("btrfs", "qgroup", "destroy", group, place.toString());
        leaving.remove(group);
      } catch (CommandException refused) {
        if (!refused.errors().contains("busy")) {
          leaving.remove(group); // there are no quotas, or no such group any more
        }
        log.atDebug().addKeyValue("group", group).setCause(refused).log("quota group stays");
      } catch (IOException failed) {
        log.atDebug().addKeyValue("group", group).setCause(failed).log("quota group stays");
      }
    }
  }

  /// Destroys the groups of subvolumes that are gone, which earlier processes have left.
  void destroyStale(Path place) {
    try {
      for (String line : commands.run("btrfs", "qgroup", "show", place.toString()).lines()) {
        String[] columns = line.strip().split("\\s+", 4);
        if (columns.length == 4 && columns[0].matches("0/\\d+") && columns[3].equals(STALE)) {
          leaving.add(columns[0]);
        }
      }
    } catch (IOException noQuotas) {
      log.atDebug().setCause(noQuotas).log("there are no quota groups");
    }
    destroyLeaving(place);
  }
}
