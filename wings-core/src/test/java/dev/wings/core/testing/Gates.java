package dev.wings.core.testing;

import dev.wings.core.WingsException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Places where a test makes a fake wait or fail. Safe for use by many threads.
///
/// @param <S> names of the places
public final class Gates<S> {
  private final Map<S, CountDownLatch> closed = new ConcurrentHashMap<>();
  private final Map<S, CountDownLatch> arrivals = new ConcurrentHashMap<>();
  private final Map<S, RuntimeException> failures = new ConcurrentHashMap<>();

  /// From now on whoever comes to the place waits.
  public void close(S place) {
    arrivals.put(place, new CountDownLatch(1));
    closed.putIfAbsent(place, new CountDownLatch(1)); // somebody may wait at the old one
  }

  public void open(S place) {
    CountDownLatch latch = closed.remove(place);
    if (latch != null) {
      latch.countDown();
    }
  }

  /// Waits until somebody waits at a closed place.
  public void awaitArrival(S place) throws InterruptedException {
    CountDownLatch arrival = arrivals.get(place);
    if (arrival == null || !arrival.await(10, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody came to " + place);
    }
  }

  /// Whoever passes gets this failure; null lets them pass again.
  public void fail(S place, @Nullable RuntimeException failure) {
    if (failure == null) {
      failures.remove(place);
    } else {
      failures.put(place, failure);
    }
  }

  /// @throws WingsException kind `IMPOSSIBLE` when interrupted while waiting
  void pass(S place) {
    CountDownLatch latch = closed.get(place);
    if (latch != null) {
      CountDownLatch arrival = arrivals.get(place);
      if (arrival != null) {
        arrival.countDown();
      }
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw WingsException.impossible("interrupted at " + place);
      }
    }
    RuntimeException failure = failures.get(place);
    if (failure != null) {
      throw failure;
    }
  }
}
