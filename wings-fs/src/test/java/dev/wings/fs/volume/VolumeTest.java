package dev.wings.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.SandboxMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeTest {
  private static final int UID = 4711;
  private static final int GID = 4712;
  private static final UUID SERVER = UUID.fromString("7f3a0000-0000-4000-8000-00000000000A");

  @TempDir private Path host;
  private Path data;
  private Volumes volumes;
  private Volume volume;
  private Path directory;

  @BeforeEach
  void setUp() {
    data = host.resolve("lib/volumes");
    volumes = new Volumes(VolumeSettings.of(data, UID, GID));
    volume = volumes.of(SERVER);
    directory = data.resolve("7f3a0000-0000-4000-8000-00000000000a");
  }

  @AfterEach
  void tearDown() throws IOException {
    volume.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private static String owner(Path path) throws IOException {
    return Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)
        + ":"
        + Files.getAttribute(path, "unix:gid", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void namingAVolumeTouchesNothing() {
    assertThat(volume.hostPath()).isEqualTo(directory.toString());
    assertThat(volumes.of(SERVER)).isSameAs(volume);
    assertThat(data).doesNotExist();
  }

  @Test
  @Proves("FS-01")
  void confinementOfTheNodeIsProbed() throws IOException {
    assertThat(volumes.confinement()).isEqualTo(SandboxMode.OPENAT2);
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void operationsFailClearlyBeforePrepareAndWorkAfter() throws IOException {
    Path file = volume.root().resolve("file");
    assertThatThrownBy(() -> Files.writeString(file, "x"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("not open");
    assertThatThrownBy(() -> volume.scan()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> volume.clear()).isInstanceOf(IOException.class);

    volume.prepare();
    Files.writeString(file, "x");

    assertThat(directory.resolve("file")).hasContent("x");
    assertThat(owner(directory)).isEqualTo(UID + ":" + GID);
    assertThat(owner(directory.resolve("file"))).isEqualTo(UID + ":" + GID);
  }

  @Test
  void directoryThatWasRemovedOrReplacedIsOpenedAnew() throws IOException {
    volume.prepare();
    Files.writeString(volume.root().resolve("old"), "x");
    Files.delete(directory.resolve("old"));
    Files.delete(directory);

    volume.prepare();
    Files.writeString(volume.root().resolve("new"), "x");

    assertThat(directory.resolve("new")).hasContent("x");
    volume.prepare();
    assertThat(Files.readString(volume.root().resolve("new"))).isEqualTo("x");
  }

  @Test
  @Proves("CT-06")
  void linkInPlaceOfTheVolumeIsRefused() throws IOException {
    volume.prepare();
    Path canary = Files.createDirectory(host.resolve("canary"));
    Files.delete(directory);
    Files.createSymbolicLink(directory, canary);

    assertThatThrownBy(() -> volume.prepare())
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("link");
    assertThat(owner(canary)).isEqualTo("0:0");
    volume.destroy();
    assertThat(Files.exists(directory, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(canary).exists();
  }

  @Test
  @Proves("FS-05")
  void ownershipRepairStartsAtTheRootAndNeverFollows() throws IOException {
    volume.prepare();
    Path canary = Files.writeString(host.resolve("canary"), "x");
    Files.createSymbolicLink(directory.resolve("link"), canary);
    Files.createDirectories(directory.resolve("a/b"));
    Files.setAttribute(directory, "unix:uid", 0);

    assertThat(volume.repairOwnership()).isEqualTo(4);
    assertThat(volume.repairOwnership()).isZero();

    assertThat(owner(canary)).isEqualTo("0:0");
    for (String entry : new String[] {"", "link", "a", "a/b"}) {
      assertThat(owner(directory.resolve(entry))).isEqualTo(UID + ":" + GID);
    }
  }

  @Test
  void clearKeepsTheDirectoryAndDestroyRemovesIt() throws IOException {
    volume.prepare();
    Files.createDirectories(volume.root().resolve("a/b"));
    Files.writeString(volume.root().resolve("a/file"), "x");

    volume.clear();
    assertThat(directory).isEmptyDirectory();
    assertThat(volume.usedBytes()).isZero();
    Files.writeString(volume.root().resolve("again"), "x");
    volume.destroy();
    assertThat(directory).doesNotExist();
    volume.destroy();
    assertThat(volumes.of(SERVER)).isNotSameAs(volume);
    assertThatThrownBy(() -> Files.createFile(volume.root().resolve("late")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void scanMeasuresAndCorrects() throws IOException {
    volume.prepare();
    Files.write(volume.root().resolve("file"), new byte[100_000]);
    assertThat(volume.usedBytes()).isEqualTo(100_000);
    Files.write(directory.resolve("by-the-game"), new byte[200_000]);

    long used = volume.scan();

    assertThat(used).isEqualTo(volume.usedBytes()).isBetween(300_000L, 400_000L);
    assertThat(volume.usage().sizes("/").logical()).isBetween(300_000L, 350_000L);
    assertThat(volume.usage().sizes("/").physical()).isEqualTo(used);
  }

  @Test
  void writesAtTheLimit() throws IOException {
    volume.prepare();
    volume.limit(10_000);
    Path file = volume.root().resolve("file");

    Files.write(file, new byte[9_999]);
    assertThat(volume.full()).isFalse();
    Files.write(file, new byte[1], StandardOpenOption.APPEND);
    assertThat(volume.full()).isTrue();
    assertThatThrownBy(() -> Files.write(file, new byte[1], StandardOpenOption.APPEND))
        .isInstanceOf(DiskLimitException.class);
    assertThat(Files.size(file)).isEqualTo(10_000);

    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(10_000)); // in place, nothing grows
      assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), 10_000))
          .isInstanceOf(DiskLimitException.class);
      assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), Long.MAX_VALUE - 1))
          .isInstanceOf(DiskLimitException.class);
      channel.truncate(4_000);
      assertThat(volume.usedBytes()).isEqualTo(4_000);
      channel.write(ByteBuffer.allocate(6_000), 4_000);
      assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_WRITE, 0, 20_000))
          .isInstanceOf(UnsupportedOperationException.class);
    }
    assertThat(volume.usedBytes()).isEqualTo(10_000);
    assertThatThrownBy(() -> Files.copy(file, file.resolveSibling("copy")))
        .isInstanceOf(DiskLimitException.class);
    assertThat(volume.usedBytes()).isEqualTo(10_000);
    try (var entries = Files.list(directory)) {
      assertThat(entries).as("no half copy is left").hasSize(1);
    }
    Files.write(file, new byte[10]);
    assertThat(volume.usedBytes()).as("truncated on opening").isEqualTo(10);
  }

  @Test
  void usageFollowsDeletingAndReplacing() throws IOException {
    volume.prepare();
    Path file = volume.root().resolve("file");
    Files.write(file, new byte[8192]);
    Files.createLink(volume.root().resolve("second"), file);
    Files.delete(file);
    assertThat(volume.usedBytes()).as("another name is left").isEqualTo(8192);
    Files.write(file, new byte[4096]);
    Files.move(file, volume.root().resolve("second"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(volume.usedBytes()).isEqualTo(4096);
    Files.delete(volume.root().resolve("second"));
    assertThat(volume.usedBytes()).isZero();
  }

  @Test
  void sixtyFourWritersTogetherStayBelowTheLimit() throws Exception {
    volume.prepare();
    volume.limit(1_000_000);
    AtomicLong written = new AtomicLong();
    List<Thread> writers = new ArrayList<>();
    for (int t = 0; t < 64; t++) {
      Path file = volume.root().resolve("file" + t);
      writers.add(
          Thread.ofPlatform()
              .start(() -> {
                try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
                  for (int i = 0; i < 40; i++) {
                    written.addAndGet(channel.write(ByteBuffer.allocate(999)));
                  }
                } catch (IOException full) {
                  assertThat(full).isInstanceOf(DiskLimitException.class);
                }
              }));
    }
    for (Thread writer : writers) {
      writer.join();
    }

    assertThat(written).hasValue(1_000_000L / 999 * 999);
    assertThat(volume.usedBytes()).isEqualTo(written.get());
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new VolumeSettings(data, 1, 1, false, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ownershipThreads");
  }
}
