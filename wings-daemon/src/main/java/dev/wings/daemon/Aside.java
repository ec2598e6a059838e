package dev.wings.daemon;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// A part of the start that runs beside the others, because it waits for somebody else or has
/// another processor for itself.
final class Aside {
  private final FutureTask<Void> work;

  private Aside(FutureTask<Void> work) {
    this.work = work;
  }

  static Aside start(String name, Runnable work) {
    FutureTask<Void> task = new FutureTask<>(work, null);
    Thread.ofPlatform().daemon().name("start-" + name).start(task);
    return new Aside(task);
  }

  /// Waits for its end.
  ///
  /// @throws RuntimeException whatever the work threw
  void join() {
    try {
      work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during the start", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException("a part of the start failed", e);
      }
    }
  }
}
