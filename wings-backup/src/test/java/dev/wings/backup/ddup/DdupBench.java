package dev.wings.backup.ddup;

import dev.wings.backup.bench.BackupBench;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.Progress;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Prints what backups in a ddup-bak repository cost: the first one of a server of 20,060 files and
/// 412 MiB, one after one in a hundred of its files has changed, one of the same again, a restore,
/// a look at all of it, a deletion. Arguments: directory, rounds.
public final class DdupBench {
  private static final int SMALL_FILES = 20_000;
  private static final int CHANGED_EVERY = 100;
  private static final int HASHED_BYTES = 16 << 20;

  private final Path directory;

  private DdupBench(Path directory) {
    this.directory = directory;
  }

  /// Work that is measured.
  private interface Work {
    void run() throws IOException;
  }

  public static void main(String[] arguments) throws IOException {
    Path directory =
        Files.createTempDirectory(
            arguments.length > 0 ? Path.of(arguments[0]) : Path.of("/dev/shm"), "wings-ddup");
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    try {
      hashes();
      for (int round = 0; round <= rounds; round++) {
        System.out.println(round == 0 ? "warming up" : "round " + round);
        new DdupBench(directory.resolve("round-" + round)).run();
        remove(directory.resolve("round-" + round));
      }
    } finally {
      remove(directory);
    }
    long peak = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      peak += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
    }
    System.out.println("peak of the heap, MiB: " + (peak >> 20));
  }

  private static void hashes() {
    byte[] data = Trees.noise(1, HASHED_BYTES);
    for (int round = 0; round < 4; round++) {
      long begin = System.nanoTime();
      Blake2b.hash(data, 0, data.length);
      long own = System.nanoTime() - begin;
      begin = System.nanoTime();
      HandMade.blake2b(data);
      long bouncy = System.nanoTime() - begin;
      begin = System.nanoTime();
      for (int at = 0; at < data.length; ) {
        at += FastCdc.cut(data, at, data.length - at);
      }
      long cut = System.nanoTime() - begin;
      if (round == 3) {
        System.out.printf(
            "one thread, MiB/s: BLAKE2b %d (Bouncy Castle %d), cutting %d%n",
            rate(own), rate(bouncy), rate(cut));
      }
    }
  }

  private static long rate(long nanos) {
    return (long) (HASHED_BYTES / 1048576.0 / nanos * TimeUnit.SECONDS.toNanos(1));
  }

  private void run() throws IOException {
    Volumes volumes = new Volumes(VolumeSettings.of(directory.resolve("volumes"), 4711, 4712));
    DdupWorld world = new DdupWorld(directory.resolve("backups"));
    world.threads(4);
    try (Volume volume = open(volumes, 1);
        Volume target = open(volumes, 2)) {
      Path tree = directory.resolve("volumes/" + new UUID(0, 1));
      BackupBench.makeTree(tree);
      List<BackupResult> results = new ArrayList<>();
      measure(
          "first backup", world, () -> results.add(world.create(DdupWorld.id(1), volume.root())));
      for (int i = 0; i < SMALL_FILES; i += CHANGED_EVERY) {
        Files.write(tree.resolve("d" + i % 200 + "/file-" + i + ".dat"), Trees.noise(i, 9500));
      }
      Files.write(tree.resolve("d0/region-0.mca"), Trees.noise(1, 3_800_000));
      measure(
          "1 % changed", world, () -> results.add(world.create(DdupWorld.id(2), volume.root())));
      measure("the same", world, () -> results.add(world.create(DdupWorld.id(3), volume.root())));
      measure("restore", world, () -> world.restoreInto(DdupWorld.id(2), target.root()));
      measure(
          "verify",
          world,
          () ->
              world
                  .find(DdupWorld.id(2))
                  .verify(Optional.of(results.get(1).checksum()), new Progress()));
      measure("delete the first", world, () -> world.delete(DdupWorld.id(1)));
      measure(
          "count all again",
          world,
          () -> {
            Files.delete(world.root().resolve("chunks/index"));
            world.repository().begin(LockFile.Mode.DESTRUCTIVE, new Progress()).close();
          });
    }
  }

  private static Volume open(Volumes volumes, int number) throws IOException {
    Volume volume = volumes.of(new UUID(0, number));
    volume.limit(0);
    volume.prepare();
    return volume;
  }

  private static void measure(String what, DdupWorld world, Work work) throws IOException {
    long before = size(world.root());
    long begin = System.nanoTime();
    work.run();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    System.out.printf(
        "  %s: %d ms, repository %+,d bytes%n", what, millis, size(world.root()) - before);
  }

  private static long size(Path root) throws IOException {
    long[] sum = new long[1];
    if (Files.exists(root)) {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              sum[0] += attributes.size();
              return FileVisitResult.CONTINUE;
            }
          });
    }
    return sum[0];
  }

  private static void remove(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path path, @Nullable IOException failure)
              throws IOException {
            Files.delete(path);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
