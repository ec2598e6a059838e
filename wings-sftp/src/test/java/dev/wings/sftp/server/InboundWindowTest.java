package dev.wings.sftp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.limit.MemoryBudget;
import org.junit.jupiter.api.Test;

class InboundWindowTest {
  private static final int KIB = 1024;

  private static InboundWindow window(long budget) {
    return new InboundWindow(new MemoryBudget(budget));
  }

  /// Sends as much as the window allows and has it dealt with.
  private static int grantedAfterUsing(InboundWindow window, int bytes) {
    assertThat(window.receive(bytes)).isTrue();
    int granted = 0;
    for (int done = 0; done < bytes; done += 32 * KIB) {
      granted += window.dealtWith(32 * KIB);
    }
    return granted;
  }

  @Proves("SF-05")
  @Test
  void nobodySendsMoreThanAllowed() {
    InboundWindow window = window(1);

    assertThat(window.receive(InboundWindow.SMALLEST)).isTrue();
    assertThat(window.receive(1)).isFalse();
    assertThat(window.receive(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void whatIsDealtWithComesBackInSteps() {
    InboundWindow window = window(1);
    window.receive(128 * KIB);

    assertThat(window.dealtWith(63 * KIB)).isZero();
    assertThat(window.dealtWith(1 * KIB)).isEqualTo(64 * KIB);
    assertThat(window.dealtWith(10)).isZero();
  }

  @Test
  void aClientThatUsesAllOfItGetsALargerOneUpToABound() {
    InboundWindow window = window(100 << 20);
    int allowed = InboundWindow.SMALLEST;
    for (int round = 0; round < 10; round++) {
      int granted = grantedAfterUsing(window, allowed);
      allowed = granted;
      assertThat(allowed).isLessThanOrEqualTo(InboundWindow.LARGEST);
    }
    assertThat(allowed).isEqualTo(InboundWindow.LARGEST);
  }

  @Proves("SF-02")
  @Test
  void withoutBudgetWindowsStaySmallAndClosedOnesMakeRoom() {
    MemoryBudget budget = new MemoryBudget(InboundWindow.SMALLEST);
    InboundWindow first = new InboundWindow(budget);
    InboundWindow second = new InboundWindow(budget);

    assertThat(grantedAfterUsing(first, InboundWindow.SMALLEST))
        .isGreaterThan(InboundWindow.SMALLEST);
    assertThat(grantedAfterUsing(second, InboundWindow.SMALLEST)).isEqualTo(InboundWindow.SMALLEST);
    first.close();
    first.close();

    assertThat(grantedAfterUsing(second, InboundWindow.SMALLEST))
        .isGreaterThan(InboundWindow.SMALLEST);
  }
}
