package dev.wings.fs.tree;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Threads that help one thread with work on many files: that thread finds the work, hands it out
/// in pieces, and does a piece itself when all helpers have enough. Helpers are started when there
/// is something for them. What is handed out but not begun is bounded.
///
/// [#run], [#finish] and [#close] belong to the thread that made it.
public final class WorkCrew implements AutoCloseable {
  private static final int PIECES_AHEAD = 4; // per helper
  private static final int MAX_THREADS = 64;
  private static final long POLL_MILLIS = 50;

  private final String name;
  private final int helpers;
  private final BlockingQueue<Piece> queue;
  private final List<Thread> threads = new ArrayList<>();
  private final Phaser handedOut = new Phaser(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean closed;

  /// A piece of work.
  @FunctionalInterface
  public interface Piece {
    /// @throws IOException ends the work as a whole: no further piece is begun
    void run() throws IOException;

    /// Called instead of [#run] when the work as a whole has ended before.
    default void dropped() {}
  }

  /// @param name of the threads
  /// @param threads at most so many work at a time, the calling one included; 0 takes as many as
  ///   there are cores (`configuration.md` 7)
  public WorkCrew(String name, int threads) {
    this.name = name;
    this.helpers = threads(threads) - 1;
    this.queue = new ArrayBlockingQueue<>(Math.max(1, helpers * PIECES_AHEAD));
  }

  /// What a configured number of threads means: 0 is one per core, and there is an upper bound.
  public static int threads(int configured) {
    int wanted = configured <= 0 ? Runtime.getRuntime().availableProcessors() : configured;
    return Math.min(wanted, MAX_THREADS);
  }

  /// Has a piece done, by a helper or right here. Does nothing once a piece has failed.
  public void run(Piece piece) {
    if (helpers == 0) {
      attempt(piece);
      return;
    }
    handedOut.register();
    if (queue.offer(piece)) {
      startHelper();
    } else {
      runAndLeave(piece);
    }
  }

  /// Whether a piece has failed, so that there is no point in finding more.
  public boolean failed() {
    return failure.get() != null;
  }

  /// Waits until everything handed out is done, and helps with it.
  ///
  /// @throws IOException the first failure of a piece
  public void finish() throws IOException {
    for (Piece piece = queue.poll(); piece != null; piece = queue.poll()) {
      runAndLeave(piece);
    }
    handedOut.arriveAndAwaitAdvance();
    switch (failure.get()) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException("work failed", e);
    }
  }

  /// Ends the helpers. A piece that is being done is done to its end first.
  @Override
  public void close() {
    closed = true;
    for (Piece piece = queue.poll(); piece != null; piece = queue.poll()) {
      piece.dropped();
      handedOut.arriveAndDeregister();
    }
    handedOut.arriveAndAwaitAdvance();
    threads.clear();
  }

  private void startHelper() {
    if (threads.size() < helpers) {
      Thread helper =
          Thread.ofPlatform()
              .name(name + "-" + (threads.size() + 1))
              .daemon()
              .unstarted(this::help);
      threads.add(helper);
      helper.start();
    }
  }

  private void help() {
    try {
      while (!closed) {
        Piece piece = queue.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (piece != null) {
          runAndLeave(piece);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody interrupts helpers; the others do the rest
    }
  }

  private void runAndLeave(Piece piece) {
    try {
      attempt(piece);
    } finally {
      handedOut.arriveAndDeregister();
    }
  }

  private void attempt(Piece piece) {
    if (failed()) {
      piece.dropped();
      return;
    }
    try {
      piece.run();
    } catch (IOException | RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }
}
