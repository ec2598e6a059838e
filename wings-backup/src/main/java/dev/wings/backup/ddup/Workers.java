package dev.wings.backup.ddup;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Threads that read or write files while another one goes through a tree. They exist as long as
/// one backup is made or restored, take their work from a bounded queue, and end at the first
/// failure.
///
/// @param <T> what each thread has of its own
final class Workers<T extends Workers.Tool> implements AutoCloseable {
  private static final int QUEUED_PER_THREAD = 16;
  private static final long PATIENCE_MILLIS = 50;

  private final BlockingQueue<Job<T>> queue;
  private final Progress progress;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean ending;

  /// What a thread works with.
  interface Tool extends AutoCloseable {
    @Override
    void close();
  }

  /// One file.
  @FunctionalInterface
  interface Job<T> {
    void run(T tool) throws IOException;

    /// Called instead when it is not done any more.
    default void drop() {}
  }

  Workers(int count, Supplier<T> tools, Progress progress) {
    this.queue = new ArrayBlockingQueue<>(count * QUEUED_PER_THREAD);
    this.progress = progress;
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofPlatform().name("wings-ddup-" + i).daemon().start(() -> work(tools)));
    }
  }

  private void work(Supplier<T> tools) {
    try (T tool = tools.get()) {
      while (failure.get() == null) {
        Job<T> job = queue.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        if (job != null) {
          job.run(tool);
        } else if (ending) {
          return;
        }
      }
    } catch (Throwable e) { // the outermost frame of the thread; rethrown to whoever waits
      failure.compareAndSet(null, e);
    }
  }

  /// Hands over a file. Waits while the queue is full.
  ///
  /// @throws IOException what ended an earlier one
  void submit(Job<T> job) throws IOException {
    boolean queued = false;
    try {
      while (!queued) {
        rethrow();
        progress.check();
        queued = queue.offer(job, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    } finally {
      if (!queued) {
        job.drop();
      }
    }
  }

  /// Waits until everything is done.
  void finish() throws IOException {
    ending = true;
    join();
    rethrow();
  }

  private void rethrow() throws IOException {
    switch (failure.get()) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private void join() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          failure.compareAndSet(null, new OperationAbortedException());
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the threads. What is queued is not done.
  @Override
  public void close() {
    failure.compareAndSet(null, new OperationAbortedException());
    join();
    for (Job<T> job = queue.poll(); job != null; job = queue.poll()) {
      job.drop();
    }
  }
}
