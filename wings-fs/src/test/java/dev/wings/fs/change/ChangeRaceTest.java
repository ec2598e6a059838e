package dev.wings.fs.change;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.hash.FingerprintAlgorithm;
import dev.wings.fs.hash.Fingerprints;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxMode;
import dev.wings.fs.sandbox.SandboxOptions;
import dev.wings.fs.search.FileSearch;
import dev.wings.fs.search.FoundFile;
import dev.wings.fs.search.SearchQuery;
import dev.wings.fs.tree.TreeDelete;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A thread exchanges a directory with links to a canary at full speed while trees are searched,
/// copied, changed and removed. `-Dwings.swaps=N` sets how often.
class ChangeRaceTest {
  private static final long SWAPS = Long.getLong("wings.swaps", 300_000) / 2;
  private static final String SECRET = "secret-51d7";
  private static final String MD5_OF_A = "0cc175b9c0f1b6a831c399e269772661";

  private Path host;
  private Path volume;

  /// What the verbs met, so that the test shows that both states were seen.
  private long copies;

  private long refusals;

  @BeforeEach
  void plant() throws IOException {
    Path memory = Path.of("/dev/shm"); // exchanges are fastest there
    host =
        (Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "wings-change")
                : Files.createTempDirectory("wings-change"))
            .toRealPath();
    volume = Files.createDirectory(host.resolve("volume"));
    Path canary = Files.createDirectories(host.resolve("canary/sub"));
    Files.writeString(host.resolve("canary/file"), SECRET);
    Files.writeString(canary.resolve("deep"), SECRET);
    Files.createDirectories(volume.resolve("tree/target/sub"));
    Files.createSymbolicLink(volume.resolve("tree/evil"), host.resolve("canary"));
    Files.createSymbolicLink(volume.resolve("tree/relative"), Path.of("../../canary"));
  }

  @AfterEach
  void remove() throws IOException {
    try (Descriptor directory = Linux.open(host.toString(), Linux.O_PATH)) {
      TreeDelete.clear(directory, 1, () -> false);
    }
    Files.delete(host);
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private Map<String, String> snapshot() throws IOException {
    Map<String, String> entries = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(host.resolve("canary"))) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        var attributes = Files.readAttributes(path, "unix:mode,uid,nlink,lastModifiedTime");
        String content = Files.isRegularFile(path) ? Files.readString(path) : "";
        entries.put(path.toString(), new TreeMap<>(attributes) + content);
      }
    }
    return entries;
  }

  private void swap(AtomicReference<@Nullable Exception> failure) {
    byte[] target = "target".getBytes(UTF_8);
    byte[][] links = {"evil".getBytes(UTF_8), "relative".getBytes(UTF_8)};
    try (Descriptor directory = Linux.open(volume.resolve("tree").toString(), Linux.O_PATH)) {
      for (long i = 0; i < SWAPS; i++) {
        Linux.renameatExchange(directory, target, directory, links[(int) (i % 2)]);
        Linux.renameatExchange(directory, target, directory, links[(int) (i % 2)]);
      }
    } catch (LinuxException e) {
      failure.set(e);
    }
  }

  @ParameterizedTest
  @EnumSource(SandboxMode.class)
  @Proves({"FS-02", "FS-03", "FS-05"})
  void nothingOutsideIsReadOrChanged(SandboxMode mode) throws Exception {
    Map<String, String> before = snapshot();
    AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    Thread swapper = Thread.ofPlatform().start(() -> swap(failure));
    long rounds = 0;
    try (Sandbox sandbox =
        Sandbox.open(volume, SandboxOptions.defaults().withMode(mode).ownedBy(4711, 4711))) {
      FileView view =
          new FileView(
              sandbox.getPath("/"), true, true, true, PathFilter.NONE, DirectorySizes.NONE);
      Location root = new Location(view, view.root());
      while (swapper.isAlive()) {
        round(root);
        rounds++;
      }
    }
    swapper.join();

    assertThat(failure.get()).isNull();
    assertThat(snapshot()).isEqualTo(before);
    assertThat(rounds).as("rounds, with %s verbs that met a link", refusals).isPositive();
    assertThat(copies).as("trees copied while they changed").isPositive();
  }

  private void round(Location root) throws IOException {
    Location tree = root.resolve("tree");
    Location target = root.resolve("tree/target");
    Location copy = root.resolve("copy");
    fill(target);
    FileChanges changes = new FileChanges(new UUID(0, 1), Optional.empty(), new Progress());
    for (Location place : List.of(tree, target)) {
      assertThat(search(place)).isEmpty();
      ModeChange.apply(place, 0755, /* recursive= */ true, 2, new Progress());
      try {
        new FileCopy(2, new Progress()).copy(place, copy, /* overwrite= */ false);
        copies++;
      } catch (IOException lost) {
        refusals++; // the source is a link that leads out at that moment
      }
      assertThat(search(copy)).isEmpty();
      changes.delete(copy, 2);
    }
    assertThat(
            Fingerprints.of(
                    Map.of("a", root.resolve("tree/target/file")),
                    FingerprintAlgorithm.MD5,
                    1,
                    new Progress(),
                    () -> false)
                .values())
        .isSubsetOf(MD5_OF_A);
    changes.rename(root.resolve("tree/target/file"), root.resolve("tree/target/sub/x"), true);
    changes.delete(root.resolve("tree/target/sub"), 2);
    changes.delete(root.resolve("tree/target/deep"), 2);
  }

  private void fill(Location target) {
    try {
      Files.createDirectories(target.path().resolve("sub"));
      Files.writeString(target.path().resolve("file"), "a");
      Files.writeString(target.path().resolve("sub/deep"), "b");
    } catch (IOException lost) {
      refusals++; // as above
    }
  }

  private List<FoundFile> search(Location place) {
    SearchQuery.Content text =
        new SearchQuery.Content(SECRET.getBytes(UTF_8), false, 1000, false, 128, Optional.empty());
    try {
      return Files.isDirectory(place.path(), LinkOption.NOFOLLOW_LINKS)
          ? FileSearch.run(
              place, SearchQuery.everything(9).withContent(text), 2, new Progress(), () -> false)
          : List.of();
    } catch (IOException lost) {
      refusals++; // as above
      return List.of();
    }
  }
}
