package dev.wings.core.power;

import dev.wings.core.WingsException;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.power.MachineState.Phase;
import dev.wings.core.power.MachineState.Planned;
import dev.wings.core.power.PowerEffect.ArmPatience;
import dev.wings.core.power.PowerEffect.CancelStart;
import dev.wings.core.power.PowerEffect.CrashDetected;
import dev.wings.core.power.PowerEffect.CrashLoop;
import dev.wings.core.power.PowerEffect.DeliverStop;
import dev.wings.core.power.PowerEffect.Disarm;
import dev.wings.core.power.PowerEffect.EngineEvent;
import dev.wings.core.power.PowerEffect.Failed;
import dev.wings.core.power.PowerEffect.JudgeExit;
import dev.wings.core.power.PowerEffect.Kill;
import dev.wings.core.power.PowerEffect.Release;
import dev.wings.core.power.PowerEffect.RunStart;
import dev.wings.core.power.PowerEffect.SearchContainer;
import dev.wings.core.power.PowerEffect.StartGivenUp;
import java.time.Duration;
import java.util.Iterator;

/// One application of [PowerMachine], used once.
final class Transition extends Draft {
  /// Exits this soon after an adoption are no crashes (`containers.md` 18), and a start that the
  /// boot wants happens this long after it.
  static final Duration BOOT_GRACE = Duration.ofSeconds(5);

  /// Crashes closer than this count as one series for the back-off.
  private static final Duration QUICK = Duration.ofSeconds(60);

  private static final int MAX_BACK_OFF_SHIFT = 5;

  Transition(MachineState state, long now) {
    super(state, now);
  }

  PowerMachine.Step apply(PowerInput input) {
    if (abandoned != null) {
      refuse(input, abandoned);
    } else {
      handle(input);
      serveTurns();
    }
    return new PowerMachine.Step(freeze(), effects);
  }

  private void refuse(PowerInput input, String reason) {
    switch (input) {
      case PowerInput.Requested request -> fail(request.id(), reason);
      case PowerInput.StopWithin request -> fail(request.id(), reason);
      default -> {} // results of work that nobody waits for any more
    }
  }

  private void handle(PowerInput input) {
    switch (input) {
      case PowerInput.Requested request -> request(request);
      case PowerInput.StopWithin request -> stopWithin(request);
      case PowerInput.PatienceEnded ended -> patienceEnded(ended.id());
      case PowerInput.StartSucceeded result -> startSucceeded(result.run());
      case PowerInput.StartFailed result -> startFailed(result.run(), result.reason());
      case PowerInput.StartCancelled result ->
          startFailed(result.run(), conflict("the start was cancelled"));
      case PowerInput.Adopt adopt -> adopt(adopt.startAfter());
      case PowerInput.Adopted result -> adopted(result.run());
      case PowerInput.NothingToAdopt result -> nothingToAdopt(result.run());
      case PowerInput.Ready result -> ready(result.run());
      case PowerInput.Exited result -> exited(result.run(), result.status());
      case PowerInput.ExitJudged result -> judged(result.run(), result.engineEvent());
      case PowerInput.StopDelivered result -> stopDelivered(result.run());
      case PowerInput.StopFailed result -> stopFailed(result.run(), result.reason());
      case PowerInput.Killed result -> killed(result.run());
      case PowerInput.KillFailed result -> killFailed(result.run(), result.reason());
      case PowerInput.TimerFired fired -> timerFired(fired);
      case PowerInput.LockChanged changed -> refusal = changed.refusal();
      case PowerInput.SettingsChanged changed -> settings = changed.settings();
      case PowerInput.Abandoned gone -> abandon(gone.reason());
    }
  }

  // Requests

  private void request(PowerInput.Requested request) {
    switch (request.action()) {
      case START -> start(request);
      case STOP -> stop(request);
      case RESTART -> restart(request);
      case KILL -> kill(request);
    }
  }

