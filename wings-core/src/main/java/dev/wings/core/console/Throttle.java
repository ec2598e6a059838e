package dev.wings.core.console;

import dev.wings.core.config.ThrottlesConfig;
import java.util.function.LongSupplier;

/// The line throttle of `websocket.md` 4.2, one per container. A counter runs with every line. Once
/// it has reached the limit, lines are dropped until the interval since the start of the window has
/// passed; then counter and window start again. So a quiet server is never throttled, and 1999 of
/// 2000 lines pass before the first one of a burst is dropped.
final class Throttle {
  private final LongSupplier nanoTime;
  private long counter;
  private long windowStart;

  enum Decision {
    PASS,
    DROP,
    /// Drop, and tell people once that it begins.
    DROP_FIRST
  }

  /// @param nanoTime monotonic clock in nanoseconds
  Throttle(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.windowStart = nanoTime.getAsLong();
  }

  Decision next(ThrottlesConfig config) {
    counter++;
    if (!config.enabled() || config.lineResetInterval() <= 0 || counter < config.lines()) {
      return Decision.PASS;
    }
    long now = nanoTime.getAsLong();
    if (!open(config, now)) {
      return counter == Math.max(1, config.lines()) ? Decision.DROP_FIRST : Decision.DROP;
    }
    counter = 0;
    windowStart = now;
    return Decision.PASS;
  }

  /// Whether a line would pass now.
  boolean open(ThrottlesConfig config) {
    return !config.enabled()
        || config.lineResetInterval() <= 0
        || counter + 1 < config.lines()
        || open(config, nanoTime.getAsLong());
  }

  private boolean open(ThrottlesConfig config, long now) {
    return (now - windowStart) / 1_000_000 >= config.lineResetInterval();
  }
}
