package dev.wings.core.testing;

import dev.wings.core.WingsException;
import dev.wings.core.event.EventBus;
import dev.wings.core.install.Installer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// An installer that only waits as long as the test wants.
public final class FakeInstaller implements Installer {
  /// Where installations can be made to wait or fail.
  public enum Step {
    RUN,
    RESUME
  }

  private final Gates<Step> gates = new Gates<>();
  private final CopyOnWriteArrayList<Request> runs = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<Request> resumed = new CopyOnWriteArrayList<>();
  private volatile Outcome outcome = Outcome.SUCCESS;

  public Gates<Step> gates() {
    return gates;
  }

  public void willEnd(Outcome newOutcome) {
    outcome = newOutcome;
  }

  public List<Request> runs() {
    return List.copyOf(runs);
  }

  public List<Request> resumed() {
    return List.copyOf(resumed);
  }

  @Override
  public Outcome run(Request request, EventBus events) {
    runs.add(request);
    return work(Step.RUN);
  }

  @Override
  public Outcome resume(Request request, EventBus events) {
    resumed.add(request);
    return work(Step.RESUME);
  }

  private Outcome work(Step step) {
    try {
      gates.pass(step);
      return outcome;
    } catch (WingsException interrupted) {
      Thread.interrupted(); // as the contract of Installer wants it
      return Outcome.SUCCESS;
    }
  }
}
