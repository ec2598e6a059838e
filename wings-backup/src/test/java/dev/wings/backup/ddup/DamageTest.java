package dev.wings.backup.ddup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DamageTest {
  @TempDir Path directory;
  private Path tree;
  private DdupWorld world;

  @BeforeEach
  void prepare() throws IOException {
    tree = Files.createDirectory(directory.resolve("tree"));
    Trees.write(tree, "good", "good");
    Trees.write(tree, "bad/file", Trees.noise(1, 5000));
    Trees.write(tree, "zz", "last");
    world = new DdupWorld(directory.resolve("backups"));
  }

  private Path chunkOf(byte[] content) throws IOException {
    return new HandMade(world.root()).chunkFile(HandMade.blake2b(content));
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at < 0 ? bytes.length + at : at] ^= 0x10;
    Files.write(file, bytes);
  }

  @Test
  @Proves("BK-04")
  void aDamagedChunkIsReportedAndNeverRestored() throws IOException {
    world.create(DdupWorld.id(1), tree);
    flip(chunkOf(Trees.noise(1, 5000)), 2000);

    Map<String, String> restored =
        Trees.describe(world.restore(DdupWorld.id(1), directory.resolve("restored")));

    assertThat(restored).containsOnlyKeys("good", "bad", "zz");
    assertThat(world.troubles()).singleElement().asString().startsWith("bad/file: chunk ");
    assertThat(world.find(DdupWorld.id(1)).verify(Optional.empty(), new Progress()).faults())
        .singleElement()
        .asString()
        .startsWith("bad/file: chunk ")
        .endsWith(" has another hash");
  }

  @Test
  @Proves("BK-04")
  void aMissingChunkIsFoundBeforeARestore() throws IOException {
    var result = world.create(DdupWorld.id(1), tree);
    world.find(DdupWorld.id(1)).check(Optional.of(result.checksum()), new Progress());
    Files.delete(chunkOf(Trees.noise(1, 5000)));

    assertThatThrownBy(
            () -> world.find(DdupWorld.id(1)).check(Optional.of(result.checksum()), new Progress()))
        .isInstanceOf(DamagedBackupException.class)
        .hasMessageContaining("is missing");
  }

  @Test
  void aMissingChunkComesBackWithTheNextBackup() throws IOException {
    world.create(DdupWorld.id(1), tree);
    Files.delete(chunkOf(Trees.noise(1, 5000)));

    world.create(DdupWorld.id(2), tree);

    assertThat(Trees.describe(world.restore(DdupWorld.id(1), directory.resolve("restored"))))
        .isEqualTo(Trees.describe(tree));
  }

  @Test
  @Proves("BK-04")
  void aChangedArchiveIsFoundBeforeARestore() throws IOException {
    var result = world.create(DdupWorld.id(1), tree);
    flip(world.root().resolve("archives/" + DdupWorld.id(1) + ".ddup"), 12);

    assertThatThrownBy(
            () -> world.find(DdupWorld.id(1)).check(Optional.of(result.checksum()), new Progress()))
        .isInstanceOf(DamagedBackupException.class)
        .hasMessageContaining("not what it was");
  }

  @Test
  void aDamagedArchiveCanBeDeletedAndCostsTheOthersNothing() throws IOException {
    world.create(DdupWorld.id(1), tree);
    Trees.write(tree, "zz", "another last");
    world.create(DdupWorld.id(2), tree);
    Path archive = world.root().resolve("archives/" + DdupWorld.id(1) + ".ddup");
    byte[] bytes = Files.readAllBytes(archive);
    Files.write(archive, Arrays.copyOf(bytes, bytes.length - 30));
    assertThatThrownBy(() -> world.restore(DdupWorld.id(1), directory.resolve("nothing")))
        .isInstanceOf(DamagedBackupException.class);

    world.delete(DdupWorld.id(1));
    world.driver().recover();

    CrashTest.assertConsistent(world, "after the deletion");
    assertThat(Trees.describe(world.restore(DdupWorld.id(2), directory.resolve("restored"))))
        .isEqualTo(Trees.describe(tree));
  }

  enum IndexDamage {
    TRUNCATED,
    ZEROED,
    FLIPPED,
    FLIPPED_AT_THE_END,
    EMPTY,
    MISSING,
    DIRECTORY,
    OLDER;

    void apply(Path index, byte[] older) throws IOException {
      byte[] bytes = Files.readAllBytes(index);
      switch (this) {
        case TRUNCATED -> Files.write(index, Arrays.copyOf(bytes, bytes.length / 2));
        case ZEROED -> Files.write(index, new byte[bytes.length]);
        case FLIPPED -> flip(index, bytes.length / 2);
        case FLIPPED_AT_THE_END -> flip(index, -2);
        case EMPTY -> Files.write(index, new byte[0]);
        case MISSING -> Files.delete(index);
        case DIRECTORY -> {
          Files.delete(index);
          Files.createDirectory(index);
        }
        case OLDER -> Files.write(index, older);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @Proves({"BK-03", "ST-01"})
  void anIndexThatIsLostIsMadeAnew(IndexDamage damage) throws IOException {
    world.create(DdupWorld.id(1), tree);
    Path index = world.root().resolve("chunks/index");
    byte[] older = Files.readAllBytes(index);
    Map<String, String> first = Trees.describe(tree);
    Trees.write(tree, "zz", "changed");
    world.create(DdupWorld.id(2), tree);
    Map<String, String> second = Trees.describe(tree);
    damage.apply(index, older);

    assertThat(Trees.describe(world.restore(DdupWorld.id(1), directory.resolve("before"))))
        .isEqualTo(first);
    Trees.write(tree, "new", "new");
    world.create(DdupWorld.id(3), tree);

    CrashTest.assertConsistent(world, "after the next backup");
    world.delete(DdupWorld.id(1));
    CrashTest.assertConsistent(world, "after a deletion");
    assertThat(Trees.describe(world.restore(DdupWorld.id(2), directory.resolve("after"))))
        .isEqualTo(second);
  }

  @Test
  void noChunkIsRemovedWhileAnArchiveOfAnotherProgramCannotBeUnderstood() throws IOException {
    HandMade other = new HandMade(world.root());
    byte[] content = "theirs".getBytes(StandardCharsets.UTF_8);
    other.chunk(3, HandMade.NONE, content);
    other.archive(DdupWorld.id(9).toString(), other.file("theirs", 0644, 1, HandMade.NONE, 6, 3));
    other.index(4);
    byte[] index = Files.readAllBytes(world.root().resolve("chunks/index"));
    Files.write(world.root().resolve("chunks/index"), new byte[] {1, 2, 3});

    world.create(DdupWorld.id(1), tree);
    world.delete(DdupWorld.id(1));

    assertThat(chunkOf(content)).exists();
    assertThat(world.root().resolve("archives/" + DdupWorld.id(9) + ".ddup")).exists();
    Files.write(world.root().resolve("chunks/index"), index); // from a copy of the disk
    world.create(DdupWorld.id(2), tree);
    assertThat(world.restore(DdupWorld.id(9), directory.resolve("theirs")).resolve("theirs"))
        .hasContent("theirs");
  }

  private byte[] damaged(byte[] bytes, Random random) {
    byte[] copy = bytes.clone();
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      switch (random.nextInt(3)) {
        case 0 -> copy[random.nextInt(copy.length)] = (byte) random.nextInt();
        case 1 -> copy[copy.length - 1 - random.nextInt(Math.min(40, copy.length))] ^= 0x41;
        default -> {
          if (copy.length > 40) {
            copy = Arrays.copyOf(copy, copy.length - random.nextInt(20));
          }
        }
      }
    }
    return copy;
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void noDamageToAnArchiveDoesMoreThanFail() throws IOException {
    world.create(DdupWorld.id(1), tree);
    HandMade other = new HandMade(world.root());
    byte[] text = HandMade.BROTLI_TEXT.getBytes(StandardCharsets.UTF_8);
    other.chunk(9, HandMade.NONE, text);
    other.chunk(4, HandMade.NONE, text);
    other.archive(
        DdupWorld.id(2).toString(),
        other.file("a", 0644, 1, HandMade.BROTLI, text.length * 2L, 9, 4),
        HandMade.directory("d", 0755, 2, other.file("b", 0644, 1, HandMade.GZIP, 5, 9)));
    Random random = new Random(42);
    for (int number = 1; number <= 2; number++) {
      Path archive = world.root().resolve("archives/" + DdupWorld.id(number) + ".ddup");
      byte[] sound = Files.readAllBytes(archive);
      for (int round = 0; round < 300; round++) {
        Files.write(archive, damaged(sound, random));
        try {
          world.find(DdupWorld.id(number)).verify(Optional.empty(), new Progress());
          world.find(DdupWorld.id(number)).check(Optional.empty(), new Progress());
          world.find(DdupWorld.id(number)).browse().orElseThrow().close();
        } catch (IOException expected) {
          assertThat(expected).hasMessageNotContaining("null");
        }
      }
      Files.write(archive, sound);
    }
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void noDamageToAChunkOrAnIndexDoesMoreThanFail() throws IOException {
    HandMade other = new HandMade(world.root());
    byte[] text = HandMade.BROTLI_TEXT.getBytes(StandardCharsets.UTF_8);
    Random random = new Random(43);
    for (int code = 0; code <= 3; code++) {
      other.chunk(1, code, text);
      Path file = other.chunkFile(HandMade.blake2b(text));
      byte[] sound = Files.readAllBytes(file);
      ChunkHash hash = Blake2b.hash(text, 0, text.length);
      for (int round = 0; round < 300; round++) {
        byte[] bytes = damaged(sound, random);
        Files.write(file, bytes);
        try {
          assertThat(new ChunkReader(world.repository().chunks()).read(hash))
              .isEqualTo(text.length);
        } catch (DamagedBackupException expected) {
          assertThat(expected).hasMessageContaining(hash.toString());
        }
      }
    }
    other.index(2, 7, 8);
    Path index = world.root().resolve("chunks/index");
    byte[] sound = Files.readAllBytes(index);
    for (int round = 0; round < 500; round++) {
      Files.write(index, damaged(sound, random));
      world.repository().indexFile().load().orElseThrow().index().close();
    }
  }

  private void assertRefused(long count, byte[]... entries) throws IOException {
    new HandMade(world.root()).archive(DdupWorld.id(5).toString(), count, entries);
    assertThatThrownBy(() -> world.find(DdupWorld.id(5)).check(Optional.empty(), new Progress()))
        .isInstanceOf(DamagedBackupException.class);
    assertThatThrownBy(() -> world.restore(DdupWorld.id(5), directory.resolve("refused")))
        .isInstanceOf(DamagedBackupException.class);
    assertThat(directory.resolve("refused")).isEmptyDirectory();
    Files.delete(directory.resolve("refused"));
  }

  @Test
  void limitsOfTheFormatHold() throws IOException {
    assertRefused(1, HandMade.link("n".repeat(256), 1, "x"));
    assertRefused(1, HandMade.link("link", 1, "x".repeat(4097)));
    assertRefused(10_000_001);
    assertRefused(-1);
    assertRefused(2, HandMade.directory("", 0755, 1));
    for (String name : new String[] {"", ".", "..", "a/b", "/", "nul\0"}) {
      assertRefused(1, HandMade.link(name, 1, "x"));
    }
    byte[] nested = HandMade.directory("d", 0755, 1);
    for (int depth = 2; depth <= 256; depth++) {
      nested = HandMade.directory("d", 0755, 1, nested);
    }
    new HandMade(world.root()).archive(DdupWorld.id(5).toString(), 1, nested);
    assertThatThrownBy(() -> world.restore(DdupWorld.id(5), directory.resolve("refused")))
        .isInstanceOf(DamagedBackupException.class)
        .hasMessageContaining("too many directories");
  }

  @Test
  void whatIsAtTheLimitsIsFine() throws IOException {
    byte[] nested = HandMade.directory("d", 0755, 1);
    for (int depth = 2; depth <= 255; depth++) {
      nested = HandMade.directory("d", 0755, 1, nested);
    }
    new HandMade(world.root())
        .archive(
            DdupWorld.id(5).toString(),
            nested,
            HandMade.link("n".repeat(255), 1, "x".repeat(4095)));

    Path restored = world.restore(DdupWorld.id(5), directory.resolve("restored"));

    assertThat(restored.resolve("d/".repeat(255))).isEmptyDirectory();
    assertThat(world.troubles()).isEmpty();
    world.create(DdupWorld.id(6), restored);
    assertThat(Trees.describe(world.restore(DdupWorld.id(6), directory.resolve("again"))))
        .isEqualTo(Trees.describe(restored));
  }

  @Test
  void aTreeThatNoReaderWouldTakeIsNotStored() throws IOException {
    Files.createDirectories(tree.resolve("d/".repeat(256)));

    assertThatThrownBy(() -> world.create(DdupWorld.id(1), tree))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("255 directories")
        .extracting(e -> ((WingsException) e).kind())
        .isEqualTo(ErrorKind.LIMIT);

    assertThat(world.driver().find(DdupWorld.id(1))).isEmpty();
    CrashTest.assertConsistent(world, "after a refused backup");
  }
}
