package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.Mounts;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.tree.TreeDelete;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One dataset with a `refquota` for each server (`filesystem.md` 9.3).
///
/// What counts as used is what the limit bounds, the data that the dataset refers to: snapshots of
/// backups would make a server full that its user cannot empty.
final class ZfsLimiter implements DiskLimiter {
  private static final Logger log = LoggerFactory.getLogger(ZfsLimiter.class);
  private static final Set<String> TYPES = Set.of("zfs", "fuse.zfs");

  /// Room for the rounding of sizes and for the files' own descriptions.
  private static final long MARGIN = 1 << 20;

  /// The clones that show snapshots where ZFS does not (`backups.md` C.6).
  private static final Pattern VIEW = Pattern.compile("(\\S+/)?wings-view-[0-9a-f-]{36}");

  private static final int DESTROY_TRIES = 10;
  private static final long DESTROY_PAUSE_MILLIS = 300;

  private final DataDirectory data;
  private final Commands commands;

  /// Limits that are lower than what is used.
  private final Map<UUID, Long> postponed = new ConcurrentHashMap<>();

  /// Old versions and zfs-fuse cannot print plain numbers.
  private volatile boolean plainNumbers = true;

  ZfsLimiter(DataDirectory data, Commands commands) {
    this.data = data;
    this.commands = commands;
  }

  @Override
  public DiskLimiterMode mode() {
    return DiskLimiterMode.ZFS_DATASET;
  }

  @Override
  public boolean enforces() {
    return true;
  }

  @Override
  public void check() throws IOException {
    if (!TYPES.contains(data.mount().type())) {
      throw data.wrongFileSystem(mode().wireName(), "a mounted ZFS dataset");
    }
    pool(data.real());
  }

  /// The pool that a path belongs to: that of the dataset with the longest mount point above it.
  private String pool(Path path) throws IOException {
    String dataset = "";
    Path longest = null;
    for (String line : commands.run("zfs", "list", "-H", "-o", "name,mountpoint").lines()) {
      String[] columns = line.split("\t", 2);
      if (columns.length < 2 || !columns[1].startsWith("/")) {
        continue; // legacy, none, or a volume
      }
      Path point = Path.of(columns[1]);
      if (path.startsWith(point)
          && (longest == null || point.getNameCount() > longest.getNameCount())) {
        dataset = columns[0];
        longest = point;
      }
    }
    if (longest == null) {
      throw new LimiterException("no ZFS dataset is mounted above " + path);
    }
    return dataset.split("/", 2)[0];
  }

  private String dataset(ServerDirectory directory) throws IOException {
    return pool(directory.path()) + "/server-" + directory.server();
  }

  @Override
  public void setup(ServerDirectory directory, Runnable alive) throws IOException {
    boolean missing = DataDirectory.status(directory).isEmpty();
    if (!missing && isMounted(directory)) {
      return;
    }
    check();
    String dataset = dataset(directory);
    if (exists(dataset)) {
      commands.run("zfs", "mount", dataset); // after a boot, or somebody unmounted it
    } else if (missing) {
      commands.run("zfs", "create", "-o", "mountpoint=" + directory.path(), dataset);
    } else {
      throw new LimiterException(
          directory.path()
              + " is a plain directory and no dataset; stop the daemon and run: wings"
              + " migrate-disk-limiter --mode zfs --server "
              + directory.server());
    }
    if (!isMounted(directory)) {
      throw new LimiterException(
          "dataset %s is not mounted at %s".formatted(dataset, directory.path()));
    }
  }

  /// Whether the server's own dataset is mounted there, and not only the one above.
  private static boolean isMounted(ServerDirectory directory) throws IOException {
    return mounted(directory).isPresent();
  }

  private static Optional<Mounts.Mount> mounted(ServerDirectory directory) throws IOException {
    return Mounts.ofThisProcess()
        .at(directory.path())
        .filter(mount -> TYPES.contains(mount.type()))
        .filter(mount -> mount.source().endsWith("/server-" + directory.server()));
  }

