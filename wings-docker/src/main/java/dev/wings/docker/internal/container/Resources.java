package dev.wings.docker.internal.container;

import com.github.dockerjava.api.command.UpdateContainerCmd;
import com.github.dockerjava.api.model.HostConfig;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The limits of a container (`containers.md` 9). Absent means "not sent".
///
/// @param memory hard limit in bytes
/// @param reservation soft limit in bytes
/// @param memorySwap memory and swap together in bytes, -1 is unlimited
/// @param cpuQuota microseconds of CPU per period, -1 is unlimited
/// @param cpuPeriod microseconds
/// @param cpus pinned CPUs
/// @param memoryNodes NUMA nodes of the pinned CPUs
record Resources(
    OptionalLong memory,
    OptionalLong reservation,
    OptionalLong memorySwap,
    long cpuQuota,
    OptionalLong cpuPeriod,
    Optional<String> cpus,
    Optional<String> memoryNodes,
    OptionalLong pids,
    OptionalLong ioWeight,
    boolean oomKillDisable) {
  private static final long MIB = 1 << 20;

  static Resources of(ServerSettings.Build build, DockerConfig config, HostFacts host) {
    long real =
        build.memoryLimit() > 0 ? Math.max(0, build.memoryLimit() + build.overheadMemory()) : 0;
    OptionalLong memory = OptionalLong.empty();
    OptionalLong reservation = OptionalLong.empty();
    OptionalLong swap = OptionalLong.empty();
    if (real > 0) {
      long bytes = hardLimit(real, config);
      memory = OptionalLong.of(bytes);
      reservation = OptionalLong.of(real * MIB);
      swap = OptionalLong.of(build.swap() < 0 ? -1 : bytes + build.swap() * MIB);
    }
    long period = period(config);
    boolean limited = build.cpuLimit() > 0;
    Optional<String> cpus = Optional.ofNullable(build.threads()).filter(text -> !text.isBlank());
    Integer weight = build.ioWeight();
    return new Resources(
        memory,
        reservation,
        swap,
        limited ? build.cpuLimit() * period / 100 : -1,
        limited ? OptionalLong.of(period) : OptionalLong.empty(),
        cpus,
        config.numaMemoryBinding()
            ? cpus.flatMap(text -> CpuList.memoryNodes(text, host.numaNodes()))
            : Optional.empty(),
        config.containerPidLimit() == 0
            ? OptionalLong.empty()
            : OptionalLong.of(config.containerPidLimit()),
        weight == null || !host.acceptsIoWeight() ? OptionalLong.empty() : OptionalLong.of(weight),
        build.oomDisabled());
  }

  static long period(DockerConfig config) {
    return Math.clamp(config.cpuPeriod(), 1_000, 1_000_000);
  }

  private static long hardLimit(long mebibytes, DockerConfig config) {
    return (long) Math.floor(mebibytes * multiplier(mebibytes, config.overhead())) * MIB;
  }

  /// As much swap as before, on top of another memory limit.
  private OptionalLong swapBeside(long bytes) {
    long swap = memorySwap.orElse(-1);
    return OptionalLong.of(swap < 0 ? -1 : bytes + swap - memory.orElse(swap));
  }

  /// Headroom over the limit that the server is told (`containers.md` 9.1).
  static double multiplier(long mebibytes, DockerConfig.Overhead overhead) {
    if (!overhead.overridden()) {
      return mebibytes <= 2048 ? 1.15 : mebibytes <= 4096 ? 1.10 : 1.05;
    }
    return overhead.multipliers().entrySet().stream()
        .map(entry -> Map.entry(Long.parseLong(entry.getKey().strip()), entry.getValue()))
        .sorted(Comparator.comparing(Map.Entry::getKey))
        .filter(entry -> mebibytes <= entry.getKey())
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(overhead.defaultMultiplier());
  }

  /// Raised to the floors of installers and scripts (`containers.md` 9.6). Where that document lets
  /// the installer of a small server grow without a limit, the floor with its headroom is the
  /// ceiling here (`threats.md` CT-03).
  Resources forScript(DockerConfig config) {
    DockerConfig.InstallerLimits floor = config.installerLimits();
    long floorBytes = floor.memory() * MIB;
    boolean small =
        reservation.isPresent()
            && reservation.getAsLong() > 0
            && reservation.getAsLong() < floorBytes;
    long floorQuota = floor.cpu() * period(config) / 100;
    OptionalLong ceiling = small ? OptionalLong.of(hardLimit(floor.memory(), config)) : memory;
    return new Resources(
        ceiling,
        small ? OptionalLong.of(floorBytes) : reservation,
        small ? swapBeside(ceiling.getAsLong()) : memorySwap,
        cpuQuota > 0 ? Math.max(cpuQuota, floorQuota) : cpuQuota,
        cpuPeriod,
        cpus,
        memoryNodes,
        pids,
        ioWeight,
        oomKillDisable);
  }

  /// Writes the fields for a container that is created.
  void writeTo(HostConfig target) {
    memory.ifPresent(target::withMemory);
    reservation.ifPresent(target::withMemoryReservation);
    memorySwap.ifPresent(target::withMemorySwap);
    target.withCpuQuota(cpuQuota);
    cpuPeriod.ifPresent(target::withCpuPeriod);
    cpus.ifPresent(target::withCpusetCpus);
    memoryNodes.ifPresent(target::withCpusetMems);
    pids.ifPresent(target::withPidsLimit);
    ioWeight.ifPresent(value -> target.withBlkioWeight(Math.toIntExact(value)));
    target.withOomKillDisable(oomKillDisable);
  }

  /// The fields of an update as text, by the engine's names.
  Map<String, String> fields() {
    Map<String, String> fields = new HashMap<>();
    memory.ifPresent(value -> fields.put("Memory", Long.toString(value)));
    reservation.ifPresent(value -> fields.put("MemoryReservation", Long.toString(value)));
    memorySwap.ifPresent(value -> fields.put("MemorySwap", Long.toString(value)));
    fields.put("CpuQuota", Long.toString(cpuQuota));
    cpuPeriod.ifPresent(value -> fields.put("CpuPeriod", Long.toString(value)));
    cpus.ifPresent(value -> fields.put("CpusetCpus", value));
    memoryNodes.ifPresent(value -> fields.put("CpusetMems", value));
    pids.ifPresent(value -> fields.put("PidsLimit", Long.toString(value)));
    ioWeight.ifPresent(value -> fields.put("BlkioWeight", Long.toString(value)));
    return fields;
  }

  /// Writes the same fields for a container that exists.
  UpdateContainerCmd writeTo(UpdateContainerCmd target) {
    memory.ifPresent(target::withMemory);
    reservation.ifPresent(target::withMemoryReservation);
    memorySwap.ifPresent(target::withMemorySwap);
    target.withCpuQuota(cpuQuota);
    cpuPeriod.ifPresent(target::withCpuPeriod);
    cpus.ifPresent(target::withCpusetCpus);
    memoryNodes.ifPresent(target::withCpusetMems);
    pids.ifPresent(target::withPidsLimit);
    ioWeight.ifPresent(value -> target.withBlkioWeight(Math.toIntExact(value)));
    target.withOomKillDisable(oomKillDisable);
    return target;
  }
}
