package dev.wings.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.core.testing.LoopFileSystem;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ZfsLimiterIT extends SubvolumeContract {
  @Override
  DiskLimiterMode mode() {
    return DiskLimiterMode.ZFS_DATASET;
  }

  @Override
  LoopFileSystem makeFileSystem() throws Exception {
    return LoopFileSystem.zfs(1024);
  }

  @Override
  String traces(UUID id) throws Exception {
    return LoopFileSystem.run(List.of("zfs", "list", "-H", "-o", "name"))
        .lines()
        .filter(line -> line.contains(id.toString()))
        .findFirst()
        .orElse("");
  }

  @Test
  void aDatasetThatIsNotMountedIsMountedAgain() throws Exception {
    volume.prepare();
    java.nio.file.Files.writeString(volume.root().resolve("kept"), "content");
    volume.close();
    LoopFileSystem.run(List.of("zfs", "unmount", traces(server)));

    open();
    volume.prepare();

    assertThat(volume.root().resolve("kept")).hasContent("content");
  }

  @Test
  void aDatasetInUseIsDestroyedWhenItsUserIsGone() throws Exception {
    volume.prepare();
    Process user = new ProcessBuilder("sleep", "1").directory(directory.toFile()).start();

    volume.destroy();

    assertThat(traces(server)).isEmpty();
    assertThat(directory).doesNotExist();
    user.waitFor();
  }

  @Test
  void aViewOfABackupKeepsNoServerFromBeingDeleted() throws Exception {
    volume.prepare();
    String snapshot = traces(server) + "@backup-" + UUID.randomUUID();
    String view = traces(server).replaceAll("/.*", "") + "/wings-view-" + UUID.randomUUID();
    LoopFileSystem.run(List.of("zfs", "snapshot", snapshot));
    LoopFileSystem.run(List.of("zfs", "clone", "-o", "readonly=on", snapshot, view));

    volume.destroy();

    assertThat(traces(server)).isEmpty();
    assertThat(LoopFileSystem.run(List.of("zfs", "list", "-H", "-o", "name"))).doesNotContain(view);
  }
}
