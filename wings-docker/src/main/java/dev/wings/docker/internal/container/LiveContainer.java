package dev.wings.docker.internal.container;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.engine.EngineDuplex;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The handle of one container. Its parts have one thread each: [OutputPump] reads and ends the
/// story, [StdinQueue] writes, [ContainerWatch] waits and inspects, [StatsLoop] measures. Calls of
/// the handle run on the caller's thread.
public final class LiveContainer implements ContainerHandle {
  private static final Logger log = LoggerFactory.getLogger(LiveContainer.class);

  /// The container and how it was found.
  ///
  /// @param volumeTarget where the volume is mounted, empty when the mount was verified before
  record Identity(
      UUID server,
      ContainerKind kind,
      boolean terminal,
      Optional<VolumeIdentity> volume,
      String volumeTarget) {}

  private final String id;
  private final Identity identity;
  private final ContainerContext context;
  private final ListenerGate gate;
  private final ContainerWatch watch;
  private final OutputPump output;
  private final StdinQueue stdin;
  private final LiveLimits limits;
  private final StatsLoop stats;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean startCalled;

  LiveContainer(
      Identity identity,
      Inspection known,
      ServerSettings settings,
      ContainerContext context,
      ContainerListener listener,
      EngineDuplex attached) {
    this.id = known.id();
    this.identity = identity;
    this.context = context;
    gate = new ListenerGate(listener);
    watch = new ContainerWatch(known, context.calls(), context.timings(), this::seen);
    output =
        new OutputPump(
            id, context.calls(), watch, gate, identity.terminal(), attached, this::ended);
    stdin = new StdinQueue(id.substring(0, Math.min(12, id.length())), output::stream);
    limits = new LiveLimits(id, identity.server(), identity.kind(), context, watch, settings);
    stats = new StatsLoop(id, context, watch, limits, gate);
  }

  /// Starts the background work of a container that was just created.
  void watchCreated() {
    output.start();
    watch.start();
    if (identity.terminal()) {
      stdin.start();
    }
  }

