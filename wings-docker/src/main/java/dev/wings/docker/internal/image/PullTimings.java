package dev.wings.docker.internal.image;

import java.time.Duration;
import java.util.List;

/// Patience with a registry.
///
/// @param idle a pull that brings nothing for this long is given up
/// @param retries pauses before the second and every further attempt
public record PullTimings(Duration idle, List<Duration> retries) {
  public static final PullTimings DEFAULT =
      new PullTimings(
          Duration.ofMinutes(2),
          List.of(Duration.ofSeconds(1), Duration.ofSeconds(4), Duration.ofSeconds(10)));

  public PullTimings {
    retries = List.copyOf(retries);
  }
}
