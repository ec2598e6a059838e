package dev.wings.core.power;

import dev.wings.core.WingsException;
import dev.wings.core.container.ExitStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A little engine and its users around one [PowerMachine]. Knows the truth about the process and
/// checks after every input that the machine tells it.
final class PowerWorld {
  private static final WingsException ENGINE = WingsException.impossible("the engine refuses");

  private MachineState machine;
  private long now;
  private long lastRequest;

  /// Work that the machine has ordered and that has not answered yet; each answers exactly once.
  private final List<Runnable> tasks = new ArrayList<>();

  private final Map<PowerTimer, PowerInput.TimerFired> timers = new LinkedHashMap<>();
  private final Set<Long> patient = new LinkedHashSet<>();
  private final Map<Long, Boolean> outcomes = new HashMap<>();
  private final Map<Long, PowerAction> asked = new HashMap<>();

  /// Runs whose process lives.
  private final Set<Long> alive = new HashSet<>();

  /// Runs the engine has killed, and those whose end it has still to confirm.
  private final Set<Long> killed = new HashSet<>();

  private final Set<Long> unconfirmed = new LinkedHashSet<>();
  private @Nullable Long preparing;
  private boolean cancelled;

  /// The last thing a user asked for was to be down, and it was granted.
  private boolean wantedDown;

  /// The engine does what it is told.
  private boolean obedient;

  private final List<String> trace = new ArrayList<>();

  PowerWorld(PowerSettings settings) {
    machine = MachineState.initial(settings);
  }

  List<String> trace() {
    return trace;
  }

  /// Interprets one number as the next thing to happen.
  void act(int choice) {
    int kind = Math.floorMod(choice, 16);
    int detail = Math.floorMod(choice >> 4, 1 << 20);
    switch (kind) {
      case 0, 1, 2 -> ask(PowerAction.values()[detail % 4], detail);
      case 3 -> ask(PowerAction.START, detail);
      case 4, 5, 6, 7 -> answerTask(detail);
      case 8 -> confirmEnd();
      case 9 -> processEnds(detail);
      case 10 -> readiness();
      case 11 -> fireTimer(detail);
      case 12 -> endPatience(detail);
      case 13 -> stopWithin();
      case 14 -> lock(detail);
      default -> pass(Duration.ofMillis(detail % 90_000));
    }
  }

  /// Lets everything that is under way come to its end, then checks that nothing is left over.
  void settle() {
    for (int round = 0; round < 1000; round++) {
      if (!tasks.isEmpty()) {
        answerTask(0);
      } else if (!unconfirmed.isEmpty()) {
        confirmEnd();
      } else if (!timers.isEmpty()) {
        fireTimer(0);
      } else if (!patient.isEmpty()) {
        endPatience(0);
      } else if (machine.visible() == ServerState.STOPPING) {
        processEnds(0); // a stop without limit may take for ever
      } else {
        break;
      }
    }
    check(
        machine.phase() == MachineState.Phase.IDLE || machine.phase() == MachineState.Phase.ALIVE,
        "stuck in " + machine.phase());
    check(
        (machine.phase() == MachineState.Phase.ALIVE) == !alive.isEmpty(),
        "phase does not tell whether a process lives");
    for (var request : asked.entrySet()) {
      check(outcomes.containsKey(request.getKey()), "no outcome for " + request);
    }
    check(!wantedDown || alive.isEmpty(), "runs although the last wish was to be down");
  }

  /// After a settled history a kill and then a start must work.
  void stillUsable() {
    obedient = true;
    feed(new PowerInput.LockChanged(null));
    ask(PowerAction.KILL, 0);
    settleGently();
    check(alive.isEmpty(), "kill did not reach the process");
    long id = ask(PowerAction.START, 0);
    settleGently();
    check(Boolean.TRUE.equals(outcomes.get(id)), "start after all that failed");
    check(alive.size() == 1, "no process after a successful start");
  }

