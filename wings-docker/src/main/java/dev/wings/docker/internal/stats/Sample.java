package dev.wings.docker.internal.stats;

/// Raw counters at one moment.
///
/// @param cpuNanos CPU time since the container started
/// @param network sums over the container's interfaces
public record Sample(
    long cpuNanos, long memoryBytes, long memoryLimitBytes, NetworkCounters network) {}
