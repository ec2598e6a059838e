package dev.wings.daemon.bench;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.read.Extraction;
import dev.wings.fs.archive.read.ExtractionLimits;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Prints how long it takes to extract a server of 20,060 files and 412 MiB, half of it
/// compressible, beside the system's tools on the same archives.
final class ExtractBench {
  private static final int SMALL_FILES = 20_000;
  private static final int LARGE_FILES = 60;
  private static final int SMALL_BYTES = 12 << 10;
  private static final int LARGE_BYTES = 3 << 20;
  private static final int ROUNDS = 5;

  /// As the node's default: one for each core.
  private static final int THREADS = 0;

  private record Kind(String archive, String make, String extract) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("a.tar", "tar -cf ../a.tar .", "tar -xf ../a.tar"),
          new Kind("a.tar.gz", "tar -c . | gzip -1 > ../a.tar.gz", "tar -xzf ../a.tar.gz"),
          new Kind(
              "a.tar.zst", "tar -c . | zstd -q -1 > ../a.tar.zst", "tar --zstd -xf ../a.tar.zst"),
          new Kind("a.zip", "zip -q -r -1 ../a.zip .", "unzip -q -o ../a.zip"));

  private final Path directory;

  ExtractBench(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory).toRealPath();
  }

  private void tree(Path tree) throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < SMALL_FILES; i++) {
      Path parent = Files.createDirectories(tree.resolve("d" + i / 100));
      Files.write(parent.resolve("f" + i), content(random, i % 2 == 0, SMALL_BYTES));
    }
    for (int i = 0; i < LARGE_FILES; i++) {
      Path parent = Files.createDirectories(tree.resolve("region"));
      Files.write(parent.resolve("r" + i), content(random, i % 2 == 0, LARGE_BYTES));
    }
  }

  private static byte[] content(Random random, boolean compressible, int size) {
    byte[] content = new byte[size];
    random.nextBytes(content);
    for (int i = 0; compressible && i < size; i++) {
      content[i] = i % 4 == 0 ? (byte) ('a' + (content[i] & 15)) : (byte) ('a' + i % 7);
    }
    return content;
  }

  void run() throws Exception {
    Path source = directory.resolve("source");
    tree(source);
    for (Kind kind : KINDS) {
      shell(source, kind.make());
      List<Long> ours = new ArrayList<>();
      List<Long> tools = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        tools.add(timed(target -> shell(target, kind.extract())));
        ours.add(timed(target -> extract(kind.archive(), target)));
      }
      String size = " (" + (Files.size(directory.resolve(kind.archive())) >> 20) + " MiB)";
      NodeBench.print(
          "extract " + kind.archive() + size + ", ms",
          NodeBench.median(ours) + " (each " + ours + ")");
      NodeBench.print(kind.extract() + ", ms", NodeBench.median(tools) + " (each " + tools + ")");
      Files.delete(directory.resolve(kind.archive()));
    }
    shell(directory, "rm -rf source");
    NodeBench.print(
        "resident memory of this process at its peak, KiB",
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmHWM"))
            .findFirst()
            .orElse("?"));
  }

  private interface Work {
    void run(Path target) throws Exception;
  }

  private long timed(Work work) throws Exception {
    Path target = Files.createDirectory(directory.resolve("target"));
    long begin = System.nanoTime();
    work.run(target);
    long time = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    shell(directory, "rm -rf target");
    return time;
  }

  private void extract(String archive, Path target) throws IOException {
    try (Sandbox sandbox = Sandbox.open(directory, SandboxOptions.defaults().ownedBy(988, 988))) {
      Path root = sandbox.getPath("/");
      try (Extraction extraction =
          Extraction.open(root.resolve(archive), THREADS, ExtractionLimits.DEFAULT)) {
        extraction.run(
            root.resolve(directory.relativize(target).toString()),
            root,
            PathFilter.NONE,
            new Progress());
      }
    }
  }

  private static void shell(Path directory, String line) throws Exception {
    Process process =
        new ProcessBuilder("sh", "-c", line).directory(directory.toFile()).inheritIO().start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(line);
    }
  }
}
