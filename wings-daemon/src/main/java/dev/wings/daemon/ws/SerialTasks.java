package dev.wings.daemon.ws;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the waiting work of one connection in order, one task at a time, on a thread that exists
/// only while there is work. Bounded by number and weight. Safe for use by many threads.
final class SerialTasks {
  private static final Logger log = LoggerFactory.getLogger(SerialTasks.class);
  private static final int MAX_TASKS = 4096;
  private static final int MAX_WEIGHT = 1 << 20;

  private final Executor executor;
  private final long maxWeight;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Task> queue = new ArrayDeque<>();
  private long queuedWeight;
  private boolean running;

  private record Task(Runnable work, int weight) {}

  SerialTasks(Executor executor) {
    this(executor, MAX_WEIGHT);
  }

  /// @param maxWeight bytes that queued tasks may keep in memory
  SerialTasks(Executor executor, int maxWeight) {
    this.executor = executor;
    this.maxWeight = maxWeight;
  }

  /// Queues a task.
  ///
  /// @param weight bytes that the task keeps in memory
  /// @return false when too much is queued already
  boolean submit(int weight, Runnable work) {
    lock.lock();
    try {
      if (queue.size() >= MAX_TASKS || (queuedWeight + weight > maxWeight && !queue.isEmpty())) {
        return false;
      }
      queue.add(new Task(work, weight));
      queuedWeight += weight;
    } finally {
      lock.unlock();
    }
    start();
    return true;
  }

  /// Whether anything waits.
  boolean busy() {
    lock.lock();
    try {
      return !queue.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Queues a task that weighs nothing, however much is queued.
  void force(Runnable work) {
    lock.lock();
    try {
      queue.add(new Task(work, 0));
    } finally {
      lock.unlock();
    }
    start();
  }

  private void start() {
    lock.lock();
    try {
      if (running) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    executor.execute(this::runAll);
  }

  private void runAll() {
    while (true) {
      Task task;
      lock.lock();
      try {
        task = queue.poll();
        if (task == null) {
          running = false;
          return;
        }
        queuedWeight -= task.weight();
      } finally {
        lock.unlock();
      }
      try {
        task.work().run();
      } catch (RuntimeException bug) {
        log.atError().setCause(bug).log("action of a websocket failed");
      }
    }
  }
}
