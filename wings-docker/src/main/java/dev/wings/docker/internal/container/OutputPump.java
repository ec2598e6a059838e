package dev.wings.docker.internal.container;

import dev.wings.core.container.ExitStatus;
import dev.wings.docker.internal.engine.EngineDuplex;
import dev.wings.docker.internal.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads a container's output as fast as it comes and brings its life to an end: when the stream
/// ends, the engine is asked; an exit is reported after the last byte, a container that still runs
/// is attached again. One thread does all of this, so the order of the listener's calls is given.
final class OutputPump {
  private static final Logger log = LoggerFactory.getLogger(OutputPump.class);
  private static final int SMALL = 8 * 1024;
  private static final int LARGE = 64 * 1024;
  private static final Duration FIRST_BACK_OFF = Duration.ofMillis(100);

  private final String id;
  private final ContainerCalls calls;
  private final ContainerWatch watch;
  private final ListenerGate gate;
  private final boolean interactive;
  private final Runnable ended;
  private final Thread thread;
  private ByteBuffer buffer = ByteBuffer.allocate(SMALL);
  private volatile @Nullable EngineDuplex stream;
  private volatile boolean closed;

  /// @param interactive the container has a terminal and an input; otherwise its output is framed
  /// @param ended called after the exit was reported
  OutputPump(
      String id,
      ContainerCalls calls,
      ContainerWatch watch,
      ListenerGate gate,
      boolean interactive,
      EngineDuplex attached,
      Runnable ended) {
    this.id = id;
    this.calls = calls;
    this.watch = watch;
    this.gate = gate;
    this.interactive = interactive;
    this.stream = attached;
    this.ended = ended;
    this.thread =
        Thread.ofVirtual()
            .name("wings-output-" + id.substring(0, Math.min(12, id.length())))
            .unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// The stream in use, for writing.
  @Nullable EngineDuplex stream() {
    return stream;
  }

  /// Ends the stream in use, so that the pump looks what became of the container.
  void breakStream() {
    EngineDuplex open = stream;
    if (open != null) {
      open.close();
    }
  }

  void close() {
    closed = true;
    thread.interrupt();
    breakStream();
  }

  private void run() {
    try {
      while (!closed) {
        EngineDuplex open = stream;
        if (open != null) {
          readAll(open);
          open.close();
        }
        if (closed) {
          return;
        }
        Optional<ExitStatus> exit = reattach();
        if (exit.isPresent()) {
          gate.exited(exit.get());
          ended.run();
          return;
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void readAll(EngineDuplex open) {
    FrameDecoder frames = new FrameDecoder();
    try {
      while (true) {
        buffer.clear();
        if (open.read(buffer) < 0) {
          return;
        }
        boolean full = !buffer.hasRemaining();
        buffer.flip();
        if (interactive) {
          gate.output(buffer);
        } else {
          frames.decode(buffer, gate::output);
        }
        if (full && buffer.capacity() < LARGE) {
          buffer = ByteBuffer.allocate(LARGE); // a busy console; idle ones stay small
        }
      }
    } catch (IOException e) {
      log.atDebug().addKeyValue("container", id).setCause(e).log("output stream broke");
    }
  }

  /// Tries until the stream is back or the exit is confirmed.
  private Optional<ExitStatus> reattach() throws InterruptedException {
    Duration backOff = FIRST_BACK_OFF;
    while (!closed) {
      Optional<ExitStatus> exit = watch.exitAfterStreamEnd();
      if (exit.isPresent()) {
        return exit;
      }
      try {
        EngineDuplex fresh = calls.attach(id, interactive);
        stream = fresh;
        if (closed) {
          fresh.close();
        } else if (watch.last().alive()) {
          log.atInfo().addKeyValue("container", id).log("attached again after a broken stream");
          gate.reattached();
        }
        return Optional.empty();
      } catch (EngineException e) {
        log.atDebug().addKeyValue("container", id).setCause(e).log("cannot attach again");
        Thread.sleep(backOff);
        backOff = watch.longer(backOff);
      }
    }
    return Optional.empty();
  }
}
