package dev.wings.fs.archive.write;

import dev.wings.core.config.SystemConfig.CompressionLevel;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/// Prints how long archives of a tree of 20,060 files and 412 MiB take, beside the system's tools
/// in the same run. Run by `bin/bench archive`; arguments: directory, then format names.
public final class ArchiveBenchmark {
  private static final int ROUNDS = Integer.getInteger("wings.bench.rounds", 5);
  private static final int SMALL_FILES = 20_000;
  private static final int LARGE_FILES = 60;
  private static final int DIRECTORIES = 200;
  private static final String[] WORDS =
      "player world entity block chunk spawn level error thread server tick lag true false null joined left the game [INFO] [WARN] minecraft: overworld nether end 0 1 64 128"
          .split(" ");

  private final Path directory;
  private final Path tree;

  private ArchiveBenchmark(Path directory) {
    this.directory = directory;
    this.tree = directory.resolve("tree");
  }

  /// One measured run.
  ///
  /// @param cpuNanos of all threads and processes that took part
  private record Sample(long nanos, long cpuNanos) {}

  /// A tool's command line for a shell; `$T` is the tree, `$O` the archive.
  private record Reference(String name, String command) {}

  public static void main(String[] arguments) throws Exception {
    Path directory =
        arguments.length > 0
            ? Path.of(arguments[0])
            : Files.createTempDirectory("wings-archive-bench");
    List<String> chosen =
        Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length);
    ArchiveBenchmark bench = new ArchiveBenchmark(directory);
    bench.makeTree();
    bench.compare(chosen, ArchiveFormat.TAR, new Reference("tar", "tar -cf $O -C $T ."));
    bench.compare(
        chosen,
        ArchiveFormat.TAR_GZ,
        new Reference("tar | pigz -1", "tar -c -C $T . | pigz -1 > $O"),
        new Reference("tar | gzip -1", "tar -c -C $T . | gzip -1 > $O"));
    bench.compare(
        chosen,
        ArchiveFormat.TAR_ZSTD,
        new Reference("tar | zstd -T2 -1", "tar -c -C $T . | zstd -T2 -1 -q > $O"));
    bench.compare(
        chosen,
        ArchiveFormat.TAR_LZ4,
        new Reference("tar | lz4 -1", "tar -c -C $T . | lz4 -1 -q > $O"));
    bench.compare(
        chosen, ArchiveFormat.ZIP, new Reference("zip -1", "cd $T && zip -1 -q -r - . > $O"));
    bench.compare(
        chosen,
        ArchiveFormat.TAR_XZ,
        new Reference("tar | xz -T2 -1", "tar -c -C $T . | xz -T2 -1 > $O"));
    bench.compare(
        chosen,
        ArchiveFormat.SEVEN_ZIP,
        new Reference(
            "7z -mx1 -mmt2", "cd $T && rm -f $O && 7z a -bd -t7z -mx1 -mmt2 $O . > /dev/null"));
    System.out.println("peak resident memory of this process, MiB: " + peakMib());
  }

  private void makeTree() throws IOException {
    if (Files.exists(tree)) {
      return;
    }
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < DIRECTORIES; i++) {
      Files.createDirectories(tree.resolve("d" + i));
    }
    for (int i = 0; i < SMALL_FILES; i++) {
      int size = 500 + (int) (-Math.log(1 - random.nextDouble()) * 9500);
      Files.write(
          tree.resolve("d" + i % DIRECTORIES + "/file-" + i + ".dat"),
          content(random, size, i % 2 == 0));
    }
    for (int i = 0; i < LARGE_FILES; i++) {
      Files.write(
          tree.resolve("d" + i + "/region-" + i + ".mca"), content(random, 3_800_000, i % 2 == 0));
    }
  }

  private static byte[] content(SplittableRandom random, int size, boolean text) {
    byte[] bytes = new byte[size];
    if (!text) {
      new Random(random.nextLong()).nextBytes(bytes);
      return bytes;
    }
    int at = 0;
    while (at < size) {
      String word = WORDS[random.nextInt(WORDS.length)];
      String piece = random.nextInt(8) == 0 ? random.nextInt(100_000) + "\n" : word + " ";
      for (int i = 0; i < piece.length() && at < size; i++) {
        bytes[at++] = (byte) piece.charAt(i);
      }
    }
    return bytes;
  }

  private void compare(List<String> chosen, ArchiveFormat format, Reference... references)
      throws Exception {
    if (!chosen.isEmpty() && !chosen.contains(format.wireName())) {
      return;
    }
    Path output = directory.resolve("out." + format.extension());
    Sample[] ours = new Sample[ROUNDS];
    Sample[][] theirs = new Sample[references.length][ROUNDS];
    long[] sizes = new long[references.length + 1];
    for (int round = 0; round < ROUNDS; round++) {
      ours[round] = ours(format, output);
      sizes[0] = Files.size(output);
      for (int i = 0; i < references.length; i++) {
        theirs[i][round] = run(references[i].command(), output);
        sizes[i + 1] = Files.size(output);
      }
    }
    print("wings " + format.extension(), ours, sizes[0], sizes[0]);
    for (int i = 0; i < references.length; i++) {
      print("  " + references[i].name(), theirs[i], sizes[i + 1], sizes[0]);
    }
    Files.delete(output);
  }

  private Sample ours(ArchiveFormat format, Path output) throws IOException {
    Files.deleteIfExists(output);
    ArchiveWriter writer = new ArchiveWriter(96L << 20, new SplittableRandom());
    ArchiveSettings settings = new ArchiveSettings(format, CompressionLevel.BEST_SPEED, 2);
    try (Sandbox sandbox = Sandbox.open(directory)) {
      long cpu = cpuNanos();
      long begin = System.nanoTime();
      writer.writeFile(
          ArchiveSource.of(sandbox.getPath("/tree")),
          settings,
          sandbox.getPath("/" + output.getFileName()),
          new Progress());
      return new Sample(System.nanoTime() - begin, cpuNanos() - cpu);
    }
  }

  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private Sample run(String command, Path output) throws Exception {
    Files.deleteIfExists(output);
    String line = command.replace("$T", tree.toString()).replace("$O", output.toString());
    Path times = directory.resolve("times");
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder("bash", "-c", "TIMEFORMAT='%U %S'; time { " + line + "; } 2> /dev/null")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(times.toFile())
            .start();
    int status = process.waitFor();
    long nanos = System.nanoTime() - begin;
    if (status != 0) {
      System.out.println("  (" + command + " ended with " + status + ")");
    }
    double seconds = 0;
    for (String part : Files.readString(times).strip().split("\\s+")) {
      seconds += Double.parseDouble(part);
    }
    return new Sample(nanos, (long) (seconds * 1e9));
  }

  private static void print(String name, Sample[] samples, long size, long ours) {
    Sample[] sorted = samples.clone();
    Arrays.sort(sorted, Comparator.comparingLong(Sample::nanos));
    double cpu = Arrays.stream(samples).mapToLong(Sample::cpuNanos).min().orElse(0) / 1e9;
    System.out.printf(
        "%-22s %7.2f s (best %.2f)  %6.2f CPU s  %8.1f MiB  %5.1f %%%n",
        name,
        sorted[sorted.length / 2].nanos() / 1e9,
        sorted[0].nanos() / 1e9,
        cpu,
        size / 1048576.0,
        100.0 * ours / Math.max(1, size));
  }

  private static String peakMib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .map(line -> String.valueOf(Long.parseLong(line.replaceAll("\\D", "")) / 1024))
        .findFirst()
        .orElse("unknown");
  }
}
