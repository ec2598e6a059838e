package dev.wings.daemon.http;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes a connection that does not get on in time (`threats.md` DS-08). Kept lazily: a request
/// only stores a number, and one slow timer per connection compares it with the clock. Event loop
/// only.
final class Deadline {
  private static final Logger log = LoggerFactory.getLogger(Deadline.class);
  private static final long NONE = Long.MAX_VALUE;
  private static final long SHORTEST_TICK_NANOS = 50_000_000; // 50 ms
  private static final long LONGEST_TICK_NANOS = 5_000_000_000L; // 5 s

  private final Channel channel;
  private final HttpService service;
  private final long tickNanos;
  private long deadlineNanos = NONE;
  private @Nullable ScheduledFuture<?> timer;

  Deadline(Channel channel, HttpService service) {
    this.channel = channel;
    this.service = service;
    HttpLimits limits = service.limits();
    long shortest = Math.min(limits.headDeadline().toNanos(), limits.bodyDeadline().toNanos());
    shortest = Math.min(shortest, limits.idleDeadline().toNanos());
    this.tickNanos = Math.clamp(shortest / 3, SHORTEST_TICK_NANOS, LONGEST_TICK_NANOS);
  }

  /// Replaces the deadline by one that is so far away from now.
  void set(Duration patience) {
    deadlineNanos = service.nanoTime().getAsLong() + patience.toNanos();
    if (timer == null) {
      timer = channel.eventLoop().schedule(this::tick, tickNanos, TimeUnit.NANOSECONDS);
    }
  }

  /// There is nothing to wait for at the moment.
  void clear() {
    deadlineNanos = NONE;
  }

  /// The connection is gone, or belongs to somebody else now.
  void stop() {
    clear();
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void tick() {
    timer = null;
    if (!channel.isActive() || deadlineNanos == NONE) {
      return;
    }
    if (service.nanoTime().getAsLong() - deadlineNanos >= 0) {
      log.atDebug().log("connection was idle or slow for too long");
      channel.close();
      return;
    }
    timer = channel.eventLoop().schedule(this::tick, tickNanos, TimeUnit.NANOSECONDS);
  }
}
