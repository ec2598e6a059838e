package dev.wings.docker.internal.container;

import com.github.dockerjava.api.command.UpdateContainerCmd;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.stats.LimitsInForce;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits of one running container: live updates, CFS burst, CPU boosts and bandwidth
/// (`containers.md` 16). One change at a time; waiting for the lock means waiting for this
/// container's own update only.
final class LiveLimits {
  private static final Logger log = LoggerFactory.getLogger(LiveLimits.class);

  private final String id;
  private final ContainerContext context;
  private final ContainerWatch watch;
  private final ReentrantLock lock = new ReentrantLock();
  private final CpuBoost boost;
  private final LiveBandwidth bandwidth;
  private final ContainerKind kind;
  private ServerSettings settings;
  private volatile boolean boosted;

  LiveLimits(
      String id,
      UUID server,
      ContainerKind kind,
      ContainerContext context,
      ContainerWatch watch,
      ServerSettings settings) {
    this.id = id;
    this.kind = kind;
    this.context = context;
    this.watch = watch;
    this.settings = settings;
    this.boost = new CpuBoost(context.boosts(), context.nanoTime());
    this.bandwidth = new LiveBandwidth(server, kind, context, watch);
  }

  /// Whether the container must not run before [#shape] succeeded.
  boolean mustShape() {
    lock.lock();
    try {
      return LiveBandwidth.wanted(settings, kind, context).limited();
    } finally {
      lock.unlock();
    }
  }

  /// After the engine started the container, before anything else is done for it.
  ///
  /// @throws WingsException of kind `IMPOSSIBLE` when it runs without its bandwidth limits
  void shape() {
    lock.lock();
    try {
      bandwidth.started(settings);
    } finally {
      lock.unlock();
    }
  }

  /// After a running container was found.
  void reshape() {
    lock.lock();
    try {
      bandwidth.changed(settings);
    } finally {
      lock.unlock();
    }
  }

  /// After the engine started the container: startup boost, or the burst of the quota in force.
  void started() {
    lock.lock();
    try {
      CpuBoost.Change change =
          mayBoost() ? boost.onStart(settings, docker()) : new CpuBoost.Change.None();
      if (change instanceof CpuBoost.Change.Boost) {
        carryOut(change);
      } else {
        context.burst().apply(watch.last().pid(), docker().cfsBurst());
        List<String> differences = differences(wanted().fields());
        if (!differences.isEmpty()) {
          log.atWarn()
              .addKeyValue("container", id)
              .addKeyValue("differences", differences)
              .log("limits of the started container are not all in force");
        }
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
    if (!mayBoost()) {
      return;
    }
    lock.lock();
    try {
      carryOut(boost.onSample(cpuAbsolute, settings, docker()));
    } finally {
      lock.unlock();
    }
  }

  /// `containers.md` 16.2. An update ends a boost's effect on the quota, so the boost ends too.
  ///
  /// @throws WingsException of kind `UPSTREAM` when the kernel does not show what was asked for
  void update(ServerSettings fresh) {
    lock.lock();
    try {
      settings = fresh;
      boost.abandon();
      boosted = false;
      try {
        send(wanted());
      } finally {
        bandwidth.changed(fresh);
      }
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
    if (change instanceof CpuBoost.Change.None) {
      return;
    }
    boosted = change instanceof CpuBoost.Change.Boost;
    try {
      if (change instanceof CpuBoost.Change.Boost(long quota)) {
        send(update -> update.withCpuQuota(quota), Map.of("CpuQuota", Long.toString(quota)));
      } else {
        send(wanted());
      }
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

  private boolean mayBoost() {
    return kind == ContainerKind.SERVER;
  }

  /// As the container was created: installers and scripts have floors of their own.
  private Resources wanted() {
    Resources ofServer = Resources.of(settings.build(), docker(), context.host());
    return kind == ContainerKind.SERVER ? ofServer : ofServer.forScript(docker());
  }

  private void send(Resources limits) {
    send(limits::writeTo, limits.fields());
  }

  /// Burst to 0, limits, burst again: the kernel refuses a quota below the burst.
  private void send(UnaryOperator<UpdateContainerCmd> limits, Map<String, String> fields) {
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
      watch.nudge(); // in force, but the engine's word on it is still to come
    }
    List<String> differences = differences(fields);
    if (!differences.isEmpty()) {
      throw new WingsException(
          ErrorKind.UPSTREAM, "limits that the engine accepted are not in force: " + differences);
    }
  }

  /// Reads back from the kernel, or from the engine where the kernel's groups cannot be seen from
  /// here; a container that has ended has no limits.
  private List<String> differences(Map<String, String> fields) {
    Inspection now = watch.last();
    if (!now.alive()) {
      return List.of();
    }
    try {
      Optional<LimitsInForce> kernel = LimitsInForce.inKernel(context.groups(), id, now.pid());
      LimitsInForce inForce =
          kernel.isPresent()
              ? kernel.get()
              : LimitsInForce.byEngine(context.calls().inspectRaw(id).path("HostConfig"));
      return inForce.differing(fields);
    } catch (IOException | EngineException unreadable) {
      log.atDebug().addKeyValue("container", id).setCause(unreadable).log("limits not read back");
      return List.of(); // ended meanwhile, or the engine went away
    }
  }

  private DockerConfig docker() {
    return context.config().current().docker();
  }
}
