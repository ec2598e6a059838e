package dev.wings.daemon.ws;

import java.util.function.LongSupplier;

/// A bucket that refills steadily. Confined to one thread.
final class RateLimit {
  private final LongSupplier nanos;
  private final double perSecond;
  private final double burst;
  private double available;
  private long refilledNanos;
  private boolean noticed;

  RateLimit(LongSupplier nanos, double perSecond, double burst) {
    this.nanos = nanos;
    this.perSecond = perSecond;
    this.burst = burst;
    this.available = burst;
    this.refilledNanos = nanos.getAsLong();
  }

  /// Takes `cost` if there is that much.
  boolean take(double cost) {
    long now = nanos.getAsLong();
    available = Math.min(burst, available + (now - refilledNanos) * perSecond / 1e9);
    refilledNanos = now;
    if (available >= burst / 2) {
      noticed = false;
    }
    if (cost > available) {
      return false;
    }
    available -= cost;
    return true;
  }

  /// True on the first refusal since the bucket was at least half full.
  boolean firstRefusal() {
    boolean first = !noticed;
    noticed = true;
    return first;
  }
}
