package dev.wings.backup.ddup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DdupBackupsTest {
  @TempDir Path directory;
  private Path tree;
  private DdupWorld world;

  @BeforeEach
  void prepare() throws IOException {
    tree = Files.createDirectory(directory.resolve("tree"));
    world = new DdupWorld(directory.resolve("backups"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsRestoredIsWhatWasStored(long seed) throws IOException {
    Trees.fill(tree, new Random(seed));

    BackupResult result = world.create(DdupWorld.id(1), tree);
    Path restored = world.restore(DdupWorld.id(1), directory.resolve("restored"));

    assertThat(Trees.describe(restored)).isEqualTo(Trees.describe(tree));
    assertThat(world.troubles()).isEmpty();
    assertThat(
            world
                .find(DdupWorld.id(1))
                .verify(java.util.Optional.of(result.checksum()), new Progress())
                .faults())
        .isEmpty();
  }

  @Test
  void aSecondBackupOfTheSameTreeAddsNoChunk() throws IOException {
    Trees.fill(tree, new Random(9));
    world.create(DdupWorld.id(1), tree);
    var before = world.chunkFiles();

    world.create(DdupWorld.id(2), tree);

    assertThat(world.chunkFiles()).isEqualTo(before).isNotEmpty();
  }

  @Test
  void deletionRemovesWhatNoOtherBackupUses() throws IOException {
    Trees.write(tree, "shared", "both have this");
    Trees.write(tree, "first", "only the first has this");
    world.create(DdupWorld.id(1), tree);
    Files.delete(tree.resolve("first"));
    world.create(DdupWorld.id(2), tree);
    assertThat(world.chunkFiles()).hasSize(2);

    world.delete(DdupWorld.id(1));

    assertThat(world.chunkFiles()).hasSize(1);
    assertThat(Trees.describe(world.restore(DdupWorld.id(2), directory.resolve("restored"))))
        .isEqualTo(Trees.describe(tree));
    world.delete(DdupWorld.id(2));
    assertThat(world.chunkFiles()).isEmpty();
  }
}
