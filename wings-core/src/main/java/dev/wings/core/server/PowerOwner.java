package dev.wings.core.server;

import dev.wings.core.WingsException;
import dev.wings.core.power.MachineState;
import dev.wings.core.power.PowerEffect;
import dev.wings.core.power.PowerInput;
import dev.wings.core.power.PowerMachine;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.PowerSettings;
import dev.wings.core.power.PowerTimer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Owns the state machine of one server: the only one who feeds it, on the server's mailbox. Keeps
/// timers and the futures of open requests; everything else that the machine wants is done by the
/// duties.
final class PowerOwner {
  private final UUID server;
  private final Mailbox mailbox;
  private final Duties duties;
  private final Timers timers;
  private final LongSupplier nanoTime;
  private final AtomicLong lastId = new AtomicLong();

  // Only touched by the mailbox.
  private MachineState machine;
  private final Map<Long, Request> requests = new HashMap<>();
  private final EnumMap<PowerTimer, Timers.Timer> armed = new EnumMap<>(PowerTimer.class);

  /// What the machine wants done outside.
  interface Duties {
    /// The settings in force. Runs on the mailbox.
    PowerSettings settings();

    /// Carries out anything but timers and outcomes. Runs on the mailbox.
    void carryOut(PowerEffect effect);

    /// A request has its outcome. Runs on its own thread, before the future completes.
    void ended(PowerRequest request, @Nullable WingsException failure);
  }

  private static final class Request {
    final @Nullable PowerRequest asked;
    final CompletableFuture<Void> future = new CompletableFuture<>();
    Timers.@Nullable Timer patience;

    Request(@Nullable PowerRequest asked) {
      this.asked = asked;
    }
  }

  PowerOwner(UUID server, Mailbox mailbox, Duties duties, Timers timers, LongSupplier nanoTime) {
    this.server = server;
    this.mailbox = mailbox;
    this.duties = duties;
    this.timers = timers;
    this.nanoTime = nanoTime;
    machine = MachineState.initial(PowerSettings.DEFAULT);
  }

  CompletableFuture<Void> request(PowerRequest asked) {
    long id = lastId.incrementAndGet();
    return open(
        id,
        new Request(asked),
        new PowerInput.Requested(id, asked.action(), asked.checked(), asked.patience()));
  }

  /// Stops the server for the daemon's own reasons and kills it after `limit`.
  CompletableFuture<Void> stopWithin(Duration limit) {
    long id = lastId.incrementAndGet();
    return open(id, new Request(null), new PowerInput.StopWithin(id, limit));
  }

  private CompletableFuture<Void> open(long id, Request request, PowerInput input) {
    mailbox.post(() -> {
      requests.put(id, request);
      try {
        feed(input);
      } catch (RuntimeException | StackOverflowError bug) {
        end(id, WingsException.impossible("the power action failed unexpectedly"));
        throw bug;
      }
    });
    return request.future;
  }

  void post(PowerInput input) {
    mailbox.post(() -> feed(input));
  }

  /// Applies an input. Only for tasks of the mailbox.
  void feed(PowerInput input) {
    PowerSettings settings = duties.settings();
    if (!settings.equals(machine.settings())) {
      apply(new PowerInput.SettingsChanged(settings));
    }
    apply(input);
  }

  private void apply(PowerInput input) {
    PowerMachine.Step step = PowerMachine.apply(machine, input, nanoTime.getAsLong());
    machine = step.state();
    step.effects().forEach(this::carryOut);
  }

  private void carryOut(PowerEffect effect) {
    switch (effect) {
      case PowerEffect.Succeeded done -> end(done.id(), null);
      case PowerEffect.Failed failed -> end(failed.id(), failed.reason());
      case PowerEffect.Arm arm -> arm(arm);
      case PowerEffect.Disarm disarm -> disarm(disarm.timer());
      case PowerEffect.ArmPatience arm -> armPatience(arm.id(), arm.patience());
      default -> duties.carryOut(effect);
    }
  }

  private void arm(PowerEffect.Arm arm) {
    disarm(arm.timer());
    PowerInput fired = new PowerInput.TimerFired(arm.timer(), arm.serial());
    armed.put(arm.timer(), timers.after(arm.delay(), () -> post(fired)));
  }

  private void disarm(PowerTimer timer) {
    Timers.Timer running = armed.remove(timer);
    if (running != null) {
      running.cancel();
    }
  }

  private void armPatience(long id, Duration patience) {
    Request request = requests.get(id);
    if (request != null && request.patience == null) {
      request.patience = timers.after(patience, () -> post(new PowerInput.PatienceEnded(id)));
    }
  }

  private void end(long id, @Nullable WingsException failure) {
    Request request = requests.remove(id);
    if (request == null) {
      return;
    }
    if (request.patience != null) {
      request.patience.cancel();
    }
    // Whoever waits must not run on the mailbox, and recording activity may wait for the disk.
    Thread.ofVirtual().name("server-outcome-" + server).start(() -> complete(request, failure));
  }

  private void complete(Request request, @Nullable WingsException failure) {
    try {
      if (request.asked != null) {
        duties.ended(request.asked, failure);
      }
    } finally {
      if (failure == null) {
        request.future.complete(null);
      } else {
        request.future.completeExceptionally(failure);
      }
    }
  }
}
