package dev.wings.core.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.definition.ProcessConfiguration.Stop;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.power.PowerInput;
import dev.wings.core.power.StartReason;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The container of one server: carries out what the state machine wants done to it, each action on
/// its own virtual thread, and reports every result exactly once. Methods that start something
/// return at once and are called by the owner only.
final class ServerProcess {
  private static final Duration MAX_SEARCH_PAUSE = Duration.ofSeconds(15);

  private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);

  private final UUID server;
  private final NodeServices node;
  private final ServerTasks tasks;
  private final StartSequence sequence;
  private final UsageMeter meter;
  private final StartSequence.Definitions definitions;
  private final BiFunction<Long, ServerDefinition, RunConsole> consoles;
  private final Consumer<PowerInput> report;

  private volatile @Nullable Attached attached;
  private volatile CompletableFuture<Void> released = CompletableFuture.completedFuture(null);

  /// A container that the next start has to remove may exist.
  private volatile boolean leftover = true;

  private volatile @Nullable Start start;

  private record Attached(long run, ContainerHandle handle) {}

  private static final class Start {
    final long run;
    volatile boolean cancelled;
    volatile boolean creating;
    volatile @Nullable Thread thread;

    Start(long run) {
      this.run = run;
    }
  }

  /// @param consoles makes the console of a run
  /// @param report takes results
  ServerProcess(
      UUID server,
      NodeServices node,
      ServerTasks tasks,
      StartSequence sequence,
      UsageMeter meter,
      StartSequence.Definitions definitions,
      BiFunction<Long, ServerDefinition, RunConsole> consoles,
      Consumer<PowerInput> report) {
    this.server = server;
    this.node = node;
    this.tasks = tasks;
    this.sequence = sequence;
    this.meter = meter;
    this.definitions = definitions;
    this.consoles = consoles;
    this.report = report;
  }

  /// The attached container, running or about to.
  Optional<ContainerHandle> handle() {
    Attached current = attached;
    return current == null ? Optional.empty() : Optional.of(current.handle());
  }

  void start(long run, StartReason reason) {
    Start task = new Start(run);
    start = task;
    task.thread = tasks.start("start", () -> report.accept(runStart(task, reason)));
  }

  void cancelStart(long run) {
    Start task = start;
    if (task != null && task.run == run) {
      task.cancelled = true;
      Thread thread = task.thread;
      if (thread != null) {
        thread.interrupt();
      }
    }
  }

  /// Waits for a start sequence, if there is one, to end.
  void awaitStart(Duration limit) throws InterruptedException {
    Start task = start;
    Thread thread = task == null ? null : task.thread;
    if (thread != null) {
      thread.join(limit);
    }
  }

  private PowerInput runStart(Start task, StartReason reason) {
    boolean hasTurn = false;
    try {
      released.get();
      if (reason.takesTurns()) {
        node.startTurns().acquire();
        hasTurn = true;
      }
      return startContainer(task);
    } catch (InterruptedException cancelled) {
      return new PowerInput.StartCancelled(task.run);
    } catch (WingsException failure) {
      return startFailed(task, failure);
    } catch (Exception bug) {
      return startFailed(
          task, new WingsException(ErrorKind.INTERNAL, "the start failed unexpectedly", bug));
    } finally {
      if (hasTurn) {
        node.startTurns().release();
      }
      start = null;
    }
  }

  private PowerInput startFailed(Start task, WingsException failure) {
    if (task.cancelled) {
      if (task.creating) {
        // Nobody knows how far the interrupted engine call came.
        Thread.interrupted();
        quietly("remove", () -> node.environment().engine().removeAll(server));
      }
      return new PowerInput.StartCancelled(task.run);
    }
    var entry = log.atWarn().addKeyValue("server", server);
    if (failure.kind() == ErrorKind.INTERNAL || failure.kind() == ErrorKind.UPSTREAM) {
      entry = entry.setCause(failure);
    } else {
      entry = entry.addKeyValue("reason", failure.getMessage());
    }
    entry.log("server could not be started");
    return new PowerInput.StartFailed(task.run, failure);
  }

  private PowerInput startContainer(Start task) throws InterruptedException {
    boolean removeOld = leftover;
    leftover = true; // from here on, whatever happens
    ContainerHandle handle =
        sequence.prepare(
            removeOld,
            definition -> {
              task.creating = true;
              return new RunListener(task.run, consoles.apply(task.run, definition));
            });
    attached = new Attached(task.run, handle);
    boolean started = false;
    try {
      if (task.cancelled) {
        throw new InterruptedException();
      }
      handle.start();
      started = true;
      return new PowerInput.StartSucceeded(task.run);
    } finally {
      if (!started) {
        Thread.interrupted(); // the removal has to work although the start was cancelled
        discard(handle);
      }
    }
  }

  /// Makes sure that a container whose start did not work is gone.
  private void discard(ContainerHandle handle) {
    attached = null;
    quietly("kill", handle::kill);
    quietly("remove", handle::remove);
    quietly("close", handle::close);
  }

  private void quietly(String what, Runnable action) {
    try {
      action.run();
    } catch (WingsException failure) {
      log.atWarn()
          .addKeyValue("server", server)
          .addKeyValue("action", what)
          .setCause(failure)
          .log("container could not be cleaned up");
    }
  }

  /// Looks for a running container, however long the engine is away.
  void search(long run) {
    tasks.start(
        "search",
        () -> {
          try {
            report.accept(searchUntilKnown(run));
          } catch (InterruptedException abandoned) {
            report.accept(new PowerInput.NothingToAdopt(run));
          }
        });
  }

  private PowerInput searchUntilKnown(long run) throws InterruptedException {
    Duration pause = Duration.ofSeconds(1);
    while (true) {
      node.searchTurns().acquire();
      try {
        return searchOnce(run);
      } catch (WingsException away) {
        log.atWarn()
            .addKeyValue("server", server)
            .setCause(away)
            .log("cannot look for the server's container, trying again");
      } finally {
        node.searchTurns().release();
      }
      Thread.sleep(pause);
      pause = pause.multipliedBy(2);
      if (pause.compareTo(MAX_SEARCH_PAUSE) > 0) {
        pause = MAX_SEARCH_PAUSE;
      }
    }
  }

  private PowerInput searchOnce(long run) {
    ServerDefinition definition = definitions.current();
    Optional<ContainerHandle> found =
        node.environment()
            .engine()
            .adopt(
                definition.settings(),
                ContainerKind.SERVER,
                new RunListener(run, consoles.apply(run, definition)));
    if (found.isEmpty()) {
      return new PowerInput.NothingToAdopt(run);
    }
    attached = new Attached(run, found.get());
    return new PowerInput.Adopted(run);
  }

  void deliverStop(long run) {
    tasks.start(
        "stop",
        () -> {
          try {
            Attached current = attached;
            if (current != null && current.run() == run) {
              deliver(current.handle(), definitions.current().process().stop());
            }
            report.accept(new PowerInput.StopDelivered(run));
          } catch (WingsException failure) {
            log.atWarn()
                .addKeyValue("server", server)
                .setCause(failure)
                .log("stop request was not delivered");
            report.accept(new PowerInput.StopFailed(run, failure));
          }
        });
  }

  /// `websocket.md` 4.4.
  private static void deliver(ContainerHandle handle, Stop stop) {
    String value = stop.value();
    switch (stop.type()) {
      case "command" -> handle.write(((value == null ? "" : value) + "\n").getBytes(UTF_8));
      case "signal" -> handle.signal(signalName(value == null ? "" : value));
      default -> handle.stopGracefully();
    }
  }

  private static String signalName(String value) {
    String name = value.toUpperCase(Locale.ROOT);
    return switch (name) {
      case "SIGABRT", "SIGINT", "SIGTERM", "SIGQUIT" -> name;
      case "C" -> "SIGINT";
      default -> "SIGKILL";
    };
  }

  void kill(long run) {
    tasks.start(
        "kill",
        () -> {
          try {
            Attached current = attached;
            if (current != null && current.run() == run) {
              current.handle().kill();
            }
            report.accept(new PowerInput.Killed(run));
          } catch (WingsException failure) {
            log.atWarn().addKeyValue("server", server).setCause(failure).log("kill failed");
            report.accept(new PowerInput.KillFailed(run, failure));
          }
        });
  }

  /// Lets go of an ended run; the next start waits for it.
  void release(long run, boolean remove) {
    Attached current = attached;
    if (current == null || current.run() != run) {
      return;
    }
    attached = null;
    CompletableFuture<Void> done = new CompletableFuture<>();
    released = done;
    tasks.start(
        "release",
        () -> {
          try {
            if (remove) {
              current.handle().remove();
              leftover = false;
              sequence.shutdownVolume();
            }
          } catch (WingsException failure) {
            log.atWarn()
                .addKeyValue("server", server)
                .setCause(failure)
                .log("container of an ended run could not be removed");
          } finally {
            current.handle().close();
            done.complete(null);
          }
        });
  }

  /// Reports whether an unexpected end is shared by most servers of the node.
  void judge(long run) {
    ExitWatch exits = node.exits();
    exits.unexpected();
    if (exits.canTell()) {
      node.timers()
          .after(
              ExitWatch.PATIENCE,
              () -> report.accept(new PowerInput.ExitJudged(run, exits.engineEvent())));
    } else {
      report.accept(new PowerInput.ExitJudged(run, false));
    }
  }

  void startupFinished() {
    handle().ifPresent(ContainerHandle::startupFinished);
  }

  /// Lets go of the container without touching it.
  void detach() {
    Attached current = attached;
    attached = null;
    if (current != null) {
      current.handle().close();
    }
  }

  /// Hears of one run.
  private final class RunListener implements ContainerListener {
    private final long run;
    private final RunConsole console;

    RunListener(long run, RunConsole console) {
      this.run = run;
      this.console = console;
    }

    @Override
    public void output(ByteBuffer bytes) {
      console.output(bytes);
    }

    @Override
    public void outputClosed() {
      console.closed();
    }

    @Override
    public void reattached() {
      console.reattached();
    }

    @Override
    public void problem(String text) {
      console.problem(text);
    }

    @Override
    public void stats(ContainerStats stats) {
      console.tick();
      Attached current = attached;
      if (current != null && current.run() == run) {
        meter.sample(stats);
      }
    }

    @Override
    public void running() {
      // An adoption reports itself, and a start too.
    }

    @Override
    public void exited(ExitStatus status) {
      report.accept(new PowerInput.Exited(run, status));
    }
  }
}
