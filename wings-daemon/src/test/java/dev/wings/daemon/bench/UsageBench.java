package dev.wings.daemon.bench;

import dev.wings.core.volume.Scan;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.quota.ChangeWatcher;
import dev.wings.fs.quota.NodeUsage;
import dev.wings.fs.quota.UsageTree.Sizes;
import dev.wings.fs.quota.VolumeUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Prints how long it takes to know what a volume of a million files uses: a full scan beside `du
/// -s`, and a scan of the changes after one file was written.
final class UsageBench {
  private static final int DIRECTORIES = 10_000;
  private static final int FILES = 100;
  private static final int ROUNDS = 3;

  private final Path tree;

  UsageBench(Path tree) {
    this.tree = tree;
  }

  void run() throws Exception {
    for (int i = 0; i < DIRECTORIES; i++) {
      Path directory = Files.createDirectories(tree.resolve("d" + i / 100 + "/e" + i % 100));
      for (int j = 0; j < FILES; j++) {
        Files.createFile(directory.resolve("f" + j));
      }
    }
    String what = "; " + DIRECTORIES * FILES + " files in " + DIRECTORIES + " directories, ms";
    NodeBench.print("full scan" + what, times(() -> scan(new VolumeUsage(NodeUsage.NONE))));
    NodeBench.print(
        "du -s" + what,
        times(() -> new ProcessBuilder("du", "-s", tree.toString()).start().waitFor()));
    changes(what);
    new ProcessBuilder("rm", "-rf", tree.toString()).start().waitFor();
  }

  private void changes(String what) throws Exception {
    try (NodeUsage node =
        new NodeUsage(Optional.of(ChangeWatcher.start().orElseThrow()), Optional.empty())) {
      VolumeUsage usage = new VolumeUsage(node);
      NodeBench.print("full scan that sets the watches" + what, times(() -> scan(usage)));
      Runtime.getRuntime().gc();
      long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
      NodeBench.print("heap with the tree and the watches, MiB", heap >> 20);
      List<Long> times = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        Path file = tree.resolve("d7/e" + round + "/f1");
        Sizes before = usage.tree().sizes("");
        Files.write(file, new byte[5000]);
        long took = 0;
        while (usage.tree().sizes("").equals(before)) {
          long begin = System.nanoTime();
          changed(usage);
          took = System.nanoTime() - begin;
        }
        times.add(TimeUnit.NANOSECONDS.toMicros(took));
      }
      NodeBench.print("scan of the changes after one write, microseconds", times);
    }
  }

  private void scan(VolumeUsage usage) throws IOException {
    try (Descriptor root = Linux.open(tree.toString(), Linux.O_RDONLY)) {
      usage.scan(root, Scan.FULL, () -> false);
    }
  }

  private void changed(VolumeUsage usage) throws IOException {
    try (Descriptor root = Linux.open(tree.toString(), Linux.O_RDONLY)) {
      usage.scan(root, Scan.CHANGES, () -> false);
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  private static String times(Work work) throws Exception {
    List<Long> times = new ArrayList<>();
    for (int round = 0; round <= ROUNDS; round++) {
      long begin = System.nanoTime();
      work.run();
      times.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
    }
    times.removeFirst(); // fills the caches
    return NodeBench.median(times) + " (each " + times + ")";
  }
}
