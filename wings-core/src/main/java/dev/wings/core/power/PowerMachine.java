package dev.wings.core.power;

import java.util.List;

/// The life of a server as a pure function: no input or output, no clock, no thread. An owner feeds
/// it what happened and carries out what it answers (`websocket.md` 3, `containers.md` 17 and 18).
///
/// Rules beyond the protocol:
///
/// - A stop during a start is not refused: it cancels the start sequence wherever it is. A kill is
///   accepted in every phase.
/// - Each request ends in exactly one `Succeeded` or `Failed`.
/// - A stop that could not be delivered is undone, unless a kill follows anyway.
/// - A stop while a restart is stopping the process ends the restart.
/// - Only a confirmed exit is a crash, and not one that many servers share.
public final class PowerMachine {
  private PowerMachine() {}

  /// @param state the state after the input
  /// @param effects what to do now, in order
  public record Step(MachineState state, List<PowerEffect> effects) {
    public Step {
      effects = List.copyOf(effects);
    }
  }

  /// Applies one input.
  ///
  /// @param now monotonic nanoseconds
  public static Step apply(MachineState state, PowerInput input, long now) {
    return new Transition(state, now).apply(input);
  }
}
