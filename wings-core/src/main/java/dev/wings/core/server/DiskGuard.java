package dev.wings.core.server;

import dev.wings.core.power.ServerState;
import dev.wings.core.volume.ServerVolume;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Decides what happens to a server whose volume is full (`containers.md` 17.7, `threats.md`
/// QU-04).
///
/// A server that stays full for [#PATIENCE] is stopped. One that is far beyond its limit, or full
/// while the node runs out of space, is stopped at once. One that goes on growing far beyond its
/// limit while it stops is killed. So what a server can write beyond its limit without a quota of
/// the kernel is at most [#excess] and what it writes between three looks, or twice [#excess] and
/// what it writes between two, whichever is more. Only for the thread that ticks.
final class DiskGuard {
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final long MIN_EXCESS = 64L << 20;

  private final ServerVolume volume;
  private final LongSupplier nanoTime;
  private @Nullable Long fullSince;
  private long usedBefore;

  /// What is to be done.
  enum Verdict {
    GO_ON,
    STOP,
    KILL
  }

  DiskGuard(ServerVolume volume, LongSupplier nanoTime) {
    this.volume = volume;
    this.nanoTime = nanoTime;
  }

  /// Bytes beyond the limit from which on there is no patience: a tenth of it, at least 64 MiB.
  private long excess() {
    return Math.max(MIN_EXCESS, volume.limitBytes() / 10);
  }

  /// Judges a server, about once a second.
  Verdict judge(ServerState state) {
    long used = volume.usedBytes();
    boolean grows = used > usedBefore;
    usedBefore = used;
    if (!volume.full()) {
      fullSince = null;
      return Verdict.GO_ON;
    }
    long beyond = used - volume.limitBytes();
    return switch (state) {
      case STARTING, RUNNING -> full(beyond);
      case STOPPING -> grows && beyond >= 2 * excess() ? Verdict.KILL : Verdict.GO_ON;
      case OFFLINE -> {
        fullSince = null;
        yield Verdict.GO_ON;
      }
    };
  }

  private Verdict full(long beyond) {
    long now = nanoTime.getAsLong();
    boolean urgent = beyond >= excess() || volume.pressed();
    if (fullSince == null) {
      fullSince = now;
    }
    if (!urgent && now - fullSince < PATIENCE.toNanos()) {
      return Verdict.GO_ON;
    }
    fullSince = null;
    return Verdict.STOP;
  }
}