  private void start(PowerInput.Requested request) {
    switch (visible) {
      case STARTING -> fail(request.id(), "server is already starting");
      case RUNNING -> fail(request.id(), "server is already running");
      case STOPPING -> {
        if (held()) {
          waitForTurn(request);
        } else {
          fail(request.id(), "server is still stopping");
        }
      }
      case OFFLINE -> startFromOffline(request);
    }
  }

  private void startFromOffline(PowerInput.Requested request) {
    if (phase == Phase.ADOPTING) {
      waitForTurn(request);
    } else if (refusal != null) {
      fail(request.id(), refusal);
    } else {
      begin(StartReason.REQUEST);
      start.add(request.id());
    }
  }

  private void stop(PowerInput.Requested request) {
    boolean redundant = visible == ServerState.OFFLINE || visible == ServerState.STOPPING;
    boolean autoKill = settings.killAfter().isPositive();
    if (phase == Phase.ADOPTING) {
      waitForTurn(request);
    } else if (redundant && endRestart()) {
      succeed(request.id());
    } else if (visible == ServerState.OFFLINE) {
      if (autoKill && !request.checked()) {
        succeed(request.id());
      } else {
        fail(request.id(), "server is already stopped");
      }
    } else if (visible == ServerState.STOPPING && (request.checked() || !autoKill)) {
      fail(request.id(), "server is already stopping");
    } else if (phase == Phase.ALIVE && killing) {
      waitForTurn(request);
    } else {
      stopProcess(request.id(), settings.killAfter());
    }
  }

  private void stopWithin(PowerInput.StopWithin request) {
    endRestart();
    if (phase == Phase.ADOPTING) {
      // Whatever is found has to go; the search itself is short.
      offline.add(request.id());
      armKill(request.limit());
    } else if (visible == ServerState.OFFLINE) {
      succeed(request.id());
    } else {
      stopProcess(request.id(), request.limit());
    }
  }

  /// Takes back a restart or a planned start. True when there was one.
  private boolean endRestart() {
    boolean pending = restarting || planned != null || phase == Phase.JUDGING;
    restarting = false;
    cancelPlanned();
    settleJudgement();
    return pending;
  }

  /// Stops whatever there is; the request is answered when that was delivered, or with a time limit
  /// when the server is offline.
  private void stopProcess(long id, Duration killAfter) {
    boolean limited = killAfter.isPositive();
    cancelPlanned();
    if (phase == Phase.PREPARING || phase == Phase.CANCELLING) {
      cancelStart("the start was cancelled by a stop request");
      offline.add(id);
    } else {
      if (visible != ServerState.STOPPING) {
        deliverStop();
      }
      (limited || !delivering ? offline : delivery).add(id);
    }
    if (limited) {
      armKill(killAfter);
    }
  }

  private void deliverStop() {
    beforeStop = visible;
    stopping = true;
    enter(ServerState.STOPPING);
    delivering = true;
    effects.add(new DeliverStop(run));
  }

  private void restart(PowerInput.Requested request) {
    if (restarting) {
      fail(request.id(), "server is already restarting");
    } else if (refusal != null) {
      fail(request.id(), refusal);
    } else if (phase == Phase.ADOPTING || (phase == Phase.ALIVE && killing)) {
      waitForTurn(request);
    } else if (visible == ServerState.OFFLINE) {
      startFromOffline(request);
    } else {
      restarting = true;
      restartProcess(request.id());
    }
  }

  private void restartProcess(long id) {
    if (phase == Phase.PREPARING || phase == Phase.CANCELLING) {
      cancelStart("the start was cancelled by a restart request");
      succeed(id);
      return;
    }
    if (visible != ServerState.STOPPING) {
      deliverStop();
    }
    if (delivering) {
      delivery.add(id);
    } else {
      succeed(id);
    }
    if (settings.killAfter().isPositive()) {
      armKill(settings.killAfter());
    }
  }

