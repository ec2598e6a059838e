package dev.wings.fs.quota;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.core.volume.Scan;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.quota.UsageTree.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Scans of the changes only, against full ones. The changes are made on the host, as a game makes
/// them.
class WatchedScanTest {
  @TempDir private Path host;
  private Path volume;
  private ChangeWatcher watcher;
  private VolumeUsage usage;
  private final AtomicLong visited = new AtomicLong();
  private int sentinels;

  @BeforeEach
  void setUp() throws IOException {
    volume = Files.createDirectory(host.resolve("volume"));
    watcher = ChangeWatcher.start().orElseThrow();
    usage = new VolumeUsage(new NodeUsage(Optional.of(watcher), Optional.empty()));
  }

  @AfterEach
  void tearDown() {
    usage.forget();
    watcher.close();
  }

  private void scan(VolumeUsage scanned, Scan kind) throws IOException {
    try (Descriptor root = Linux.open(volume.toString(), Linux.O_RDONLY)) {
      scanned.scan(
          root,
          kind,
          () -> {
            visited.incrementAndGet();
            return false;
          });
    }
  }

  /// Events come in order: when a directory made last is known, everything before it is.
  private void settle() throws IOException {
    Path sentinel = Files.createDirectory(volume.resolve("sentinel" + sentinels++));
    await()
        .until(() -> {
          scan(usage, Scan.CHANGES);
          return usage.tree().node(sentinel.getFileName().toString()).isPresent();
        });
    Files.delete(sentinel);
    await()
        .until(() -> {
          scan(usage, Scan.CHANGES);
          return usage.tree().node(sentinel.getFileName().toString()).isEmpty();
        });
  }

  private static Map<String, String> flat(UsageTree tree) {
    Map<String, String> result = new TreeMap<>();
    flatten("", tree.node("").orElseThrow(), result);
    return result;
  }

  private static void flatten(String path, Node node, Map<String, String> result) {
    result.put(path, node.total() + " own " + node.own());
    for (Node child : node.children()) {
      flatten(path + "/" + child.name(), child, result);
    }
  }

  private void assertExact(String description) throws IOException {
    VolumeUsage full = new VolumeUsage(NodeUsage.NONE);
    scan(full, Scan.FULL);
    assertThat(flat(usage.tree())).as(description).isEqualTo(flat(full.tree()));
    assertThat(usage.account().used()).as(description).isEqualTo(full.account().used());
  }

  @Test
  @Proves("QU-06")
  void onlyModifiedDirectoriesAreLookedAt() throws IOException {
    for (int i = 0; i < 100; i++) {
      Path directory = Files.createDirectory(volume.resolve("d" + i));
      for (int j = 0; j < 20; j++) {
        Files.write(directory.resolve("f" + j), new byte[100]);
      }
    }
    scan(usage, Scan.FULL);
    assertThat(usage.watched()).isTrue();
    Files.write(volume.resolve("d7/f3"), new byte[100_000]);
    settle();
    assertExact("after one change");

    visited.set(0);
    Files.write(volume.resolve("d8/f3"), new byte[100_000]);
    await()
        .until(() -> {
          scan(usage, Scan.CHANGES);
          return usage.tree().sizes("d8").logical() > 100_000;
        });

    assertThat(visited.get()).as("of 2100 entries").isLessThan(150);
    visited.set(0);
    await()
        .until(() -> {
          visited.set(0);
          scan(usage, Scan.CHANGES);
          return visited.get() == 0;
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 11, 20_260_802})
  @Proves({"QU-05", "QU-06"})
  void scansOfChangesFindWhatFullScansFind(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    scan(usage, Scan.FULL);
    for (int round = 0; round < 15; round++) {
      for (int i = 0; i < 40; i++) {
        change(random);
      }
      settle();
      if (!usage.watched()) {
        scan(usage, Scan.FULL);
      }
      assertExact("round %d of seed %d".formatted(round, seed));
    }
  }

  private List<Path> directories() throws IOException {
    try (var walk = Files.walk(volume)) {
      return new ArrayList<>(
          walk.filter(p -> Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)).sorted().toList());
    }
  }

