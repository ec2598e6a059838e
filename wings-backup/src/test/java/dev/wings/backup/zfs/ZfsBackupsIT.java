package dev.wings.backup.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.testing.ExactTrees;
import dev.wings.backup.testing.SnapshotContract;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.LoopFileSystem;
import dev.wings.fs.host.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ZfsBackupsIT extends SnapshotContract {
  @Override
  protected LoopFileSystem makeFileSystem() throws Exception {
    return LoopFileSystem.zfs(2048);
  }

  @Override
  protected String kind() {
    return "zfs";
  }

  private String dataset(UUID server) throws Exception {
    return LoopFileSystem.run(List.of("zfs", "list", "-H", "-o", "name", data.toString())).strip()
        + "/server-"
        + server;
  }

  @Override
  protected void makeVolume(UUID server, Path volume) throws Exception {
    LoopFileSystem.run(List.of("zfs", "create", "-o", "mountpoint=" + volume, dataset(server)));
  }

  @Override
  protected void removeVolume(UUID server, Path volume) throws Exception {
    destroy(server);
    Files.deleteIfExists(volume);
  }

  /// The kernel tells zfs-fuse a moment later that nobody uses a file any more.
  private void destroy(UUID server) throws Exception {
    String dataset = dataset(server);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsMatching(e -> String.valueOf(e.getMessage()).contains("busy"))
        .until(() -> {
          LoopFileSystem.run(List.of("zfs", "destroy", "-r", dataset));
          return true;
        });
  }

  @Override
  protected String traces(UUID backup) throws Exception {
    return LoopFileSystem.run(
            List.of("zfs", "list", "-H", "-o", "name", "-t", "filesystem,snapshot"))
        .lines()
        .filter(line -> line.contains(backup.toString()))
        .findFirst()
        .orElse("");
  }

  @Override
  protected BackupDriver driver(Path backups, Commands commands, WingsConfig config) {
    return new ZfsBackups(backups, commands, archives(), () -> config);
  }

  @Test
  void theChecksumIsTheDatasetAndTellsTheServer() throws Exception {
    BackupResult result = create("");

    assertThat(result.checksumType()).isEqualTo("zfs-snapshot");
    assertThat(result.checksum()).isEqualTo(dataset(server));
    assertThat(backups.resolve("zfs/" + backup + "/dataset")).hasContent(dataset(server));
    assertThat(traces(backup)).isEqualTo(dataset(server) + "@backup-" + backup);
    assertThat(found().server()).contains(server);
    assertThat(found().adapter()).isEqualTo(BackupAdapter.ZFS);
  }

  @Test
  void aBackupOfAnotherDaemonIsFoundAndOneWithoutItsSnapshotIsNot() throws Exception {
    Path directory = Files.createDirectories(backups.resolve("zfs/" + backup));
    Files.writeString(directory.resolve("ignored"), "*.log\n");
    Files.writeString(directory.resolve("dataset"), dataset(server));
    assertThat(driver.find(backup)).isEmpty();
    LoopFileSystem.run(List.of("zfs", "snapshot", dataset(server) + "@backup-" + backup));

    driver.recover();

    assertThat(ExactTrees.look(restore(found())))
        .doesNotContainKey("server.log")
        .containsKey("world");
    LoopFileSystem.run(List.of("zfs", "destroy", dataset(server) + "@backup-" + backup));
    assertThat(driver.find(backup)).isEmpty();
    driver.recover();
    assertThat(directory).doesNotExist();
  }

  @Test
  void aViewGoesWithItsLastReader() throws Exception {
    create("");
    StoredBackup.Browsing browsing = found().browse().orElseThrow();
    browsing.close();

    assertThat(traces(backup)).isEqualTo(dataset(server) + "@backup-" + backup);
    assertThat(backups.resolve("zfs/" + backup + "/view")).doesNotExist();
  }

  @Test
  void viewsOfAnEarlierProcessAreRemovedAtTheNextStart() throws Exception {
    create("");
    StoredBackup.Browsing abandoned = found().browse().orElseThrow();
    abandoned.view().root().getFileSystem().close(); // and the process ends

    newDriver().recover();

    assertThat(traces(backup)).isEqualTo(dataset(server) + "@backup-" + backup);
    assertThat(ExactTrees.look(restore(found()))).containsKey("world/holes");
  }

  @Test
  void whatAServerMadeToLookLikeASnapshotIsNotBelieved() throws Exception {
    create("");
    Path fake = volume.resolve(".zfs/snapshot/backup-" + backup);
    try {
      Files.createDirectories(fake);
      Files.writeString(fake.resolve("start.sh"), "fake");
    } catch (IOException refused) {
      return; // OpenZFS keeps the name for itself
    }

    assertThat(Files.readString(restore(found()).resolve("start.sh"))).isEqualTo("#!/bin/sh\n");
  }

  @Test
  void aDatasetThatIsGoneTakesItsBackupsWithIt() throws Exception {
    create("");
    destroy(server);

    assertThat(driver.find(backup)).isEmpty();
    driver.recover();
    assertThat(records()).as("somebody may bring it back").isNotEmpty();
    driver.discard(backup);
    assertThat(records()).isEmpty();
    Files.deleteIfExists(volume);
    makeVolume(server, volume);
  }

  @Test
  void timesDoNotDependOnTheNumberOfFiles() throws Exception {
    printTimes(1_000, 20_000);
  }

  /// OpenZFS mounts the snapshot there; here a mount of something else shows that it would be read.
  @Test
  void whatIsMountedWhereOpenZfsShowsSnapshotsIsRead() throws Exception {
    create("");
    Path shown = volume.resolve(".zfs/snapshot/backup-" + backup);
    try {
      Files.createDirectories(shown);
    } catch (IOException shownAnyway) {
      return; // OpenZFS itself, which every other test reads from
    }
    Path other = Files.createTempDirectory("wings-shown");
    Files.writeString(other.resolve("start.sh"), "mounted");
    LoopFileSystem.run(List.of("mount", "--bind", other.toString(), shown.toString()));
    try (StoredBackup.Browsing browsing = found().browse().orElseThrow()) {
      assertThat(browsing.view().root().resolve("start.sh")).hasContent("mounted");
      assertThat(traces(backup)).as("no clone").isEqualTo(dataset(server) + "@backup-" + backup);
    } finally {
      LoopFileSystem.run(List.of("umount", shown.toString()));
      LoopFileSystem.run(List.of("rm", "-rf", other.toString()));
    }
  }

  @Test
  void aSnapshotThatSomebodyHoldsGoesLater() throws Exception {
    create("");
    try {
      LoopFileSystem.run(
          List.of("zfs", "hold", "wings-test", dataset(server) + "@backup-" + backup));
    } catch (IOException unsupported) {
      LoopFileSystem.skip("this ZFS knows no holds: " + unsupported.getMessage());
    }
    found().delete(new Progress());
    assertThat(driver.find(backup)).isEmpty();

    LoopFileSystem.run(
        List.of("zfs", "release", "wings-test", dataset(server) + "@backup-" + backup));

    assertThat(traces(backup)).isEmpty();
  }
}
