package dev.wings.core.usage;

import dev.wings.core.container.ContainerStats;
import dev.wings.core.power.ServerState;

/// Snapshot of what a server uses (`http-api.md` A.2).
///
/// @param cpuAbsolute percent of one core
/// @param uptimeMillis since start, 0 when offline
public record ResourceUsage(
    long memoryBytes,
    long memoryLimitBytes,
    long diskBytes,
    ServerState state,
    long rxBytes,
    long rxPackets,
    long txBytes,
    long txPackets,
    double cpuAbsolute,
    int cpuLimitAbsolute,
    long uptimeMillis) {

  public static ResourceUsage idle(ServerState state, long diskBytes) {
    return new ResourceUsage(0, 0, diskBytes, state, 0, 0, 0, 0, 0, 0, 0);
  }

  public static ResourceUsage of(ContainerStats stats, ServerState state, long diskBytes) {
    return new ResourceUsage(
        stats.memoryBytes(),
        stats.memoryLimitBytes(),
        diskBytes,
        state,
        stats.rxBytes(),
        stats.rxPackets(),
        stats.txBytes(),
        stats.txPackets(),
        stats.cpuAbsolute(),
        stats.cpuLimitAbsolute(),
        stats.uptimeMillis());
  }
}
