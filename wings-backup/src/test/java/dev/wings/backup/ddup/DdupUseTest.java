package dev.wings.backup.ddup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.SystemConfig.DdupBakCompression;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DdupUseTest {
  @TempDir Path directory;
  private Path tree;
  private DdupWorld world;

  @BeforeEach
  void prepare() throws IOException {
    tree = Files.createDirectory(directory.resolve("tree"));
    world = new DdupWorld(directory.resolve("backups"));
  }

  @Test
  void lookingForABackupMakesNothing() throws IOException {
    assertThat(world.driver().find(DdupWorld.id(1))).isEmpty();
    world.driver().recover();
    world.driver().discard(DdupWorld.id(1));

    assertThat(directory.resolve("backups")).doesNotExist();
  }

  @Test
  void theResultIsWhatThePanelExpects() throws IOException {
    Trees.write(tree, "a", "12345");
    Trees.write(tree, "d/b", "1234567");
    Files.createSymbolicLink(tree.resolve("l"), Path.of("a"));

    BackupResult result = world.create(DdupWorld.id(1), tree);

    Path archive = world.root().resolve("archives/" + DdupWorld.id(1) + ".ddup");
    assertThat(result.checksumType()).isEqualTo("ddup-sha1");
    assertThat(result.checksum())
        .matches(Files.size(archive) + "-[0-9a-f]{40}")
        .isEqualTo(Scan.checksum(archive, new Progress()));
    assertThat(result.size()).isEqualTo(12);
    assertThat(result.files()).isEqualTo(3);
    assertThat(result.browsable()).isTrue();
    assertThat(result.streaming()).isTrue();
  }

  @Test
  void aBackupIsNeverReplaced() throws IOException {
    Trees.write(tree, "a", "12345");
    world.create(DdupWorld.id(1), tree);
    Map<String, String> before = Trees.describe(tree);
    Trees.write(tree, "a", "changed");

    assertThatThrownBy(() -> world.create(DdupWorld.id(1), tree))
        .isInstanceOf(FileAlreadyExistsException.class);

    assertThat(Trees.describe(world.restore(DdupWorld.id(1), directory.resolve("restored"))))
        .isEqualTo(before);
    CrashTest.assertConsistent(world, "after a refusal");
  }

  @Test
  void deletionIsIdempotent() throws IOException {
    Trees.write(tree, "a", "12345");
    world.create(DdupWorld.id(1), tree);
    StoredBackup backup = world.find(DdupWorld.id(1));

    backup.delete(new Progress());
    backup.delete(new Progress());

    assertThat(world.driver().find(DdupWorld.id(1))).isEmpty();
    CrashTest.assertConsistent(world, "after two deletions");
  }

  @Test
  void zstdIsRefusedByName() throws IOException {
    world.compress(DdupBakCompression.ZSTD);

    assertThatThrownBy(() -> world.create(DdupWorld.id(1), tree))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("compression_format: zstd");
  }

  @Test
  void aRepositoryInTheTreeIsNotStored() throws IOException {
    Trees.write(tree, "before", "before");
    Trees.write(tree, "sub/.ddup-bak/chunks/index", "theirs");
    Trees.write(tree, "sub/.ddup-bakery", "bread");

    world.create(DdupWorld.id(1), tree);

    assertThat(Trees.describe(world.restore(DdupWorld.id(1), directory.resolve("restored"))))
        .containsOnlyKeys("before", "sub", "sub/.ddup-bakery");
  }

  @Test
  void whatIsHiddenIsNeitherStoredNorRestored() throws IOException {
    Trees.write(tree, "game/cfg/keep/a", "a");
    Trees.write(tree, "game/maps/b", "b");
    Trees.write(tree, "logs/c", "c");
    Trees.write(tree, "d", "d");
    world.create(DdupWorld.id(1), tree);
    world.hide((path, isDirectory) -> {
      if (path.equals("game") || path.equals("game/cfg")) {
        return Verdict.DESCEND;
      }
      return path.startsWith("game/cfg/keep") || path.equals("d") ? Verdict.KEEP : Verdict.SKIP;
    });
    world.create(DdupWorld.id(2), tree);

    for (int number = 1; number <= 2; number++) {
      Path restored = world.restore(DdupWorld.id(number), directory.resolve("r" + number));
      assertThat(Trees.describe(restored))
          .containsOnlyKeys("game", "game/cfg", "game/cfg/keep", "game/cfg/keep/a", "d");
    }
  }

  private Volume volume(String name, long limit) throws IOException {
    Volumes volumes = new Volumes(VolumeSettings.of(directory.resolve("volumes"), 4711, 4712));
    Volume volume = volumes.of(java.util.UUID.nameUUIDFromBytes(name.getBytes(UTF_8)));
    volume.limit(limit);
    volume.prepare();
    return volume;
  }

  private Path host(String name) {
    return directory
        .resolve("volumes")
        .resolve(java.util.UUID.nameUUIDFromBytes(name.getBytes(UTF_8)).toString());
  }

  @Test
  void volumesAreStoredAndRestoredWithinTheirLimits() throws IOException {
    try (Volume source = volume("source", 0);
        Volume target = volume("target", 0);
        Volume small = volume("small", 1 << 20)) {
      Trees.fill(host("source"), new Random(11));
      byte[] odd = {'o', 'd', 'd', (byte) 0xff};
      Path oddName = ((dev.wings.fs.sandbox.Sandbox) source.root().getFileSystem()).pathOf(odd);
      Files.write(source.root().resolve(oddName), Trees.noise(3, 3 << 20));
      Files.createSymbolicLink(host("source").resolve("absolute"), Path.of("/etc/passwd"));

      world.create(DdupWorld.id(1), source.root());
      world.restoreInto(DdupWorld.id(1), target.root());

      assertThat(world.troubles()).isEmpty();
      assertThat(Trees.describe(host("target"))).isEqualTo(Trees.describe(host("source")));
      assertThat(
              Files.getAttribute(
                  host("target").resolve("absolute"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
          .isEqualTo(4711);
      assertThatThrownBy(() -> world.restoreInto(DdupWorld.id(1), small.root()))
          .isInstanceOf(DiskLimitException.class);
    }
  }

  @Test
  void filesAreReadAtAnyPlace() throws IOException {
    byte[] content = Trees.noise(1, 12_000_000);
    Trees.write(tree, "d/large", content);
    Trees.write(tree, "d/small", "small");
    Files.createSymbolicLink(tree.resolve("d/link"), Path.of("small"));
    world.create(DdupWorld.id(1), tree);

    try (StoredBackup.Browsing browsing = world.find(DdupWorld.id(1)).browse().orElseThrow()) {
      Path root = browsing.view().root();
      try (Stream<Path> names = Files.list(root.resolve("d"))) {
        assertThat(names.map(p -> p.getFileName().toString()))
            .containsExactlyInAnyOrder("large", "small", "link");
      }
      assertThat(Files.size(root.resolve("d"))).isGreaterThan(12_000_000);
      assertThat(Files.readString(root.resolve("d/link"))).isEqualTo("small");
      assertThat(Files.isDirectory(root.resolve("d"))).isTrue();
      assertThat(browsing.view().sizes().of(root.resolve("d")).logical())
          .isEqualTo(Files.size(root.resolve("d")));
      assertRanges(root.resolve("d/large"), content);
    }
    try (Stream<Path> left = Files.list(world.root())) {
      assertThat(left.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("archives", "chunks");
    }
  }

  private static void assertRanges(Path file, byte[] content) throws IOException {
    Random random = new Random(5);
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      assertThat(channel.size()).isEqualTo(content.length);
      for (int i = 0; i < 40; i++) {
        int from = random.nextInt(content.length);
        ByteBuffer buffer =
            ByteBuffer.allocate(Math.min(content.length - from, random.nextInt(1, 200_000)));
        channel.position(from);
        while (buffer.hasRemaining()) {
          assertThat(channel.read(buffer)).isPositive();
        }
        assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(content, from, buffer.remaining()));
      }
      channel.position(content.length);
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void filesOfAnotherProgramAreReadAtAnyPlace() throws IOException {
    HandMade other = new HandMade(world.root());
    byte[] first = Trees.noise(1, 700_000);
    byte[] second = Trees.noise(2, 900_000);
    other.chunk(1, HandMade.NONE, first);
    other.chunk(2, HandMade.DEFLATE, second);
    other.archive(
        DdupWorld.id(1).toString(),
        other.file("file", 0644, 1, HandMade.NONE, 2_500_000, 1, 2, 1, 1));
    other.index(3);
    ByteBuffer content =
        ByteBuffer.allocate(3_000_000).put(first).put(second).put(first).put(first);

    try (StoredBackup.Browsing browsing = world.find(DdupWorld.id(1)).browse().orElseThrow()) {
      assertRanges(
          browsing.view().root().resolve("file"),
          java.util.Arrays.copyOf(content.array(), 2_500_000));
    }
  }

  @Test
  void aDownloadHoldsTheSameTree() throws IOException {
    Trees.write(tree, "d/file", Trees.noise(1, 3_000_000));
    Trees.write(tree, "empty", "");
    Files.createSymbolicLink(tree.resolve("d/link"), Path.of("file"));
    world.create(DdupWorld.id(1), tree);

    Download.Streamed download =
        (Download.Streamed) world.find(DdupWorld.id(1)).download(ArchiveFormat.TAR_GZ);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    download.writer().write(out, new Progress());

    assertThat(download.fileName()).isEqualTo(DdupWorld.id(1) + ".tar.gz");
    Map<String, byte[]> found = new HashMap<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new GZIPInputStream(new ByteArrayInputStream(out.toByteArray())))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        found.put(
            entry.getName(),
            entry.isSymbolicLink() ? entry.getLinkName().getBytes(UTF_8) : tar.readAllBytes());
      }
    }
    assertThat(found).containsOnlyKeys("d/", "d/file", "d/link", "empty");
    assertThat(found.get("d/file")).isEqualTo(Trees.noise(1, 3_000_000));
    assertThat(found.get("d/link")).isEqualTo("file".getBytes(UTF_8));
    assertThatThrownBy(() -> world.find(DdupWorld.id(1)).download(ArchiveFormat.ITAF))
        .isInstanceOf(WingsException.class);
  }

  @Test
  void aDownloadOfADamagedBackupFails() throws IOException {
    Trees.write(tree, "file", "content");
    world.create(DdupWorld.id(1), tree);
    Files.delete(new HandMade(world.root()).chunkFile(HandMade.blake2b("content".getBytes(UTF_8))));
    Download.Streamed download =
        (Download.Streamed) world.find(DdupWorld.id(1)).download(ArchiveFormat.TAR);

    assertThatThrownBy(() -> download.writer().write(new ByteArrayOutputStream(), new Progress()))
        .isInstanceOf(DamagedBackupException.class)
        .hasMessageContaining("file");
  }

  @Test
  void manyMakeAndDeleteBackupsAtTheSameTime() throws Exception {
    List<Path> trees = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Path own = Files.createDirectory(directory.resolve("tree-" + t));
      for (int f = 0; f < 30; f++) { // half of them in all trees
        Trees.write(own, "f" + f, Trees.noise(f % 2 == 0 ? f : 100 * t + f, 2000 + f));
      }
      trees.add(own);
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int number = t;
        all.add(
            threads.submit(() -> {
              for (int round = 0; round < 6; round++) {
                world.create(DdupWorld.id(10 * round + number), trees.get(number));
                if (round > 0) {
                  world.delete(DdupWorld.id(10 * (round - 1) + number));
                }
              }
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }

    CrashTest.assertConsistent(world, "after all");
    for (int t = 0; t < 4; t++) {
      StoredBackup last = world.find(DdupWorld.id(50 + t));
      assertThat(last.verify(Optional.empty(), new Progress()).faults()).isEmpty();
      assertThat(Trees.describe(world.restore(last.id(), directory.resolve("restored-" + t))))
          .isEqualTo(Trees.describe(trees.get(t)));
      world.delete(last.id());
    }
    assertThat(world.chunkFiles()).isEmpty();
  }
}
