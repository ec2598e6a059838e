package dev.wings.fs.quota;

import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.SpaceGate;
import java.util.concurrent.atomic.AtomicLong;

/// Bytes in use and their limit (`filesystem.md` 6.3, 8). Each change is one compare-and-set; sums
/// saturate, and usage is never negative.
public final class SpaceAccount implements SpaceGate {
  private static final long MIB = 1 << 20;

  private final AtomicLong used = new AtomicLong();
  private volatile long limit;

  @Override
  public void reserve(long bytes) throws DiskLimitException {
    requireNotNegative(bytes);
    while (true) {
      long current = used.get();
      long next = saturatedSum(current, bytes);
      long bound = limit;
      if (bound > 0 && next > bound) {
        throw new DiskLimitException(
            "the disk limit of %d MiB would be exceeded by %d bytes"
                .formatted(bound / MIB, next - bound));
      }
      if (used.compareAndSet(current, next)) {
        return;
      }
    }
  }

  @Override
  public void release(long bytes) {
    requireNotNegative(bytes);
    used.accumulateAndGet(bytes, (current, given) -> Math.max(0, current - given));
  }

  /// Replaces a measured part: what was reserved or released while the measuring ran stays counted.
  ///
  /// @param before usage when the measuring began
  /// @param measured what it found
  public void correct(long before, long measured) {
    used.updateAndGet(current -> {
      long meanwhile = current - before; // both at least 0: no overflow
      return meanwhile < 0 ? Math.max(0, measured + meanwhile) : saturatedSum(measured, meanwhile);
    });
  }

  public void reset() {
    used.set(0);
  }

  public long used() {
    return used.get();
  }

  public long limit() {
    return limit;
  }

  public void limit(long bytes) {
    requireNotNegative(bytes);
    limit = bytes;
  }

  private static long saturatedSum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  private static void requireNotNegative(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
    }
  }
}