  /// Starts the background work of a container that was found running.
  void watchAdopted() {
    watchCreated();
    limits.startupFinished();
    if (identity.kind() == ContainerKind.SERVER) {
      Thread.ofVirtual().name("wings-bandwidth").start(limits::reshape);
    }
    context.burst().apply(watch.last().pid(), context.config().current().docker().cfsBurst());
    gate.running();
    stats.begin();
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public ContainerKind kind() {
    return identity.kind();
  }

  @Override
  public void start() {
    startCalled = true;
    try {
      limited(
          "starting the container",
          () -> {
            context.calls().start(id);
            return true;
          });
    } catch (WingsException e) {
      startCalled = false; // should it run after all, the watch reports that
      watch.nudge();
      throw e;
    }
    try {
      watch.refresh();
      refuseForeignVolume();
      refuseUnshaped();
      limits.started();
    } catch (EngineException e) {
      if (limits.mustShape()) {
        kill();
        throw e.toWings("limiting the server's bandwidth");
      }
      log.atWarn().addKeyValue("container", id).setCause(e).log("started, but not inspected yet");
      watch.nudge();
    }
    if (identity.kind() != ContainerKind.SCRIPT) {
      stats.begin();
    }
  }

  private boolean isForeign(VolumeIdentity volume, long pid) {
    try {
      return context
          .files()
          .run(
              identity.server(),
              () -> volume.differsIn(context.groups().process(pid), identity.volumeTarget()));
    } catch (IOException | WingsException silent) {
      log.atWarn().addKeyValue("container", id).setCause(silent).log("volume was not verified");
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt(); // whoever cancels the start ends the container
    }
    return false;
  }

  private void refuseForeignVolume() {
    long pid = watch.last().pid();
    if (pid > 0 && identity.volume().map(v -> isForeign(v, pid)).orElse(false)) {
      log.atError()
          .addKeyValue("container", id)
          .addKeyValue("server", identity.server())
          .log("volume was exchanged during the start, container killed");
      kill();
      throw WingsException.impossible("the server's volume was exchanged during the start");
    }
  }

  private void refuseUnshaped() {
    try {
      limits.shape();
    } catch (WingsException e) {
      log.atError()
          .addKeyValue("container", id)
          .addKeyValue("server", identity.server())
          .addKeyValue("reason", e.getMessage())
          .log("bandwidth limits are not in force, container killed");
      kill();
      throw e;
    }
  }

  @Override
  public void startupFinished() {
    Thread.ofVirtual().name("wings-boost-end").start(limits::startupFinished);
  }

  @Override
  public void stopGracefully() {
    limited(
        "stopping the container",
        () -> {
          try {
            context.calls().stop(id);
            return true;
          } catch (IOException e) {
            throw new EngineException(Failure.BROKEN, 0, "stop: " + e.getMessage(), e);
          }
        });
    watch.nudge();
  }

  @Override
  public void signal(String name) {
    boolean sent = limited("signalling the container", () -> context.calls().signal(id, name));
    log.atDebug().addKeyValue("container", id).addKeyValue("sent", sent).log("signal");
    watch.nudge();
  }

  /// Not limited by the bulkhead. When the engine does not obey in time, the main process is killed
  /// directly if the daemon can see it.
  @Override
  public void kill() {
    try {
      context.calls().signal(id, "SIGKILL");
    } catch (EngineException e) {
      if (e.failure() == Failure.REFUSED || e.failure() == Failure.INTERRUPTED || !killDirectly()) {
        throw e.toWings("killing the container");
      }
      log.atWarn()
          .addKeyValue("container", id)
          .setCause(e)
          .log("engine did not obey a kill, main process killed directly");
    } finally {
      watch.nudge();
    }
  }

  private boolean killDirectly() {
    long pid = watch.last().pid();
    try {
      Optional<ProcessHandle> process =
          context.groups().contains(pid, id) ? ProcessHandle.of(pid) : Optional.empty();
      if (process.isEmpty() || !process.get().destroyForcibly()) {
        return false;
      }
      process.get().onExit().get(2, TimeUnit.SECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (IOException | ExecutionException | TimeoutException e) {
      log.atDebug().addKeyValue("container", id).setCause(e).log("cannot kill directly");
      return false;
    }
  }

  @Override
  public void write(byte[] bytes) {
    if (!identity.terminal() || gate.closed()) {
      throw new WingsException(ErrorKind.IMPOSSIBLE, "no active process");
    }
    stdin.write(bytes);
  }

  @Override
  public void update(ServerSettings settings) {
    limited(
        "updating the container's limits",
        () -> {
          limits.update(settings);
          return true;
        });
  }

  @Override
  public InputStream logs(OptionalInt tail) {
    return logs(context.calls(), id, identity.terminal(), tail);
  }

  static InputStream logs(ContainerCalls calls, String id, boolean terminal, OptionalInt tail) {
    try {
      InputStream stored = calls.logs(id, tail);
      return terminal ? stored : new LogStream(stored);
    } catch (EngineException e) {
      log.atDebug().addKeyValue("container", id).setCause(e).log("no stored log");
      return InputStream.nullInputStream();
    }
  }

  @Override
  public void remove() {
    try {
      context.calls().remove(id);
    } catch (EngineException e) {
      throw e.toWings("removing the container");
    } finally {
      watch.nudge();
    }
  }

  @Override
  public void close() {
    gate.close();
    stopWork();
  }

  private void ended() {
    over.countDown();
    stopWork();
  }

  private void stopWork() {
    over.countDown();
    stats.close();
    stdin.stop();
    watch.close();
    output.close();
    limits.close();
  }

  /// Runs on the watching thread after each look.
  private void seen(Inspection now) {
    if (now.alive() && !startCalled) {
      gate.running();
      stats.begin();
    } else if (now.over()) {
      try {
        if (!over.await(context.timings().streamGrace().toMillis(), TimeUnit.MILLISECONDS)) {
          output.breakStream(); // the engine forgot to end it
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // closed
      }
    }
  }

  private <T> T limited(String what, Supplier<T> call) {
    try {
      return context.bulkhead().run(identity.server(), call);
    } catch (EngineException e) {
      throw e.toWings(what);
    }
  }
}
