package dev.wings.docker.internal.container;

import dev.wings.core.container.ExitStatus;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Knows the state of one container (`containers.md` 15.1). Two threads: one holds the engine's
/// wait call, the other inspects when that call returns, when asked to, and when its knowledge is
/// too old. Only an inspect that the engine answered counts; while the engine is away, the last
/// known state stays and the questions go on.
final class ContainerWatch {
  private static final Logger log = LoggerFactory.getLogger(ContainerWatch.class);

  /// Right after the end of the output the engine may still say "running" for a moment.
  private static final Duration[] SETTLING = {
    Duration.ZERO, Duration.ofMillis(50), Duration.ofMillis(150)
  };

  private static final Duration WAIT_RESULT = Duration.ofSeconds(1);

  private final String id;
  private final ContainerCalls calls;
  private final LifeTimings timings;
  private final Consumer<Inspection> observer;
  private final Semaphore nudge = new Semaphore(0);
  private final CountDownLatch waitEnded = new CountDownLatch(1);
  private final Thread waiting;
  private final Thread watching;
  private volatile Inspection last;
  private volatile OptionalInt waited = OptionalInt.empty();
  private volatile boolean closed;
  private boolean troubled; // watching thread only

  /// @param observer hears every look of the watching thread
  ContainerWatch(
      Inspection known, ContainerCalls calls, LifeTimings timings, Consumer<Inspection> observer) {
    this.id = known.id();
    this.last = known;
    this.calls = calls;
    this.timings = timings;
    this.observer = observer;
    String name = id.substring(0, Math.min(12, id.length()));
    waiting = Thread.ofVirtual().name("wings-wait-" + name).unstarted(this::waitForExit);
    watching = Thread.ofVirtual().name("wings-watch-" + name).unstarted(this::watch);
  }

  void start() {
    waiting.start();
    watching.start();
  }

  /// The newest knowledge, at most about [LifeTimings#inspectAge] old while the engine answers.
  Inspection last() {
    return last;
  }

  /// Looks now.
  Inspection refresh() {
    Inspection now = calls.inspect(id);
    last = now;
    return now;
  }

  /// Makes the watching thread look soon.
  void nudge() {
    nudge.release();
  }

  /// Called when the output stream ended: finds out whether the container did. Waits for the engine
  /// as long as it takes.
  ///
  /// @return the exit, empty when the container still exists without having exited, or when closed
  Optional<ExitStatus> exitAfterStreamEnd() throws InterruptedException {
    Duration backOff = Duration.ofMillis(100);
    for (int look = 0; !closed && look < SETTLING.length; ) {
      Thread.sleep(SETTLING[look]);
      try {
        Inspection now = refresh();
        if (now.over()) {
          return Optional.of(exit(now));
        }
        look++;
      } catch (EngineException e) {
        if (e.failure() == Failure.INTERRUPTED) {
          throw new InterruptedException();
        }
        Thread.sleep(backOff);
        backOff = longer(backOff);
      }
    }
    return Optional.empty();
  }

  Duration longer(Duration backOff) {
    Duration doubled = backOff.multipliedBy(2);
    return doubled.compareTo(timings.maxBackOff()) > 0 ? timings.maxBackOff() : doubled;
  }

  private ExitStatus exit(Inspection now) throws InterruptedException {
    if (now.phase() == Inspection.Phase.MISSING) {
      // Removed by someone else: only the wait call may know the exit code, it is on its way.
      boolean known = waitEnded.await(WAIT_RESULT.toMillis(), TimeUnit.MILLISECONDS);
      log.atDebug().addKeyValue("container", id).addKeyValue("codeKnown", known).log("gone");
    }
    return now.exit(waited);
  }

  private void waitForExit() {
    while (!closed) {
      try {
        waited = calls.waitForExit(id);
        waitEnded.countDown();
        nudge();
        return;
      } catch (EngineException e) {
        if (e.notFound()) {
          waitEnded.countDown();
          nudge();
          return;
        }
        log.atDebug().addKeyValue("container", id).setCause(e).log("wait call failed");
      } catch (IOException e) {
        log.atDebug().addKeyValue("container", id).setCause(e).log("wait call broke");
      }
      nudge();
      try {
        Thread.sleep(timings.retry());
      } catch (InterruptedException e) {
        return; // closed
      }
    }
  }

  private void watch() {
    try {
      while (!closed) {
        boolean relaxed = last.alive() && !troubled;
        Duration pause = relaxed ? timings.inspectAge() : timings.retry();
        if (nudge.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          nudge.drainPermits();
        }
        if (!closed) {
          look();
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void look() throws InterruptedException {
    try {
      Inspection now = refresh();
      if (troubled) {
        troubled = false;
        log.atInfo().addKeyValue("container", id).log("engine answers again");
      }
      observer.accept(now);
    } catch (EngineException e) {
      if (e.failure() == Failure.INTERRUPTED) {
        throw new InterruptedException();
      }
      if (!troubled) {
        troubled = true; // the last known state stays
        log.atWarn().addKeyValue("container", id).setCause(e).log("container cannot be inspected");
      }
    }
  }

  void close() {
    closed = true;
    waiting.interrupt();
    watching.interrupt();
  }
}