  private void kill(PowerInput.Requested request) {
    switch (phase) {
      case ADOPTING -> kill.add(request.id());
      case PREPARING, CANCELLING -> {
        cancelStart("the start was cancelled by a kill request");
        killWanted = true;
        kill.add(request.id());
      }
      case ALIVE -> {
        cancelPlanned();
        killProcess();
        kill.add(request.id());
      }
      case IDLE, DYING, JUDGING -> {
        boolean wasPlanned = planned != null || phase == Phase.JUDGING;
        cancelPlanned();
        settleJudgement();
        if (request.checked() && !wasPlanned) {
          fail(request.id(), "server is already stopped");
        } else {
          succeed(request.id());
        }
      }
    }
  }

  private void killProcess() {
    stopping = true;
    if (!killing) {
      killing = true;
      effects.add(new Kill(run));
    }
  }

  private void cancelStart(String reason) {
    failAll(start, conflict(reason));
    if (phase == Phase.PREPARING) {
      phase = Phase.CANCELLING;
      enter(ServerState.STOPPING);
      effects.add(new CancelStart(run));
    }
  }

  private void waitForTurn(PowerInput.Requested request) {
    if (request.patience().isPositive()) {
      turn.add(request);
      effects.add(new ArmPatience(request.id(), request.patience()));
    } else {
      fail(request.id(), "another power action is in progress");
    }
  }

  private void patienceEnded(long id) {
    if (turn.removeIf(request -> request.id() == id)) {
      fail(id, "another power action is in progress");
    }
  }

  /// Lets waiting requests have their turn, in order, until one of them holds the server.
  private void serveTurns() {
    while (!turn.isEmpty() && !held()) {
      request(turn.removeFirst());
    }
  }

  // Start

  private void begin(StartReason reason) {
    cancelPlanned();
    settleJudgement();
    if (phase == Phase.DYING) {
      effects.add(new Release(run, /* remove= */ false)); // the start sequence removes what is left
    }
    stopping = false;
    restarting = false;
    killWanted = false;
    ready = false;
    end = null;
    adoptedAt = null;
    run++;
    phase = Phase.PREPARING;
    enter(ServerState.STARTING);
    effects.add(new RunStart(run, reason));
  }

  private void startSucceeded(long reported) {
    if (reported != run || (phase != Phase.PREPARING && phase != Phase.CANCELLING)) {
      return;
    }
    boolean cancelled = phase == Phase.CANCELLING;
    phase = Phase.ALIVE;
    succeedAll(start);
    if (cancelled) {
      stopping = true;
    }
    if (end != null) {
      ExitStatus early = end;
      end = null;
      exited(run, early);
    } else if (!cancelled) {
      if (ready) {
        enter(ServerState.RUNNING);
      }
    } else if (killWanted) {
      killProcess();
    } else {
      beforeStop = ServerState.STARTING;
      delivering = true;
      effects.add(new DeliverStop(run));
      if (killTimer == 0) {
        delivery.addAll(offline); // from now on it is an ordinary stop
        offline.clear();
      }
    }
  }

  private void startFailed(long reported, WingsException reason) {
    if (reported != run || (phase != Phase.PREPARING && phase != Phase.CANCELLING)) {
      return;
    }
    boolean cancelled = phase == Phase.CANCELLING;
    phase = Phase.IDLE;
    end = null;
    boolean unasked = !cancelled && start.isEmpty();
    boolean again = restarting;
    goOffline(); // who hears of the failure already sees the state
    if (unasked) {
      effects.add(new StartGivenUp(reason));
    }
    failAll(start, reason);
    if (again) {
      beginUnlessRefused(StartReason.RESTART);
    }
  }

  private void ready(long reported) {
    if (reported != run) {
      return;
    }
    if (phase == Phase.PREPARING) {
      ready = true;
    } else if (phase == Phase.ALIVE && visible == ServerState.STARTING) {
      enter(ServerState.RUNNING);
    }
  }

