package dev.wings.core.power;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.power.MachineState.Open;
import dev.wings.core.power.MachineState.Phase;
import dev.wings.core.power.MachineState.Planned;
import dev.wings.core.power.PowerEffect.Arm;
import dev.wings.core.power.PowerEffect.Disarm;
import dev.wings.core.power.PowerEffect.Failed;
import dev.wings.core.power.PowerEffect.KillAnnounced;
import dev.wings.core.power.PowerEffect.StateEntered;
import dev.wings.core.power.PowerEffect.Succeeded;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A mutable copy of a [MachineState] for one transition, with the effects that come out of it.
abstract class Draft {
  final long now;
  final List<PowerEffect> effects = new ArrayList<>();

  ServerState visible;
  Phase phase;
  long run;
  boolean stopping;
  boolean restarting;
  boolean delivering;
  boolean killing;
  boolean killWanted;
  boolean ready;
  @Nullable ExitStatus end;
  ServerState beforeStop;
  final List<Long> start;
  final List<Long> delivery;
  final List<Long> offline;
  final List<Long> kill;
  final List<PowerInput.Requested> turn;
  @Nullable Planned planned;
  long killTimer;
  long killAt;
  long lastSerial;
  @Nullable Long lastCrash;
  int quickCrashes;
  @Nullable Long adoptedAt;
  @Nullable String refusal;
  @Nullable String abandoned;
  PowerSettings settings;

  Draft(MachineState state, long now) {
    this.now = now;
    visible = state.visible();
    phase = state.phase();
    run = state.run();
    stopping = state.stopping();
    restarting = state.restarting();
    delivering = state.delivering();
    killing = state.killing();
    killWanted = state.killWanted();
    ready = state.ready();
    end = state.end();
    beforeStop = state.beforeStop();
    start = new ArrayList<>(state.open().start());
    delivery = new ArrayList<>(state.open().delivery());
    offline = new ArrayList<>(state.open().offline());
    kill = new ArrayList<>(state.open().kill());
    turn = new ArrayList<>(state.open().turn());
    planned = state.planned();
    killTimer = state.killTimer();
    killAt = state.killAt();
    lastSerial = state.lastSerial();
    lastCrash = state.lastCrash();
    quickCrashes = state.quickCrashes();
    adoptedAt = state.adoptedAt();
    refusal = state.refusal();
    abandoned = state.abandoned();
    settings = state.settings();
  }

  MachineState freeze() {
    return new MachineState(
        visible,
        phase,
        run,
        stopping,
        restarting,
        delivering,
        killing,
        killWanted,
        ready,
        end,
        beforeStop,
        new Open(start, delivery, offline, kill, turn),
        planned,
        killTimer,
        killAt,
        lastSerial,
        lastCrash,
        quickCrashes,
        adoptedAt,
        refusal,
        abandoned,
        settings);
  }

  // Timers

  void armKill(Duration delay) {
    long due = now + delay.toNanos();
    if (killTimer != 0 && killAt - due <= 0) {
      return; // the earlier limit stands
    }
    killAt = due;
    killTimer = ++lastSerial;
    effects.add(new KillAnnounced(delay));
    effects.add(new Arm(PowerTimer.KILL, killTimer, delay));
  }

  void plan(StartReason reason, Duration delay) {
    planned = new Planned(reason, ++lastSerial);
    effects.add(new Arm(PowerTimer.START, lastSerial, delay));
  }

  void cancelPlanned() {
    if (planned != null) {
      planned = null;
      effects.add(new Disarm(PowerTimer.START));
    }
  }

  // Small helpers

  boolean held() {
    return MachineState.held(phase, delivering || killing);
  }

  void enter(ServerState next) {
    if (visible != next) {
      visible = next;
      effects.add(new StateEntered(next));
    }
  }

  void succeed(long id) {
    effects.add(new Succeeded(id));
  }

  void fail(long id, String reason) {
    effects.add(new Failed(id, conflict(reason)));
  }

  void succeedAll(List<Long> ids) {
    ids.forEach(this::succeed);
    ids.clear();
  }

  void failAll(List<Long> ids, WingsException reason) {
    ids.forEach(id -> effects.add(new Failed(id, reason)));
    ids.clear();
  }

  static WingsException conflict(String message) {
    return new WingsException(ErrorKind.CONFLICT, message);
  }
}
