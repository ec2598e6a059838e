package dev.wings.backup.bench;

import dev.wings.backup.BackupTask;
import dev.wings.backup.testing.BackupWorld;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.config.SystemConfig.ArchiveFormat;
import dev.wings.core.testing.FakeServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/// Prints how long local backups of a server of 20,060 files and 412 MiB take, and their restores,
/// with everything that belongs to them: the catalog, the checksum, the staging of the files, and
/// all of it on the disk. Beside them the system's tools in the same run. Arguments: directory,
/// rounds.
public final class BackupBench {
  private static final int SMALL_FILES = 20_000;
  private static final int LARGE_FILES = 60;
  private static final int DIRECTORIES = 200;
  private static final int TICKS_PER_SECOND = 100;
  private static final String[] WORDS =
      "player world entity block chunk spawn level error thread server tick lag true false [INFO]"
          .split(" ");

  private final Path directory;
  private final int rounds;

  private BackupBench(Path directory, int rounds) {
    this.directory = directory;
    this.rounds = rounds;
  }

  /// What is measured.
  ///
  /// @param pack command that writes the archive `$O` of the tree `$T`
  /// @param unpack command that unpacks it into the working directory
  private record Kind(ArchiveFormat format, String pack, String unpack) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(ArchiveFormat.TAR_GZ, "tar -c -C $T . | pigz -p2 -1 > $O", "tar -xzf $O"),
          new Kind(
              ArchiveFormat.TAR_ZSTD, "tar -c -C $T . | zstd -T2 -1 -q > $O", "tar --zstd -xf $O"));

  /// One measured run.
  ///
  /// @param cpuMillis of all threads, or of the processes that were started
  private record Sample(long millis, long cpuMillis) {}

  private static void print(String what, List<Sample> samples) {
    List<Sample> warm = samples.subList(1, samples.size());
    System.out.println(
        what
            + ", ms: "
            + median(warm, Sample::millis)
            + ", processor ms: "
            + median(warm, Sample::cpuMillis)
            + " (each "
            + warm.stream().map(Sample::millis).toList()
            + ")");
  }

  private static long median(List<Sample> samples, ToLongFunction<Sample> of) {
    return samples.stream().mapToLong(of).sorted().toArray()[samples.size() / 2];
  }

  public static void main(String[] arguments) throws Exception {
    Path directory =
        Files.createTempDirectory(
            arguments.length > 0 ? Path.of(arguments[0]) : Path.of("/dev/shm"), "wings-backup");
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
    try {
      new BackupBench(directory, rounds).run();
    } finally {
      shell(Path.of("/"), "rm -rf " + directory, /* tree= */ directory, /* output= */ directory);
    }
  }

  private void run() throws Exception {
    try (BackupWorld world = new BackupWorld(directory)) {
      FakeServer server =
          world.silentServer(
              BackupWorld.with(
                  FakeServer.definition(UUID.randomUUID(), "bench"), List.of(), List.of(), 0));
      makeTree(world.files(server));
      for (Kind kind : KINDS) {
        measure(world, server, kind);
      }
    }
    printMemory();
  }

  private void measure(BackupWorld world, FakeServer server, Kind kind) throws Exception {
    world.configure("wings.archiveFormat", kind.format());
    Path tree = world.files(server);
    Path output = directory.resolve("out");
    List<Sample> create = new ArrayList<>();
    List<Sample> restore = new ArrayList<>();
    List<Sample> pack = new ArrayList<>();
    List<Sample> unpack = new ArrayList<>();
    for (int round = 0; round <= rounds; round++) { // the first one warms up
      UUID backup = UUID.randomUUID();
      create.add(
          timed(() -> await(world.service().create(server, backup, BackupAdapter.WINGS, ""))));
      pack.add(timed(() -> shell(directory, kind.pack(), tree, output)));
      shell(tree, "find . -mindepth 1 -delete", tree, output); // the tools have nothing to remove
      restore.add(
          timed(() ->
              await(
                  world
                      .service()
                      .restore(
                          server,
                          backup,
                          BackupAdapter.WINGS,
                          /* truncate= */ true,
                          Optional.empty()))));
      Path target = Files.createDirectory(directory.resolve("target"));
      unpack.add(timed(() -> shell(target, kind.unpack(), tree, output)));
      shell(directory, "rm -rf target", tree, output);
      await(world.service().delete(backup, BackupAdapter.WINGS, Optional.of(server)));
    }
    print("backup " + kind.format().wireName(), create);
    print("  " + kind.pack(), pack);
    print("restore " + kind.format().wireName(), restore);
    print("  " + kind.unpack(), unpack);
  }

  private interface Work {
    void run() throws Exception;
  }

  private static Sample timed(Work work) throws Exception {
    long begin = System.nanoTime();
    long cpu = cpuMillis();
    work.run();
    return new Sample(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin), cpuMillis() - cpu);
  }

  /// Of this process and those that it has waited for, in user mode and in the kernel.
  private static long cpuMillis() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long ticks = 0;
    for (int i = 11; i <= 14; i++) { // utime, stime, cutime, cstime
      ticks += Long.parseLong(fields[i]);
    }
    return ticks * 1000 / TICKS_PER_SECOND;
  }

  private static void await(BackupTask task) throws InterruptedException {
    task.begin();
    if (!task.await()) {
      throw new IllegalStateException("did not succeed");
    }
  }

  private static void shell(Path directory, String line, Path tree, Path output) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", line).directory(directory.toFile()).inheritIO();
    builder.environment().put("T", tree.toString());
    builder.environment().put("O", output.toString());
    if (builder.start().waitFor() != 0) {
      throw new IllegalStateException(line);
    }
  }

  /// Makes the tree that is measured.
  public static void makeTree(Path tree) throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < DIRECTORIES; i++) {
      Files.createDirectories(tree.resolve("d" + i));
    }
    for (int i = 0; i < SMALL_FILES; i++) {
      int size = 500 + (int) (-Math.log(1 - random.nextDouble()) * 9500);
      Path file = tree.resolve("d" + i % DIRECTORIES + "/file-" + i + ".dat");
      Files.write(file, content(random, size, i % 2 == 0));
    }
    for (int i = 0; i < LARGE_FILES; i++) {
      Path file = tree.resolve("d" + i + "/region-" + i + ".mca");
      Files.write(file, content(random, 3_800_000, i % 2 == 0));
    }
  }

  private static byte[] content(SplittableRandom random, int size, boolean text) {
    byte[] bytes = new byte[size];
    if (!text) {
      new Random(random.nextLong()).nextBytes(bytes);
      return bytes;
    }
    for (int at = 0; at < size; ) {
      String word = WORDS[random.nextInt(WORDS.length)];
      String piece = random.nextInt(8) == 0 ? random.nextInt(100_000) + "\n" : word + " ";
      for (int i = 0; i < piece.length() && at < size; i++) {
        bytes[at++] = (byte) piece.charAt(i);
      }
    }
    return bytes;
  }

  private static void printMemory() throws IOException {
    long heap = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        heap += pool.getPeakUsage().getUsed();
      }
    }
    System.out.println(
        "peak heap, MiB: " + (heap >> 20) + ", limit: " + (Runtime.getRuntime().maxMemory() >> 20));
    Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .forEach(System.out::println);
  }
}