  private void settleGently() {
    while (!tasks.isEmpty() || !unconfirmed.isEmpty()) {
      if (tasks.isEmpty()) {
        confirmEnd();
      } else {
        answerTask(0);
      }
    }
  }

  private long ask(PowerAction action, int detail) {
    long id = ++lastRequest;
    asked.put(id, action);
    boolean checked = (detail & 4) != 0;
    Duration patience = (detail & 8) != 0 ? Duration.ofSeconds(5) : Duration.ZERO;
    boolean restartBefore = machine.restarting();
    feed(new PowerInput.Requested(id, action, checked, patience));
    if (action == PowerAction.KILL || action == PowerAction.STOP) {
      // A kill during a restart leaves the restart alone (websocket.md 3.4).
      boolean refused = Boolean.FALSE.equals(outcomes.get(id));
      if (!refused && !(action == PowerAction.KILL && restartBefore)) {
        wantedDown = patient.isEmpty(); // what waits may be an opposite wish
      }
    } else if (!Boolean.FALSE.equals(outcomes.get(id))) {
      wantedDown = false;
    }
    return id;
  }

  private void stopWithin() {
    long id = ++lastRequest;
    asked.put(id, PowerAction.STOP);
    feed(new PowerInput.StopWithin(id, Duration.ofSeconds(30)));
    wantedDown = patient.isEmpty();
  }

  private void lock(int detail) {
    feed(new PowerInput.LockChanged(detail % 3 == 0 ? "server is suspended" : null));
  }

  private void answerTask(int detail) {
    if (!tasks.isEmpty()) {
      tasks.remove(detail % tasks.size()).run();
    }
  }

  private void confirmEnd() {
    if (!unconfirmed.isEmpty()) {
      long run = unconfirmed.iterator().next();
      unconfirmed.remove(run);
      boolean oom = run % 5 == 0;
      feed(new PowerInput.Exited(run, new ExitStatus(oom ? 137 : (int) (run % 3), oom)));
    }
  }

  private void processEnds(int detail) {
    if (!alive.isEmpty()) {
      long run = List.copyOf(alive).get(detail % alive.size());
      alive.remove(run);
      unconfirmed.add(run);
      trace.add("  (process " + run + " ends)");
    }
  }

  private void readiness() {
    alive.forEach(run -> feed(new PowerInput.Ready(run)));
  }

  private void fireTimer(int detail) {
    if (!timers.isEmpty()) {
      PowerTimer timer = List.copyOf(timers.keySet()).get(detail % timers.size());
      PowerInput.TimerFired fired = timers.get(timer);
      timers.remove(timer);
      if (fired != null) {
        pass(Duration.ofSeconds(6));
        feed(fired);
      }
    }
  }

  private void endPatience(int detail) {
    if (!patient.isEmpty()) {
      feed(new PowerInput.PatienceEnded(List.copyOf(patient).get(detail % patient.size())));
    }
  }

