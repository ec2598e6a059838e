package dev.wings.fs.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.core.volume.Scan;
import dev.wings.fs.AtomicFiles;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.FileSystemStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Volumes on a small ext4 in a file: 192 MiB and 512 inodes, 32 MiB and 64 inodes of them in
/// reserve. Needs the right to mount.
class SmallDiskIT {
  private static final long MIB = 1 << 20;
  private static final SpaceReserve RESERVE = new SpaceReserve(32 * MIB, 64);
  private static final UUID SERVER = UUID.fromString("7f3a0000-0000-4000-8000-00000000000c");

  @TempDir private Path host;
  private Path mount;
  private boolean mounted;
  private FreeSpace space;
  private Volume volume;
  private Path directory;

  @BeforeEach
  void mount() throws Exception {
    Path image = host.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toString(), "rw")) {
      file.setLength(192 * MIB);
    }
    mount = Files.createDirectory(host.resolve("mount"));
    assumeTrue(run("mkfs.ext4", "-q", "-N", "512", "-m", "0", image.toString()), "has mkfs.ext4");
    mounted = run("mount", "-o", "loop", image.toString(), mount.toString());
    assumeTrue(mounted, "may mount an image");
    space = new FreeSpace(this::status, _ -> RESERVE, System::nanoTime);
    space.look();
    Volumes volumes =
        new Volumes(
            VolumeSettings.of(mount.resolve("volumes"), 4711, 4711),
            new NodeUsage(Optional.empty(), Optional.of(space)));
    volume = volumes.of(SERVER);
    volume.prepare();
    directory = Path.of(volume.hostPath());
  }

  private FileSystemStatus status() throws IOException {
    try (Descriptor opened = Linux.open(mount.toString(), Linux.O_PATH)) {
      return Linux.fstatfs(opened);
    }
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      volume.close();
      assertThat(run("umount", mount.toString())).isTrue();
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException missing) {
      return false;
    }
  }

  /// Writes beside the daemon until so much is left.
  private Path fillUpTo(long leftBytes) throws IOException {
    Path filler = mount.resolve("filler");
    byte[] block = new byte[(int) MIB];
    while (status().availableBytes() > leftBytes + MIB) {
      Files.write(filler, block, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    space.look();
    return filler;
  }

  @Test
  @Proves("DF-01")
  void belowTheReserveOnlyLightWritesPassUntilThereIsRoomAgain() throws IOException {
    Path config = volume.root().resolve("server.properties");
    Files.writeString(config, "motd=before");
    assertThat(space.problem()).isEmpty();
    Path filler = fillUpTo(20 * MIB);

    assertThat(space.problem()).hasValueSatisfying(text -> assertThat(text).contains("reserve"));
    assertThatThrownBy(() -> volume.requireSpace(2 * MIB))
        .isInstanceOf(DiskLimitException.class)
        .hasMessageContaining("low on disk space");
    assertThatThrownBy(() -> Files.write(volume.root().resolve("heavy"), new byte[3 << 20]))
        .isInstanceOf(DiskLimitException.class);
    Files.writeString(config, "motd=after");
    assertThat(Files.readString(config)).isEqualTo("motd=after");
    assertThat(volume.pressed()).isTrue();
    Files.delete(volume.root().resolve("heavy"));

    Files.delete(filler);
    space.look();
    assertThat(space.problem()).isEmpty();
    Files.write(volume.root().resolve("heavy"), new byte[3 << 20]);
    volume.requireSpace(2 * MIB);
  }

  @Test
  @Proves({"DF-02", "DF-03"})
  void fullDiskLeavesTheOldContentAndNoHalfOne() throws IOException {
    Path file = volume.root().resolve("state");
    Files.write(file, new byte[(int) MIB]);
    long before = volume.usedBytes();
    Path source = volume.root().resolve("source");
    Files.write(source, new byte[30 << 20]);
    fillToTheBrim();

    assertThatThrownBy(() ->
            AtomicFiles.replace(file, channel -> channel.write(ByteBuffer.allocate(10 << 20))))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Files.copy(source, volume.root().resolve("copy")))
        .isInstanceOf(IOException.class);

    assertThat(Files.size(file)).isEqualTo(MIB);
    try (var entries = Files.list(volume.root())) {
      assertThat(entries.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("state", "source");
    }
    Files.delete(source);
    assertThat(volume.usedBytes()).as("what failed is given back").isEqualTo(before);
    Files.delete(mount.resolve("filler"));
    space.look();
    AtomicFiles.replace(file, channel -> channel.write(ByteBuffer.allocate(10)));
    assertThat(Files.size(file)).isEqualTo(10);
  }

  /// Nobody has looked at the free space since: only the disk itself refuses.
  private void fillToTheBrim() throws IOException {
    byte[] block = new byte[64 << 10];
    Path filler = mount.resolve("filler");
    try {
      while (true) {
        Files.write(filler, block, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("space");
    }
  }

  @Test
  @Proves("DF-04")
  void inodesRunOutBeforeBytesAndComeBack() throws IOException {
    Files.writeString(volume.root().resolve("config"), "a");
    int made = 0;
    while (status().freeInodes() > 40) {
      Files.createFile(mount.resolve("i" + made++));
    }
    space.look();

    assertThat(space.problem()).hasValueSatisfying(text -> assertThat(text).contains("inodes"));
    assertThatThrownBy(() -> volume.requireSpace(2 * MIB)).isInstanceOf(DiskLimitException.class);
    Files.writeString(volume.root().resolve("config"), "b");
    while (status().freeInodes() > 0) {
      Files.createFile(mount.resolve("i" + made++));
    }
    long used = volume.usedBytes();
    assertThatThrownBy(() -> Files.createFile(volume.root().resolve("one-more")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Files.createDirectory(volume.root().resolve("directory")))
        .isInstanceOf(IOException.class);
    assertThat(volume.usedBytes()).isEqualTo(used);
    assertThat(Files.readString(volume.root().resolve("config"))).isEqualTo("b");

    while (made > 0) {
      Files.delete(mount.resolve("i" + --made));
    }
    space.look();
    assertThat(space.problem()).isEmpty();
    Files.createFile(volume.root().resolve("one-more"));
  }

  /// The game writes 8 MiB between two looks. It is measured in time although no scan is due, and
  /// found full before it is beyond its limit by more than what it wrote between two looks.
  @Test
  @Proves("QU-04")
  void fastWriterIsFoundWithinOneLookOfItsLimit() throws IOException {
    long limit = 64 * MIB;
    long step = 8 * MIB;
    volume.limit(limit);
    volume.scan();
    long written = 0;
    int scans = 0;
    try (FileChannel game =
        FileChannel.open(
            directory.resolve("world"), StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      while (!volume.full()) {
        for (long end = written + step; written < end; written += MIB) {
          game.write(ByteBuffer.allocate((int) MIB), written);
        }
        assertThat(written).as("bytes that nobody noticed").isLessThanOrEqualTo(limit + step);
        space.look();
        if (suspicious()) {
          volume.scan(Scan.CHANGES);
          scans++;
        }
      }
    }

    assertThat(written).isBetween(limit, limit + step);
    assertThat(scans).as("looks at the whole volume").isBetween(1, 8);
    assertThat(space.problem()).as("the reserve was not touched").isEmpty();
  }

  /// Asks until the pause after the last scan is over, which is ten times what it took.
  private boolean suspicious() {
    long begin = System.nanoTime();
    while (!volume.suspicious()) {
      if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(2)) {
        return false;
      }
      Thread.onSpinWait();
    }
    return true;
  }
}
