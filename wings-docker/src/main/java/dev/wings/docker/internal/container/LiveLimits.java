package dev.wings.docker.internal.container;

import com.github.dockerjava.api.command.UpdateContainerCmd;
import dev.wings.core.WingsException;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.engine.EngineException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits of one running container: live updates, CFS burst and CPU boosts (`containers.md` 16).
/// One change at a time; waiting for the lock means waiting for this container's own update only.
final class LiveLimits {
  private static final Logger log = LoggerFactory.getLogger(LiveLimits.class);

  private final String id;
  private final ContainerContext context;
  private final ContainerWatch watch;
  private final ReentrantLock lock = new ReentrantLock();
  private final CpuBoost boost;
  private ServerSettings settings;
  private volatile boolean boosted;

  LiveLimits(String id, ContainerContext context, ContainerWatch watch, ServerSettings settings) {
    this.id = id;
    this.context = context;
    this.watch = watch;
    this.settings = settings;
    this.boost = new CpuBoost(context.boosts(), context.nanoTime());
  }

  /// After the engine started the container: startup boost, or the burst of the quota in force.
  void started() {
    lock.lock();
    try {
      CpuBoost.Change change = boost.onStart(settings, docker());
      if (change instanceof CpuBoost.Change.Boost) {
        carryOut(change);
      } else {
        context.burst().apply(watch.last().pid(), docker().cfsBurst());
      }
    } finally {
      lock.unlock();
    }
  }

  void startupFinished() {
    lock.lock();
    try {
      carryOut(boost.onStarted());
    } finally {
      lock.unlock();
    }
  }

  void sampled(double cpuAbsolute) {
    lock.lock();
    try {
      carryOut(boost.onSample(cpuAbsolute, settings, docker()));
    } finally {
      lock.unlock();
    }
  }

  /// `containers.md` 16.2. An update ends a boost's effect on the quota, so the boost ends too.
  void update(ServerSettings fresh) {
    lock.lock();
    try {
      settings = fresh;
      boost.abandon();
      boosted = false;
      send(Resources.of(fresh.build(), docker(), context.host())::writeTo);
    } finally {
      lock.unlock();
    }
  }

  /// The limit to show, in percent of one core: the configured one during a boost.
  int cpuLimitAbsolute(int hostCpus) {
    Inspection now = watch.last();
    long quota = now.cpuQuota();
    long period = now.cpuPeriod() > 0 ? now.cpuPeriod() : 100_000;
    if (boosted) {
      return (int) Math.min(settings.build().cpuLimit(), Integer.MAX_VALUE);
    }
    return quota > 0 ? (int) (quota * 100 / period) : hostCpus * 100;
  }

  /// Gives a boost's slot back; never waits for a change in progress.
  void close() {
    boost.close();
  }

  private void carryOut(CpuBoost.Change change) {
    UnaryOperator<UpdateContainerCmd> limits;
    switch (change) {
      case CpuBoost.Change.None _ -> {
        return;
      }
      case CpuBoost.Change.Boost(long quota) -> {
        boosted = true;
        limits = update -> update.withCpuQuota(quota);
      }
      case CpuBoost.Change.Restore _ -> {
        boosted = false;
        limits = Resources.of(settings.build(), docker(), context.host())::writeTo;
      }
    }
    try {
      send(limits);
      log.atInfo()
          .addKeyValue("container", id)
          .addKeyValue("boosted", boosted)
          .log("CPU boost changed");
    } catch (EngineException | WingsException e) {
      boost.abandon();
      boosted = false;
      log.atWarn().addKeyValue("container", id).setCause(e).log("CPU boost failed");
    }
  }

  /// Burst to 0, limits, burst again: the kernel refuses a quota below the burst.
  private void send(UnaryOperator<UpdateContainerCmd> limits) {
    DockerConfig.CfsBurst burst = docker().cfsBurst();
    long pid = watch.last().pid();
    context.burst().clear(pid, burst);
    try {
      context.calls().update(id, limits);
    } finally {
      context.burst().apply(pid, burst);
    }
    try {
      watch.refresh();
    } catch (EngineException e) {
      watch.nudge(); // in force, but not read back yet
    }
  }

  private DockerConfig docker() {
    return context.config().current().docker();
  }
}
