package dev.wings.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.core.testing.LoopFileSystem;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BtrfsLimiterIT extends SubvolumeContract {
  @Override
  DiskLimiterMode mode() {
    return DiskLimiterMode.BTRFS_SUBVOLUME;
  }

  @Override
  LoopFileSystem makeFileSystem() throws Exception {
    LoopFileSystem.need("btrfs");
    return LoopFileSystem.make(1024, "loop,commit=1", "mkfs.btrfs", "-q", "-f");
  }

  @Override
  String traces(UUID id) throws Exception {
    LoopFileSystem.run(List.of("btrfs", "subvolume", "sync", data.toString()));
    return LoopFileSystem.attempt("btrfs", "qgroup", "show", data.toString())
        .output()
        .lines()
        .filter(line -> line.contains(id.toString()) || line.contains("stale"))
        .findFirst()
        .orElse("");
  }

  @Test
  void subvolumesThatAGameMakesCountAsItsOwn() throws Exception {
    volume.limit(64L << 20);
    volume.prepare();
    String nested = directory.resolve("nested").toString();
    LoopFileSystem.run(List.of("btrfs", "subvolume", "create", nested));
    LoopFileSystem.run(List.of("chown", Integer.toString(UID), nested));
    assertThat(write("nested/a", 100).status()).as("the kernel lets this pass").isZero();
    LoopFileSystem.run(List.of("sync"));

    readNow();

    assertThat(volume.full()).isTrue();
    volume.destroy();
    assertThat(directory).doesNotExist();
    assertThat(Files.list(data)).isEmpty();
  }
}
