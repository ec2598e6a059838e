package dev.wings.fs.quota;

import dev.wings.fs.sandbox.DiskLimitException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/// Bytes in use and their limit (`filesystem.md` 6.3, 8). Each change is one compare-and-set; sums
/// saturate, and usage is never negative.
///
/// Two parts count: what is known to be on the disk, and what writers have reserved and not settled
/// yet. A scan replaces the first and leaves the second alone.
public final class SpaceAccount {
  private static final long MIB = 1 << 20;

  private final AtomicReference<State> state = new AtomicReference<>(new State(0, 0, 0));
  private final LongAdder defects = new LongAdder();
  private volatile long limit;

  /// @param moved sum of all settled changes, so that a scan can tell what happened while it ran;
  ///   may wrap around
  private record State(long settled, long inFlight, long moved) {
    long used() {
      return saturatedSum(settled, inFlight);
    }
  }

  /// Takes space before it is written.
  ///
  /// @throws DiskLimitException when the limit would be exceeded
  public void reserve(long bytes) throws DiskLimitException {
    requireNotNegative(bytes);
    while (true) {
      State current = state.get();
      long next = saturatedSum(current.used(), bytes);
      requireBelowLimit(next);
      long inFlight = saturatedSum(current.inFlight, bytes);
      if (state.compareAndSet(current, new State(current.settled, inFlight, current.moved))) {
        return;
      }
    }
  }

  /// Whether so many bytes more would fit now; takes nothing.
  ///
  /// @throws DiskLimitException when they would not
  public void check(long bytes) throws DiskLimitException {
    requireNotNegative(bytes);
    requireBelowLimit(saturatedSum(used(), bytes));
  }

  private void requireBelowLimit(long next) throws DiskLimitException {
    long bound = limit;
    if (bound > 0 && next > bound) {
      throw new DiskLimitException(
          "the disk limit of %d MiB would be exceeded by %d bytes"
              .formatted(bound / MIB, next - bound));
    }
  }

  /// Gives back what was reserved.
  public void release(long bytes) {
    settle(bytes, 0);
  }

  /// A change is on the disk.
  ///
  /// @param reserved what had been reserved for it
  /// @param physical what it came to; below 0 when space became free
  public void settle(long reserved, long physical) {
    requireNotNegative(reserved);
    state.updateAndGet(now ->
        new State(
            moved(now.settled, physical),
            Math.max(0, now.inFlight - reserved),
            now.moved + physical));
  }

  /// Where a scan begins, for [#correct].
  public long mark() {
    return state.get().moved;
  }

  /// Replaces what is on the disk by what a scan measured. Changes that were settled while it ran
  /// stay counted.
  ///
  /// @param mark what [#mark] said when the scan began
  public void correct(long mark, long measured) {
    requireNotNegative(measured);
    state.updateAndGet(
        now -> new State(moved(measured, now.moved - mark), now.inFlight, now.moved));
  }

  /// Nothing is on the disk any more.
  public void reset() {
    state.updateAndGet(now -> new State(0, now.inFlight, now.moved));
  }

  public long used() {
    return state.get().used();
  }

  public long limit() {
    return limit;
  }

  /// @param bytes 0 is unlimited
  public void limit(long bytes) {
    requireNotNegative(bytes);
    limit = bytes;
  }

  /// How often somebody asked for a negative amount, which is a bug of the daemon (`threats.md`
  /// QU-02).
  public long defects() {
    return defects.sum();
  }

  private static long moved(long bytes, long change) {
    return change < 0 ? Math.max(0, bytes + change) : saturatedSum(bytes, change);
  }

  private static long saturatedSum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  private void requireNotNegative(long bytes) {
    if (bytes < 0) {
      defects.increment();
      throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
    }
  }
}