  private boolean exists(String dataset) throws IOException {
    try {
      commands.run("zfs", "list", "-H", "-o", "name", dataset);
      return true;
    } catch (CommandException e) {
      if (e.errors().contains("does not exist")) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public boolean holds(ServerDirectory directory) throws IOException {
    return isMounted(directory) || exists(dataset(directory));
  }

  @Override
  public void limit(ServerDirectory directory, long bytes) throws IOException {
    String dataset = dataset(directory);
    try {
      set(dataset, bytes);
      postponed.remove(directory.server());
    } catch (CommandException e) {
      if (!e.errors().contains("less than current used")) {
        throw e;
      }
      // the kernel does not take a limit below what is used: nothing may be added for now
      OptionalLong used = bytes(list(dataset).getFirst().split("\t", 2)[1].strip());
      set(dataset, used.orElseThrow(() -> e) + MARGIN);
      postponed.put(directory.server(), bytes);
      log.atInfo()
          .addKeyValue("server", directory.server())
          .log("more is used than the new limit allows, it holds when enough is deleted");
    }
  }

  private void set(String dataset, long bytes) throws IOException {
    String limit = bytes == 0 ? "none" : DataDirectory.mebibytes(bytes) + "M";
    commands.run("zfs", "set", "refquota=" + limit, dataset);
  }

  @Override
  public Map<UUID, Long> usage(Collection<ServerDirectory> directories) throws IOException {
    Map<String, UUID> datasets = new HashMap<>();
    String prefix = pool(data.real()) + "/server-";
    directories.forEach(directory -> datasets.put(prefix + directory.server(), directory.server()));
    Map<UUID, Long> usage = new HashMap<>();
    for (String line : list("-t", "filesystem")) {
      String[] columns = line.split("\t", 2);
      UUID server = datasets.get(columns[0]);
      if (server != null && columns.length == 2) {
        bytes(columns[1].strip()).ifPresent(used -> usage.put(server, used));
      }
    }
    for (ServerDirectory directory : directories) {
      Long wanted = postponed.get(directory.server());
      if (wanted != null && usage.getOrDefault(directory.server(), Long.MAX_VALUE) < wanted) {
        limit(directory, wanted);
      }
    }
    return usage;
  }

  /// Name and referenced bytes of each dataset.
  private List<String> list(String... what) throws IOException {
    if (plainNumbers) {
      try {
        return commands.run(with(what, "zfs", "list", "-H", "-p", "-o", "name,referenced")).lines();
      } catch (CommandException e) {
        if (!e.errors().contains("invalid option")) {
          throw e;
        }
        plainNumbers = false;
      }
    }
    return commands.run(with(what, "zfs", "list", "-H", "-o", "name,referenced")).lines();
  }

  private static String[] with(String[] more, String... command) {
    return Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new);
  }

  /// `1024`, or with a unit such as `21.5K`, which is rounded.
  static OptionalLong bytes(String text) {
    if (!text.matches("\\d+(\\.\\d+)?[BKMGTPE]?")) {
      return OptionalLong.empty();
    }
    int unit = "BKMGTPE".indexOf(text.charAt(text.length() - 1));
    if (unit < 0) {
      return OptionalLong.of(Math.round(Double.parseDouble(text)));
    }
    double number = Double.parseDouble(text.substring(0, text.length() - 1));
    return OptionalLong.of(Math.round(number * (1L << (10 * unit))));
  }

  @Override
  public void destroy(ServerDirectory directory, Runnable alive) throws IOException {
    postponed.remove(directory.server());
    Optional<Mounts.Mount> mount = mounted(directory);
    String dataset = mount.isPresent() ? mount.get().source() : dataset(directory);
    if (mount.isEmpty() && !exists(dataset)) {
      return;
    }
    for (int attempt = 1; ; attempt++) {
      try {
        commands.run(Commands.LONG, alive, List.of("zfs", "destroy", "-r", dataset));
        return;
      } catch (CommandException e) {
        boolean views = destroyViews(e.errors(), alive);
        // somebody may still look at it; the kernel forgets a closed file a moment later
        if (!(views || e.errors().contains("busy")) || attempt == DESTROY_TRIES) {
          log.atWarn()
              .addKeyValue("server", directory.server())
              .setCause(e)
              .log("dataset is not destroyed, only its files are deleted");
          clear(directory, alive);
          throw e;
        }
        pause();
      }
    }
  }

  /// Clones that only show a snapshot to readers must not keep a server from being deleted. Any
  /// other clone is somebody else's.
  ///
  /// @param refusal of a program that names what depends on a dataset, each on a line
  /// @return whether there were any
  private boolean destroyViews(String refusal, Runnable alive) {
    boolean any = false;
    if (!refusal.contains("dependent clones")) {
      return false;
    }
    for (String line : refusal.lines().map(String::strip).toList()) {
      if (VIEW.matcher(line).matches()) {
        any = true;
        try {
          commands.run(Commands.LONG, alive, List.of("zfs", "destroy", "-f", line));
        } catch (IOException busy) {
          log.atDebug().addKeyValue("dataset", line).setCause(busy).log("view is still read");
        }
      }
    }
    return any;
  }

  /// What is mounted is not for the caller's deletion, which stays on its own file system.
  private static void clear(ServerDirectory directory, Runnable alive) throws IOException {
    int flags = Linux.O_PATH | Linux.oDirectory() | Linux.oNofollow();
    try (Descriptor open = Linux.open(directory.argument(), flags)) {
      TreeDelete.clear(
          open,
          /* threads= */ 1,
          () -> {
            alive.run();
            return false;
          });
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(DESTROY_PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a dataset was busy");
    }
  }
}
