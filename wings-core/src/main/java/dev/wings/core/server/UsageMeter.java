package dev.wings.core.server;

import dev.wings.core.container.ContainerStats;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.ServerState;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.core.volume.ServerVolume;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Keeps the resource usage of one server and publishes changes, at most one event per second
/// (`websocket.md` 4.7). Safe for use by many threads.
final class UsageMeter {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /// Samples come once a second with some jitter; one that is early by less than this is published
  /// at once, so that it does not arrive together with the next.
  private static final long JITTER = Duration.ofMillis(100).toNanos();

  private final EventBus events;
  private final ServerVolume volume;
  private final Timers timers;
  private final LongSupplier nanoTime;

  private ServerState state = ServerState.OFFLINE;
  private @Nullable ContainerStats stats;
  private @Nullable ResourceUsage published;
  private long publishedAt;
  private boolean flushPlanned;
  private volatile ResourceUsage current;

  UsageMeter(EventBus events, ServerVolume volume, Timers timers, LongSupplier nanoTime) {
    this.events = events;
    this.volume = volume;
    this.timers = timers;
    this.nanoTime = nanoTime;
    current = ResourceUsage.idle(state, 0);
  }

  /// What the server uses now; a volatile read.
  ResourceUsage usage() {
    return current;
  }

  synchronized void sample(ContainerStats sample) {
    if (state != ServerState.OFFLINE) {
      stats = sample;
      changed();
    }
  }

  synchronized void enter(ServerState next) {
    state = next;
    if (next == ServerState.OFFLINE || next == ServerState.STARTING) {
      stats = null;
    }
    changed();
  }

  /// The disk usage of the volume may have changed.
  synchronized void refresh() {
    changed();
  }

  private void changed() {
    long disk = volume.usedBytes();
    ContainerStats latest = stats;
    current =
        latest == null ? ResourceUsage.idle(state, disk) : ResourceUsage.of(latest, state, disk);
    publishWhenDue();
  }

  private void publishWhenDue() {
    if (current.equals(published) || !events.hasSubscribers() || flushPlanned) {
      return;
    }
    long now = nanoTime.getAsLong();
    long wait = published == null ? 0 : INTERVAL.toNanos() - (now - publishedAt);
    if (wait <= JITTER) {
      publish(now);
    } else {
      flushPlanned = true;
      timers.after(Duration.ofNanos(wait), this::flush);
    }
  }

  private synchronized void flush() {
    flushPlanned = false;
    if (!current.equals(published)) {
      publish(nanoTime.getAsLong());
    }
  }

  private void publish(long now) {
    published = current;
    publishedAt = now;
    events.publish(new ServerEvent.StatsChanged(current));
  }
}