  private void beginUnlessRefused(StartReason reason) {
    if (refusal != null) {
      effects.add(new StartGivenUp(conflict(refusal)));
    } else {
      begin(reason);
    }
  }

  // Adoption

  private void adopt(boolean startAfter) {
    if (phase != Phase.IDLE) {
      return;
    }
    run++;
    phase = Phase.ADOPTING;
    end = null;
    if (startAfter) {
      plan(StartReason.BOOT, BOOT_GRACE);
    }
    effects.add(new SearchContainer(run));
  }

  private void adopted(long reported) {
    if (reported != run || phase != Phase.ADOPTING) {
      return;
    }
    phase = Phase.ALIVE;
    adoptedAt = now;
    stopping = false;
    enter(ServerState.RUNNING);
    if (end != null) {
      ExitStatus early = end;
      end = null;
      exited(run, early);
    } else if (killWanted || !kill.isEmpty()) {
      cancelPlanned();
      killProcess();
    } else if (!offline.isEmpty()) {
      cancelPlanned();
      deliverStop();
    }
  }

  private void nothingToAdopt(long reported) {
    if (reported != run || phase != Phase.ADOPTING) {
      return;
    }
    phase = Phase.IDLE;
    if (!kill.isEmpty()) {
      cancelPlanned();
    }
    goOffline();
  }

  // Stop and exit

  private void stopDelivered(long reported) {
    if (reported == run && phase == Phase.ALIVE && delivering) {
      delivering = false;
      succeedAll(delivery);
    }
  }

  private void stopFailed(long reported, WingsException reason) {
    if (reported != run || phase != Phase.ALIVE || !delivering) {
      return;
    }
    delivering = false;
    if (killTimer != 0 || killing) { // the process goes down one way or another
      failAll(delivery, reason);
      return;
    }
    restarting = false;
    stopping = false;
    enter(beforeStop);
    failAll(delivery, reason);
    failAll(offline, reason);
  }

  private void killed(long reported) {
    if (reported != run || phase != Phase.ALIVE || !killing) {
      return;
    }
    phase = Phase.DYING;
    goOffline();
  }

  private void killFailed(long reported, WingsException reason) {
    if (reported != run || phase != Phase.ALIVE || !killing) {
      return;
    }
    killing = false;
    failAll(kill, reason);
    if (killTimer == 0) {
      failAll(offline, reason); // nothing is left that would take the process down
    }
    if (visible != ServerState.STOPPING) {
      stopping = false;
    }
  }

  private void exited(long reported, ExitStatus status) {
    if (reported != run) {
      return;
    }
    switch (phase) {
      case ADOPTING, PREPARING, CANCELLING -> end = status;
      case ALIVE, DYING -> ended(status);
      case IDLE, JUDGING -> {} // each run ends once
    }
  }

  private void ended(ExitStatus status) {
    boolean again = restarting;
    boolean intended = stopping;
    phase = Phase.IDLE;
    goOffline();
    if (again) {
      effects.add(new Release(run, /* remove= */ false));
      beginUnlessRefused(StartReason.RESTART);
    } else if (intended) {
      effects.add(new Release(run, settings.removeOnStop()));
    } else if (justAdopted() || !settings.crashDetection()) {
      effects.add(new Release(run, /* remove= */ false));
    } else if (cleanExit(status)) {
      effects.add(new Release(run, settings.removeOnStop()));
    } else {
      phase = Phase.JUDGING;
      end = status;
      effects.add(new JudgeExit(run, status));
    }
  }

  private boolean cleanExit(ExitStatus status) {
    return status.exitCode() == 0 && !status.oomKilled() && !settings.cleanExitIsCrash();
  }

  private boolean justAdopted() {
    return adoptedAt != null && now - adoptedAt < BOOT_GRACE.toNanos();
  }

