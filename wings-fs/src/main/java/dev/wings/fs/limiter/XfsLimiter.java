package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.fs.AtomicFiles;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/// One XFS project for each server, by the program `xfs_quota` (`filesystem.md` 9.4).
final class XfsLimiter implements DiskLimiter {
  private final DataDirectory data;
  private final Commands commands;
  private final Path projects;

  /// Held while the file of projects is read and written.
  private final ReentrantLock registering = new ReentrantLock();

  /// @param projects `/etc/projects`
  XfsLimiter(DataDirectory data, Commands commands, Path projects) {
    this.data = data;
    this.commands = commands;
    this.projects = projects;
  }

  @Override
  public DiskLimiterMode mode() {
    return DiskLimiterMode.XFS_QUOTA;
  }

  @Override
  public boolean enforces() {
    return true;
  }

  @Override
  public void check() throws IOException {
    Mounts.Mount mount = data.mount();
    if (!mount.type().equals("xfs")) {
      throw data.wrongFileSystem(mode().wireName(), "xfs");
    }
    if (!mount.hasAny("prjquota", "pquota")) {
      throw new LimiterException(
          "system.disk_limiter_mode xfs_quota: %s is mounted without the option prjquota; it cannot be added by a remount, unmount the file system or set it in /etc/fstab and boot"
              .formatted(mount.point()));
    }
    commands.run("xfs_quota", "-V");
  }

  @Override
  public void setup(ServerDirectory directory, Runnable alive) throws IOException {
    check();
    DataDirectory.make(directory);
    long id = register(directory);
    quota(Commands.LONG, alive, "project -s " + id);
  }

  @Override
  public boolean holds(ServerDirectory directory) throws IOException {
    return DataDirectory.status(directory).isPresent();
  }

  @Override
  public void limit(ServerDirectory directory, long bytes) throws IOException {
    OptionalLong id = registered(directory);
    if (id.isEmpty()) {
      throw new LimiterException(directory.path() + " is not registered in " + projects);
    }
    limit(id.getAsLong(), bytes);
  }

  private void limit(long id, long bytes) throws IOException {
    String limit =
        bytes == 0
            ? "bsoft=0 bhard=0"
            : "bsoft=%1$dm bhard=%1$dm".formatted(DataDirectory.mebibytes(bytes));
    quota(Commands.QUICK, () -> {}, "limit -p " + limit + " " + id);
  }

  /// The program ends with 0 also when it could not do what it was told.
  private Commands.Output quota(Duration timeout, Runnable alive, String what) throws IOException {
    List<String> command = List.of("xfs_quota", "-x", "-c", what, data.mount().point().toString());
    Commands.Output output = commands.run(timeout, alive, command);
    if (output.errors().lines().anyMatch(XfsLimiter::isError)) {
      throw new CommandException(command, 0, output.errors());
    }
    return output;
  }

  /// Links and special files have no project, and a running game removes files at any time.
  private static boolean isError(String line) {
    return line.startsWith("xfs_quota:")
        && !line.contains(": skipping special file ")
        && !line.endsWith(": No such file or directory");
  }

  @Override
  public Map<UUID, Long> usage(Collection<ServerDirectory> directories) throws IOException {
    Map<Long, Long> used = new HashMap<>();
    for (String line : quota(Commands.QUICK, () -> {}, "report -p -b -N").lines()) {
      String[] columns = line.strip().split("\\s+", 3);
      if (columns.length == 3 && columns[0].matches("#\\d{1,10}") && columns[1].matches("\\d+")) {
        used.put(Long.parseLong(columns[0].substring(1)), Long.parseLong(columns[1]) * 1024);
      }
    }
    Map<String, Long> ids = new HashMap<>();
    for (String line : lines()) {
      entry(line).ifPresent(entry -> ids.put(entry.path(), entry.id()));
    }
    Map<UUID, Long> usage = new HashMap<>();
    for (ServerDirectory directory : directories) {
      Long bytes = used.get(ids.getOrDefault(directory.argument(), 0L));
      if (bytes != null) {
        usage.put(directory.server(), bytes);
      }
    }
    return usage;
  }

  /// A process can give its files another project number (`FS_IOC_FSSETXATTR` asks for no more than
  /// ownership), so what a scan finds counts as well.
  @Override
  public long inUse(long read, long scanned) {
    return Math.max(read, scanned);
  }

  @Override
  public void destroy(ServerDirectory directory, Runnable alive) throws IOException {
    OptionalLong id = registered(directory);
    if (id.isPresent()) {
      limit(id.getAsLong(), 0);
      unregister(directory);
    }
  }

  private record Entry(long id, String path) {}

  private static Optional<Entry> entry(String line) {
    String[] halves = line.strip().split(":", 2);
    return halves.length == 2 && halves[0].matches("\\d{1,10}")
        ? Optional.of(new Entry(Long.parseLong(halves[0]), halves[1]))
        : Optional.empty();
  }

  private List<String> lines() throws IOException {
    if (!Files.exists(projects)) {
      return List.of();
    }
    return new String(Files.readAllBytes(projects), StandardCharsets.ISO_8859_1).lines().toList();
  }

  private OptionalLong registered(ServerDirectory directory) throws IOException {
    return lines().stream()
        .map(XfsLimiter::entry)
        .flatMap(Optional::stream)
        .filter(entry -> entry.path().equals(directory.argument()))
        .mapToLong(Entry::id)
        .findFirst();
  }

  /// Adds the server's line unless it is there. A number that a line of somebody else has already
  /// is left to him.
  private long register(ServerDirectory directory) throws IOException {
    if (!directory.argument().matches("[\\x21-\\x39\\x3b-\\x7e]+")) {
      throw new LimiterException(
          directory.path() + " cannot be written to " + projects + ": only plain characters");
    }
    registering.lock();
    try {
      OptionalLong existing = registered(directory);
      if (existing.isPresent()) {
        return existing.getAsLong();
      }
      List<String> lines = new ArrayList<>(lines());
      List<Long> taken =
          lines.stream().map(XfsLimiter::entry).flatMap(Optional::stream).map(Entry::id).toList();
      long id =
          ProjectIds.candidates(directory.server())
              .filter(candidate -> !taken.contains(candidate))
              .findFirst()
              .orElseThrow(() ->
                  new LimiterException(
                      "no project number is free for server " + directory.server()));
      lines.add(id + ":" + directory.argument());
      write(lines);
      return id;
    } finally {
      registering.unlock();
    }
  }

  private void unregister(ServerDirectory directory) throws IOException {
    registering.lock();
    try {
      write(
          lines().stream()
              .filter(line ->
                  entry(line).filter(entry -> entry.path().equals(directory.argument())).isEmpty())
              .toList());
    } finally {
      registering.unlock();
    }
  }

  private void write(List<String> lines) throws IOException {
    byte[] content =
        lines.stream()
            .map(line -> line + "\n")
            .collect(java.util.stream.Collectors.joining())
            .getBytes(StandardCharsets.ISO_8859_1);
    AtomicFiles.replace(
        projects,
        channel -> {
          var bytes = java.nio.ByteBuffer.wrap(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }
}