  private void change(SplittableRandom random) throws IOException {
    List<Path> directories = directories();
    Path directory = directories.get(random.nextInt(directories.size()));
    Path other = directories.get(random.nextInt(directories.size()));
    Path file = directory.resolve("f" + random.nextInt(4));
    try {
      switch (random.nextInt(9)) {
        case 0, 1 -> {
          if (directory.getNameCount() - volume.getNameCount() < 5) {
            Files.createDirectories(directory.resolve("d" + random.nextInt(4) + "/inner"));
          }
        }
        case 2, 3 -> Files.write(file, new byte[random.nextInt(30_000)]);
        case 4 -> Files.write(file, new byte[5_000], StandardOpenOption.APPEND);
        case 5 -> Files.deleteIfExists(file);
        case 6 -> {
          if (!directory.equals(volume) && !other.startsWith(directory)) {
            Files.move(directory, other.resolve("moved" + random.nextInt(3)));
          }
        }
        case 7 -> Files.move(file, other.resolve("f1"), StandardCopyOption.REPLACE_EXISTING);
        default -> {
          if (!directory.equals(volume) && random.nextInt(3) == 0) {
            deleteAll(directory);
          }
        }
      }
    } catch (NoSuchFileException | java.nio.file.FileAlreadyExistsException taken) {
      assertThat(taken.getFile()).isNotNull();
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path left, @org.jspecify.annotations.Nullable IOException failure)
              throws IOException {
            Files.delete(left);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Test
  @Proves("QU-05")
  void lastNameOfALinkedFileIsFoundAgainByAFullScan() throws IOException {
    Files.createDirectory(volume.resolve("a"));
    Files.createDirectory(volume.resolve("b"));
    Files.write(volume.resolve("a/one"), new byte[50_000]);
    Files.createLink(volume.resolve("b/two"), volume.resolve("a/one"));
    scan(usage, Scan.FULL);

    Files.delete(volume.resolve("a/one"));
    settle();
    scan(usage, Scan.FULL);
    assertExact("one name left");
    Files.delete(volume.resolve("b/two"));
    settle();

    assertExact("none left");
  }

  @Test
  @Proves("QU-06")
  void afterAnOverflowEverythingIsScanned() throws IOException {
    Files.createDirectories(volume.resolve("a/b"));
    scan(usage, Scan.FULL);
    settle();

    watcher.overflow();
    visited.set(0);
    scan(usage, Scan.CHANGES);

    assertThat(visited.get()).isPositive();
    assertThat(usage.watched()).isTrue();
    assertExact("after the overflow");
  }

  @Test
  @Proves("QU-06")
  void linksAreNotFollowedByTheWatcher() throws IOException {
    Path outside = Files.createDirectory(host.resolve("outside"));
    Files.createSymbolicLink(volume.resolve("link"), outside);
    scan(usage, Scan.FULL);
    settle();

    assertThat(watcher.watches()).hasSize(1);
    assertExact("beside a link");
  }

  @Test
  void rootThatIsMovedAwayEndsTheTrust() throws IOException {
    scan(usage, Scan.FULL);
    assertThat(usage.watched()).isTrue();

    Files.move(volume, host.resolve("elsewhere"));

    await().until(() -> !usage.watched());
    Files.move(host.resolve("elsewhere"), volume);
  }

  @Test
  void ownershipIsCleanUntilSomethingChanges() throws IOException {
    assertThat(usage.ownershipDirty()).isTrue();
    scan(usage, Scan.FULL);
    assertThat(usage.ownershipDirty()).as("nobody has checked yet").isTrue();
    usage.checkingOwnership();
    assertThat(usage.ownershipDirty()).isFalse();

    Files.createFile(volume.resolve("new"));

    await().until(usage::ownershipDirty);
  }

  @Test
  @Proves("QU-06")
  void listOfModifiedDirectoriesIsBounded() {
    ModifiedPaths modified = new ModifiedPaths();
    for (int i = 0; i < ModifiedPaths.MAX - 2; i++) {
      modified.add(("a/b" + i).getBytes(), false);
    }
    modified.add("x/y".getBytes(), false);
    assertThat(modified.holdsAll()).isFalse();
    modified.add("a".getBytes(), false);

    List<ModifiedPaths.Modified> drained = modified.drain();

    assertThat(drained).hasSize(2);
    assertThat(drained.getFirst().path()).isEqualTo("a".getBytes());
    assertThat(drained.getFirst().whole()).isTrue();
    assertThat(drained.getLast().whole()).isFalse();
    for (int i = 0; i < ModifiedPaths.MAX; i++) {
      modified.add(("b" + i).getBytes(), false);
    }
    assertThat(modified.holdsAll()).as("siblings only").isTrue();
  }

  @Test
  void refusedWatchesMakeEveryScanFull() throws IOException {
    watcher.close();
    await().until(() -> !usage.watched());
    Files.createDirectory(volume.resolve("a"));

    scan(usage, Scan.CHANGES);

    assertThat(usage.watched()).isFalse();
    assertExact("without a watcher");
  }

  @Test
  void namesBesideADirectoryDoNotHideWhatIsBelowIt() {
    ModifiedPaths modified = new ModifiedPaths();
    modified.add("a".getBytes(UTF_8), false);
    modified.add("a-b".getBytes(UTF_8), false);
    for (int i = 0; i < ModifiedPaths.MAX - 2; i++) {
      modified.add(("a/" + i).getBytes(UTF_8), false);
    }

    assertThat(modified.drain())
        .extracting(one -> new String(one.path(), UTF_8))
        .containsExactly("a", "a-b");
  }

  @Test
  void refusedWatchIsTriedAgainAfterAnHourOnly() throws IOException {
    AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
    Path file = Files.createFile(host.resolve("file"));
    VolumeWatch watch = new VolumeWatch(watcher, usage.tree(), new ModifiedPaths(), clock::get);
    DirectoryNode node = new DirectoryNode(new byte[0], null);
    try (Descriptor directory = Linux.open(volume.toString(), Linux.O_RDONLY);
        Descriptor none = Linux.open(file.toString(), Linux.O_RDONLY)) {
      watch.begin();
      watch.add(none, node, /* root= */ true);
      watch.end();
      assertThat(watch.trusted()).isFalse();

      clock.addAndGet(Duration.ofMinutes(59).toNanos());
      watch.begin();
      watch.add(directory, node, /* root= */ true);
      watch.end();
      assertThat(watcher.watches()).isEmpty();
      assertThat(watch.trusted()).isFalse();

      clock.addAndGet(Duration.ofMinutes(1).toNanos());
      watch.begin();
      watch.add(directory, node, /* root= */ true);
      watch.end();
      assertThat(watcher.watches()).hasSize(1);
      assertThat(watch.trusted()).isTrue();
    } finally {
      watch.close();
    }
    assertThat(watcher.watches()).isEmpty();
  }

  /// What the daemon writes or deletes while a full scan runs, before and after the scan comes by.
  @ParameterizedTest
  @ValueSource(ints = {0, 3, 6, 9, 12, 15})
  @Proves("QU-05")
  void changesDuringAFullScanCountOnce(int at) throws IOException {
    for (String name : List.of("a", "b", "c")) {
      Path directory = Files.createDirectory(volume.resolve(name));
      for (int i = 0; i < 4; i++) {
        Files.write(directory.resolve("f" + i), new byte[100_000]);
      }
    }
    scan(usage, Scan.FULL);
    AtomicLong entries = new AtomicLong();
    try (Descriptor root = Linux.open(volume.toString(), Linux.O_RDONLY)) {
      usage.scan(
          root,
          Scan.FULL,
          () -> {
            if (entries.getAndIncrement() == at) {
              write("b/new", 3 << 20);
              delete("c/f3");
              write("a/new", 1 << 20);
              delete("a/f0");
            }
            return false;
          });
    }

    assertExact("changed at entry " + at);
  }

  private void write(String name, int bytes) {
    try {
      usage.reserve(bytes, 0);
      Path file = Files.write(volume.resolve(name), new byte[bytes]);
      usage.settle(directoryOf(name), bytes, bytes, allocated(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void delete(String name) {
    try {
      Path file = volume.resolve(name);
      long allocated = allocated(file);
      long size = Files.size(file);
      Files.delete(file);
      usage.settle(directoryOf(name), 0, -size, -allocated);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] directoryOf(String name) {
    return name.substring(0, name.indexOf('/')).getBytes(UTF_8);
  }

  private static long allocated(Path file) throws IOException {
    try (Descriptor opened = Linux.open(file.toString(), Linux.O_RDONLY)) {
      return Linux.statx(opened).allocatedBytes();
    }
  }
}
