package dev.wings.core.delivery;

import dev.wings.core.testing.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Rests that take no time but move the clock. They are held back until [#release], so that a test
/// can prepare everything first.
final class SimulatedRest implements Rest {
  private final ManualClock clock;
  private final List<Duration> rests = new ArrayList<>();
  private boolean released;
  private boolean woken;

  SimulatedRest(ManualClock clock) {
    this.clock = clock;
  }

  synchronized void release() {
    released = true;
    notifyAll();
  }

  synchronized List<Duration> rests() {
    return List.copyOf(rests);
  }

  @Override
  public synchronized void rest(Duration longest) throws InterruptedException {
    while (!released && !woken) {
      wait();
    }
    if (woken) {
      woken = false;
      return;
    }
    rests.add(longest);
    clock.advance(longest);
  }

  @Override
  public synchronized void wake() {
    woken = true;
    notifyAll();
  }
}
