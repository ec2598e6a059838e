package dev.wings.daemon.api.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Long work of a request that belongs to no server's threads. A request's own virtual thread is
/// not for disks: it would keep others from running.
public final class OwnThread {
  private OwnThread() {}

  /// Runs work on a thread of its own and waits for it.
  ///
  /// @param eachSecond called while it goes on, to see whether it still should
  /// @throws IOException that the work throws, or when the wait was interrupted
  public static <T> T run(String name, Callable<T> work, Runnable eachSecond) throws IOException {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().daemon().name(name).start(task);
    try {
      while (true) {
        try {
          return task.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException goesOn) {
          eachSecond.run();
        }
      }
    } catch (InterruptedException stopping) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + name);
    } catch (ExecutionException failure) {
      switch (failure.getCause()) {
        case IOException broken -> throw broken;
        case RuntimeException broken -> throw broken;
        case null, default -> throw new IOException(name + " failed", failure.getCause());
      }
    }
  }
}
