package dev.wings.fs.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.core.volume.Scan;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.FileSystemStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.sandbox.DiskLimitException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeSpaceTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path directory;
  private long freeBytes = 1000 * MIB;
  private long freeInodes = 5000;
  private final AtomicLong nanos = new AtomicLong();
  private final FreeSpace space =
      new FreeSpace(this::status, _ -> new SpaceReserve(100 * MIB, 400), nanos::get);

  private FileSystemStatus status() {
    return new FileSystemStatus(
        0xEF53, 2000 * MIB, freeBytes, freeBytes, 4096, /* totalInodes= */ 10_000, freeInodes);
  }

  private void become(long newFreeBytes) {
    freeBytes = newFreeBytes;
    space.look();
  }

  @Test
  void nothingIsRefusedBeforeTheFirstLook() throws IOException {
    space.require(Long.MAX_VALUE, 0);

    assertThat(space.problem()).isEmpty();
  }

  @Test
  @Proves("DF-01")
  void heavyWritesAreRefusedBelowTheReserveAndLightOnesPass() throws IOException {
    become(101 * MIB);
    space.require(2 * MIB, 0);
    become(99 * MIB);

    space.require(1000, 0);
    assertThatThrownBy(() -> space.require(2 * MIB, 0))
        .isInstanceOf(DiskLimitException.class)
        .hasMessageContaining("low on disk space");
    assertThatThrownBy(() -> space.require(1000, MIB))
        .as("the same writer goes on and on")
        .isInstanceOf(DiskLimitException.class);
    become(24 * MIB);
    assertThatThrownBy(() -> space.require(1000, 0)).isInstanceOf(DiskLimitException.class);
  }

  @Test
  @Proves("DF-01")
  void healthStateAppearsAndClears() {
    become(99 * MIB);
    assertThat(space.problem()).hasValueSatisfying(text -> assertThat(text).contains("99 MiB"));

    become(101 * MIB);

    assertThat(space.problem()).isEmpty();
  }

  @Test
  @Proves("DF-04")
  void inodesHaveAReserveAsWell() throws IOException {
    freeInodes = 399;
    space.look();

    assertThat(space.problem()).hasValueSatisfying(text -> assertThat(text).contains("inodes"));
    assertThatThrownBy(() -> space.require(2 * MIB, 0)).isInstanceOf(DiskLimitException.class);
    freeInodes = 401;
    space.look();
    space.require(2 * MIB, 0);
  }

  @Test
  void announcedSizeMustFitOnTheDisk() {
    become(500 * MIB);

    assertThatThrownBy(() -> space.require(501 * MIB, 0)).isInstanceOf(DiskLimitException.class);
  }

  @Test
  void onlyLossesAreSummedUp() {
    become(900 * MIB);
    become(1200 * MIB);
    become(1100 * MIB);

    assertThat(space.lost()).isEqualTo(100 * MIB);
    become(1000 * MIB);
    assertThat(space.lost()).isEqualTo(200 * MIB);
  }

  @Test
  void defaultReserveIsAFiftiethButNoMoreThanAGibibyte() {
    assertThat(SpaceReserve.of(status())).isEqualTo(new SpaceReserve(40 * MIB, 100));
    FileSystemStatus large = new FileSystemStatus(0, 1L << 50, 0, 0, 4096, 1L << 40, 0);
    assertThat(SpaceReserve.of(large)).isEqualTo(new SpaceReserve(1 << 30, 10_000));
  }

  @Test
  @Proves("QU-04")
  void volumeIsSuspiciousWhenTheDiskLostHalfOfWhatItMayStillTake() throws IOException {
    VolumeUsage usage =
        new VolumeUsage(new NodeUsage(Optional.empty(), Optional.of(space)), nanos::get);
    become(1000 * MIB);
    usage.account().limit(100 * MIB);
    assertThat(usage.suspicious()).isFalse();
    become(951 * MIB);
    assertThat(usage.suspicious()).isFalse();

    become(949 * MIB);

    assertThat(usage.suspicious()).isTrue();
    try (Descriptor root = Linux.open(directory.toString(), Linux.O_RDONLY)) {
      usage.scan(root, Scan.CHANGES, () -> false);
    }
    assertThat(usage.suspicious()).as("it was measured").isFalse();
    usage.account().limit(0);
    become(100 * MIB);
    assertThat(usage.suspicious()).as("it has no limit").isFalse();
  }
}
