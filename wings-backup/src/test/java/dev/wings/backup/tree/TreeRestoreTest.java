package dev.wings.backup.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.Verification;
import dev.wings.backup.testing.ExactTrees;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import dev.wings.fs.sandbox.SpaceGate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeRestoreTest {
  @TempDir private Path host;
  private Path kept;
  private Path restored;
  private final Progress progress = new Progress();
  private final List<String> files = new CopyOnWriteArrayList<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();

  @BeforeEach
  void prepare() throws IOException {
    kept = Files.createDirectory(host.resolve("kept"));
    restored = Files.createDirectory(host.resolve("restored"));
  }

  private void restore(PathFilter hidden, PathFilter denied, SandboxOptions options, int threads)
      throws IOException {
    try (OpenTree tree = OpenTree.of(Sandbox.open(kept), hidden, () -> {});
        Sandbox sandbox = Sandbox.open(restored, options)) {
      Path target = Files.createDirectories(sandbox.getPath("/in/here"));
      Restoration restoration =
          new Restoration(
              UUID.randomUUID(),
              target,
              restored.resolve("in/here").toString(),
              denied,
              Optional.empty(),
              Pace.free(),
              progress,
              files::add,
              troubles::add);
      try (TreeRestore restore = new TreeRestore(tree, restoration, threads)) {
        restore.run();
      }
    }
  }

  private void restore(PathFilter hidden) throws IOException {
    restore(hidden, PathFilter.NONE, SandboxOptions.defaults(), 3);
  }

  private Map<String, ExactTrees.Item> result() throws IOException {
    return ExactTrees.look(restored.resolve("in/here"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyTreeComesBackAsItWas(long seed) throws IOException {
    ExactTrees.random(kept, seed);

    restore(PathFilter.NONE);

    assertThat(troubles).isEmpty();
    assertThat(result()).isEqualTo(ExactTrees.look(kept)).isNotEmpty();
    try (var left = Files.list(restored.resolve("in/here"))) {
      assertThat(left.map(p -> String.valueOf(p.getFileName())))
          .noneMatch(name -> name.startsWith(Sandbox.STAGING_PREFIX));
    }
  }

  @Test
  void linksAreBroughtBackAsTheyWereAndLeadNowhere() throws IOException {
    ExactTrees.sample(kept);

    restore(PathFilter.NONE);

    assertThat(result()).isEqualTo(ExactTrees.look(kept));
    assertThat(result())
        .hasEntrySatisfying("absolute", item -> assertThat(item.target()).isEqualTo("/etc/passwd"))
        .hasEntrySatisfying(
            "world/linked", item -> assertThat(item.linkedTo()).isEqualTo("start.sh"))
        .hasEntrySatisfying("world/holes", item -> assertThat(item.sparse()).isTrue());
    assertThat(files).contains("world/region/noise.bin", "world/with space Ümläut");
  }

  @Test
  void whatIsNotInTheBackupStaysAway() throws IOException {
    ExactTrees.sample(kept);
    PathFilter hidden = IgnoreList.lenient(List.of("*.log", "cache/", "!keep.log", "world/*"));
    PathFilter denied = IgnoreList.lenient(List.of("start.sh"));

    restore(hidden, denied, SandboxOptions.defaults(), 2);

    assertThat(result())
        .containsOnlyKeys(
            "absolute", "dangling", "empty", "keep.log", "relative", "world", "x".repeat(200));
    assertThat(troubles).isEmpty();
  }

  @Test
  void directoriesThatOnlyLeadToSomethingAreMade() throws IOException {
    ExactTrees.sample(kept);

    restore(IgnoreList.lenient(List.of("*", "!world/region/noise.bin")));

    assertThat(result()).containsOnlyKeys("world", "world/region", "world/region/noise.bin");
  }

  @Test
  void progressCountsEverythingAndEndsAtItsTotal() throws IOException {
    ExactTrees.sample(kept);

    restore(PathFilter.NONE);

    assertThat(progress.bytes()).isEqualTo(progress.total());
    assertThat(progress.files())
        .isEqualTo(
            ExactTrees.look(kept).values().stream().filter(i -> !i.type().equals("d")).count());
  }

  @Test
  void theDiskLimitEndsARestore() throws IOException {
    ExactTrees.sample(kept);
    SandboxOptions limited = SandboxOptions.defaults().withGate(new Limit(1 << 20));

    assertThatThrownBy(() -> restore(PathFilter.NONE, PathFilter.NONE, limited, 3))
        .isInstanceOf(DiskLimitException.class);
  }

  @Test
  void aRestoreCanBeCancelled() throws IOException {
    ExactTrees.sample(kept);
    progress.cancel();

    assertThatThrownBy(() -> restore(PathFilter.NONE))
        .isInstanceOf(OperationAbortedException.class);
    assertThat(files).isEmpty();
  }

  @Test
  void anEntryThatCannotBeReadIsReportedAndLeftOut() throws IOException {
    kept = Path.of("/sys/kernel/mm/transparent_hugepage"); // its files are shorter than they say
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.isDirectory(kept));

    restore(PathFilter.NONE);

    assertThat(troubles).anyMatch(t -> t.startsWith("enabled: ends after"));
    assertThat(result()).doesNotContainKey("enabled").containsKey("khugepaged");
  }

  @Test
  void readingThroughFindsWhatEndsEarly() throws IOException {
    ExactTrees.sample(kept);
    assertThat(verify().sound()).isTrue();
    assertThat(verify().files())
        .isEqualTo(
            ExactTrees.look(kept).values().stream().filter(i -> !i.type().equals("d")).count());

    kept = Path.of("/sys/kernel/mm/transparent_hugepage");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.isDirectory(kept));

    assertThat(verify().faults()).anyMatch(f -> f.startsWith("enabled: ends after"));
  }

  private Verification verify() throws IOException {
    try (OpenTree tree = OpenTree.of(Sandbox.open(kept), PathFilter.NONE, () -> {});
        TreeVerification verification = new TreeVerification(tree, 3, new Progress())) {
      return verification.run();
    }
  }

  @Test
  void sizeAndFilesAreThoseOfWhatIsKept() throws IOException {
    Files.createDirectory(kept.resolve("a"));
    Files.write(kept.resolve("a/file"), new byte[1000]);
    Files.createSymbolicLink(kept.resolve("link"), Path.of("12345"));
    Files.write(kept.resolve("left.log"), new byte[5000]);
    long directory = Files.size(kept.resolve("a"));
    try (Sandbox sandbox = Sandbox.open(kept)) {
      TreeSize size =
          TreeSize.measure(
              sandbox.getPath("/"), IgnoreList.lenient(List.of("*.log")), 2, new Progress());

      assertThat(size).isEqualTo(new TreeSize(directory + 1000 + 5, 2));
    }
  }

  /// Refuses what comes after some bytes.
  private static final class Limit implements SpaceGate {
    private long left;

    Limit(long bytes) {
      left = bytes;
    }

    @Override
    public synchronized void reserve(long bytes, long before) throws IOException {
      if (bytes > left) {
        throw new DiskLimitException("the disk limit is reached");
      }
      left -= bytes;
    }

    @Override
    public synchronized void release(long bytes) {
      left += bytes;
    }

    @Override
    public void settle(byte[] directory, long reserved, long logical, long physical) {}

    @Override
    public void created(byte[] directory, long logical, long physical) {}

    @Override
    public void removed(byte[] directory, long physical) {}

    @Override
    public void moved(byte[] from, byte[] to) {}
  }
}
