package dev.wings.daemon.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.search.FileSearch;
import dev.wings.fs.search.SearchQuery;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Prints the figures of searching and deleting 20,000 text files, with the node's default number
/// of threads.
final class FileTreeBench {
  private static final int FILES = 20_000;
  private static final int ROUNDS = 9;
  private static final int THREADS = 4;

  private final Path directory;

  FileTreeBench(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory).toRealPath();
  }

  /// 200 directories of 100 files, or one of all.
  private Path tree(String name, int perDirectory, int meanBytes) throws IOException {
    Path tree = Files.createDirectories(directory.resolve(name));
    Random random = new Random(1);
    byte[] text = new byte[4 * meanBytes];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) (random.nextInt(9) == 0 ? '\n' : 'a' + random.nextInt(26));
    }
    for (int i = 0; i < FILES; i++) {
      Path parent = Files.createDirectories(tree.resolve("d" + i / perDirectory));
      int size = random.nextInt(2 * meanBytes);
      int from = random.nextInt(text.length - size);
      Files.write(parent.resolve("f" + i + ".txt"), Arrays.copyOfRange(text, from, from + size));
    }
    return tree;
  }

  void search() throws Exception {
    for (int mean : new int[] {2 << 10, 10 << 10}) {
      for (int perDirectory : new int[] {100, FILES}) {
        Path tree = tree("search", perDirectory, mean);
        String what = FILES + " text files of " + (mean >> 10) + " KiB, " + perDirectory + " each";
        try (Sandbox sandbox = Sandbox.open(tree)) {
          for (boolean fold : new boolean[] {false, true}) {
            List<Long> times = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
              long begin = System.nanoTime();
              search(sandbox, fold);
              times.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
            }
            String label = "search without a hit" + (fold ? ", case ignored" : "") + ", ms";
            NodeBench.print(label + "; " + what, NodeBench.median(times) + " (each " + times + ")");
          }
        }
        NodeBench.print(
            "grep -rlF, ms; " + what,
            millis(() ->
                new ProcessBuilder("grep", "-rlF", "no such text", tree.toString())
                    .start()
                    .waitFor()));
        delete(tree);
      }
    }
  }

  private static void search(Sandbox sandbox, boolean fold) throws IOException {
    FileView view =
        new FileView(sandbox.getPath("/"), true, true, true, PathFilter.NONE, DirectorySizes.NONE);
    SearchQuery.Content text =
        new SearchQuery.Content(
            "no such text".getBytes(UTF_8), fold, 5 << 20, false, 128, Optional.empty());
    Progress progress = new Progress();
    int found =
        FileSearch.run(
                new Location(view, view.root()),
                SearchQuery.everything(100).withContent(text),
                THREADS,
                progress,
                () -> false)
            .size();
    if (found != 0 || progress.files() < FILES) {
      throw new IllegalStateException("found " + found + " in " + progress.files());
    }
  }

  void delete() throws Exception {
    for (int perDirectory : new int[] {100, FILES}) {
      String what = FILES + " files, " + perDirectory + " each";
      List<Long> ours = new ArrayList<>();
      List<Long> rm = new ArrayList<>();
      for (int round = 0; round < 5; round++) {
        Path tree = tree("delete", perDirectory, 2 << 10);
        ours.add(millis(() -> delete(tree)));
        tree("delete", perDirectory, 2 << 10);
        rm.add(millis(() -> new ProcessBuilder("rm", "-rf", tree.toString()).start().waitFor()));
      }
      NodeBench.print("delete, ms; " + what, NodeBench.median(ours) + " (each " + ours + ")");
      NodeBench.print("rm -rf, ms; " + what, NodeBench.median(rm) + " (each " + rm + ")");
    }
  }

  private void delete(Path tree) throws IOException {
    try (Sandbox sandbox = Sandbox.open(directory)) {
      Path inside = sandbox.getPath("/").resolve(directory.relativize(tree).toString());
      sandbox.deleteTree(inside, THREADS, () -> false);
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  private static long millis(Work work) throws Exception {
    long begin = System.nanoTime();
    work.run();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }
}
