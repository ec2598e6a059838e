package dev.wings.sftp.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OwnerCountsTest {
  private final OwnerCounts counts = new OwnerCounts();

  @Test
  void eachUserHasPlacesOfTheirOwnAndGetsThemBack() {
    assertThat(counts.take("alice", 2)).isTrue();
    assertThat(counts.take("alice", 2)).isTrue();
    assertThat(counts.take("alice", 2)).isFalse();
    assertThat(counts.take("bob", 2)).isTrue();

    counts.release("alice");

    assertThat(counts.take("alice", 2)).isTrue();
    assertThat(counts.take("alice", 2)).isFalse();
  }
}
