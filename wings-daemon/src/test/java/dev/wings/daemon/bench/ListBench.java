package dev.wings.daemon.bench;

import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.listing.DirectoryEntries;
import dev.wings.fs.listing.DirectoryEntry;
import dev.wings.fs.listing.Listing;
import dev.wings.fs.listing.ListingSort;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Times listings of a directory with ten thousand small files, without HTTP. Processor time is
/// printed beside the time that passed, because a busy machine distorts only the latter.
final class ListBench {
  private static final int FILES = 10_000;
  private static final int ROUNDS = 40;
  private static final List<String> EXTENSIONS = List.of(".yml", ".log", ".jar");

  private final Path directory;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  ListBench(Path directory) {
    this.directory = directory;
  }

  void list() throws IOException {
    Files.createDirectories(directory);
    for (int i = 0; i < FILES; i++) {
      Files.writeString(
          directory.resolve("file-" + i + EXTENSIONS.get(i % EXTENSIONS.size())), "key: " + i);
    }
    try (Sandbox sandbox = Sandbox.open(directory)) {
      FileView view =
          new FileView(
              sandbox.getPath("/"), true, true, true, PathFilter.NONE, DirectorySizes.NONE);
      Location root = new Location(view, view.root());
      for (ListingSort sort : List.of(ListingSort.NAME_ASC, ListingSort.SIZE_DESC)) {
        for (long limit : new long[] {FILES, 100}) {
          measure(root, sort, limit, /* again= */ false);
          measure(root, sort, limit, /* again= */ true);
        }
      }
    }
  }

  /// @param again with what was remembered of the files' contents
  private void measure(Location root, ListingSort sort, long limit, boolean again)
      throws IOException {
    DirectoryEntries remembering = new DirectoryEntries();
    List<Long> passed = new ArrayList<>();
    List<Long> used = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      DirectoryEntries entries = again ? remembering : new DirectoryEntries();
      long begin = System.nanoTime();
      long cpu = threads.getCurrentThreadCpuTime();
      Listing listing = entries.list(root, sort, 0, limit, Map.of(), () -> false);
      long found = 0;
      for (List<DirectoryEntry> batch = listing.next(); !batch.isEmpty(); batch = listing.next()) {
        found += batch.size();
      }
      if (found != limit) {
        throw new IllegalStateException(found + " entries");
      }
      used.add((threads.getCurrentThreadCpuTime() - cpu) / 1000);
      passed.add((System.nanoTime() - begin) / 1000);
    }
    NodeBench.print(
        "list %d of %d, %s, %s, us".formatted(limit, FILES, sort, again ? "again" : "first time"),
        NodeBench.median(passed) + " (processor " + NodeBench.median(used) + ")");
  }
}
