package dev.wings.core.server;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/// Tells a crash from an event of the engine: when most processes of the node end at the same
/// moment, none of them has crashed (`threats.md` DK-02). Safe for use by many threads.
final class ExitWatch {
  /// How long to wait for other exits before judging one.
  static final Duration PATIENCE = Duration.ofMillis(500);

  private static final long WINDOW = Duration.ofSeconds(3).toNanos();
  private static final int CROWD = 3;

  private final LongSupplier nanoTime;
  private final ArrayDeque<Long> ends = new ArrayDeque<>();
  private final ArrayDeque<Long> unexpected = new ArrayDeque<>();
  private int alive;

  ExitWatch(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// A server left the state "offline".
  synchronized void began() {
    alive++;
  }

  /// A server went offline, for whatever reason.
  synchronized void ended() {
    alive--;
    ends.addLast(nanoTime.getAsLong());
    forget(ends);
  }

  /// A process ended although nobody had asked for it; follows [#ended].
  synchronized void unexpected() {
    unexpected.addLast(nanoTime.getAsLong());
  }

  /// Whether so many servers live or lived just now that a common end can be told from a crash.
  synchronized boolean canTell() {
    forget(ends);
    return alive + ends.size() >= CROWD;
  }

  synchronized boolean engineEvent() {
    forget(unexpected);
    return unexpected.size() >= CROWD && unexpected.size() >= alive;
  }

  private void forget(ArrayDeque<Long> times) {
    long now = nanoTime.getAsLong();
    while (!times.isEmpty() && now - times.getFirst() > WINDOW) {
      times.removeFirst();
    }
  }
}
