package dev.wings.core.server;

import dev.wings.core.WingsException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs tasks one after the other, in order of arrival, on a virtual thread that exists only while
/// there are tasks. A server at rest costs an empty queue.
///
/// A task must not block for long, and must not wait for another task of the same mailbox.
final class Mailbox {
  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

  private final String name;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /// @param name name of the thread
  Mailbox(String name) {
    this.name = name;
  }

  void post(Runnable task) {
    tasks.add(task);
    if (waiting.getAndIncrement() == 0) {
      Thread.ofVirtual().name(name).start(this::drain);
    }
  }

  /// Runs a task and waits for its result. Not to be called by a task of this mailbox.
  <T> T call(Supplier<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    post(() -> {
      try {
        result.complete(task.get());
      } catch (RuntimeException failure) {
        result.completeExceptionally(failure);
      }
    });
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof WingsException expected) {
        throw expected;
      }
      throw e;
    }
  }

  private void drain() {
    do {
      Runnable task = tasks.poll();
      if (task != null) {
        run(task);
      }
    } while (waiting.decrementAndGet() > 0);
  }

  /// One bad task, or one that exhausts its stack, must not take the owner with it (`threats.md`
  /// JV-05). This is the outermost loop of the thread.
  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable failure) {
      log.atError().addKeyValue("owner", name).setCause(failure).log("task of an owner failed");
    }
  }
}
