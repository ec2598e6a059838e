package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.Commands;
import dev.wings.fs.linux.FileStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One subvolume with a limited quota group for each server (`filesystem.md` 9.2).
///
/// A game may make subvolumes inside its own, whose groups have no limit. They count as used by the
/// server all the same, so that it is found to be full.
final class BtrfsLimiter implements DiskLimiter {
  private static final Logger log = LoggerFactory.getLogger(BtrfsLimiter.class);

  /// Inode number of the top directory of every subvolume.
  private static final long SUBVOLUME_INODE = 256;

  private static final String GONE = "<stale>";

  private final DataDirectory data;
  private final Commands commands;

  /// Groups of removed subvolumes, which older kernels keep.
  private final Set<String> leaving = ConcurrentHashMap.newKeySet();

  private volatile boolean quotaOn;

  BtrfsLimiter(DataDirectory data, Commands commands) {
    this.data = data;
    this.commands = commands;
  }

  @Override
  public DiskLimiterMode mode() {
    return DiskLimiterMode.BTRFS_SUBVOLUME;
  }

  @Override
  public boolean enforces() {
    return true;
  }

  @Override
  public void check() throws IOException {
    if (data.magic() != DataDirectory.BTRFS_MAGIC) {
      throw data.wrongFileSystem(mode().wireName(), "btrfs");
    }
    commands.run("btrfs", "--version");
  }

  @Override
  public void setup(ServerDirectory directory, Runnable alive) throws IOException {
    Optional<FileStatus> existing = DataDirectory.status(directory);
    if (existing.isEmpty()) {
      check();
      commands.run("btrfs", "subvolume", "create", directory.argument());
      enableQuota(directory);
      return;
    }
    if (!holds(directory)) {
      check();
      throw new LimiterException(
          directory.path()
              + " is a plain directory and no subvolume; stop the daemon and run: wings"
              + " migrate-disk-limiter --mode btrfs --server "
              + directory.server());
    }
    if (!quotaOn) {
      enableQuota(directory);
    }
  }

  @Override
  public boolean holds(ServerDirectory directory) throws IOException {
    return data.magic() == DataDirectory.BTRFS_MAGIC
        && DataDirectory.status(directory)
            .filter(status -> status.inode() == SUBVOLUME_INODE)
            .isPresent();
  }

  /// No effect where quotas are on already.
  private void enableQuota(ServerDirectory directory) throws IOException {
    commands.run("btrfs", "quota", "enable", directory.argument());
    quotaOn = true;
  }

  @Override
  public void limit(ServerDirectory directory, long bytes) throws IOException {
    String limit = bytes == 0 ? "none" : DataDirectory.mebibytes(bytes) + "M";
    try {
      commands.run("btrfs", "qgroup", "limit", limit, directory.argument());
    } catch (CommandException e) {
      if (!e.errors().contains("quota exceeded")) {
        throw e;
      }
      // the kernel begins a transaction on the path's own subvolume, which is full
      commands.run("btrfs", "qgroup", "limit", limit, group(directory), data.real().toString());
    }
  }

  /// Number of the server's own group.
  private String group(ServerDirectory directory) throws IOException {
    String path = top() + directory.server();
    return groups().stream()
        .filter(group -> group.path().equals(path))
        .map(Group::id)
        .findFirst()
        .orElseThrow(() -> new LimiterException(directory.path() + " has no quota group"));
  }

  /// One line of `btrfs qgroup show`.
  ///
  /// @param path from the top of the file system
  private record Group(String id, long bytes, String path) {}

  private List<Group> groups() throws IOException {
    List<Group> groups = new ArrayList<>();
    Commands.Output output =
        commands.run("btrfs", "qgroup", "show", "--raw", data.real().toString());
    for (String line : output.lines()) {
      String[] columns = line.strip().split("\\s+", 4);
      if (columns.length == 4 && columns[0].matches("\\d+/\\d+") && columns[1].matches("\\d+")) {
        groups.add(new Group(columns[0], Long.parseLong(columns[1]), columns[3]));
      }
    }
    return groups;
  }

  @Override
  public Map<UUID, Long> usage(Collection<ServerDirectory> directories) throws IOException {
    List<Group> groups = groups();
    forgetLeft(groups);
    String top = top();
    Map<String, UUID> servers = new HashMap<>();
    directories.forEach(
        directory -> servers.put(directory.server().toString(), directory.server()));
    Map<UUID, Long> usage = new HashMap<>();
    for (Group group : groups) {
      UUID server = servers.get(ownerBelow(top, group.path()));
      if (server != null) {
        usage.merge(server, group.bytes(), Long::sum);
      }
    }
    return usage;
  }

  /// Where the data directory is, from the top of the file system, with a slash at the end.
  private String top() throws IOException {
    String inside = data.mount().inside(data.real());
    return inside.equals("/") ? "" : inside.substring(1) + "/";
  }

  /// First name below the data directory. The whole path counts: a game can name a subvolume of its
  /// own like another server.
  private static String ownerBelow(String top, String path) {
    if (!path.startsWith(top)) {
      return "";
    }
    int end = path.indexOf('/', top.length());
    return end < 0 ? path.substring(top.length()) : path.substring(top.length(), end);
  }

  private void forgetLeft(List<Group> groups) {
    Set<String> stale = ConcurrentHashMap.newKeySet();
    groups.stream()
        .filter(group -> group.path().equals(GONE))
        .forEach(group -> stale.add(group.id()));
    for (String group : leaving) {
      if (!stale.contains(group)) {
        leaving.remove(group); // the kernel removed it, or gave its number to a new subvolume
      } else {
        destroyGroup(group, data.path().toString());
      }
    }
  }

  private void destroyGroup(String group, String path) {
    try {
      commands.run("btrfs", "qgroup", "destroy", group, path);
    } catch (IOException busy) {
      // most kernels refuse it until the subvolume is gone, and newer ones remove it themselves
      log.atDebug().addKeyValue("group", group).setCause(busy).log("quota group stays for now");
    }
  }

  @Override
  public void destroy(ServerDirectory directory, Runnable alive) throws IOException {
    if (!holds(directory)) {
      return;
    }
    try {
      String name = directory.server().toString();
      String top = top();
      for (Group group : groups()) {
        if (ownerBelow(top, group.path()).equals(name)) {
          destroyGroup(group.id(), directory.argument());
          leaving.add(group.id());
        }
      }
    } catch (IOException unreadable) {
      log.atWarn()
          .addKeyValue("server", directory.server())
          .setCause(unreadable)
          .log("quota groups are not known, they stay");
    }
    try {
      commands.run(
          Commands.LONG, alive, List.of("btrfs", "subvolume", "delete", directory.argument()));
    } catch (IOException refused) {
      log.atWarn()
          .addKeyValue("server", directory.server())
          .setCause(refused)
          .log("subvolume is not deleted as a whole but file by file");
    }
  }
}
