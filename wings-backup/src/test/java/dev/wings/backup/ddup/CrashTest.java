package dev.wings.backup.ddup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.archive.write.ArchiveSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is on the disk before each step is what a process leaves that is killed there: a copy of it
/// is what the next process finds.
class CrashTest {
  @TempDir Path directory;
  private Path tree;

  @BeforeEach
  void prepare() throws IOException {
    tree = Files.createDirectory(directory.resolve("tree"));
    Trees.write(tree, "shared/a", Trees.noise(1, 700_000));
    Trees.write(tree, "shared/b", "b");
    Trees.write(tree, "changing", "first");
  }

  /// Copies the repository before each step.
  private final class Camera implements Repository.Steps {
    private final Path world;
    private final List<Path> images = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();

    Camera(Path world) {
      this.world = world;
    }

    @Override
    public synchronized void next(String step) throws IOException {
      Path image = directory.resolve("image-" + images.size());
      copy(world, image);
      images.add(image);
      steps.add(step);
    }
  }

  static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(path).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(path, to.resolve(from.relativize(path).toString()));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Test
  @Proves("BK-03")
  void aKillAtAnyStepLosesNothingAndLeavesNothing() throws IOException {
    Path first = directory.resolve("world");
    Camera camera = new Camera(first);
    DdupWorld world = new DdupWorld(first, camera);
    world.threads(1);
    Map<UUID, Map<String, String>> contents = new HashMap<>();
    create(world, 1, contents);
    Trees.write(tree, "changing", "second");
    create(world, 2, contents);
    world.delete(DdupWorld.id(1));
    Trees.write(tree, "changing", Trees.noise(7, 300_000));
    create(world, 3, contents);
    world.delete(DdupWorld.id(3));

    assertThat(camera.steps)
        .contains("write a chunk", "sync chunks", "save the index", "name the archive")
        .contains("remove the archive", "drop chunks", "remove chunks", "release the lock");
    for (int i = 0; i < camera.images.size(); i++) {
      String where = "killed before step %d, '%s'".formatted(i, camera.steps.get(i));
      afterwards(new DdupWorld(camera.images.get(i)), contents, where);
    }
  }

  private void create(DdupWorld world, int number, Map<UUID, Map<String, String>> contents)
      throws IOException {
    contents.put(DdupWorld.id(number), Trees.describe(tree));
    world.create(DdupWorld.id(number), tree);
  }

  private void afterwards(DdupWorld world, Map<UUID, Map<String, String>> contents, String where)
      throws IOException {
    world.driver().recover();
    assertConsistent(world, where);
    for (Map.Entry<UUID, Map<String, String>> content : contents.entrySet()) {
      if (world.driver().find(content.getKey()).isPresent()) {
        Path target = world.root().resolveSibling("restored-" + content.getKey());
        assertThat(Trees.describe(world.restore(content.getKey(), target)))
            .as(where)
            .isEqualTo(content.getValue());
        assertThat(world.find(content.getKey()).verify(Optional.empty(), new Progress()).faults())
            .as(where)
            .isEmpty();
      }
    }
    world.create(DdupWorld.id(50), tree);
    world.delete(DdupWorld.id(50));
    assertConsistent(world, where + ", and then used again");
  }

  /// Counts and chunk files are exactly those of the archives, and nothing else is there.
  static void assertConsistent(DdupWorld world, String where) throws IOException {
    Map<String, Long> uses = new TreeMap<>();
    Set<String> files = new TreeSet<>();
    try (var archives = Files.newDirectoryStream(world.root().resolve("archives"))) {
      for (Path file : archives) {
        assertThat(file.toString()).as(where).endsWith(".ddup");
        try (DdupArchive archive = DdupArchive.open(file);
            ChunkTable table = archive.table().orElseThrow()) {
          IdList ids = new IdList();
          assertThat(Scan.ids(archive, ids, new Progress())).as(where).isTrue();
          ids.forEach(id -> uses.merge(table.hash(id).orElseThrow().toString(), 1L, Long::sum));
        }
      }
    }
    Path root = Path.of("");
    uses.keySet()
        .forEach(hash ->
            files.add(
                root.resolve(hash.substring(0, 2))
                    .resolve(hash.substring(2, 4))
                    .resolve(hash.substring(4) + ".chunk")
                    .toString()));
    assertThat(world.chunkFiles()).as(where).isEqualTo(files);
    if (Files.exists(world.root().resolve("chunks/index"))) {
      Map<String, Long> counted = new TreeMap<>();
      HandMade.index(world.root())
          .chunks()
          .forEach((hash, chunk) -> counted.put(hash, chunk.uses()));
      assertThat(counted).as(where).isEqualTo(uses);
    } else {
      assertThat(uses).as(where).isEmpty();
    }
    assertThat(Files.readAllBytes(world.root().resolve("chunks/index.lock")))
        .as(where)
        .isEqualTo(new byte[48]);
  }

