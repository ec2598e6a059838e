package dev.wings.docker.internal.container;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.docker.internal.engine.EngineDuplex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Feeds a process's standard input from a bounded queue, on a thread of its own, because a process
/// that does not read makes the engine's connection block.
final class StdinQueue {
  private static final Logger log = LoggerFactory.getLogger(StdinQueue.class);
  private static final int MAX_CHUNKS = 150;

  private final ArrayBlockingQueue<byte[]> chunks = new ArrayBlockingQueue<>(MAX_CHUNKS);
  private final String container;
  private final Supplier<@Nullable EngineDuplex> stream;
  private final Thread writer;

  /// @param stream the stream in use, null when there is none
  StdinQueue(String container, Supplier<@Nullable EngineDuplex> stream) {
    this.container = container;
    this.stream = stream;
    this.writer = Thread.ofVirtual().name("wings-stdin-" + container).unstarted(this::run);
  }

  void start() {
    writer.start();
  }

  void write(byte[] bytes) {
    if (!chunks.offer(bytes.clone())) {
      throw new WingsException(
          ErrorKind.LIMIT, "the process does not read its input: " + MAX_CHUNKS + " commands wait");
    }
  }

  private void run() {
    try {
      while (true) {
        byte[] chunk = chunks.take();
        EngineDuplex target = stream.get();
        if (target == null) {
          log.atWarn().addKeyValue("container", container).log("input dropped, no stream");
          continue;
        }
        try {
          target.write(ByteBuffer.wrap(chunk));
        } catch (IOException e) {
          log.atWarn().addKeyValue("container", container).setCause(e).log("input dropped");
        }
      }
    } catch (InterruptedException e) {
      // stop() ends the thread this way
    }
  }

  void stop() {
    writer.interrupt();
  }
}
