package dev.wings.core.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RevocationTablesTest {
  private static final long NOW = 1_795_430_000L;

  private final ManualClock time = ManualClock.atSecond(NOW);

  @Test
  void denialsAreForgottenWhenNoTokenCanBeThatOld() {
    DenyList denyList = new DenyList(time, Duration.ofHours(24), 10);
    denyList.deny("a");
    time.advance(Duration.ofHours(24));
    denyList.deny("b");
    assertThat(denyList.denies("a", NOW)).isTrue();

    time.advance(Duration.ofSeconds(1));
    denyList.deny("b");

    assertThat(denyList.denies("a", NOW)).isFalse();
    assertThat(denyList.size()).isEqualTo(1);
  }

  @Test
  @Proves("TK-05")
  void aFullDenyListRefusesMoreRatherThanLess() {
    DenyList denyList = new DenyList(time, Duration.ofHours(1), 1000);
    for (int i = 0; i < 2000; i++) {
      denyList.deny("id-" + i);
      time.advance(Duration.ofSeconds(1));
    }

    assertThat(denyList.size()).isEqualTo(1000);
    for (int i = 0; i < 2000; i++) {
      assertThat(denyList.denies("id-" + i, NOW + i)).isTrue();
    }
    assertThat(denyList.denies("stranger", NOW + 1500)).isFalse();
    assertThat(denyList.denies("stranger", NOW + 900)).as("collateral").isTrue();
  }

  @Test
  void aLaterDenialOfTheSameIdWins() {
    DenyList denyList = new DenyList(time);
    denyList.deny("a");
    assertThat(denyList.denies("a", NOW + 1)).isFalse();

    time.advance(Duration.ofSeconds(1));
    denyList.deny("a");

    assertThat(denyList.denies("a", NOW + 1)).isTrue();
    assertThat(denyList.denies("a", NOW + 2)).isFalse();
  }

  @Test
  @Proves("TK-04")
  void ofManyParallelUsesExactlyTheAllowedNumberSucceeds() throws InterruptedException {
    for (int limit : new int[] {1, 5}) {
      UseCounter counter = new UseCounter(() -> limit, time::nanos);
      CountDownLatch start = new CountDownLatch(1);
      AtomicInteger granted = new AtomicInteger();
      Thread[] threads = new Thread[100];
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    start.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                  }
                  if (counter.tryTake("link", NOW)) {
                    granted.incrementAndGet();
                  }
                });
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }

      assertThat(granted).hasValue(limit);
    }
  }

  @Test
  @Proves("TK-04")
  void aMillionLinksKeepTheTableWithinItsLimitAndGiveNoUseBack() {
    UseCounter counter = new UseCounter(() -> 1, time::nanos);
    for (int i = 0; i < 1_000_000; i++) {
      assertThat(counter.tryTake("link-" + i, NOW + i)).isTrue();
    }

    assertThat(counter.size()).isEqualTo(1 << 16);
    assertThat(counter.tryTake("link-0", NOW)).isFalse();
    assertThat(counter.tryTake("link-999999", NOW + 999_999)).isFalse();
  }

  @Test
  void zeroMeansUnlimitedAndTheLimitIsReadOnEachUse() {
    int[] limit = {0};
    UseCounter counter = new UseCounter(() -> limit[0], time::nanos);
    for (int i = 0; i < 100; i++) {
      assertThat(counter.tryTake("link", NOW)).isTrue();
    }
    assertThat(counter.size()).isZero();

    limit[0] = 1;
    assertThat(counter.tryTake("link", NOW)).isTrue();
    assertThat(counter.tryTake("link", NOW)).isFalse();
  }

  @Test
  @Proves("CK-01")
  void countersAreForgottenByTheMonotonicClock() {
    UseCounter counter = new UseCounter(() -> 1, time::nanos);
    assertThat(counter.tryTake("link", NOW)).isTrue();

    time.step(Duration.ofDays(365));
    assertThat(counter.tryTake("link", NOW)).isFalse();
    time.advance(Duration.ofHours(25));
    counter.tryTake("other", NOW);
    assertThat(counter.size()).isEqualTo(1);
  }
}