  /// Everything that ends with the process. The restart mark survives until [#ended] has seen it.
  private void goOffline() {
    enter(ServerState.OFFLINE);
    delivering = false;
    killing = false;
    if (phase != Phase.DYING) {
      stopping = false;
      restarting = false;
    }
    killWanted = false;
    if (killTimer != 0) {
      killTimer = 0;
      effects.add(new Disarm(PowerTimer.KILL));
    }
    succeedAll(delivery);
    succeedAll(offline);
    succeedAll(kill);
  }

  // Crashes

  private void judged(long reported, boolean engineEvent) {
    if (reported != run || phase != Phase.JUDGING) {
      return;
    }
    phase = Phase.IDLE;
    ExitStatus status = takeEnd();
    if (engineEvent) {
      effects.add(new Release(run, /* remove= */ false));
      effects.add(new EngineEvent());
      beginUnlessRefused(StartReason.ENGINE);
      return;
    }
    effects.add(new CrashDetected(status));
    Long previous = lastCrash;
    Duration since = previous == null ? null : Duration.ofNanos(now - previous);
    if (since != null && since.compareTo(settings.crashTimeout()) < 0) {
      effects.add(new CrashLoop(since));
      effects.add(new Release(run, settings.removeOnStop()));
      return;
    }
    effects.add(new Release(run, /* remove= */ false));
    quickCrashes = since != null && since.compareTo(QUICK) < 0 ? quickCrashes + 1 : 0;
    lastCrash = now;
    if (quickCrashes == 0) {
      beginUnlessRefused(StartReason.CRASH);
    } else {
      int shift = Math.min(quickCrashes - 1, MAX_BACK_OFF_SHIFT);
      plan(StartReason.CRASH, Duration.ofSeconds(1L << shift));
    }
  }

  /// Somebody acts before the judgement is there: the crash is announced, but nothing follows.
  private void settleJudgement() {
    if (phase == Phase.JUDGING) {
      phase = Phase.IDLE;
      effects.add(new CrashDetected(takeEnd()));
      effects.add(new Release(run, /* remove= */ false));
    }
  }

  private ExitStatus takeEnd() {
    ExitStatus status = end;
    end = null;
    if (status == null) {
      throw new IllegalStateException("end: null (expected: set while judging)");
    }
    return status;
  }

  // Timers

  private void timerFired(PowerInput.TimerFired fired) {
    switch (fired.timer()) {
      case KILL -> {
        if (fired.serial() == killTimer) {
          killTimer = 0;
          killNow();
        }
      }
      case START -> {
        Planned due = planned;
        if (due != null && due.serial() == fired.serial()) {
          planned = null;
          if (phase == Phase.IDLE || phase == Phase.DYING) {
            beginUnlessRefused(due.reason());
          } else if (phase == Phase.ADOPTING) {
            plan(due.reason(), BOOT_GRACE);
          }
        }
      }
    }
  }

  private void killNow() {
    switch (phase) {
      case ALIVE -> killProcess();
      case ADOPTING, PREPARING, CANCELLING -> killWanted = true;
      case IDLE, DYING, JUDGING -> {}
    }
  }

  // The end

  private void abandon(String reason) {
    abandoned = reason;
    if (phase == Phase.PREPARING || phase == Phase.CANCELLING) {
      effects.add(new CancelStart(run));
    }
    cancelPlanned();
    if (killTimer != 0) {
      killTimer = 0;
      effects.add(new Disarm(PowerTimer.KILL));
    }
    WingsException failure = conflict(reason);
    failAll(start, failure);
    failAll(delivery, failure);
    failAll(offline, failure);
    failAll(kill, failure);
    for (Iterator<PowerInput.Requested> i = turn.iterator(); i.hasNext(); i.remove()) {
      effects.add(new Failed(i.next().id(), failure));
    }
  }
}
