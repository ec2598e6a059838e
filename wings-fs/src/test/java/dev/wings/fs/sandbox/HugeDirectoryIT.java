package dev.wings.fs.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.listing.DirectoryEntries;
import dev.wings.fs.listing.Listing;
import dev.wings.fs.listing.ListingSort;
import dev.wings.fs.tree.TreeOwnership;
import dev.wings.fs.tree.TreeUsage;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A directory with a million entries in a process with a heap of 24 MiB.
class HugeDirectoryIT {
  private static final int ENTRIES = 1_000_000;

  @Test
  @Proves("DS-03")
  void listingMeasuringAndDeletingAMillionEntriesNeedConstantMemory(@TempDir Path directory)
      throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx24m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), UTF_8);

    assertThat(child.waitFor(200, TimeUnit.SECONDS)).isTrue();
    assertThat(output)
        .contains("listed " + ENTRIES)
        .contains("paged NAME_ASC 100 of " + ENTRIES)
        .contains("paged SIZE_DESC 100 of " + ENTRIES)
        .contains("measured " + ENTRIES)
        .contains("owned " + ENTRIES)
        .contains("deleted " + ENTRIES);
    assertThat(child.exitValue()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  /// The small process.
  static final class Child {
    private Child() {}

    @SuppressWarnings("SystemOut") // its output is its result
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      try (Descriptor open = Linux.open(directory.toString(), Linux.O_PATH)) {
        for (int i = 0; i < ENTRIES; i++) {
          byte[] name = ("a-rather-long-name-of-a-file-" + i).getBytes(UTF_8);
          Linux.openat(open, name, Linux.O_CREAT | Linux.O_WRONLY, 0600).close();
        }
      }
      try (Sandbox sandbox = Sandbox.open(directory)) {
        int listed = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(sandbox.getPath("/"))) {
          for (Path _ : entries) {
            listed++;
          }
        }
        System.out.println("listed " + listed);
        page(sandbox, ListingSort.NAME_ASC);
        page(sandbox, ListingSort.SIZE_DESC);
        try (Descriptor root = sandbox.openRoot()) {
          TreeUsage usage = TreeUsage.measure(root, 1, () -> false);
          System.out.println("measured " + usage.entries());
          TreeOwnership owned = TreeOwnership.give(root, 4711, 4711, 2, () -> false);
          System.out.println("owned " + owned.changed());
        }
        long deleted = sandbox.deleteTree(sandbox.getPath("/"), 2, () -> false);
        System.out.println("deleted " + deleted);
      }
    }

    @SuppressWarnings("SystemOut")
    private static void page(Sandbox sandbox, ListingSort sort) throws IOException {
      FileView view =
          new FileView(
              sandbox.getPath("/"), true, true, true, PathFilter.NONE, DirectorySizes.NONE);
      Listing listing =
          new DirectoryEntries()
              .list(new Location(view, view.root()), sort, 100, 100, Map.of(), () -> false);
      int entries = listing.next().size();
      System.out.println("paged " + sort + " " + entries + " of " + listing.total());
    }
  }
}
