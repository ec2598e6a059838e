package dev.wings.core.container;

/// One sample of a running container (`containers.md` 15).
///
/// @param memoryLimitBytes limit of the container, the host's memory when it has none
/// @param cpuAbsolute percent of one core, three decimals
/// @param cpuLimitAbsolute limit in percent of one core; unlimited is host threads x 100
/// @param uptimeMillis since the container started
public record ContainerStats(
    long memoryBytes,
    long memoryLimitBytes,
    long rxBytes,
    long rxPackets,
    long txBytes,
    long txPackets,
    double cpuAbsolute,
    int cpuLimitAbsolute,
    long uptimeMillis) {}
