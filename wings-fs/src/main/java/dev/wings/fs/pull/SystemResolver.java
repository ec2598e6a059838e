package dev.wings.fs.pull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The system's name service. A lookup blocks inside the C library, so it runs on a few platform
/// threads of its own, which end when there is nothing to do; the caller waits for a limited time.
public final class SystemResolver implements NameResolver {
  private static final int THREADS = 4;
  private static final int WAITING = 64;
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final ThreadPoolExecutor threads;

  public SystemResolver() {
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            5,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("wings-names-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public List<InetAddress> resolve(String host) throws UnknownHostException, InterruptedException {
    Future<InetAddress[]> lookup;
    try {
      lookup = threads.submit(() -> InetAddress.getAllByName(host));
    } catch (RejectedExecutionException busy) {
      throw failure(host, busy);
    }
    try {
      return List.of(lookup.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException | ExecutionException e) {
      throw failure(host, e);
    } finally {
      lookup.cancel(/* mayInterruptIfRunning= */ true);
    }
  }

  private static UnknownHostException failure(String host, Exception cause) {
    UnknownHostException failure = new UnknownHostException(host);
    failure.initCause(cause);
    return failure;
  }
}
