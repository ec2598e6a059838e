package dev.wings.sftp.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HandleCountTest {
  private static SftpLimits limits(int handles) {
    return new SftpLimits(false, true, 3, 20, Duration.ZERO, 10, 10, 32, handles, 0, 500);
  }

  @Test
  void keepsToTheLimitOfTheMoment() {
    AtomicInteger limit = new AtomicInteger(2);
    HandleCount count = new HandleCount(() -> limits(limit.get()));

    assertThat(count.take()).isTrue();
    assertThat(count.full()).isFalse();
    assertThat(count.take()).isTrue();
    assertThat(count.full()).isTrue();
    assertThat(count.take()).isFalse();
    limit.set(3);
    assertThat(count.take()).isTrue();
    limit.set(1);
    count.release();
    assertThat(count.take()).isFalse();
    assertThat(count.open()).isEqualTo(2);
  }

  @Test
  void givesBackOnlyWhatWasTaken() {
    HandleCount count = new HandleCount(() -> limits(2));

    assertThatThrownBy(count::release).isInstanceOf(IllegalStateException.class);
    assertThat(count.open()).isZero();
  }

  @Test
  @Proves("SF-09")
  void neverCountsMoreThanTheLimitOverThreads() throws Exception {
    HandleCount count = new HandleCount(() -> limits(1000));
    List<Future<Integer>> taken = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int thread = 0; thread < 4; thread++) {
        taken.add(
            threads.submit(() -> {
              int mine = 0;
              for (int i = 0; i < 1000; i++) {
                mine += count.take() ? 1 : 0;
              }
              return mine;
            }));
      }
    }
    int sum = 0;
    for (Future<Integer> mine : taken) {
      sum += mine.get();
    }

    assertThat(sum).isEqualTo(1000);
  }
}
