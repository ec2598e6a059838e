package dev.wings.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.RecordedReports.Created;
import dev.wings.backup.testing.RecordedReports.Restored;
import dev.wings.backup.testing.TreeImage;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Disks that become full in the middle; needs root for small file systems.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class FullDiskIT {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000007");
  private static final int MIB = 1 << 20;

  @TempDir private Path host;

  /// A node, one directory of which is a small file system.
  private final class SmallNode implements AutoCloseable {
    private final Path mounted;
    private final BackupWorld world;
    private final FakeServer server;

    SmallNode(String small, int mib) throws Exception {
      mounted = Files.createDirectories(host.resolve(small));
      int exit =
          call("mount", "-t", "tmpfs", "-o", "size=" + mib + "m", "tmpfs", mounted.toString());
      assumeTrue(exit == 0, "cannot mount a tmpfs here: root only");
      world = new BackupWorld(host);
      server =
          world.server(
              BackupWorld.with(
                  FakeServer.definition(UUID.randomUUID(), "alpha"), List.of(), List.of(), 0));
    }

    Path files() {
      return world.files(server);
    }

    boolean create() throws InterruptedException {
      BackupTask task = world.service().create(server, BACKUP, BackupAdapter.WINGS, "");
      task.begin();
      return task.await();
    }

    boolean restore(boolean truncate) throws InterruptedException {
      BackupTask task =
          world.service().restore(server, BACKUP, BackupAdapter.WINGS, truncate, Optional.empty());
      task.begin();
      return task.await();
    }

    @Override
    public void close() throws IOException {
      world.close();
      assertThat(call("umount", mounted.toString())).isZero();
    }
  }

  private static int call(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.onExit().join().exitValue();
  }

  private static void noise(Path file, int mib, long seed) throws IOException {
    byte[] content = new byte[mib * MIB];
    new Random(seed).nextBytes(content);
    Files.write(file, content);
  }

  @Test
  @Proves("BK-03")
  void backupThatDoesNotFitLeavesNothing() throws Exception {
    try (SmallNode node = new SmallNode("backups", 8)) {
      noise(node.files().resolve("large"), 12, 1);

      assertThat(node.create()).isFalse();

      assertThat(node.world.reports().all())
          .containsExactly(new Created(node.server.id(), BACKUP, false, BackupResult.FAILED));
      try (Stream<Path> left = Files.list(node.world.directory())) {
        assertThat(left).containsExactly(node.world.directory().resolve(".catalog"));
      }
      assertThat(node.world.service().catalog()).isEmpty();
      Files.delete(node.files().resolve("large"));
      noise(node.files().resolve("small"), 2, 1);
      assertThat(node.create()).isTrue();
    }
  }

  @Test
  @Proves("BK-04")
  void restoreForWhichTheDiskIsTooSmallLeavesTheOldTree() throws Exception {
    try (SmallNode node = new SmallNode("volumes", 24)) {
      Path files = node.files();
      noise(files.resolve("a"), 8, 1);
      noise(files.resolve("b"), 8, 2);
      assertThat(node.create()).isTrue();
      noise(files.resolve("a"), 8, 3);
      Map<String, String> before = TreeImage.of(files);

      assertThat(node.restore(/* truncate= */ true)).isFalse();
      assertThat(TreeImage.of(files)).containsExactlyEntriesOf(before);
      assertThat(node.restore(/* truncate= */ false)).isFalse();
      assertThat(TreeImage.of(files)).containsExactlyEntriesOf(before);

      assertThat(node.world.reports().all())
          .contains(new Restored(node.server.id(), BACKUP, false));
      assertThat(node.server.lock()).isEmpty();
      Files.delete(files.resolve("b"));
      assertThat(node.restore(/* truncate= */ true)).isTrue();
    }
  }
}
