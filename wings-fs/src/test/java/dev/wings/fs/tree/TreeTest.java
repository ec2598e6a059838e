package dev.wings.fs.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Walks over whole trees.
class TreeTest {
  @TempDir private Path host;
  private Path volume;
  private Descriptor parent;

  @BeforeEach
  void open() throws IOException {
    volume = Files.createDirectory(host.resolve("volume"));
    parent = Linux.open(host.toString(), Linux.O_PATH);
  }

  @AfterEach
  void close() throws IOException {
    parent.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private Descriptor openVolume() throws IOException {
    return Linux.open(volume.toString(), Linux.O_PATH);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(UTF_8);
  }

  /// ```
  /// host/
  ///   canary/file
  ///   volume/a/b/c/{to-file, to-dir, to-self}   links, three deep
  /// ```
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  @Proves("FS-03")
  void deleteRemovesLinksAndNotTheirTargets(int threads) throws IOException {
    Path canary = Files.createDirectory(host.resolve("canary"));
    Files.writeString(canary.resolve("file"), "alive");
    Path deep = Files.createDirectories(volume.resolve("a/b/c"));
    for (Path directory : new Path[] {volume, volume.resolve("a"), deep}) {
      Files.createSymbolicLink(directory.resolve("to-file"), canary.resolve("file"));
      Files.createSymbolicLink(directory.resolve("to-dir"), canary);
      Files.createSymbolicLink(directory.resolve("to-self"), Path.of("."));
    }

    long removed = TreeDelete.delete(parent, bytes("volume"), threads, () -> false);

    assertThat(removed).isEqualTo(13);
    assertThat(volume).doesNotExist();
    assertThat(canary.resolve("file")).hasContent("alive");
  }

  @Test
  @Proves("FS-03")
  void deleteNeverFollowsALinkThatReplacesADirectoryDuringTheWalk() throws Exception {
    Path canary = Files.createDirectory(host.resolve("canary"));
    for (int i = 0; i < 20; i++) {
      Files.writeString(canary.resolve("file" + i), "alive");
    }
    Files.createSymbolicLink(host.resolve("evil"), canary);
    int rounds = 300;
    LoggerFactory.getLogger(getClass()).info("{} rounds", rounds);
    try (Descriptor top = openVolume()) {
      for (int round = 0; round < rounds; round++) {
        deleteWhileSwapping(top, round % 8);
      }
    }
    try (var files = Files.list(canary)) {
      assertThat(files).hasSize(20).allSatisfy(file -> assertThat(file).hasContent("alive"));
    }
  }

  private void deleteWhileSwapping(Descriptor top, int swapAt) throws IOException {
    Files.createDirectories(volume.resolve("a/b/c"));
    Files.createFile(volume.resolve("a/b/c/file"));
    AtomicInteger visits = new AtomicInteger();

    // the question before each entry is a precise place to swap
    TreeDelete.clear(
        top,
        1,
        () -> {
          if (visits.getAndIncrement() == swapAt) {
            swapForLink();
          }
          return false;
        });
    parentCleanUp();

    assertThat(volume).isEmptyDirectory();
  }

  private void swapForLink() {
    try (Descriptor a = Linux.open(volume.resolve("a").toString(), Linux.O_PATH)) {
      Linux.renameatExchange(a, bytes("b"), parent, bytes("evil"));
    } catch (LinuxException gone) {
      assertThat(gone.errno()).isIn(Errno.ENOENT, Errno.ENOTDIR);
    }
  }

  private void parentCleanUp() throws IOException {
    Path evil = host.resolve("evil");
    if (!Files.isSymbolicLink(evil)) { // the exchange happened: the directory is out here now
      TreeDelete.delete(parent, bytes("evil"), 1, () -> false);
      Files.createSymbolicLink(evil, host.resolve("canary"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void treesDeeperThanTheLimitOfOpenFilesCanBeWalked(int threads) throws Exception {
    int depth = 1500;
    try (Descriptor top = openVolume()) {
      Descriptor current = top;
      for (int i = 0; i < depth; i++) {
        Linux.openat(current, bytes("file"), Linux.O_CREAT | Linux.O_WRONLY, 0600).close();
        Linux.openat(current, bytes("zfile"), Linux.O_CREAT | Linux.O_WRONLY, 0600).close();
        Linux.mkdirat(current, bytes("down"), 0700);
        Descriptor next = Linux.openat(current, bytes("down"), Linux.O_PATH, 0);
        if (current != top) {
          current.close();
        }
        current = next;
      }
      current.close();
      AtomicInteger most = new AtomicInteger();
      int before = OpenDescriptors.count();

      TreeUsage usage =
          TreeUsage.measure(
              top,
              threads,
              () -> {
                try {
                  most.accumulateAndGet(OpenDescriptors.count(), Math::max);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
                return false;
              });

      assertThat(usage.entries()).isEqualTo(3L * depth);
      assertThat(usage.skipped()).isZero();
      assertThat(most).hasValueLessThan(before + threads * (TreeWalk.MAX_OPEN_LEVELS + 6));
      assertThat(TreeDelete.clear(top, threads, () -> false)).isEqualTo(3L * depth);
    }
    assertThat(volume).isEmptyDirectory();
  }

  @Test
  void walkVisitsEveryEntryOnceWithAnyNumberOfThreads() throws IOException {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    Set<String> expected = new TreeSet<>();
    grow(volume, 5, random, expected);
    for (int threads = 1; threads <= 4; threads++) {
      ConcurrentSkipListSet<String> seen = new ConcurrentSkipListSet<>();
      try (Descriptor top = openVolume()) {
        TreeWalk.walk(top, recording(seen), threads, () -> false);
      }
      assertThat(seen).as("seed %d, %d threads", seed, threads).isEqualTo(expected);
    }
  }

  @Test
  void walkGoesOnAloneWhenThereIsNoThread() throws IOException {
    Set<String> expected = new TreeSet<>();
    grow(volume, 5, new SplittableRandom(5), expected);
    ConcurrentSkipListSet<String> seen = new ConcurrentSkipListSet<>();
    Consumer<Runnable> none =
        _ -> {
          throw new OutOfMemoryError("unable to create native thread");
        };

    try (Descriptor top = openVolume()) {
      TreeWalk.walk(top, recording(seen), /* threads= */ 4, none, () -> false);
    }

    assertThat(seen).isEqualTo(expected);
  }

  private int created;

  private void grow(Path directory, int depth, SplittableRandom random, Set<String> names)
      throws IOException {
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      String name = "n" + created++;
      names.add(name);
      if (depth > 0 && random.nextInt(3) > 0) {
        grow(Files.createDirectory(directory.resolve(name)), depth - 1, random, names);
      } else {
        Files.createFile(directory.resolve(name));
      }
    }
  }

  private static TreeVisitor recording(Set<String> seen) {
    return new TreeVisitor() {
      @Override
      public boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException {
        if (!seen.add(new String(name, UTF_8))) {
          throw new IOException("seen twice");
        }
        return true;
      }

      @Override
      public void failed(byte[] name, IOException failure) {
        throw new IllegalStateException(failure);
      }
    };
  }

  @Test
  void defectOfAVisitorEndsTheWalk() throws IOException {
    for (int i = 0; i < 10; i++) {
      Files.createDirectories(volume.resolve("d" + i + "/x"));
    }
    try (Descriptor top = openVolume()) {
      TreeVisitor broken =
          new TreeVisitor() {
            @Override
            public boolean visit(Descriptor directory, byte[] name, EntryType type) {
              if (name[0] == 'x') {
                throw new IllegalArgumentException("broken");
              }
              return true;
            }

            @Override
            public void failed(byte[] name, IOException failure) {}
          };
      for (int threads = 1; threads <= 3; threads++) {
        int count = threads;
        assertThatThrownBy(() -> TreeWalk.walk(top, broken, count, () -> false))
            .isInstanceOf(RuntimeException.class)
            .hasStackTraceContaining("broken");
      }
    }
  }

  @Test
  void walkCanBeCancelled() throws IOException {
    for (int i = 0; i < 100; i++) {
      Files.createFile(volume.resolve("file" + i));
    }
    AtomicInteger asked = new AtomicInteger();
    try (Descriptor top = openVolume()) {
      assertThatThrownBy(() -> TreeDelete.clear(top, 1, () -> asked.incrementAndGet() > 50))
          .isInstanceOf(WalkCancelledException.class);
    }
    try (var left = Files.list(volume)) {
      assertThat(left.count()).isBetween(45L, 55L);
    }
  }

  @Test
  void deleteOfAMissingEntrySaysSo() {
    assertThatThrownBy(() -> TreeDelete.delete(parent, bytes("none"), 1, () -> false))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
  }

  @Test
  @Proves("FS-05")
  void ownershipChangesLinksThemselvesAndOnlyWhatDiffers() throws IOException {
    Path canary = Files.writeString(host.resolve("canary"), "x");
    Files.createDirectories(volume.resolve("a/b"));
    Files.createSymbolicLink(volume.resolve("a/b/link"), canary);
    Files.createFile(volume.resolve("a/file"));
    Files.setAttribute(volume.resolve("a/file"), "unix:uid", 4711);
    Files.setAttribute(volume.resolve("a/file"), "unix:gid", 4712);

    try (Descriptor top = openVolume()) {
      assertThat(TreeOwnership.give(top, 4711, 4712, 2, () -> false))
          .isEqualTo(new TreeOwnership(3, 0));
      assertThat(TreeOwnership.give(top, 4711, 4712, 2, () -> false))
          .isEqualTo(new TreeOwnership(0, 0));
    }

    assertThat(Files.getAttribute(canary, "unix:uid")).isEqualTo(0);
    assertThat(
            Files.getAttribute(volume.resolve("a/b/link"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(4711);
    assertThat(Files.getAttribute(volume.resolve("a/b"), "unix:gid")).isEqualTo(4712);
  }

  @Test
  @Proves("QU-05")
  void usageAgreesWithDu() throws Exception {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    Files.createDirectories(volume.resolve("a/b"));
    for (int i = 0; i < 40; i++) {
      Path file = volume.resolve((i % 2 == 0 ? "a/" : "a/b/") + "file" + i);
      Files.write(file, new byte[random.nextInt(200_000)]);
      if (random.nextBoolean()) {
        Files.createLink(volume.resolve("link" + i), file);
      }
    }
    try (RandomAccessFile sparse = new RandomAccessFile(volume.resolve("sparse").toFile(), "rw")) {
      sparse.setLength(1L << 40); // a terabyte of nothing
    }
    Files.createSymbolicLink(volume.resolve("outside"), Path.of("/"));

    try (Descriptor top = openVolume()) {
      for (int threads = 1; threads <= 3; threads++) {
        TreeUsage usage = TreeUsage.measure(top, threads, () -> false);

        assertThat(usage.physicalBytes()).as("seed %d", seed).isEqualTo(du("-sB1"));
        assertThat(usage.logicalBytes()).isEqualTo(du("-slb"));
        assertThat(usage.physicalBytes()).isLessThan(20L << 20);
      }
    }
  }

  private long du(String options) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("du", options, volume.toString()).start();
    String line = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return Long.parseLong(line.split("\t")[0]);
  }

  @Test
  void inodeSetKnowsWhatItHasSeen() {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    InodeSet set = new InodeSet();
    Set<String> model = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      long device = random.nextLong(3);
      long inode = random.nextLong(10_000);
      assertThat(set.add(device, inode)).isEqualTo(model.add(device + ":" + inode));
    }
  }
}
