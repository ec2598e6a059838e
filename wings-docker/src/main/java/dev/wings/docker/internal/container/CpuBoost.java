package dev.wings.docker.internal.container;

import static java.util.Objects.requireNonNullElse;

import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.container.CpuBoosts.Kind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Decides when one server's CPU quota is lifted and when it comes back (`containers.md` 16.4).
/// Only decides: it answers each question with the quota to be set. Confined to the lock of the
/// container's limits.
final class CpuBoost {
  private final CpuBoosts node;
  private final LongSupplier nanoTime;
  private final AtomicReference<@Nullable Kind> active = new AtomicReference<>();
  private volatile boolean closed;
  private long activeUntil;
  private boolean started;
  private int streak;
  private boolean everBoosted;
  private long notBefore;

  /// What to do with the quota.
  sealed interface Change {
    Change NONE = new None();

    record None() implements Change {}

    /// @param quota microseconds per period, -1 is unlimited
    record Boost(long quota) implements Change {}

    record Restore() implements Change {}
  }

  CpuBoost(CpuBoosts node, LongSupplier nanoTime) {
    this.node = node;
    this.nanoTime = nanoTime;
  }

  boolean active() {
    return active.get() != null;
  }

  /// The container was started.
  Change onStart(ServerSettings settings, DockerConfig config) {
    ServerSettings.StartupCpuBoost own = settings.features().startupCpuBoost();
    boolean enabled = own == null ? config.startupBoost().enabled() : own.enabled();
    if (!enabled
        || settings.build().cpuLimit() <= 0
        || active()
        || !node.acquire(Kind.STARTUP, config.startupBoost().maxConcurrent())) {
      return Change.NONE;
    }
    Long ownTimeout = own == null ? null : own.timeout();
    begin(Kind.STARTUP, requireNonNullElse(ownTimeout, config.startupBoost().timeout()));
    return new Change.Boost(-1);
  }

  /// The server is no longer `starting`.
  Change onStarted() {
    started = true;
    return active.get() == Kind.STARTUP ? end() : Change.NONE;
  }

  /// A sample came, or time passed.
  Change onSample(double cpuAbsolute, ServerSettings settings, DockerConfig config) {
    long now = nanoTime.getAsLong();
    if (active()) {
      return now - activeUntil >= 0 ? end() : Change.NONE;
    }
    DockerConfig.RuntimeBoost node = config.runtimeBoost();
    ServerSettings.RuntimeCpuBoost own = settings.features().runtimeCpuBoost();
    boolean enabled = own == null ? node.enabled() : own.enabled();
    long limit = settings.build().cpuLimit();
    if (!enabled || !started || limit <= 0 || (everBoosted && now - notBefore < 0)) {
      streak = 0;
      return Change.NONE;
    }
    Long threshold = own == null ? null : own.threshold();
    Long sustained = own == null ? null : own.sustained();
    boolean busy =
        cpuAbsolute >= limit * (double) requireNonNullElse(threshold, node.threshold()) / 100;
    streak = busy ? streak + 1 : 0;
    if (streak < Math.max(1, requireNonNullElse(sustained, node.sustained()))
        || !this.node.acquire(Kind.RUNTIME, node.maxConcurrent())) {
      return Change.NONE;
    }
    Long duration = own == null ? null : own.duration();
    Long cooldown = own == null ? null : own.cooldown();
    Double multiple = own == null ? null : own.multiple();
    long seconds = requireNonNullElse(duration, node.duration());
    streak = 0;
    everBoosted = true;
    notBefore =
        now + Duration.ofSeconds(seconds + requireNonNullElse(cooldown, node.cooldown())).toNanos();
    begin(Kind.RUNTIME, seconds);
    double factor = Math.max(1, requireNonNullElse(multiple, node.multiple()));
    return new Change.Boost((long) Math.floor(limit * Resources.period(config) / 100.0 * factor));
  }

  /// Gives the slot back without touching the quota: the container is gone, or the update failed.
  void abandon() {
    Kind kind = active.getAndSet(null);
    if (kind != null) {
      node.release(kind);
    }
  }

  /// No boost from now on. The one method that needs no lock.
  void close() {
    closed = true;
    abandon();
  }

  private void begin(Kind kind, long seconds) {
    activeUntil = nanoTime.getAsLong() + Duration.ofSeconds(seconds).toNanos();
    active.set(kind);
    if (closed) {
      abandon(); // closed in between: the slot must not stay taken
    }
  }

  private Change end() {
    abandon();
    return new Change.Restore();
  }
}
