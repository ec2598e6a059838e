package dev.wings.backup.transfer;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// How fast one backup may read or write (`backups.md` 14, `threats.md` BK-07): no faster than a
/// limit, with a burst of at most a second, and slower while others wait for the disks. That last
/// is bounded: a backup pauses at most four times as long as it works, so it always ends. Shared by
/// all threads of the backup.
public final class Pace {
  private static final long SECOND = 1_000_000_000;
  private static final long SLICE = SECOND / 20;
  private static final long LOOK_EVERY = SECOND / 2;
  private static final long LONGEST_PAUSE = SECOND / 5;
  private static final int PAUSE_FACTOR = 4;

  private static final Pace FREE =
      new Pace(() -> 0, () -> 0, IoPressure.UNKNOWN, System::nanoTime, Thread::sleep);

  private final LongSupplier bytesPerSecond;
  private final IntSupplier pressureLimit;
  private final IoPressure pressure;
  private final LongSupplier nanoTime;
  private final Sleeper sleeper;

  private final ReentrantLock lock = new ReentrantLock();
  private long paidUntil; // guarded by lock, as the rest
  private long lookedAt;
  private long pausedAt;
  private boolean pressed;

  /// Waits.
  @FunctionalInterface
  public interface Sleeper {
    void sleep(Duration time) throws InterruptedException;
  }

  /// @param bytesPerSecond 0 is unlimited; asked each time
  /// @param pressureLimit percent of time that others may wait for disks, 0 is any; asked each time
  public Pace(
      LongSupplier bytesPerSecond,
      IntSupplier pressureLimit,
      IoPressure pressure,
      LongSupplier nanoTime,
      Sleeper sleeper) {
    this.bytesPerSecond = requireNonNull(bytesPerSecond, "bytesPerSecond");
    this.pressureLimit = requireNonNull(pressureLimit, "pressureLimit");
    this.pressure = requireNonNull(pressure, "pressure");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
    this.sleeper = requireNonNull(sleeper, "sleeper");
    this.paidUntil = nanoTime.getAsLong();
    this.lookedAt = paidUntil - LOOK_EVERY;
    this.pausedAt = paidUntil;
  }

  /// As fast as it goes.
  public static Pace free() {
    return FREE;
  }

  /// Another one with the same limits that counts for itself: for bytes that pass a second time.
  public Pace again() {
    return new Pace(bytesPerSecond, pressureLimit, pressure, nanoTime, sleeper);
  }

  /// Whether nothing slows it down now.
  public boolean unlimited() {
    return bytesPerSecond.getAsLong() <= 0 && pressureLimit.getAsInt() <= 0;
  }

  /// Called with bytes that were read or written; waits as long as they call for.
  ///
  /// @throws OperationAbortedException when the work was asked to end meanwhile
  public void took(long bytes, Progress progress) {
    long limit = bytesPerSecond.getAsLong();
    int percent = pressureLimit.getAsInt();
    if (limit <= 0 && percent <= 0) {
      return;
    }
    long wait;
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      wait = limit > 0 ? pay(bytes, limit, now) : 0;
      if (percent > 0) {
        wait = Math.max(wait, pause(percent, now));
      }
    } finally {
      lock.unlock();
    }
    sleep(wait, progress);
  }

  private long pay(long bytes, long limit, long now) {
    long begin = paidUntil - now < -SECOND ? now - SECOND : paidUntil;
    paidUntil = begin + (long) ((double) bytes / limit * SECOND);
    return paidUntil - now;
  }

  private long pause(int percent, long now) {
    if (now - lookedAt >= LOOK_EVERY) {
      lookedAt = now;
      OptionalDouble waiting = pressure.percent();
      pressed = waiting.isPresent() && waiting.getAsDouble() > percent;
    }
    if (!pressed) {
      pausedAt = now;
      return 0;
    }
    long worked = Math.max(0, now - pausedAt);
    long pause = Math.min(LONGEST_PAUSE, worked * PAUSE_FACTOR);
    pausedAt = now + pause;
    return pause;
  }

  private void sleep(long nanos, Progress progress) {
    try {
      for (long left = nanos; left > 0; left -= SLICE) {
        progress.check();
        sleeper.sleep(Duration.ofNanos(Math.min(left, SLICE)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }
}
