package dev.wings.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random operations by several threads on the same few names; afterwards the account must say what
/// a walk over the tree finds.
class AccountingModelTest {
  private static final int THREADS = 4;
  private static final int OPERATIONS = 1_500;
  private static final int NAMES = 6;
  private static final int MAX_BYTES = 40_000;

  /// Tells what is allocated at once and for good. Others, as ext4, add blocks for the extents of a
  /// file with holes when it is written back, which only scans can find.
  private static final Path MEMORY = Path.of("/dev/shm");

  private Path host;
  private Volume volume;

  @BeforeEach
  void setUp() throws IOException {
    assumeTrue(Files.isWritable(MEMORY), "there is a file system in memory at " + MEMORY);
    host = Files.createTempDirectory(MEMORY, "wings-accounting-");
    Volumes volumes = new Volumes(VolumeSettings.of(host.resolve("volumes"), 4711, 4711));
    volume = volumes.of(UUID.fromString("7f3a0000-0000-4000-8000-00000000000b"));
    volume.prepare();
    for (int i = 0; i < 3; i++) {
      Files.createDirectory(volume.root().resolve("d" + i));
    }
  }

  @AfterEach
  void tearDown() throws IOException {
    if (host != null) {
      volume.destroy();
      Files.deleteIfExists(host.resolve("volumes/.staging"));
      Files.delete(host.resolve("volumes"));
      Files.delete(host);
    }
  }

  /// Allocated bytes of everything but directories, which have no blocks in memory.
  private long inFiles() throws IOException {
    Map<String, Long> files = new HashMap<>();
    try (Descriptor root = volume.sandbox().openRoot()) {
      TreeWalk.walk(
          root,
          new TreeVisitor() {
            @Override
            public boolean visit(Descriptor directory, byte[] name, EntryType type)
                throws IOException {
              FileStatus status = Linux.statx(directory, name);
              if (type != EntryType.DIRECTORY) {
                files.put(status.device() + ":" + status.inode(), status.allocatedBytes());
              }
              return true;
            }

            @Override
            public void failed(byte[] name, IOException failure) {
              throw new AssertionError(failure);
            }
          },
          1,
          () -> false);
    }
    return files.values().stream().mapToLong(Long::longValue).sum();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 42, 20_260_801})
  @Proves({"QU-02", "QU-05"})
  void accountIsWhatAWalkFinds(long seed) throws Exception {
    long directories = volume.usedBytes();

    run(seed);

    assertThat(volume.usedBytes() - directories).as("seed %d", seed).isEqualTo(inFiles());
  }

  @Test
  @Proves("QU-02")
  void accountIsWhatAWalkFindsWhenMostWritesAreRefused() throws Exception {
    long directories = volume.usedBytes();
    volume.limit(120_000);

    run(7);

    assertThat(volume.usedBytes() - directories).isEqualTo(inFiles());
    // each file may round its end up to a block
    assertThat(volume.usedBytes()).isLessThan(120_000 + NAMES * 3 * 4_096);
  }

  @Test
  @Proves("QU-05")
  void scanInBetweenChangesNothing() throws Exception {
    run(99);
    volume.scan();
    long directories = volume.usedBytes() - inFiles();
    assertThat(volume.usage().sizes("").physical()).isEqualTo(volume.usedBytes());

    run(100);

    assertThat(volume.usedBytes() - directories).isEqualTo(inFiles());
  }

  private void run(long seed) throws Exception {
    SplittableRandom seeds = new SplittableRandom(seed);
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      SplittableRandom random = seeds.split();
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int i = 0; i < OPERATIONS; i++) {
                    tolerant(random);
                  }
                } catch (Throwable e) {
                  failures.add(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }

  /// What another thread has removed, replaced or filled meanwhile is no failure.
  private void tolerant(SplittableRandom random) throws IOException {
    try {
      operate(random);
    } catch (NoSuchFileException | FileAlreadyExistsException expected) {
      assertThat(expected.getFile()).isNotNull();
    } catch (FileSystemException raced) {
      assertThat(raced).hasMessageNotContaining("not open");
    } catch (dev.wings.fs.sandbox.DiskLimitException full) {
      assertThat(volume.limitBytes()).isPositive();
    }
  }

  private Path name(SplittableRandom random) {
    return volume.root().resolve("d" + random.nextInt(3)).resolve("f" + random.nextInt(NAMES));
  }

  private void operate(SplittableRandom random) throws IOException {
    Path file = name(random);
    byte[] bytes = new byte[random.nextInt(MAX_BYTES)];
    switch (random.nextInt(12)) {
      case 0, 1 -> Files.write(file, bytes);
      case 2 -> Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      case 3 -> overwrite(file, bytes, random);
      case 4 -> truncate(file, random);
      case 5 -> Files.copy(file, name(random), StandardCopyOption.REPLACE_EXISTING);
      case 6 -> Files.move(file, name(random), StandardCopyOption.REPLACE_EXISTING);
      case 7 -> Files.move(file, name(random), StandardCopyOption.ATOMIC_MOVE);
      case 8 -> Files.createLink(name(random), file);
      case 9 ->
          Files.createSymbolicLink(
              file, volume.sandbox().getPath("x".repeat(random.nextInt(1, 200))));
      case 10 -> {
        Path directory = file.resolveSibling("sub" + random.nextInt(2));
        Files.createDirectory(directory);
        Files.write(directory.resolve("file"), bytes);
        volume.sandbox().deleteTree(directory, 2, () -> false);
      }
      default -> {
        if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.delete(file);
        }
      }
    }
  }

  private static void overwrite(Path file, byte[] bytes, SplittableRandom random)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      channel.write(ByteBuffer.wrap(bytes), random.nextInt(MAX_BYTES));
      channel.write(ByteBuffer.wrap(bytes), random.nextInt(20 * MAX_BYTES)); // leaves holes
    }
  }

  private static void truncate(Path file, SplittableRandom random) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(random.nextInt(MAX_BYTES));
      channel.write(ByteBuffer.allocate(random.nextInt(100)));
    }
  }
}
