package dev.wings.core.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.power.ServerState;
import dev.wings.core.server.DiskGuard.Verdict;
import dev.wings.core.testing.FakeVolume;
import dev.wings.core.testing.Proves;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskGuardTest {
  private static final long MIB = 1 << 20;

  private final FakeVolume volume = new FakeVolume(Path.of("unused"));
  private long nanos;
  private final DiskGuard guard = new DiskGuard(volume, () -> nanos);

  @BeforeEach
  void limit() {
    volume.limit(1000 * MIB);
  }

  private Verdict after(Duration time, ServerState state, long usedMib) {
    nanos += time.toNanos();
    volume.become(usedMib * MIB);
    return guard.judge(state);
  }

  @Test
  void serverThatStaysFullIsStoppedAfterTheSpan() {
    assertThat(after(Duration.ZERO, ServerState.RUNNING, 1001)).isEqualTo(Verdict.GO_ON);
    assertThat(after(Duration.ofSeconds(4), ServerState.RUNNING, 1001)).isEqualTo(Verdict.GO_ON);
    assertThat(after(Duration.ofSeconds(1), ServerState.RUNNING, 1001)).isEqualTo(Verdict.STOP);
  }

  @Test
  void serverThatMakesRoomInTimeGoesOn() {
    assertThat(after(Duration.ZERO, ServerState.RUNNING, 1001)).isEqualTo(Verdict.GO_ON);
    assertThat(after(Duration.ofSeconds(4), ServerState.RUNNING, 999)).isEqualTo(Verdict.GO_ON);
    assertThat(after(Duration.ofSeconds(4), ServerState.RUNNING, 1001)).isEqualTo(Verdict.GO_ON);
  }

  @Test
  @Proves("QU-04")
  void serverFarBeyondItsLimitIsStoppedAtOnce() {
    assertThat(after(Duration.ofSeconds(1), ServerState.RUNNING, 1099)).isEqualTo(Verdict.GO_ON);
    assertThat(after(Duration.ofSeconds(1), ServerState.RUNNING, 1100)).isEqualTo(Verdict.STOP);
  }

  @Test
  @Proves("QU-04")
  void serverThatWritesOnWhileItStopsIsKilled() {
    assertThat(after(Duration.ofSeconds(1), ServerState.STOPPING, 1199)).isEqualTo(Verdict.GO_ON);
    assertThat(after(Duration.ofSeconds(1), ServerState.STOPPING, 1201)).isEqualTo(Verdict.KILL);
    assertThat(after(Duration.ofSeconds(1), ServerState.STOPPING, 1201))
        .as("it does not grow any more")
        .isEqualTo(Verdict.GO_ON);
  }

  /// A server that writes as fast as it can and does not obey the stop, from any place in the
  /// second between two looks on.
  @ParameterizedTest
  @ValueSource(ints = {7, 25, 60, 99, 180, 1000, 4000})
  @Proves("QU-04")
  void overshootOfAFastWriterIsBounded(int mibPerSecond) {
    int limit = 1000;
    int excess = 100;
    long bound = Math.max(excess + 2L * mibPerSecond, 2L * excess + mibPerSecond);
    for (int first = limit - mibPerSecond; first < limit; first++) {
      DiskGuard watched = new DiskGuard(volume, () -> nanos);
      ServerState state = ServerState.RUNNING;
      long used = first;
      Verdict verdict = Verdict.GO_ON;
      while (verdict != Verdict.KILL) {
        nanos += Duration.ofSeconds(1).toNanos();
        used += mibPerSecond;
        volume.become(used * MIB);
        verdict = watched.judge(state);
        if (verdict == Verdict.STOP) {
          state = ServerState.STOPPING;
        }
        assertThat(used - limit).as("MiB beyond, beginning at %d", first).isLessThan(bound);
      }
    }
  }

  @Test
  void offlineAndUnlimitedServersAreLeftAlone() {
    assertThat(after(Duration.ofSeconds(9), ServerState.OFFLINE, 5000)).isEqualTo(Verdict.GO_ON);
    volume.limit(0);
    assertThat(after(Duration.ofSeconds(9), ServerState.RUNNING, 5000)).isEqualTo(Verdict.GO_ON);
  }
}
