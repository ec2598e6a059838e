package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Threads that write files while the archive is read on. They exist as long as one extraction,
/// take their work from a bounded queue, and end at the first failure.
final class Workers implements AutoCloseable {
  private static final int QUEUED_PER_THREAD = 16;
  private static final long PATIENCE_MILLIS = 50;

  private final Guard guard;
  private final BlockingQueue<Job> queue;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /// Names that are queued or being written; two jobs of one name never run at the same time.
  private final Set<String> busy = new HashSet<>(); // guarded by itself

  private volatile boolean finishing;
  private boolean finished;

  /// One file to write.
  @FunctionalInterface
  interface Task {
    void run() throws IOException;
  }

  private record Job(String name, Task task) {}

  Workers(int count, Guard guard) {
    this.guard = guard;
    this.queue = new ArrayBlockingQueue<>(count * QUEUED_PER_THREAD);
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofPlatform().name("wings-extract-" + i).daemon().start(this::work));
    }
  }

  private void work() {
    while (failure.get() == null) {
      try {
        Job job = queue.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        if (job != null) {
          job.task().run();
          done(job.name());
        } else if (finishing) {
          return;
        }
      } catch (InterruptedException ending) {
        return; // only by close()
      } catch (Throwable e) { // the outermost frame of the thread; rethrown by rethrow()
        failure.compareAndSet(null, e);
      }
    }
  }

  private void done(String name) {
    synchronized (busy) {
      busy.remove(name);
      busy.notifyAll();
    }
  }

  /// Hands over a file. Waits while the queue is full or a file of the same name is being written.
  ///
  /// @throws IOException what ended an earlier one
  void submit(String name, Task task) throws IOException {
    await(name);
    synchronized (busy) {
      busy.add(name);
    }
    try {
      while (!queue.offer(new Job(name, task), PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        rethrow();
        guard.check();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /// The same for a small file, which is written at once when the queue is full: to wait for room
  /// takes longer.
  void submitSmall(String name, Task task) throws IOException {
    await(name);
    synchronized (busy) {
      busy.add(name);
    }
    if (!queue.offer(new Job(name, task))) {
      guard.check();
      task.run();
      done(name);
    }
  }

  /// Waits until no file of that name is being written.
  void await(String name) throws IOException {
    synchronized (busy) {
      while (busy.contains(name)) {
        rethrow();
        guard.check();
        pause();
      }
    }
    rethrow();
  }

  /// Waits until everything is written.
  void finish() throws IOException {
    synchronized (busy) {
      while (!busy.isEmpty()) {
        rethrow();
        guard.check();
        pause();
      }
    }
    rethrow();
    finished = true;
  }

  private void pause() throws IOException {
    try {
      busy.wait(PATIENCE_MILLIS);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
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

  /// Ends the threads. What is queued is not done; a file that is being written is given up.
  @Override
  public void close() {
    finishing = true;
    if (!finished) {
      guard.stop();
    }
    failure.compareAndSet(null, new InterruptedIOException("extraction ended"));
    queue.clear();
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
