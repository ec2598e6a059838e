package dev.wings.docker.internal.container;

import java.time.Duration;

/// Rhythms of a live container.
///
/// @param inspectAge a running container is inspected at the latest after this
/// @param retry pause after a call that failed, and between looks at a container that does not run
/// @param maxBackOff longest pause between attempts to attach again
/// @param streamGrace how long the output stream may stay open after the exit
/// @param stats distance of statistics samples
public record LifeTimings(
    Duration inspectAge,
    Duration retry,
    Duration maxBackOff,
    Duration streamGrace,
    Duration stats) {
  public static final LifeTimings DEFAULT =
      new LifeTimings(
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(1));
}
