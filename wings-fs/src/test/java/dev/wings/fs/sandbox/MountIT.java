package dev.wings.fs.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.tree.TreeOwnership;
import dev.wings.fs.tree.TreeUsage;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Other mounts below the root. Needs the right to mount.
class MountIT {
  @TempDir private Path host;
  private Path canary;
  private Path mountPoint;
  private Sandbox sandbox;

  @BeforeEach
  void mount() throws Exception {
    canary = Files.createDirectory(host.resolve("canary"));
    Files.writeString(canary.resolve("file"), "alive");
    mountPoint = Files.createDirectories(host.resolve("volume/a/mounted"));
    // the same file system bound a second time: the device number does not tell
    assumeTrue(run("mount", "--bind", canary.toString(), mountPoint.toString()), "may mount");
    sandbox = Sandbox.open(host.resolve("volume"));
  }

  @AfterEach
  void unmount() throws Exception {
    if (sandbox != null) {
      sandbox.close();
      assertThat(run("umount", mountPoint.toString())).isTrue();
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  @Proves("FS-03")
  void walksStayOnTheirMount(int threads) throws IOException {
    Files.writeString(sandbox.getPath("/a/removable"), "x");

    try (Descriptor root = sandbox.openRoot()) {
      assertThat(TreeUsage.measure(root, threads, () -> false).skipped()).isEqualTo(1);
      TreeOwnership.give(root, 4711, 4711, threads, () -> false);
    }
    assertThatThrownBy(() -> sandbox.deleteTree(sandbox.getPath("/"), threads, () -> false))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("busy");
    assertThatThrownBy(
            () -> sandbox.deleteTree(sandbox.getPath("/a/mounted"), threads, () -> false))
        .isInstanceOf(FileSystemException.class);

    assertThat(host.resolve("volume/a/removable")).doesNotExist();
    assertThat(canary.resolve("file")).hasContent("alive");
    assertThat(Files.getAttribute(canary.resolve("file"), "unix:uid")).isEqualTo(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void moveAcrossMountsCopiesUnlessItMustBeAtomic(boolean replace) throws IOException {
    Path source = sandbox.getPath("/file");
    Path target = sandbox.getPath("/a/mounted/moved");
    Files.writeString(source, "content");
    StandardCopyOption[] options =
        replace
            ? new StandardCopyOption[] {StandardCopyOption.REPLACE_EXISTING}
            : new StandardCopyOption[0];

    assertThatThrownBy(() -> Files.move(source, target, StandardCopyOption.ATOMIC_MOVE))
        .isInstanceOf(AtomicMoveNotSupportedException.class);
    Files.move(source, target, options);

    assertThat(canary.resolve("moved")).hasContent("content");
    assertThat(Files.exists(source)).isFalse();
  }
}
