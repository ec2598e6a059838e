package dev.wings.core.power;

import dev.wings.core.WingsException;
import dev.wings.core.container.ExitStatus;
import java.time.Duration;

/// What the owner of a server has to do next, in order.
public sealed interface PowerEffect {
  /// The visible state changed.
  record StateEntered(ServerState state) implements PowerEffect {}

  /// Run the start sequence; answers with `StartSucceeded`, `StartFailed` or `StartCancelled`.
  record RunStart(long run, StartReason reason) implements PowerEffect {}

  /// Cancel the start sequence wherever it is.
  record CancelStart(long run) implements PowerEffect {}

  /// Look for a running container; answers with `Adopted` or `NothingToAdopt`.
  record SearchContainer(long run) implements PowerEffect {}

  /// Deliver the configured stop request; answers with `StopDelivered` or `StopFailed`.
  record DeliverStop(long run) implements PowerEffect {}

  /// SIGKILL; answers with `Killed` or `KillFailed`.
  record Kill(long run) implements PowerEffect {}

  /// Let go of the container of an ended run.
  ///
  /// @param remove remove it from the engine too
  record Release(long run, boolean remove) implements PowerEffect {}

  /// Find out whether an unexpected exit is the server's own; answers with `ExitJudged`.
  record JudgeExit(long run, ExitStatus status) implements PowerEffect {}

  /// Arms a timer, replacing one of the same kind.
  record Arm(PowerTimer timer, long serial, Duration delay) implements PowerEffect {}

  record Disarm(PowerTimer timer) implements PowerEffect {}

  /// Send `PatienceEnded` after `patience` unless the request has its outcome by then.
  record ArmPatience(long id, Duration patience) implements PowerEffect {}

  /// The one outcome of a request: done.
  record Succeeded(long id) implements PowerEffect {}

  /// The one outcome of a request: not done.
  record Failed(long id, WingsException reason) implements PowerEffect {}

  /// A crash to be announced and recorded.
  record CrashDetected(ExitStatus status) implements PowerEffect {}

  /// The crash came too soon after the previous one, the server stays offline.
  record CrashLoop(Duration sincePrevious) implements PowerEffect {}

  /// The engine went away with the process; the server is started again.
  record EngineEvent() implements PowerEffect {}

  /// The process will be killed when it has not ended by then.
  record KillAnnounced(Duration delay) implements PowerEffect {}

  /// A start that nobody waits for did not work.
  record StartGivenUp(WingsException reason) implements PowerEffect {}
}
