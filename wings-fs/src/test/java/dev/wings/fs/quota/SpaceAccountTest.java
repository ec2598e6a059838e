package dev.wings.fs.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.sandbox.DiskLimitException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SpaceAccountTest {
  private static final long[] EXTREMES = {
    0,
    1,
    2,
    1 << 20,
    Integer.MAX_VALUE,
    1L << 40,
    Long.MAX_VALUE / 2,
    Long.MAX_VALUE - 1,
    Long.MAX_VALUE
  };
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  @Test
  @Proves("QU-02")
  void agreesWithAModelOfUnboundedIntegers() {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    SpaceAccount account = new SpaceAccount();
    BigInteger model = BigInteger.ZERO;
    long limit = 0;
    for (int round = 0; round < 50_000; round++) {
      long bytes =
          random.nextBoolean()
              ? EXTREMES[random.nextInt(EXTREMES.length)]
              : random.nextLong(1L << random.nextInt(1, 62));
      BigInteger big = BigInteger.valueOf(bytes);
      switch (random.nextInt(8)) {
        case 0 -> {
          limit = random.nextBoolean() ? 0 : bytes;
          account.limit(limit);
        }
        case 1, 2, 3 -> {
          account.settle(0, -bytes);
          model = model.subtract(big).max(BigInteger.ZERO);
        }
        case 4 -> {
          account.correct(account.mark(), bytes);
          model = big;
        }
        default -> {
          BigInteger next = model.add(big).min(MAX);
          boolean fits = limit == 0 || next.compareTo(BigInteger.valueOf(limit)) <= 0;
          assertThat(reserved(account, bytes)).as("round %d, seed %d", round, seed).isEqualTo(fits);
          model = fits ? next : model;
          if (fits) {
            account.settle(bytes, bytes); // on the disk
          }
        }
      }
      assertThat(BigInteger.valueOf(account.used()))
          .as("round %d, seed %d", round, seed)
          .isEqualTo(model);
    }
  }

  private static boolean reserved(SpaceAccount account, long bytes) {
    try {
      account.reserve(bytes);
      return true;
    } catch (DiskLimitException full) {
      return false;
    }
  }

  @Test
  void negativeAmountsAreBugs() {
    SpaceAccount account = new SpaceAccount();

    assertThatThrownBy(() -> account.reserve(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> account.settle(Long.MIN_VALUE, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> account.limit(-5)).isInstanceOf(IllegalArgumentException.class);
    assertThat(account.used()).isZero();
  }

  @Test
  void negativeAmountsAreCounted() {
    SpaceAccount account = new SpaceAccount();

    assertThatThrownBy(() -> account.reserve(-1)).isInstanceOf(IllegalArgumentException.class);

    assertThat(account.defects()).isEqualTo(1);
  }

  @Test
  void correctionKeepsWhatHappenedDuringTheScan() throws DiskLimitException {
    SpaceAccount account = new SpaceAccount();
    account.settle(0, 1000);
    long mark = account.mark();
    account.settle(0, 10);
    account.reserve(5);

    account.correct(mark, 500);
    assertThat(account.used()).as("measured, settled meanwhile, in flight").isEqualTo(515);
    mark = account.mark();
    account.settle(5, -100);
    account.correct(mark, 50);
    assertThat(account.used()).isZero();
  }

  @Test
  void whatIsReservedAndNotWrittenComesBack() throws DiskLimitException {
    SpaceAccount account = new SpaceAccount();
    account.limit(100);
    account.reserve(100);
    assertThatThrownBy(() -> account.check(1)).isInstanceOf(DiskLimitException.class);

    account.release(60);
    account.settle(40, 30);

    account.check(70);
    assertThat(account.used()).isEqualTo(30);
  }

  @Test
  @Proves("QU-02")
  void noUpdateIsLostAndTheLimitHoldsUnderManyWriters() throws InterruptedException {
    SpaceAccount account = new SpaceAccount();
    account.limit(1_000_000);
    AtomicLong granted = new AtomicLong();
    List<Thread> writers = new ArrayList<>();
    for (int t = 0; t < 64; t++) {
      writers.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < 1000; i++) {
                  if (reserved(account, 37)) {
                    granted.addAndGet(37);
                  }
                }
              }));
    }
    for (Thread writer : writers) {
      writer.join();
    }

    assertThat(account.used()).isEqualTo(granted.get()).isBetween(1_000_000L - 36, 1_000_000L);
  }
}
