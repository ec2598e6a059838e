package dev.wings.core.power;

import dev.wings.core.container.ExitStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything the state machine knows. Immutable; made by [PowerMachine] alone.
///
/// @param visible the state on every wire
/// @param phase what really happens
/// @param run number of the current or last run
/// @param stopping the end of the process is intended
/// @param restarting the server starts again when the process has ended
/// @param delivering a stop request is on its way
/// @param killing a kill is on its way
/// @param killWanted a cancelled start that succeeds after all is to be killed, not stopped
/// @param ready the readiness text came before the start sequence reported success
/// @param end how the process ended: before the start sequence reported, or not yet judged
/// @param beforeStop visible state to return to when the stop cannot be delivered
/// @param planned a start that waits for its timer
/// @param killTimer serial of the armed kill timer, 0 when none is armed
/// @param killAt monotonic nanoseconds when that timer fires
/// @param lastSerial last timer serial given out
/// @param lastCrash monotonic nanoseconds of the last handled crash
/// @param quickCrashes handled crashes in a row, each soon after the other
/// @param adoptedAt monotonic nanoseconds of the adoption of the current run
/// @param refusal why the server must not start
/// @param abandoned why every request fails
public record MachineState(
    ServerState visible,
    Phase phase,
    long run,
    boolean stopping,
    boolean restarting,
    boolean delivering,
    boolean killing,
    boolean killWanted,
    boolean ready,
    @Nullable ExitStatus end,
    ServerState beforeStop,
    Open open,
    @Nullable Planned planned,
    long killTimer,
    long killAt,
    long lastSerial,
    @Nullable Long lastCrash,
    int quickCrashes,
    @Nullable Long adoptedAt,
    @Nullable String refusal,
    @Nullable String abandoned,
    PowerSettings settings) {
  /// What really happens, as opposed to what is shown.
  public enum Phase {
    /// No process, no work.
    IDLE,
    /// Looking for a container that already runs.
    ADOPTING,
    /// The start sequence works; there is no process yet, or nobody has said so.
    PREPARING,
    /// The start sequence was told to give up.
    CANCELLING,
    /// The process runs.
    ALIVE,
    /// The engine has killed the process; its end is not confirmed yet.
    DYING,
    /// The process ended unexpectedly and the reason is being looked for.
    JUDGING
  }

  /// Ids of requests without an outcome, by what they wait for.
  ///
  /// @param start the process was started
  /// @param delivery the stop request was delivered
  /// @param offline the server is offline
  /// @param kill the engine has killed
  /// @param turn the action in progress is over; in order of arrival
  public record Open(
      List<Long> start,
      List<Long> delivery,
      List<Long> offline,
      List<Long> kill,
      List<PowerInput.Requested> turn) {
    static final Open NONE = new Open(List.of(), List.of(), List.of(), List.of(), List.of());

    public Open {
      start = List.copyOf(start);
      delivery = List.copyOf(delivery);
      offline = List.copyOf(offline);
      kill = List.copyOf(kill);
      turn = List.copyOf(turn);
    }
  }

  /// A start that happens when its timer fires.
  public record Planned(StartReason reason, long serial) {}

  /// A server at rest.
  public static MachineState initial(PowerSettings settings) {
    return new MachineState(
        ServerState.OFFLINE,
        Phase.IDLE,
        0,
        false,
        false,
        false,
        false,
        false,
        false,
        null,
        ServerState.OFFLINE,
        Open.NONE,
        null,
        0,
        0,
        0,
        null,
        0,
        null,
        null,
        null,
        settings);
  }

  /// The daemon's own work holds the server: requests that neither pre-empt it nor contradict it
  /// wait for its end.
  public boolean held() {
    return held(phase, delivering || killing);
  }

  static boolean held(Phase phase, boolean acting) {
    return switch (phase) {
      case ADOPTING, PREPARING, CANCELLING -> true;
      case ALIVE -> acting;
      case IDLE, DYING, JUDGING -> false;
    };
  }
}
