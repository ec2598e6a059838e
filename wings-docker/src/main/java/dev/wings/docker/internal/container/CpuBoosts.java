package dev.wings.docker.internal.container;

import java.util.concurrent.atomic.AtomicInteger;

/// Node-wide count of CPU boosts in force; the limits are read from the configuration at each use.
public final class CpuBoosts {
  private final AtomicInteger startup = new AtomicInteger();
  private final AtomicInteger runtime = new AtomicInteger();

  /// The two kinds (`containers.md` 16.4).
  enum Kind {
    STARTUP,
    RUNTIME
  }

  boolean acquire(Kind kind, int max) {
    AtomicInteger count = count(kind);
    while (true) {
      int now = count.get();
      if (now >= max) {
        return false;
      }
      if (count.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void release(Kind kind) {
    count(kind).decrementAndGet();
  }

  private AtomicInteger count(Kind kind) {
    return switch (kind) {
      case STARTUP -> startup;
      case RUNTIME -> runtime;
    };
  }
}
