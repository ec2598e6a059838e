package dev.wings.core.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Monotonic time that only moves when the test moves it, and the timers that go with it.
final class ManualTimers implements Timers, LongSupplier {
  private final List<Entry> entries = new ArrayList<>();
  private long now = Long.MAX_VALUE - 1_000_000; // soon wraps around, as nano time may

  private static final class Entry {
    final long due;
    final Runnable task;

    Entry(long due, Runnable task) {
      this.due = due;
      this.task = task;
    }
  }

  @Override
  public synchronized long getAsLong() {
    return now;
  }

  @Override
  public synchronized Timer after(Duration delay, Runnable task) {
    Entry entry = new Entry(now + delay.toNanos(), task);
    entries.add(entry);
    return () -> remove(entry);
  }

  @Override
  public Timer every(Duration interval, Runnable task) {
    return after(
        interval,
        () -> {
          task.run();
          every(interval, task);
        });
  }

  private synchronized void remove(Entry entry) {
    entries.remove(entry);
  }

  synchronized int armed() {
    return entries.size();
  }

  /// Moves time forward and runs what becomes due, in order.
  void advance(Duration time) {
    long target = getAsLong() + time.toNanos();
    for (Optional<Entry> due = next(target); due.isPresent(); due = next(target)) {
      due.get().task.run();
    }
    synchronized (this) {
      now = target;
    }
  }

  private synchronized Optional<Entry> next(long target) {
    Optional<Entry> due =
        entries.stream()
            .filter(entry -> entry.due - target <= 0)
            .min(Comparator.comparingLong(entry -> entry.due - target));
    due.ifPresent(entry -> {
      entries.remove(entry);
      now = entry.due;
    });
    return due;
  }

  @Override
  public synchronized void close() {
    entries.clear();
  }
}
