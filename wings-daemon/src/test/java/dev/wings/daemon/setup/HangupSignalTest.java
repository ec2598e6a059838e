package dev.wings.daemon.setup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sun.misc.Signal;

@Timeout(30)
class HangupSignalTest {
  @Test
  @Proves("TL-01")
  void theSignalRunsTheReactionAndEndsNothing() throws InterruptedException {
    Semaphore reactions = new Semaphore(0);
    HangupSignal hangup = HangupSignal.handle(reactions::release);
    try {
      for (int i = 0; i < 3; i++) {
        Signal.raise(new Signal("HUP"));
        assertThat(reactions.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      hangup.close();
    }
  }
}
