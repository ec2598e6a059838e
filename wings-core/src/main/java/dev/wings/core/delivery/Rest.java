package dev.wings.core.delivery;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The pauses of a delivery; tests let simulated time pass instead.
interface Rest {
  /// Returns after the time, or earlier when it was woken since the last rest.
  void rest(Duration longest) throws InterruptedException;

  void wake();

  /// Real pauses.
  static Rest real() {
    Semaphore alarm = new Semaphore(0);
    return new Rest() {
      @Override
      public void rest(Duration longest) throws InterruptedException {
        if (alarm.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)) {
          alarm.drainPermits();
        }
      }

      @Override
      public void wake() {
        alarm.release();
      }
    };
  }
}
