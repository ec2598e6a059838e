package dev.wings.core.server;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Runs work that blocks inside the kernel on files, on platform threads. Two pools, so that scans
/// of large volumes never keep another server from starting (`threats.md` DS-04). Threads exist
/// only while there is work.
final class FileWork implements AutoCloseable {
  private final ThreadPoolExecutor control;
  private final ThreadPoolExecutor scans;

  FileWork(int scanThreads) {
    control = pool("wings-files-", Math.max(4, Runtime.getRuntime().availableProcessors() * 2));
    scans = pool("wings-scan-", Math.max(1, scanThreads));
  }

  private static ThreadPoolExecutor pool(String name, int threads) {
    var pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name(name, 0).factory());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  void scanThreads(int threads) {
    int size = Math.max(1, threads);
    if (size > scans.getMaximumPoolSize()) {
      scans.setMaximumPoolSize(size);
      scans.setCorePoolSize(size);
    } else if (size < scans.getMaximumPoolSize()) {
      scans.setCorePoolSize(size);
      scans.setMaximumPoolSize(size);
    }
  }

  /// Work that somebody waits for, such as a starting server. Interrupting the caller interrupts
  /// the work.
  <T> T run(Callable<T> work) throws IOException, InterruptedException {
    Future<T> future = control.submit(work);
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case WingsException failure -> throw failure;
        case null, default ->
            throw new WingsException(ErrorKind.INTERNAL, "file work failed", e.getCause());
      }
    }
  }

  /// Heavy work in the background.
  <T> Future<T> scan(Callable<T> work) {
    return scans.submit(work);
  }

  /// Short work that nobody waits for.
  void background(Runnable work) {
    control.execute(work);
  }

  /// Ends heavy work, and waits a moment for the rest.
  @Override
  public void close() {
    scans.shutdownNow();
    control.shutdown();
    try {
      if (!control.awaitTermination(2, TimeUnit.SECONDS)) {
        control.shutdownNow();
      }
    } catch (InterruptedException e) {
      control.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
