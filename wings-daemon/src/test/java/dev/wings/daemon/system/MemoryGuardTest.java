package dev.wings.daemon.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MemoryGuardTest {
  private long nanos;
  private long collectionMillis;
  private double directShare;
  private final List<String> ends = new ArrayList<>();
  private final MemoryGuard guard =
      new MemoryGuard(
          new MemoryGuard.Readings() {
            @Override
            public long collectionMillis() {
              return collectionMillis;
            }

            @Override
            public double directShare() {
              return directShare;
            }
          },
          () -> nanos,
          ends::add);

  private void look(long millisOfCollections) {
    nanos += TimeUnit.SECONDS.toNanos(2);
    collectionMillis += millisOfCollections;
    guard.look();
  }

  @Test
  void endsAProcessThatOnlyCollects() {
    look(1900);
    look(1900);
    look(1900);
    assertThat(ends).isEmpty();

    look(1900);

    assertThat(ends).singleElement().asString().contains("heap");
  }

  @Test
  void oneGoodLookForgivesTheBadOnes() {
    for (int round = 0; round < 5; round++) {
      look(1900);
      look(1900);
      look(1900);
      look(500);
    }

    assertThat(ends).isEmpty();
  }

  @Test
  void endsAProcessWithoutMemoryOutsideTheHeap() {
    directShare = 0.99;
    look(0);
    look(0);
    look(0);
    assertThat(ends).isEmpty();

    look(0);

    assertThat(ends).singleElement().asString().contains("outside the heap");
  }

  @Test
  void readsTheRunningProcess() throws InterruptedException {
    try (MemoryGuard running = MemoryGuard.start()) {
      running.look(); // would end this process if it judged it wrongly
    }
  }
}
