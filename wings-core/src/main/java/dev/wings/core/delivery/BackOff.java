package dev.wings.core.delivery;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Pauses after failures: doubled each time up to a longest one, up to 30 % longer by chance so
/// that the nodes of a Panel that comes back do not all arrive at once, and never shorter than the
/// Panel asked for (`threats.md` PN-05).
///
/// @param first after one failure
/// @param longest however many there were
record BackOff(Duration first, Duration longest, RandomGenerator random) {
  private static final int MAX_DOUBLINGS = 16;
  private static final double JITTER = 0.3;

  /// The longest wait that a Panel is granted.
  static final Duration LONGEST_ASKED = Duration.ofHours(1);

  /// @param failures in a row, at least one
  /// @param asked `Retry-After` of the last answer, zero without one
  Duration pause(int failures, Duration asked) {
    Duration doubled = first.multipliedBy(1L << Math.clamp(failures - 1, 0, MAX_DOUBLINGS));
    Duration capped = min(doubled, longest);
    long jittered = Math.round(capped.toMillis() * (1 + random.nextDouble(JITTER)));
    return max(Duration.ofMillis(jittered), min(asked, LONGEST_ASKED));
  }

  static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
