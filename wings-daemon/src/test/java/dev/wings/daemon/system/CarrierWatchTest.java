package dev.wings.daemon.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CarrierWatchTest {
  @Test
  void remembersTheLongestWaitOfAThread() throws InterruptedException {
    AtomicLong nanos = new AtomicLong();
    AtomicLong delay = new AtomicLong();
    CarrierWatch watch =
        new CarrierWatch(
            task -> {
              nanos.addAndGet(delay.get());
              task.run();
            },
            nanos::get);

    for (long millis : new long[] {3, 1500, 20}) {
      delay.set(Duration.ofMillis(millis).toNanos());
      watch.look();
    }

    assertThat(watch.longest()).isEqualTo(Duration.ofMillis(1500));
  }
}
