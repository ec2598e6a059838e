package dev.wings.daemon.panel;

import dev.wings.core.panel.PanelException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/// Attempts and pauses of retried Panel calls (`panel-remote-api.md` 1.3).
///
/// A refusal (4xx other than 408 and 429) is final at once, as with a Pterodactyl node: asking
/// again cannot change it and costs the Panel's rate limit (`threats.md` PN-05). When the Panel
/// asks for more patience than a caller can be kept waiting for, the call ends there, rather than
/// early attempts being made.
final class RetryPolicy {
  private static final Duration LONGEST_ASKED = Duration.ofMinutes(1);

  private final int attempts;
  private final Duration longestAsked;
  private final RandomGenerator random;
  private final Pause pause;

  /// Waits; replaced by tests.
  @FunctionalInterface
  interface Pause {
    void sleep(Duration duration) throws InterruptedException;
  }

  RetryPolicy(int attempts, RandomGenerator random, Pause pause) {
    this(attempts, LONGEST_ASKED, random, pause);
  }

  private RetryPolicy(int attempts, Duration longestAsked, RandomGenerator random, Pause pause) {
    this.attempts = attempts;
    this.longestAsked = longestAsked;
    this.random = random;
    this.pause = pause;
  }

  /// For a call whose caller has a person waiting: one more attempt after a failure, none when the
  /// Panel wants to be left alone.
  RetryPolicy impatient() {
    return new RetryPolicy(Math.min(2, attempts), Duration.ZERO, random, pause);
  }

  /// Runs the call until it succeeds, is refused, or the attempts are used up. An interrupt ends it
  /// with an "unreachable" failure and stays set.
  <T> T call(Callable<T> call) {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.call();
      } catch (PanelException failure) {
        if (!failure.unavailable()
            || attempt >= attempts
            || failure.retryAfter().compareTo(longestAsked) > 0
            || (failure.status() == 429 && longestAsked.isZero())
            || Thread.currentThread().isInterrupted()) {
          throw failure;
        }
        waitAfter(attempt, failure);
      } catch (RuntimeException failure) {
        throw failure;
      } catch (Exception failure) {
        throw new IllegalStateException("panel call threw a checked exception", failure);
      }
    }
  }

  private void waitAfter(int attempt, PanelException failure) {
    double seconds = (double) attempt * attempt * (1 + random.nextDouble(0.3));
    Duration backOff = Duration.ofMillis(Math.round(seconds * 1000));
    Duration asked = failure.retryAfter();
    try {
      pause.sleep(asked.compareTo(backOff) > 0 ? asked : backOff);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      failure.addSuppressed(interrupted);
      throw failure;
    }
  }
}
