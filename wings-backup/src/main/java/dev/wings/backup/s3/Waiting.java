package dev.wings.backup.s3;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.time.Duration;

/// Pauses between attempts.
final class Waiting {
  private static final Duration STEP = Duration.ofMillis(100);

  private Waiting() {}

  /// @throws OperationAbortedException when it was cancelled meanwhile
  static void sleep(Duration time, Pace.Sleeper sleeper, Progress progress) {
    try {
      for (Duration left = time; left.isPositive(); left = left.minus(STEP)) {
        progress.check();
        sleeper.sleep(left.compareTo(STEP) < 0 ? left : STEP);
      }
      progress.check();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }
}
