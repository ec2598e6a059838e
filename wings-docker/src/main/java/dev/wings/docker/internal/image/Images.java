package dev.wings.docker.internal.image;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.PullListener;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.internal.engine.EngineException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pull policy of `containers.md` 6.2. Images are never removed.
///
/// Concurrent requests for one image share one pull: everyone hears its progress, and it is
/// cancelled when the last one who waits gives up. Whether an image is there is asked by its exact
/// reference, not by its name with any tag as the reference daemon does, since only that image can
/// be started.
public final class Images implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Images.class);

  private final EngineCommands engine;
  private final LiveConfig config;
  private final PullTimings timings;
  private final LongSupplier nanoTime;

  // Both guarded by `this`; never held across I/O.
  private final Map<String, SharedPull> running = new HashMap<>();
  private final Map<String, Long> pulledAt = new HashMap<>();

  public Images(
      EngineCommands engine, LiveConfig config, PullTimings timings, LongSupplier nanoTime) {
    this.engine = engine;
    this.config = config;
    this.timings = timings;
    this.nanoTime = nanoTime;
  }

  /// Returns when the image can be used.
  ///
  /// @throws WingsException of kind `UPSTREAM` when it can neither be pulled nor found locally, of
  ///   kind `IMPOSSIBLE` when the thread is interrupted
  public void ensure(String configured, PullListener listener) {
    ImageReference image = ImageReference.parse(configured);
    if (image.local()) {
      return;
    }
    DockerConfig.RegistryImageFetchCache cache =
        config.current().docker().registryImageFetchCache();
    boolean fresh = cache.enabled() && fresh(configured, cache.duration());
    boolean usable = (fresh || cache.backgroundRefresh()) && exists(image);
    if (usable && fresh) {
      return;
    }
    if (usable) {
      refresh(configured, image);
      return;
    }
    SharedPull pull = join(configured, image, listener);
    try {
      pull.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WingsException(ErrorKind.IMPOSSIBLE, "image pull cancelled", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException failure) {
        throw failure.toWings("pulling the image " + image.full());
      }
      throw new IllegalStateException("image pull failed", e);
    } finally {
      leave(pull, listener);
    }
  }

  /// Whether the engine has exactly this image; an engine error counts as "no".
  boolean exists(ImageReference image) {
    try {
      engine.ask(docker -> docker.inspectImageCmd(image.full()).exec());
      return true;
    } catch (EngineException e) {
      if (!e.notFound()) {
        log.atDebug().addKeyValue("image", image.full()).setCause(e).log("image not found out");
      }
      return false;
    }
  }

  @Override
  public synchronized void close() {
    running.values().forEach(SharedPull::cancel);
  }

  private synchronized boolean fresh(String configured, long durationSeconds) {
    long now = nanoTime.getAsLong();
    long limit = Duration.ofSeconds(durationSeconds).toNanos();
    pulledAt.values().removeIf(at -> now - at >= limit);
    return pulledAt.containsKey(configured);
  }

  private synchronized void stamp(String configured) {
    pulledAt.put(configured, nanoTime.getAsLong());
  }

  private synchronized void refresh(String configured, ImageReference image) {
    if (!running.containsKey(configured)) {
      SharedPull pull = new SharedPull(configured);
      pull.keep();
      running.put(configured, pull);
      pull.start(() -> run(pull, image, /* quiet= */ true));
    }
  }

  private synchronized SharedPull join(
      String configured, ImageReference image, PullListener listener) {
    @Nullable SharedPull pull = running.get(configured);
    if (pull == null || pull.cancelled()) {
      SharedPull fresh = new SharedPull(configured);
      running.put(configured, fresh);
      fresh.add(listener);
      fresh.start(() -> run(fresh, image, /* quiet= */ false));
      return fresh;
    }
    pull.add(listener);
    return pull;
  }

  private synchronized void leave(SharedPull pull, PullListener listener) {
    if (pull.remove(listener)) {
      pull.cancel();
      running.remove(pull.image(), pull);
    }
  }

  private synchronized void ended(SharedPull pull) {
    running.remove(pull.image(), pull);
  }

  private void run(SharedPull pull, ImageReference image, boolean quiet)
      throws InterruptedException {
    try {
      boolean localCopy = exists(image);
      pull.started(pull.image());
      try {
        new Pull(engine.engine(), image, config.current().docker(), timings, pull).run(localCopy);
      } catch (EngineException e) {
        boolean cancelled = e.failure() == EngineException.Failure.INTERRUPTED;
        boolean carryOn = !cancelled && (localCopy || exists(image));
        if (!cancelled) {
          log.atLevel(quiet ? org.slf4j.event.Level.DEBUG : org.slf4j.event.Level.WARN)
              .addKeyValue("image", image.full())
              .addKeyValue("localCopy", carryOn)
              .setCause(e)
              .log("image pull failed");
          pull.failed(e.toWings("pulling the image").getMessage(), carryOn);
        }
        if (!carryOn) {
          throw e;
        }
      }
      stamp(pull.image());
      pull.finished(pull.image());
    } finally {
      ended(pull);
    }
  }
}
