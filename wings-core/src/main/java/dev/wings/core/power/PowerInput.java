package dev.wings.core.power;

import dev.wings.core.WingsException;
import dev.wings.core.container.ExitStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Everything that can happen to a server's power. Results carry the number of the run they belong
/// to, so that a late result of an old container never touches a new one.
public sealed interface PowerInput {
  /// Somebody wants something.
  ///
  /// @param id names the request in its outcome; never used twice
  record Requested(long id, PowerAction action, boolean checked, Duration patience)
      implements PowerInput {}

  /// The daemon itself wants the server down: stop, then kill after `limit` (`containers.md` 17.4).
  /// Succeeds at once when offline; also ends a restart in progress.
  record StopWithin(long id, Duration limit) implements PowerInput {}

  /// The patience of a waiting request is over.
  record PatienceEnded(long id) implements PowerInput {}

  /// The start sequence got the process running.
  record StartSucceeded(long run) implements PowerInput {}

  /// The start sequence failed and left nothing behind.
  record StartFailed(long run, WingsException reason) implements PowerInput {}

  /// The start sequence obeyed its cancellation and left nothing behind.
  record StartCancelled(long run) implements PowerInput {}

  /// Look for a container that already runs (daemon start).
  ///
  /// @param startAfter start the server some seconds later unless it runs by then
  record Adopt(boolean startAfter) implements PowerInput {}

  /// A running container was found and attached.
  record Adopted(long run) implements PowerInput {}

  /// No container of this server runs.
  record NothingToAdopt(long run) implements PowerInput {}

  /// The readiness text was seen.
  record Ready(long run) implements PowerInput {}

  /// The engine confirmed that the process ended.
  record Exited(long run, ExitStatus status) implements PowerInput {}

  /// Answer to [PowerEffect.JudgeExit].
  ///
  /// @param engineEvent many servers ended at the same moment: the engine is to blame
  record ExitJudged(long run, boolean engineEvent) implements PowerInput {}

  /// The stop request reached the process.
  record StopDelivered(long run) implements PowerInput {}

  /// The stop request did not reach the process.
  record StopFailed(long run, WingsException reason) implements PowerInput {}

  /// The engine killed the process.
  record Killed(long run) implements PowerInput {}

  /// The engine could not kill the process.
  record KillFailed(long run, WingsException reason) implements PowerInput {}

  /// @param serial the one of [PowerEffect.Arm]; timers that were armed anew since are ignored
  record TimerFired(PowerTimer timer, long serial) implements PowerInput {}

  /// @param refusal why the server must not start, null when it may
  record LockChanged(@Nullable String refusal) implements PowerInput {}

  record SettingsChanged(PowerSettings settings) implements PowerInput {}

  /// Nobody owns the server any more (deletion, daemon stop). Every open request fails with
  /// `reason`, and so does every later one.
  record Abandoned(String reason) implements PowerInput {}
}
