package dev.wings.sftp.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(100);

  @Test
  void givesAsMuchAsThereIs() {
    assertThat(budget.take(60)).isTrue();
    assertThat(budget.take(60)).isFalse();
    assertThat(budget.take(40)).isTrue();

    budget.release(60);

    assertThat(budget.take(60)).isTrue();
    assertThat(budget.take(1)).isFalse();
  }

  @Test
  void tellsWhenMoreIsUsedThanThereShouldBe() {
    budget.use(100);
    assertThat(budget.exceeded()).isFalse();
    budget.use(1);
    assertThat(budget.exceeded()).isTrue();
    assertThat(budget.take(1)).isFalse();

    budget.release(1);

    assertThat(budget.exceeded()).isFalse();
  }

  @Test
  void isNeverEmpty() {
    assertThatThrownBy(() -> new MemoryBudget(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes");
  }
}
