package dev.wings.docker.internal.container;

import dev.wings.core.container.ContainerStats;
import dev.wings.docker.internal.stats.CpuMeter;
import dev.wings.docker.internal.stats.Sample;
import dev.wings.docker.internal.stats.StatsSampler;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Measures one running container about once per second and tells the listener.
final class StatsLoop {
  private final String id;
  private final ContainerContext context;
  private final ContainerWatch watch;
  private final LiveLimits limits;
  private final ListenerGate gate;
  private final LxcfsWatch lxcfs;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final Thread thread;
  private volatile boolean closed;

  StatsLoop(
      String id,
      ContainerContext context,
      ContainerWatch watch,
      LiveLimits limits,
      ListenerGate gate) {
    this.id = id;
    this.context = context;
    this.watch = watch;
    this.limits = limits;
    this.gate = gate;
    this.lxcfs =
        new LxcfsWatch(
            id, context.host(), () -> context.config().current().docker().lxcfs().enabled());
    this.thread =
        Thread.ofVirtual()
            .name("wings-stats-" + id.substring(0, Math.min(12, id.length())))
            .unstarted(this::run);
  }

  /// Begins to measure; further calls do nothing.
  void begin() {
    if (!closed && begun.compareAndSet(false, true)) {
      thread.start();
    }
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    CpuMeter meter = new CpuMeter();
    int hostCpus = context.host().cpus();
    try (StatsSampler sampler =
        new StatsSampler(context.groups(), context.calls().engine(), id, context.nanoTime())) {
      while (!closed) {
        measure(sampler, meter, hostCpus);
        Thread.sleep(context.timings().stats());
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void measure(StatsSampler sampler, CpuMeter meter, int hostCpus) {
    Inspection state = watch.last();
    if (!state.alive()) {
      watch.nudge();
      return;
    }
    lxcfs.look(state.pid()).ifPresent(gate::problem);
    Optional<Sample> taken = sampler.sample(state.pid());
    if (taken.isEmpty()) {
      return;
    }
    Sample sample = taken.get();
    double cpu = meter.advance(sample.cpuNanos(), context.nanoTime().getAsLong());
    long uptime = context.clock().millis() - state.startedAt().toEpochMilli();
    gate.stats(
        new ContainerStats(
            sample.memoryBytes(),
            sample.memoryLimitBytes(),
            sample.network().rxBytes(),
            sample.network().rxPackets(),
            sample.network().txBytes(),
            sample.network().txPackets(),
            cpu,
            limits.cpuLimitAbsolute(hostCpus),
            Math.max(0, uptime)));
    limits.sampled(cpu);
  }
}
