package dev.wings.core.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/// A wall clock and a monotonic clock that only move when a test says so.
public final class ManualClock implements InstantSource {
  private final AtomicLong wallNanos;
  private final AtomicLong monotonic = new AtomicLong(1_000_000_000_000L);

  public ManualClock(Instant start) {
    wallNanos = new AtomicLong(start.getEpochSecond() * 1_000_000_000L + start.getNano());
  }

  public static ManualClock atSecond(long second) {
    return new ManualClock(Instant.ofEpochSecond(second));
  }

  @Override
  public Instant instant() {
    long nanos = wallNanos.get();
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }

  /// The monotonic clock.
  public long nanos() {
    return monotonic.get();
  }

  /// Lets time pass on both clocks.
  public void advance(Duration duration) {
    wallNanos.addAndGet(duration.toNanos());
    monotonic.addAndGet(duration.toNanos());
  }

  /// Steps the wall clock alone, as an administrator or NTP does.
  public void step(Duration duration) {
    wallNanos.addAndGet(duration.toNanos());
  }
}
