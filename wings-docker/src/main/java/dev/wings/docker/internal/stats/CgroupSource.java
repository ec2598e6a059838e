package dev.wings.docker.internal.stats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the counters of one container from its control group and its network namespace.
final class CgroupSource implements AutoCloseable {
  private final List<KernelFile> files = new ArrayList<>();
  private final boolean unified;
  private final KernelFile cpu;
  private final KernelFile usage;
  private final KernelFile statistics;
  private final KernelFile limit;
  private final KernelFile network;
  private final long hostMemory;

  private CgroupSource(
      ControlGroup groups, long pid, boolean unified, Path cpuDirectory, Path memoryDirectory)
      throws IOException {
    this.unified = unified;
    hostMemory = groups.hostMemory();
    try {
      cpu = open(cpuDirectory.resolve(unified ? "cpu.stat" : "cpuacct.usage"));
      usage = open(memoryDirectory.resolve(unified ? "memory.current" : "memory.usage_in_bytes"));
      statistics = open(memoryDirectory.resolve("memory.stat"));
      limit = open(memoryDirectory.resolve(unified ? "memory.max" : "memory.limit_in_bytes"));
      network = open(groups.process(pid).resolve("net/dev"));
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /// Empty when the process has no control group that can be seen from here.
  static Optional<CgroupSource> open(ControlGroup groups, long pid) throws IOException {
    Optional<Path> v2 = groups.unifiedDirectory(pid);
    if (v2.isPresent()) {
      return Optional.of(new CgroupSource(groups, pid, true, v2.get(), v2.get()));
    }
    Optional<Path> cpu = groups.legacyDirectory(pid, "cpuacct");
    Optional<Path> memory = groups.legacyDirectory(pid, "memory");
    return cpu.isPresent() && memory.isPresent()
        ? Optional.of(new CgroupSource(groups, pid, false, cpu.get(), memory.get()))
        : Optional.empty();
  }

  private KernelFile open(Path path) throws IOException {
    KernelFile file = KernelFile.open(path);
    files.add(file);
    return file;
  }

  Sample sample() throws IOException {
    long cpuNanos = unified ? KernelFile.value(cpu.read(), "usage_usec") * 1000 : cpu.readLong();
    long used = usage.readLong();
    long inactive =
        KernelFile.value(statistics.read(), unified ? "inactive_file" : "total_inactive_file");
    long limitBytes = limit.readLong();
    return new Sample(
        cpuNanos,
        inactive >= 0 && inactive < used ? used - inactive : used,
        limitBytes < 0 || limitBytes > hostMemory ? hostMemory : limitBytes,
        NetworkCounters.parse(network.read()));
  }

  @Override
  public void close() {
    files.forEach(KernelFile::close);
  }
}
