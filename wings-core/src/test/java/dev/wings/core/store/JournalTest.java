package dev.wings.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path directory;

  private Journal open() throws IOException {
    return Journal.open(directory.resolve("j"), 100);
  }

  @Test
  void entriesSurviveAndRemovedOnesDoNot() throws IOException {
    try (Journal journal = open()) {
      long first = journal.append(IntNode.valueOf(1));
      journal.append(IntNode.valueOf(2));
      journal.remove(List.of(first));
    }
    try (Journal journal = open()) {
      assertThat(journal.entries().values()).containsExactly(IntNode.valueOf(2));
      assertThat(journal.append(IntNode.valueOf(3))).isGreaterThan(2);
    }
  }

  @Test
  @Proves("ST-02")
  void aTornOrDamagedFileCostsOnlyTheDamagedEntries() throws IOException {
    Path file = directory.resolve("j");
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      Files.deleteIfExists(file);
      try (Journal journal = open()) {
        for (int i = 0; i < 20; i++) {
          journal.append(IntNode.valueOf(i));
        }
      }
      byte[] bytes = Files.readAllBytes(file);
      int at = random.nextInt(bytes.length);
      if (round % 2 == 0) {
        bytes = java.util.Arrays.copyOf(bytes, at);
      } else {
        bytes[at] ^= (byte) (1 + random.nextInt(255));
      }
      Files.write(file, bytes);

      try (Journal journal = open()) {
        assertThat(journal.entries().size()).isGreaterThanOrEqualTo(round % 2 == 0 ? 0 : 17);
        journal.append(IntNode.valueOf(99));
      }
      try (Journal journal = open()) {
        assertThat(journal.entries().values()).contains(IntNode.valueOf(99));
      }
    }
  }

  @Test
  @Proves("ST-02")
  void aSecondUserIsRefused() throws IOException {
    try (Journal journal = open()) {
      journal.append(IntNode.valueOf(1));
      assertThatThrownBy(this::open).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aFullJournalDropsTheOldest() throws IOException {
    try (Journal journal = open()) {
      for (int i = 0; i < 130; i++) {
        journal.append(IntNode.valueOf(i));
      }
      assertThat(journal.entries()).hasSize(100);
      assertThat(journal.entries().values().iterator().next()).isEqualTo(IntNode.valueOf(30));
    }
  }
}
