package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.fs.host.Mounts;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.linux.ProjectQuota;
import dev.wings.fs.linux.ProjectQuota.FileSystem;
import dev.wings.fs.linux.ProjectQuota.Project;
import dev.wings.fs.linux.ProjectQuota.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One project for each server on ext4 or XFS, by the kernel's own calls. Not in the protocol of
/// other daemons; the numbers are theirs, so that a node can change from `xfs_quota` and back.
///
/// A directory carries its project itself; which server has which number is read from there when
/// the daemon starts, and nothing else is stored.
final class ProjectLimiter implements DiskLimiter {
  private final DataDirectory data;
  private final Path projects;

  /// Guards [#owners].
  private final ReentrantLock numbering = new ReentrantLock();

  /// Number to server; null before the directories were looked at.
  private @Nullable Map<Long, UUID> owners;

  /// @param projects `/etc/projects`, where the numbers of others may be
  ProjectLimiter(DataDirectory data, Path projects) {
    this.data = data;
    this.projects = projects;
  }

  @Override
  public DiskLimiterMode mode() {
    return DiskLimiterMode.PROJECT_QUOTA;
  }

  @Override
  public boolean enforces() {
    return true;
  }

  @Override
  public void check() throws IOException {
    Mounts.Mount mount = data.mount();
    boolean ext4 = mount.type().equals("ext4");
    if (!ext4 && !mount.type().equals("xfs")) {
      throw data.wrongFileSystem(mode().wireName(), "ext4 or xfs");
    }
    State state;
    try {
      state = onFileSystem(ProjectQuota::state);
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOSYS) && !e.is(Errno.ESRCH) && !e.is(Errno.EINVAL)) {
        throw e;
      }
      state = new State(/* counted= */ false, /* enforced= */ false);
    }
    if (!state.counted() || !state.enforced()) {
      throw new LimiterException(
          "system.disk_limiter_mode project_quota: project quotas are %s on %s (%s); %s"
              .formatted(
                  state.counted() ? "counted but not enforced" : "off",
                  mount.point(),
                  mount.source(),
                  ext4 ? ext4Advice(mount, state) : "mount it with the option prjquota"));
    }
  }

  private static String ext4Advice(Mounts.Mount mount, State state) {
    return state.counted()
        ? "mount it with the option prjquota"
        : "unmount it, run 'tune2fs -O project,quota -Q prjquota %s' and mount it with the option prjquota (the kernel must have CONFIG_QFMT_V2)"
            .formatted(mount.source());
  }

  @FunctionalInterface
  private interface Use<T> {
    T of(FileSystem on) throws IOException;
  }

  private <T> T onFileSystem(Use<T> use) throws IOException {
    Path real = data.real();
    try (Descriptor open = Linux.open(real.toString(), Linux.O_PATH | Linux.oDirectory())) {
      return use.of(new FileSystem(open, Path.of(data.mount().source())));
    }
  }

  private static Descriptor open(ServerDirectory directory) throws LinuxException {
    return Linux.open(
        directory.argument(), Linux.O_RDONLY | Linux.oDirectory() | Linux.oNofollow());
  }

  @Override
  public void setup(ServerDirectory directory, Runnable alive) throws IOException {
    check();
    DataDirectory.make(directory);
    try (Descriptor top = open(directory)) {
      Project own = ProjectQuota.get(top);
      long id = number(directory, own.id());
      if (own.id() != id || !own.inherited()) {
        ProjectTree.assign(top, id, alive);
      }
    } catch (LinuxException e) {
      throw e.forFile(directory.argument());
    }
  }

  /// The number of a server: the one that its directory carries, or the first that nobody has.
  private long number(ServerDirectory directory, long carried) throws IOException {
    UUID server = directory.server();
    numbering.lock();
    try {
      Map<Long, UUID> known = owners();
      boolean ours =
          carried != 0
              && isCandidate(server, carried)
              && known.getOrDefault(carried, server).equals(server);
      long id = ours ? carried : free(directory, known);
      known.values().removeIf(server::equals);
      known.put(id, server);
      return id;
    } finally {
      numbering.unlock();
    }
  }

  private static boolean isCandidate(UUID server, long id) {
    return ProjectIds.candidates(server).anyMatch(candidate -> candidate == id);
  }

  /// @param known owners of numbers on this node
  private long free(ServerDirectory directory, Map<Long, UUID> known) throws IOException {
    Set<Long> foreign = foreign(directory);
    return onFileSystem(on -> {
      for (long id : ProjectIds.candidates(directory.server()).toArray()) {
        UUID owner = known.get(id);
        boolean mine = owner != null && owner.equals(directory.server());
        if (mine || (owner == null && !foreign.contains(id) && ProjectQuota.used(on, id) == 0)) {
          return id;
        }
      }
      throw new LimiterException("no project number is free for server " + directory.server());
    });
  }

  /// Numbers that the operator's file gives to other paths.
  private Set<Long> foreign(ServerDirectory directory) throws IOException {
    Set<Long> numbers = new HashSet<>();
    if (Files.exists(projects)) {
      String text = new String(Files.readAllBytes(projects), StandardCharsets.ISO_8859_1);
      for (String line : text.lines().toList()) {
        String[] halves = line.strip().split(":", 2);
        if (halves.length == 2
            && halves[0].matches("\\d{1,10}")
            && !halves[1].equals(directory.argument())) {
          numbers.add(Long.parseLong(halves[0]));
        }
      }
    }
    return numbers;
  }

  /// Looks at the directories of all servers once.
  private Map<Long, UUID> owners() throws IOException {
    if (owners != null) {
      return owners;
    }
    Map<Long, UUID> found = new HashMap<>();
    Path real = data.real();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(real)) {
      for (Path entry : entries) {
        Optional<UUID> server = server(entry.getFileName().toString());
        if (server.isPresent()) {
          long id = carried(new ServerDirectory(server.get(), entry));
          if (isCandidate(server.get(), id)) {
            found.putIfAbsent(id, server.get());
          }
        }
      }
    }
    owners = found;
    return found;
  }

  private static Optional<UUID> server(String name) {
    try {
      UUID server = UUID.fromString(name);
      return server.toString().equals(name) ? Optional.of(server) : Optional.empty();
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  /// The project of a server's directory; 0 when there is none.
  private static long carried(ServerDirectory directory) throws IOException {
    try (Descriptor top = open(directory)) {
      return ProjectQuota.get(top).id();
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
        return 0;
      }
      throw e.forFile(directory.argument());
    }
  }

  @Override
  public boolean holds(ServerDirectory directory) throws IOException {
    return DataDirectory.status(directory).isPresent();
  }

  @Override
  public void limit(ServerDirectory directory, long bytes) throws IOException {
    long id = carried(directory);
    if (!isOwner(directory.server(), id)) {
      throw new LimiterException(
          "%s carries project %d, which is not that of the server".formatted(directory.path(), id));
    }
    limit(id, DataDirectory.mebibytes(bytes) << 20);
  }

  private boolean isOwner(UUID server, long id) throws IOException {
    numbering.lock();
    try {
      return server.equals(owners().get(id));
    } finally {
      numbering.unlock();
    }
  }

  private void limit(long id, long bytes) throws IOException {
    onFileSystem(on -> {
      ProjectQuota.limit(on, id, bytes);
      return id;
    });
  }

  @Override
  public Map<UUID, Long> usage(Collection<ServerDirectory> directories) throws IOException {
    Map<UUID, Long> numbers = new HashMap<>();
    numbering.lock();
    try {
      owners().forEach((id, server) -> numbers.put(server, id));
    } finally {
      numbering.unlock();
    }
    return onFileSystem(on -> {
      Map<UUID, Long> usage = new HashMap<>();
      for (ServerDirectory directory : directories) {
        Long id = numbers.get(directory.server());
        if (id != null) {
          usage.put(directory.server(), ProjectQuota.used(on, id));
        }
      }
      return usage;
    });
  }

  /// As for [XfsLimiter#inUse].
  @Override
  public long inUse(long read, long scanned) {
    return Math.max(read, scanned);
  }

  @Override
  public void destroy(ServerDirectory directory, Runnable alive) throws IOException {
    numbering.lock();
    try {
      long id = carried(directory);
      if (directory.server().equals(owners().get(id))) {
        limit(id, 0);
        owners().remove(id);
      }
    } finally {
      numbering.unlock();
    }
  }
}
