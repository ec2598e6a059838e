package dev.wings.core.power;

import static dev.wings.core.power.PowerAction.KILL;
import static dev.wings.core.power.PowerAction.RESTART;
import static dev.wings.core.power.PowerAction.START;
import static dev.wings.core.power.PowerAction.STOP;
import static dev.wings.core.power.ServerState.OFFLINE;
import static dev.wings.core.power.ServerState.RUNNING;
import static dev.wings.core.power.ServerState.STARTING;
import static dev.wings.core.power.ServerState.STOPPING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.WingsException;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerMachineTest {
  private MachineState machine = MachineState.initial(PowerSettings.DEFAULT);
  private long now = Long.MAX_VALUE - 5; // wraps around
  private long lastId;
  private List<PowerEffect> last = List.of();

  /// The table of `websocket.md` 3.4, without auto-kill, and what this daemon does beyond it.
  @ParameterizedTest
  @CsvSource({
    "OFFLINE,  START,   STARTING, ''",
    "OFFLINE,  STOP,    OFFLINE,  already stopped",
    "OFFLINE,  RESTART, STARTING, ''",
    "OFFLINE,  KILL,    OFFLINE,  ''",
    "STARTING, START,   STARTING, already starting",
    "STARTING, STOP,    STOPPING, ''",
    "STARTING, RESTART, STOPPING, ''",
    "STARTING, KILL,    STARTING, ''",
    "RUNNING,  START,   RUNNING,  already running",
    "RUNNING,  STOP,    STOPPING, ''",
    "RUNNING,  RESTART, STOPPING, ''",
    "RUNNING,  KILL,    RUNNING,  ''",
    "STOPPING, START,   STOPPING, still stopping",
    "STOPPING, STOP,    STOPPING, already stopping",
    "STOPPING, RESTART, STOPPING, ''",
    "STOPPING, KILL,    STOPPING, ''",
  })
  void eachActionInEachState(ServerState from, PowerAction action, ServerState to, String refusal) {
    bring(from);

    ask(action);

    assertThat(machine.visible()).isEqualTo(to);
    if (refusal.isEmpty()) {
      assertThat(last).noneMatch(PowerEffect.Failed.class::isInstance);
    } else {
      assertThat(last)
          .anyMatch(
              e -> e instanceof PowerEffect.Failed f && f.reason().getMessage().contains(refusal));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OFFLINE, STOP",
    "OFFLINE, KILL",
    "STARTING, START",
    "RUNNING, START",
    "STOPPING, STOP",
    "STOPPING, START"
  })
  void checkedRequestsThatAreRedundantAreRefused(ServerState from, PowerAction action) {
    bring(from);

    feed(new PowerInput.Requested(++lastId, action, /* checked= */ true, Duration.ZERO));

    assertThat(last).anyMatch(PowerEffect.Failed.class::isInstance);
    assertThat(machine.visible()).isEqualTo(from);
  }

  @Test
  void aSecondRestartIsRefused() {
    bring(RUNNING);
    ask(RESTART);

    ask(RESTART);

    assertThat(last).hasAtLeastOneElementOfType(PowerEffect.Failed.class);
  }

  @Test
  void aKillDuringARestartStillRestarts() {
    bring(RUNNING);
    ask(RESTART);
    ask(KILL);
    feed(new PowerInput.Killed(machine.run()));
    assertThat(machine.visible()).isEqualTo(OFFLINE);

    feed(new PowerInput.Exited(machine.run(), new ExitStatus(137, false)));

    assertThat(last).contains(new PowerEffect.RunStart(machine.run(), StartReason.RESTART));
  }

  @Test
  @Proves("RB-02")
  void aStopDuringARestartEndsIt() {
    bring(RUNNING);
    ask(RESTART);
    ask(STOP);
    assertThat(last).hasAtLeastOneElementOfType(PowerEffect.Succeeded.class);

    feed(new PowerInput.Exited(machine.run(), new ExitStatus(0, false)));

    assertThat(machine.visible()).isEqualTo(OFFLINE);
    assertThat(last).noneMatch(PowerEffect.RunStart.class::isInstance);
  }

  @Test
  void aLockRefusesStartsButNeitherStopNorKill() {
    bring(RUNNING);
    feed(new PowerInput.LockChanged("server is suspended"));

    ask(STOP);
    assertThat(machine.visible()).isEqualTo(STOPPING);
    ask(KILL);
    assertThat(last).contains(new PowerEffect.Kill(machine.run()));
    feed(new PowerInput.Killed(machine.run()));
    ask(START);

    assertThat(machine.visible()).isEqualTo(OFFLINE);
    assertThat(last).hasAtLeastOneElementOfType(PowerEffect.Failed.class);
  }

  /// Exit code, out of memory, crash detection, clean exit is a crash; is it one, is it started.
  @ParameterizedTest
  @CsvSource({
    "0,   false, true,  true,  true,  true",
    "0,   false, true,  false, false, false",
    "0,   true,  true,  false, true,  true",
    "1,   false, true,  false, true,  true",
    "137, true,  true,  true,  true,  true",
    "-1,  false, true,  true,  true,  true",
    "1,   false, false, true,  false, false",
  })
  @Proves("RB-04")
  void exitMatrix(
      int code, boolean oom, boolean detect, boolean clean, boolean crash, boolean restart) {
    machine =
        MachineState.initial(
            new PowerSettings(Duration.ZERO, detect, clean, Duration.ofSeconds(60), true));
    bring(RUNNING);
    List<PowerEffect> all = new ArrayList<>();

    feed(new PowerInput.Exited(machine.run(), new ExitStatus(code, oom)));
    all.addAll(last);
    feed(new PowerInput.ExitJudged(machine.run(), /* engineEvent= */ false));
    all.addAll(last);

    assertThat(all.contains(new PowerEffect.CrashDetected(new ExitStatus(code, oom))))
        .isEqualTo(crash);
    assertThat(machine.visible()).isEqualTo(restart ? STARTING : OFFLINE);
  }

  @ParameterizedTest
  @CsvSource({"STOP", "KILL"})
  @Proves("RB-04")
  void noRestartAfterAStopOrKillWhateverTheExitCode(PowerAction action) {
    bring(RUNNING);
    ask(action);

    feed(new PowerInput.Exited(machine.run(), new ExitStatus(137, false)));

    assertThat(machine.visible()).isEqualTo(OFFLINE);
    assertThat(last)
        .contains(new PowerEffect.Release(machine.run(), /* remove= */ true))
        .noneMatch(PowerEffect.JudgeExit.class::isInstance);
  }

  @Test
  @Proves("RB-04")
  void withoutATimeoutRestartsBackOff() {
    machine =
        MachineState.initial(new PowerSettings(Duration.ZERO, true, true, Duration.ZERO, true));
    bring(RUNNING);
    List<Duration> delays = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      feed(new PowerInput.Exited(machine.run(), new ExitStatus(1, false)));
      feed(new PowerInput.ExitJudged(machine.run(), false));
      for (PowerEffect effect : List.copyOf(last)) {
        if (effect instanceof PowerEffect.Arm arm) {
          delays.add(arm.delay());
          feed(new PowerInput.TimerFired(arm.timer(), arm.serial()));
        }
      }
      feed(new PowerInput.StartSucceeded(machine.run()));
      now += 1_000_000_000;
    }

    assertThat(delays)
        .extracting(Duration::toSeconds)
        .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 32L);
  }

  @Test
  void aStopEndsAPlannedRestart() {
    machine =
        MachineState.initial(new PowerSettings(Duration.ZERO, true, true, Duration.ZERO, true));
    bring(RUNNING);
    for (int i = 0; i < 2; i++) {
      feed(new PowerInput.Exited(machine.run(), new ExitStatus(1, false)));
      feed(new PowerInput.ExitJudged(machine.run(), false));
      feed(new PowerInput.StartSucceeded(machine.run()));
    }
    assertThat(machine.planned()).isNotNull();

    ask(STOP);

    assertThat(last).hasAtLeastOneElementOfType(PowerEffect.Succeeded.class);
    assertThat(machine.planned()).isNull();
  }

  @Test
  void aStopThatCannotBeDeliveredIsUndone() {
    bring(RUNNING);
    ask(STOP);

    feed(new PowerInput.StopFailed(machine.run(), WingsException.impossible("no stdin")));

    assertThat(machine.visible()).isEqualTo(RUNNING);
    assertThat(last).hasAtLeastOneElementOfType(PowerEffect.Failed.class);
  }

  @Test
  @Proves("RB-01")
  void aKillThatFailsAfterAnAdoptionLeavesNoStopWithoutAnOutcome() {
    feed(new PowerInput.Adopt(/* startAfter= */ false));
    feed(new PowerInput.StopWithin(++lastId, Duration.ofSeconds(30)));
    feed(new PowerInput.TimerFired(PowerTimer.KILL, machine.killTimer()));
    feed(new PowerInput.Adopted(machine.run()));

    feed(new PowerInput.KillFailed(machine.run(), WingsException.impossible("engine is gone")));

    assertThat(machine.visible()).isEqualTo(RUNNING);
    assertThat(last)
        .anyMatch(effect -> effect instanceof PowerEffect.Failed failed && failed.id() == lastId);
  }

  @Test
  void readinessBeforeTheStartIsReportedIsNotLost() {
    ask(START);
    feed(new PowerInput.Ready(machine.run()));

    feed(new PowerInput.StartSucceeded(machine.run()));

    assertThat(machine.visible()).isEqualTo(RUNNING);
  }

  @Test
  void lateNewsOfAnOldRunTouchesNothing() {
    bring(RUNNING);
    long old = machine.run();
    ask(KILL);
    feed(new PowerInput.Killed(old));
    ask(START);
    feed(new PowerInput.StartSucceeded(machine.run()));
    MachineState before = machine;

    feed(new PowerInput.Exited(old, new ExitStatus(137, false)));
    feed(new PowerInput.StopDelivered(old));
    feed(new PowerInput.Ready(old));
    feed(new PowerInput.ExitJudged(old, false));

    assertThat(machine).isEqualTo(before);
  }

  private void bring(ServerState state) {
    if (state == OFFLINE) {
      return;
    }
    ask(START);
    feed(new PowerInput.StartSucceeded(machine.run()));
    if (state != STARTING) {
      feed(new PowerInput.Ready(machine.run()));
    }
    if (state == STOPPING) {
      ask(STOP);
      feed(new PowerInput.StopDelivered(machine.run()));
    }
    assertThat(machine.visible()).isEqualTo(state);
  }

  private void ask(PowerAction action) {
    feed(new PowerInput.Requested(++lastId, action, /* checked= */ false, Duration.ZERO));
  }

  private void feed(PowerInput input) {
    PowerMachine.Step step = PowerMachine.apply(machine, input, now);
    machine = step.state();
    last = step.effects();
  }
}
