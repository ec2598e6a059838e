package dev.wings.docker.internal.container;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads `/proc` and `/sys`. Things that cannot change while the daemon runs are read once.
public final class LinuxHost implements HostFacts {
  private static final Logger log = LoggerFactory.getLogger(LinuxHost.class);
  private static final int CAP_SYS_RESOURCE = 24;

  private final Supplier<HostMounts> mounts;
  private final boolean cgroupV2 = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
  private final boolean selinux = Files.exists(Path.of("/sys/fs/selinux/enforce"));
  private final SortedMap<Integer, BitSet> numaNodes = readNumaNodes();
  private final int cpus = readCpus();

  /// @param mounts the translation of paths, looked up on each use
  public LinuxHost(Supplier<HostMounts> mounts) {
    this.mounts = mounts;
  }

  @Override
  public boolean cgroupV2() {
    return cgroupV2;
  }

  @Override
  public boolean selinux() {
    return selinux;
  }

  @Override
  public SortedMap<Integer, BitSet> numaNodes() {
    return numaNodes;
  }

  @Override
  public int cpus() {
    return cpus;
  }

  @Override
  public boolean exists(String path) {
    return Files.exists(Path.of(path));
  }

  @Override
  public Optional<Path> resolve(String path) {
    try {
      return Optional.of(Path.of(path).toRealPath());
    } catch (IOException | java.nio.file.InvalidPathException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean isDevice(Path path) {
    try {
      // Neither file, directory nor link: a device, a pipe or a socket; the mode tells which.
      if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
        return false;
      }
      int type = (int) Files.getAttribute(path, "unix:mode") & 0170000;
      return type == 0020000 || type == 0060000;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  @Override
  public Lxcfs lxcfs(String directory, List<String> files) {
    if (mounts.get().translates()) {
      return new Lxcfs(files, ""); // the host's directory cannot be looked at from here
    }
    Path root = Path.of(directory);
    try {
      FileStore store = Files.getFileStore(root);
      if (!store.type().startsWith("fuse")) {
        return new Lxcfs(List.of(), "no FUSE file system is mounted there");
      }
    } catch (IOException e) {
      return new Lxcfs(List.of(), "the directory cannot be read");
    }
    return new Lxcfs(files.stream().filter(file -> Files.exists(root.resolve(file))).toList(), "");
  }

  @Override
  public boolean lxcfsDied(long pid) {
    try (InputStream file = Files.newInputStream(Path.of("/proc/" + pid + "/root/proc/meminfo"))) {
      var unused = file.read();
      return false;
    } catch (IOException unreadable) {
      String reason = String.valueOf(unreadable.getMessage());
      return reason.toLowerCase(Locale.ROOT).contains("not connected"); // ENOTCONN
    }
  }

  @Override
  public String onHost(String path) {
    return mounts.get().translate(path);
  }

  @Override
  public long maxOpenFiles() {
    // A process with CAP_SYS_RESOURCE in the first user namespace may raise its limit up to
    // fs.nr_open, any other up to its hard limit.
    try {
      if (hasSysResource()) {
        return Long.parseLong(Files.readString(Path.of("/proc/sys/fs/nr_open")).strip());
      }
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
        if (line.startsWith("Max open files")) {
          List<String> columns = Splitter.on(' ').omitEmptyStrings().splitToList(line);
          String hard = columns.get(4);
          return hard.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(hard);
        }
      }
    } catch (IOException | NumberFormatException e) {
      log.atDebug().setCause(e).log("limit of open files is unknown");
    }
    return Long.MAX_VALUE;
  }

  private static boolean hasSysResource() throws IOException {
    String uids = Files.readString(Path.of("/proc/self/uid_map")).strip();
    if (!uids.matches("0\\s+0\\s+4294967295")) {
      return false;
    }
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("CapEff:")) {
        return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> CAP_SYS_RESOURCE & 1) == 1;
      }
    }
    return false;
  }

  @Override
  public boolean acceptsIoWeight() {
    Path top = Path.of(cgroupV2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/blkio");
    List<String> names =
        cgroupV2
            ? List.of("io.weight", "io.bfq.weight")
            : List.of("blkio.weight", "blkio.bfq.weight");
    try (Stream<Path> groups = Files.list(top)) { // the top itself has no weight
      List<Path> below = groups.filter(Files::isDirectory).toList();
      return below.isEmpty() // nothing to judge by
          || below.stream()
              .anyMatch(group -> names.stream().anyMatch(n -> Files.exists(group.resolve(n))));
    } catch (IOException e) {
      log.atDebug().setCause(e).log("support of I/O weights is unknown");
      return true;
    }
  }

  @Override
  public boolean honoursIoWeight() {
    try {
      Path cost = Path.of("/sys/fs/cgroup/io.cost.qos");
      if (Files.exists(cost) && Files.readString(cost).contains("enable=1")) {
        return true;
      }
      try (Stream<Path> devices = Files.list(Path.of("/sys/block"))) {
        for (Path device : devices.toList()) {
          Path scheduler = device.resolve("queue/scheduler");
          if (Files.exists(scheduler)) {
            String schedulers = Files.readString(scheduler);
            if (schedulers.contains("[bfq]") || schedulers.contains("[cfq]")) {
              return true;
            }
          }
        }
      }
    } catch (IOException e) {
      log.atDebug().setCause(e).log("I/O schedulers are unknown");
    }
    return false;
  }

  /// The daemon's own share may be smaller than the host.
  private static int readCpus() {
    try {
      String online = Files.readString(Path.of("/sys/devices/system/cpu/online")).strip();
      return CpuList.parse(online)
          .map(BitSet::cardinality)
          .orElse(Runtime.getRuntime().availableProcessors());
    } catch (IOException e) {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  private static SortedMap<Integer, BitSet> readNumaNodes() {
    SortedMap<Integer, BitSet> nodes = new TreeMap<>();
    List<Path> directories = new ArrayList<>();
    try (Stream<Path> entries = Files.list(Path.of("/sys/devices/system/node"))) {
      entries.filter(entry -> name(entry).matches("node\\d+")).forEach(directories::add);
      for (Path directory : directories) {
        CpuList.parse(Files.readString(directory.resolve("cpulist")).strip())
            .ifPresent(cpus -> nodes.put(Integer.parseInt(name(directory).substring(4)), cpus));
      }
    } catch (IOException e) {
      log.atDebug().setCause(e).log("NUMA nodes are unknown");
      return new TreeMap<>();
    }
    return nodes;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