  void adopt(boolean startAfter) {
    feed(new PowerInput.Adopt(startAfter));
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private void feed(PowerInput input) {
    PowerMachine.Step step = PowerMachine.apply(machine, input, now);
    machine = step.state();
    trace.add(input + " -> " + machine.visible() + "/" + machine.phase() + " " + step.effects());
    step.effects().forEach(this::carryOut);
    checkTruth();
  }

  private void carryOut(PowerEffect effect) {
    switch (effect) {
      case PowerEffect.Succeeded done -> outcome(done.id(), true);
      case PowerEffect.Failed failed -> outcome(failed.id(), false);
      case PowerEffect.RunStart start -> runStart(start);
      case PowerEffect.CancelStart cancel -> {
        check(preparing != null && preparing == cancel.run(), "cancels what does not run");
        cancelled = true;
      }
      case PowerEffect.SearchContainer search -> search(search.run());
      case PowerEffect.DeliverStop stop -> deliver(stop.run());
      case PowerEffect.Kill kill -> kill(kill.run());
      case PowerEffect.JudgeExit judge ->
          tasks.add(() -> feed(new PowerInput.ExitJudged(judge.run(), now % 7 == 0)));
      case PowerEffect.Release release ->
          check(
              !alive.contains(release.run()) || killed.contains(release.run()),
              "lets go of a living process");
      case PowerEffect.Arm arm ->
          timers.put(arm.timer(), new PowerInput.TimerFired(arm.timer(), arm.serial()));
      case PowerEffect.Disarm disarm -> timers.remove(disarm.timer());
      case PowerEffect.ArmPatience arm -> patient.add(arm.id());
      case PowerEffect.StateEntered _,
          PowerEffect.CrashDetected _,
          PowerEffect.CrashLoop _,
          PowerEffect.EngineEvent _,
          PowerEffect.KillAnnounced _,
          PowerEffect.StartGivenUp _ -> {}
    }
  }

  private void outcome(long id, boolean success) {
    check(asked.containsKey(id), "outcome for an unknown request " + id);
    check(outcomes.put(id, success) == null, "two outcomes for " + id);
    PowerAction action = asked.get(id);
    if (!success && (action == PowerAction.STOP || action == PowerAction.KILL)) {
      wantedDown = false; // the engine did not obey
    }
    patient.remove(id);
  }

  private void runStart(PowerEffect.RunStart start) {
    check(preparing == null, "two start sequences at once");
    check(killed.containsAll(alive), "starts while a process lives");
    check(machine.refusal() == null, "starts although locked");
    if (start.reason() == StartReason.CRASH || start.reason() == StartReason.ENGINE) {
      check(!wantedDown, "restarts after an intended stop");
    }
    // Whoever starts the server for a request that had to wait has changed the wish.
    wantedDown = wantedDown && start.reason() != StartReason.REQUEST;
    alive.clear(); // the sequence removes what a kill has left over
    preparing = start.run();
    cancelled = false;
    tasks.add(() -> {
      boolean raced = cancelled && now % 3 == 0;
      if (cancelled && !raced) {
        preparing = null;
        feed(new PowerInput.StartCancelled(start.run()));
      } else if (!obedient && now % 5 == 1) {
        preparing = null;
        feed(new PowerInput.StartFailed(start.run(), ENGINE));
      } else {
        alive.add(start.run());
        tasks.add(() -> {
          preparing = null;
          feed(new PowerInput.StartSucceeded(start.run()));
        });
      }
    });
  }

  private void search(long run) {
    tasks.add(() -> {
      if (now % 2 == 0) {
        alive.add(run);
        feed(new PowerInput.Adopted(run));
      } else {
        feed(new PowerInput.NothingToAdopt(run));
      }
    });
  }

  private void deliver(long run) {
    tasks.add(() -> {
      if (!obedient && now % 4 == 1) {
        feed(new PowerInput.StopFailed(run, ENGINE));
      } else {
        feed(new PowerInput.StopDelivered(run));
      }
    });
  }

  private void kill(long run) {
    tasks.add(() -> {
      if (!obedient && now % 11 == 1) {
        feed(new PowerInput.KillFailed(run, ENGINE));
        return;
      }
      killed.add(run);
      if (alive.remove(run)) {
        unconfirmed.add(run);
      }
      feed(new PowerInput.Killed(run));
    });
  }

  private void checkTruth() {
    boolean lives = alive.stream().anyMatch(run -> !killed.contains(run));
    if (machine.visible() == ServerState.OFFLINE) {
      check(!lives || machine.phase() == MachineState.Phase.ADOPTING, "offline, but it runs");
      check(preparing == null, "offline while a start sequence works");
    }
    if (machine.visible() == ServerState.RUNNING) {
      check(lives || unconfirmed.contains(machine.run()), "running, but there is no process");
    }
    if (machine.visible() == ServerState.STARTING || machine.visible() == ServerState.STOPPING) {
      check(
          lives || preparing != null || unconfirmed.contains(machine.run()),
          machine.visible() + ", but nothing happens");
    }
  }

  private void check(boolean truth, String lie) {
    if (!truth) {
      throw new AssertionError(lie);
    }
  }
}
