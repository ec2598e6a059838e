package dev.wings.core.power;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// What the state machine needs to know of the configuration (`configuration.md` 7.5,
/// `websocket.md` 3.5).
///
/// @param killAfter patience of every stop before the process is killed; zero never kills
/// @param crashDetection whether unexpected exits lead to a restart
/// @param cleanExitIsCrash exit code 0 counts as a crash too
/// @param crashTimeout a crash this soon after the previous one is not restarted; zero always
///   restarts
/// @param removeOnStop the container is removed after an intended stop
public record PowerSettings(
    Duration killAfter,
    boolean crashDetection,
    boolean cleanExitIsCrash,
    Duration crashTimeout,
    boolean removeOnStop) {
  /// The defaults of the protocol.
  public static final PowerSettings DEFAULT =
      new PowerSettings(Duration.ZERO, true, true, Duration.ofSeconds(60), true);

  public PowerSettings {
    requireNonNull(killAfter, "killAfter");
    requireNonNull(crashTimeout, "crashTimeout");
  }

  public PowerSettings withKillAfter(Duration patience) {
    return new PowerSettings(
        patience, crashDetection, cleanExitIsCrash, crashTimeout, removeOnStop);
  }
}
