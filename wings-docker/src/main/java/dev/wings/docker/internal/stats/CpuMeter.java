package dev.wings.docker.internal.stats;

/// CPU share between two samples in percent of one core, rounded to three decimals. Uses the wall
/// clock between the samples, not the length of the tick. Not thread-safe.
public final class CpuMeter {
  private boolean primed;
  private long lastCpuNanos;
  private long lastWallNanos;

  /// The share since the previous call; 0 for the first one and for clocks that stood still.
  public double advance(long cpuNanos, long wallNanos) {
    long cpu = cpuNanos - lastCpuNanos;
    long wall = wallNanos - lastWallNanos;
    boolean measurable = primed && cpu > 0 && wall > 0;
    primed = true;
    lastCpuNanos = cpuNanos;
    lastWallNanos = wallNanos;
    return measurable ? Math.round((double) cpu / wall * 100_000) / 1000.0 : 0;
  }
}
