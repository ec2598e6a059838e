package dev.wings.docker.internal.container;

import com.github.dockerjava.api.command.UpdateContainerCmd;
import com.github.dockerjava.api.model.HostConfig;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import java.util.Comparator;
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
      long bytes = (long) Math.floor(real * multiplier(real, config.overhead())) * MIB;
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
        weight == null ? OptionalLong.empty() : OptionalLong.of(weight),
        build.oomDisabled());
  }

  static long period(DockerConfig config) {
    return Math.clamp(config.cpuPeriod(), 1_000, 1_000_000);
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

  /// Raised to the floors of installers and scripts (`containers.md` 9.6).
  Resources forScript(DockerConfig config) {
    DockerConfig.InstallerLimits floor = config.installerLimits();
    long floorBytes = floor.memory() * MIB;
    boolean small =
        reservation.isPresent()
            && reservation.getAsLong() > 0
            && reservation.getAsLong() < floorBytes;
    long floorQuota = floor.cpu() * period(config) / 100;
    return new Resources(
        small ? OptionalLong.empty() : memory,
        small ? OptionalLong.of(floorBytes) : reservation,
        small ? OptionalLong.empty() : memorySwap,
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
