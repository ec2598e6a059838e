package dev.wings.docker.internal.stats;

import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes one sample after another, from the control group while that works and from the engine
/// otherwise (`containers.md` 15.3). Used by one thread.
public final class StatsSampler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StatsSampler.class);
  private static final long PATIENCE_NANOS = 3_000_000_000L;

  private final ControlGroup groups;
  private final EngineClient engine;
  private final String containerId;
  private final LongSupplier nanoTime;
  private @Nullable CgroupSource source;
  private boolean useEngine;
  private boolean warned;
  private long lastSuccess;

  public StatsSampler(
      ControlGroup groups, EngineClient engine, String containerId, LongSupplier nanoTime) {
    this.groups = groups;
    this.engine = engine;
    this.containerId = containerId;
    this.nanoTime = nanoTime;
    this.lastSuccess = nanoTime.getAsLong();
  }

  /// @param pid main process as the engine names it, 0 when unknown
  /// @return empty when nothing could be measured this time
  public Optional<Sample> sample(long pid) {
    if (!useEngine) {
      Optional<Sample> sample = fromCgroup(pid);
      if (sample.isPresent()) {
        lastSuccess = nanoTime.getAsLong();
        return sample;
      }
      if (!useEngine && nanoTime.getAsLong() - lastSuccess < PATIENCE_NANOS) {
        return Optional.empty();
      }
      useEngine = true;
      closeSource();
      log.atDebug()
          .addKeyValue("container", containerId)
          .log("statistics now come from the engine");
    }
    return fromEngine();
  }

  private Optional<Sample> fromCgroup(long pid) {
    if (pid <= 0) {
      return Optional.empty();
    }
    try {
      CgroupSource open = source;
      if (open == null) {
        Optional<CgroupSource> found =
            groups.contains(pid, containerId) ? CgroupSource.open(groups, pid) : Optional.empty();
        if (found.isEmpty()) {
          useEngine = !groups.membership(pid).isEmpty(); // it lives, but cannot be seen from here
          return Optional.empty();
        }
        open = found.get();
        source = open;
      }
      return Optional.of(open.sample());
    } catch (IOException | NumberFormatException e) {
      closeSource(); // the group vanished or changed: look it up again next time
      log.atDebug()
          .addKeyValue("container", containerId)
          .setCause(e)
          .log("control group unreadable");
      return Optional.empty();
    }
  }

  private Optional<Sample> fromEngine() {
    try {
      Optional<Sample> sample = Optional.of(EngineSource.sample(engine, containerId));
      warned = false;
      return sample;
    } catch (EngineException e) {
      if (!warned) {
        warned = true; // once until it works again
        log.atWarn().addKeyValue("container", containerId).setCause(e).log("no statistics");
      }
      return Optional.empty();
    }
  }

  private void closeSource() {
    CgroupSource open = source;
    if (open != null) {
      open.close();
      source = null;
    }
  }

  @Override
  public void close() {
    closeSource();
  }
}
