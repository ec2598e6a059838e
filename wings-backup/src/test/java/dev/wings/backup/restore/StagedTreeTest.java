package dev.wings.backup.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.backup.testing.RandomTree;
import dev.wings.backup.testing.TreeImage;
import dev.wings.core.testing.Proves;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StagedTreeTest {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000004");
  private static final int UID = 4711;
  private static final long OLD_SEED = 11;
  private static final long NEW_SEED = 12;
  private static final int ENTRIES = 25;

  @TempDir private Path host;

  /// The process ends here: nothing is tidied up.
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class KilledAt implements StagedTree.Steps {
    private int left;

    KilledAt(int step) {
      this.left = step;
    }

    @Override
    public void next(String step) {
      if (left-- == 0) {
        throw new Killed();
      }
    }
  }

  private Path tree(String name, long seed) throws IOException {
    Path files = Files.createDirectory(host.resolve(name));
    RandomTree.fill(files, seed, ENTRIES, UID, UID);
    return files;
  }

  private static void stage(StagedTree tree, Sandbox sandbox, Path files) throws IOException {
    tree.make();
    Path content = files.resolve(sandbox.getPath("/").relativize(tree.content()).toString());
    RandomTree.fill(content, NEW_SEED, ENTRIES, UID, UID);
  }

  /// What a restore without truncate has to result in.
  private static Map<String, String> merged(Map<String, String> old, Map<String, String> added) {
    Map<String, String> result = new TreeMap<>(old);
    for (Map.Entry<String, String> entry : added.entrySet()) {
      String name = entry.getKey();
      if (!entry.getValue().startsWith("directory")) {
        result.keySet().removeIf(other -> other.startsWith(name + "/"));
      }
      result.put(name, entry.getValue());
    }
    return result;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Proves("BK-04")
  void endOfTheProcessAtAnyStepLeavesTheOldTreeOrTheNewOne(boolean truncate) throws IOException {
    Map<String, String> fresh = TreeImage.of(tree("new", NEW_SEED), TreeImage.APART);
    boolean old = true;
    for (int step = 0; ; step++) {
      Path files = tree("server-" + step, OLD_SEED);
      Map<String, String> before = TreeImage.of(files, TreeImage.APART);
      Map<String, String> after = truncate ? fresh : merged(before, fresh);
      String name = StagedTree.name(BACKUP, truncate);
      boolean killed = false;
      try (Sandbox sandbox = Sandbox.open(files)) {
        StagedTree tree = StagedTree.of(sandbox.getPath("/"), name, new KilledAt(step));
        stage(tree, sandbox, files);
        tree.commit();
        tree.clean();
      } catch (Killed end) {
        killed = true;
      }
      try (Sandbox sandbox = Sandbox.open(files)) {
        StagedTree again = StagedTree.of(sandbox.getPath("/"), name);
        StagedTree.Outcome outcome = again.settle();
        again.clean();

        Map<String, String> image = TreeImage.of(files, TreeImage.APART);
        if (killed && outcome == StagedTree.Outcome.OLD) {
          assertThat(image).as("step %d", step).containsExactlyEntriesOf(before);
          assertThat(old).as("the old tree after the new one was there, step %d", step).isTrue();
        } else {
          assertThat(image).as("step %d", step).containsExactlyEntriesOf(after);
          old = false;
        }
        assertThat(StagedTree.names(sandbox.getPath("/"))).isEmpty();
      }
      if (!killed) {
        assertThat(step).isGreaterThan(10);
        return;
      }
    }
  }

  @Test
  @Proves("BK-04")
  void secondEndOfTheProcessDuringRecoveryChangesNothing() throws IOException {
    Map<String, String> fresh = TreeImage.of(tree("new", NEW_SEED), TreeImage.APART);
    String name = StagedTree.name(BACKUP, /* truncate= */ true);
    for (int first = 8; first < 30; first += 7) {
      for (int second = 0; second < 30; second += 3) {
        Path files = tree("server-" + first + "-" + second, OLD_SEED);
        try (Sandbox sandbox = Sandbox.open(files)) {
          StagedTree tree = StagedTree.of(sandbox.getPath("/"), name, new KilledAt(first));
          stage(tree, sandbox, files);
          tree.commit();
        } catch (Killed end) {
          assertThat(files).exists();
        }
        try (Sandbox sandbox = Sandbox.open(files)) {
          StagedTree.of(sandbox.getPath("/"), name, new KilledAt(second)).settle();
        } catch (Killed end) {
          assertThat(files).exists();
        }
        try (Sandbox sandbox = Sandbox.open(files)) {
          StagedTree last = StagedTree.of(sandbox.getPath("/"), name);
          assertThat(last.settle()).isEqualTo(StagedTree.Outcome.NEW);
          last.clean();
        }
        assertThat(TreeImage.of(files, TreeImage.APART)).containsExactlyEntriesOf(fresh);
      }
    }
  }

  @Test
  void whatIsInTheWayOfAnotherKindMakesWay() throws IOException {
    Path files = Files.createDirectory(host.resolve("files"));
    Files.createDirectories(files.resolve("was-directory/below"));
    Files.writeString(files.resolve("was-file"), "old");
    Files.createSymbolicLink(files.resolve("was-link"), Path.of("/etc"));
    String name = StagedTree.name(BACKUP, /* truncate= */ false);
    try (Sandbox sandbox = Sandbox.open(files)) {
      StagedTree tree = StagedTree.of(sandbox.getPath("/"), name);
      tree.make();
      Path content = files.resolve(name + "/new");
      Files.writeString(content.resolve("was-directory"), "new");
      Files.createDirectory(content.resolve("was-file"));
      Files.createDirectory(content.resolve("was-link"));
      Files.writeString(content.resolve("was-link/passwd"), "new");

      tree.commit();
      tree.clean();
    }

    assertThat(files.resolve("was-directory")).hasContent("new");
    assertThat(files.resolve("was-file")).isDirectory();
    assertThat(Files.isDirectory(files.resolve("was-link"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(Path.of("/etc/passwd")).content().doesNotContain("new\n");
  }

  @Test
  void growthIsWhatTheMergedTreeTakesMore() throws IOException {
    Path files = Files.createDirectory(host.resolve("files"));
    Files.write(files.resolve("replaced"), new byte[100 << 10]);
    Files.write(files.resolve("kept"), new byte[500 << 10]);
    String name = StagedTree.name(BACKUP, /* truncate= */ false);
    try (Sandbox sandbox = Sandbox.open(files)) {
      StagedTree tree = StagedTree.of(sandbox.getPath("/"), name);
      tree.make();
      Files.write(files.resolve(name + "/new/replaced"), new byte[300 << 10]);
      Files.write(files.resolve(name + "/new/added"), new byte[40 << 10]);

      assertThat(tree.growth()).isEqualTo((200 + 40) << 10);
    }
  }

  @Test
  void onlyNamesThatThisDaemonMakesAreStagedTrees() throws IOException {
    Path files = Files.createDirectory(host.resolve("files"));
    Files.createDirectory(files.resolve(Sandbox.STAGING_PREFIX + "restore-all-x"));
    Files.createDirectory(files.resolve(Sandbox.STAGING_PREFIX + "restore-all-" + BACKUP));
    Files.createDirectory(files.resolve("restore-into-" + BACKUP));
    try (Sandbox sandbox = Sandbox.open(files)) {
      assertThat(StagedTree.names(sandbox.getPath("/")))
          .containsExactly(StagedTree.name(BACKUP, /* truncate= */ true));
    }
  }
}