  @Test
  void aBackupThatIsCancelledLeavesNothing() throws IOException {
    for (int step = 0; ; step++) {
      Path place = directory.resolve("cancelled-" + step);
      Progress progress = new Progress();
      AtomicInteger left = new AtomicInteger(step);
      DdupWorld world =
          new DdupWorld(
              place,
              name -> {
                if (left.getAndDecrement() == 0 && !name.equals("release the lock")) {
                  progress.cancel();
                }
              });
      world.threads(1);
      world.create(DdupWorld.id(1), ArchiveSource.of(tree).root().resolve("shared"));
      left.set(step);
      boolean cancelled = false;
      try {
        world.create(DdupWorld.id(2), tree, progress);
      } catch (OperationAbortedException e) {
        cancelled = true;
        assertThat(world.driver().find(DdupWorld.id(2))).isEmpty();
      }
      assertConsistent(world, "cancelled before step " + step);
      if (!progress.cancelled()) {
        assertThat(step).isGreaterThan(4);
        return;
      }
      assertThat(cancelled || world.driver().find(DdupWorld.id(2)).isPresent()).isTrue();
    }
  }

  private static void lock(DdupWorld world, long process, long readers) throws IOException {
    ByteBuffer state = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    if (process != 0) {
      state.put(0, (byte) 2).put(8, (byte) 1).putLong(16, process);
    }
    state.putLong(24 + 16, readers);
    Files.createDirectories(world.root().resolve("chunks"));
    Files.write(world.root().resolve("chunks/index.lock"), state.array());
  }

  @Test
  void theLockOfADeadProcessIsTakenOver() throws IOException {
    DdupWorld world = new DdupWorld(directory.resolve("world"));
    world.create(DdupWorld.id(1), tree);
    lock(world, Integer.MAX_VALUE, 0);
    Trees.write(
        world.root(),
        "chunks/ab/cd/" + "0".repeat(60) + ".chunk",
        "an orphan of the process that died");

    world.driver().recover();

    assertConsistent(world, "after a takeover");
    world.delete(DdupWorld.id(1));
    assertThat(world.chunkFiles()).isEmpty();
  }

  @Test
  void theNumberOfADeadProcessMayBelongToAnother() throws IOException {
    DdupWorld world = new DdupWorld(directory.resolve("world"));
    lock(world, 1, 0); // exists, but is younger than a file of 1970
    Files.setLastModifiedTime(
        world.root().resolve("chunks/index.lock"),
        java.nio.file.attribute.FileTime.fromMillis(1000));

    world.create(DdupWorld.id(1), tree);

    assertConsistent(world, "after a takeover");
  }

  @Test
  void aProcessThatWritesIsWaitedFor() throws IOException {
    AtomicInteger looks = new AtomicInteger();
    AtomicInteger patience = new AtomicInteger(5);
    DdupWorld world =
        new DdupWorld(
            directory.resolve("world"),
            Repository.Steps.UNWATCHED,
            (process, _) -> process == 4711 && looks.incrementAndGet() < patience.get());
    lock(world, 4711, 0);

    world.create(DdupWorld.id(1), tree);

    assertThat(looks).hasValue(5);
    assertConsistent(world, "after waiting");
    lock(world, 4711, 0);
    patience.set(Integer.MAX_VALUE);
    Progress progress = new Progress();
    looks.set(0);
    DdupWorld waiting =
        new DdupWorld(
            directory.resolve("world"),
            Repository.Steps.UNWATCHED,
            (_, _) -> {
              if (looks.incrementAndGet() == 3) {
                progress.cancel();
              }
              return true;
            });
    assertThatThrownBy(() -> waiting.create(DdupWorld.id(2), tree, progress))
        .isInstanceOf(OperationAbortedException.class);
    assertThat(waiting.driver().find(DdupWorld.id(2))).isEmpty();
  }

  @Test
  void readersOfAnotherProgramStayInTheLock() throws IOException {
    DdupWorld world = new DdupWorld(directory.resolve("world"));
    lock(world, 0, 3); // of the mode that adding has

    world.create(DdupWorld.id(1), tree);

    ByteBuffer state =
        ByteBuffer.wrap(Files.readAllBytes(world.root().resolve("chunks/index.lock")))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(state.getLong(40)).isEqualTo(3);
    assertThat(state.getLong(0) | state.getLong(8) | state.getLong(16)).isZero();
  }
}
