package dev.wings.backup.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaceTest {
  private static final long MIB = 1 << 20;
  private static final Duration WORK = Duration.ofMillis(20);

  private final ManualClock clock = ManualClock.atSecond(1000);
  private final Progress progress = new Progress();
  private long sleptNanos;

  private Pace pace(long bytesPerSecond, int pressureLimit, IoPressure pressure) {
    return new Pace(
        () -> bytesPerSecond,
        () -> pressureLimit,
        pressure,
        clock::nanos,
        time -> {
          sleptNanos += time.toNanos();
          clock.advance(time);
        });
  }

  @Test
  @Proves("BK-07")
  void limitHoldsOverTimeWithABurstOfASecond() {
    Pace pace = pace(10 * MIB, 0, IoPressure.UNKNOWN);
    clock.advance(Duration.ofMinutes(10)); // saves up no more than a second
    long begin = clock.nanos();

    for (int i = 0; i < 1000; i++) {
      pace.took(MIB, progress);
    }

    double seconds = (clock.nanos() - begin) / 1e9;
    assertThat(seconds).isBetween(98.9, 100.1);
  }

  @Test
  void wallClockThatJumpsChangesNothing() {
    Pace pace = pace(MIB, 0, IoPressure.UNKNOWN);
    pace.took(MIB, progress);
    clock.step(Duration.ofDays(-365));
    pace.took(MIB, progress);

    assertThat(sleptNanos).isEqualTo(2_000_000_000L);
  }

  @Test
  void withoutLimitsNothingWaits() {
    Pace pace = pace(0, 0, () -> OptionalDouble.of(100));
    pace.took(1L << 50, progress);
    Pace.free().took(1L << 50, progress);

    assertThat(sleptNanos).isZero();
    assertThat(pace.unlimited()).isTrue();
  }

  @Test
  void limitThatChangesCountsAtOnce() {
    AtomicInteger mib = new AtomicInteger(1);
    Pace pace =
        new Pace(() -> mib.get() * MIB, () -> 0, IoPressure.UNKNOWN, clock::nanos, this::sleep);
    pace.took(MIB, progress);
    mib.set(0);
    long before = sleptNanos;

    pace.took(1L << 40, progress);

    assertThat(sleptNanos).isEqualTo(before);
  }

  private void sleep(Duration time) {
    sleptNanos += time.toNanos();
    clock.advance(time);
  }

  @Test
  @Proves("BK-07")
  void whileOthersWaitForDisksItPausesButGetsOn() {
    Pace pace = pace(0, 20, () -> OptionalDouble.of(80));

    for (int i = 0; i < 500; i++) {
      clock.advance(WORK);
      pace.took(MIB, progress);
    }

    long worked = 500 * WORK.toNanos();
    assertThat(sleptNanos).isBetween(3 * worked, 4 * worked);
  }

  @Test
  @Proves("BK-07")
  void withoutPressureItDoesNotPause() {
    Pace pace = pace(0, 20, () -> OptionalDouble.of(19.9));

    for (int i = 0; i < 100; i++) {
      clock.advance(WORK);
      pace.took(MIB, progress);
    }

    assertThat(sleptNanos).isZero();
  }

  @Test
  void waitEndsWhenTheWorkIsToEnd() {
    Pace pace =
        new Pace(
            () -> 1,
            () -> 0,
            IoPressure.UNKNOWN,
            clock::nanos,
            time -> {
              sleep(time);
              progress.cancel();
            });

    assertThatThrownBy(() -> pace.took(MIB, progress))
        .isInstanceOf(OperationAbortedException.class);
    assertThat(sleptNanos).isLessThan(1_000_000_000);
  }

  @Test
  void pressureIsReadAsTheKernelWritesIt(@TempDir Path host) throws IOException {
    Path file = host.resolve("io");
    assertThat(IoPressure.of(file).percent()).isEmpty();
    Files.writeString(
        file,
        """
        some avg10=12.34 avg60=1.00 avg300=0.10 total=123
        full avg10=1.00 avg60=0.00 avg300=0.00 total=45
        """);
    assertThat(IoPressure.of(file).percent()).hasValue(12.34);
    Files.writeString(file, "some nonsense avg10=x\n");
    assertThat(IoPressure.of(file).percent()).isEmpty();
  }
}
