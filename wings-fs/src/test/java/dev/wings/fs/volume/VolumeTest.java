package dev.wings.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.quota.NodeUsage;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.SandboxMode;
import java.io.IOException;
import java.io.InterruptedIOException;
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
  void whoKeepsSomethingAboutTheFilesIsToldThatTheyAreGone() throws IOException {
    List<UUID> told = new ArrayList<>();
    Volumes listened = new Volumes(VolumeSettings.of(data, UID, GID), NodeUsage.NONE, told::add);
    try (Volume other = listened.of(SERVER)) {
      other.prepare();
      other.clear();
      assertThat(told).containsExactly(SERVER);

      other.destroy();
      assertThat(told).containsExactly(SERVER, SERVER);
    }
  }

  @Test
  void scanMeasuresAndCorrects() throws IOException {
    volume.prepare();
    Files.write(volume.root().resolve("file"), new byte[100_000]);
    assertThat(volume.usedBytes()).as("whole blocks").isEqualTo(102_400);
    Files.write(directory.resolve("by-the-game"), new byte[200_000]);

    long used = volume.scan();

    assertThat(used).isEqualTo(volume.usedBytes()).isBetween(300_000L, 400_000L);
    assertThat(volume.usage().sizes("/").logical()).isBetween(300_000L, 350_000L);
    assertThat(volume.usage().sizes("/").physical()).isEqualTo(used);
  }

  @Test
  @Proves("QU-01")
  void writesAtTheLimit() throws IOException {
    volume.prepare();
    volume.limit(12_288);
    Path file = volume.root().resolve("file");

    Files.write(file, new byte[12_287]);
    Files.write(file, new byte[1], StandardOpenOption.APPEND);
    assertThat(volume.full()).isTrue();
    assertThatThrownBy(() -> Files.write(file, new byte[1], StandardOpenOption.APPEND))
        .isInstanceOf(DiskLimitException.class)
        .hasMessageContaining("limit");
    assertThat(Files.size(file)).isEqualTo(12_288);

    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(12_288)); // in place, nothing grows
      assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), 12_288))
          .isInstanceOf(DiskLimitException.class);
      assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), Long.MAX_VALUE - 1))
          .isInstanceOf(DiskLimitException.class);
      channel.truncate(4_096);
      assertThat(volume.usedBytes()).isEqualTo(4_096);
      channel.write(ByteBuffer.allocate(8_192), 4_096);
      assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_WRITE, 0, 20_000))
          .isInstanceOf(UnsupportedOperationException.class);
    }
    assertThat(volume.usedBytes()).isEqualTo(12_288);
    assertThatThrownBy(() -> Files.copy(file, file.resolveSibling("copy")))
        .isInstanceOf(DiskLimitException.class);
    assertThatThrownBy(() -> Files.createDirectory(file.resolveSibling("directory")))
        .isInstanceOf(DiskLimitException.class);
    assertThat(volume.usedBytes()).isEqualTo(12_288);
    try (var entries = Files.list(directory)) {
      assertThat(entries).as("no half copy is left").hasSize(1);
    }
    Files.write(file, new byte[10]);
    assertThat(volume.usedBytes()).as("truncated on opening").isEqualTo(4_096);
  }

  @Test
  @Proves("QU-01")
  void copiesUpToTheLimit() throws IOException {
    volume.prepare();
    Path file = volume.root().resolve("file");
    Files.write(file, new byte[40_960]);
    volume.limit(81_920);

    Files.copy(file, file.resolveSibling("exact"));

    assertThat(volume.usedBytes()).isEqualTo(81_920);
    Files.delete(file.resolveSibling("exact"));
    volume.limit(81_919);
    assertThatThrownBy(() -> Files.copy(file, file.resolveSibling("over")))
        .isInstanceOf(DiskLimitException.class);
    assertThat(volume.usedBytes()).isEqualTo(40_960);
  }

  @Test
  @Proves("QU-01")
  void streamOfUnknownLengthStopsAtTheLimitAndKeepsWhatIsWritten() throws IOException {
    volume.prepare();
    volume.limit(1 << 20);
    Path file = volume.root().resolve("file");

    assertThatThrownBy(
            () -> {
              try (var endless = new ZeroStream()) {
                Files.copy(endless, file);
              }
            })
        .isInstanceOf(DiskLimitException.class);

    assertThat(Files.size(file)).isBetween((1L << 20) - (64 << 10), 1L << 20);
    assertThat(volume.usedBytes()).isBetween(Files.size(file), 1L << 20);
    Files.delete(file);
    assertThat(volume.usedBytes()).isZero();
  }

  /// Never ends.
  private static final class ZeroStream extends java.io.InputStream {
    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return length;
    }
  }

  @Test
  @Proves("QU-01")
  void fillingHolesIsChargedAndHolesAreNot() throws IOException {
    volume.prepare();
    volume.limit(4 << 20);
    Path file = volume.root().resolve("sparse");
    try (java.io.RandomAccessFile sparse =
        new java.io.RandomAccessFile(directory.resolve("sparse").toString(), "rw")) {
      sparse.setLength(1L << 40);
    }

    assertThatThrownBy(
            () -> {
              try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                for (long position = 0; ; position += 1 << 20) {
                  channel.write(ByteBuffer.allocate(64 << 10), position);
                }
              }
            })
        .isInstanceOf(DiskLimitException.class);

    assertThat(volume.usedBytes()).isBetween(3L << 20, 4L << 20);
    volume.scan();
    assertThat(volume.usedBytes()).as("a sparse terabyte").isBetween(3L << 20, (4L << 20) + 8192);
  }

  @Test
  @Proves("QU-05")
  void deletedFileCountsUntilItsLastWriterIsGone() throws IOException {
    volume.prepare();
    Path file = volume.root().resolve("file");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      channel.write(ByteBuffer.allocate(8_192));
      Files.delete(file);
      channel.write(ByteBuffer.allocate(8_192));
      assertThat(volume.usedBytes()).isEqualTo(16_384);
    }
    assertThat(volume.usedBytes()).isZero();
  }

  @Test
  @Proves("QU-05")
  void twoWritersOfTheSameBytesAreChargedOnce() throws IOException {
    volume.prepare();
    Path file = volume.root().resolve("file");
    try (FileChannel one =
            FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        FileChannel two = FileChannel.open(file, StandardOpenOption.WRITE)) {
      one.write(ByteBuffer.allocate(40_960));
      two.write(ByteBuffer.allocate(40_960));
      assertThat(volume.usedBytes()).isEqualTo(40_960);
    }
    assertThat(volume.usedBytes()).isEqualTo(40_960);
  }

  @Test
  @Proves("QU-05")
  void treesGiveBackEverythingTheyTook() throws IOException {
    volume.prepare();
    Files.createDirectories(volume.root().resolve("a/b/c"));
    Files.write(volume.root().resolve("a/b/file"), new byte[10_000]);
    Files.createLink(volume.root().resolve("kept"), volume.root().resolve("a/b/file"));
    Files.write(volume.root().resolve("a/b/c/other"), new byte[1]);
    Files.createSymbolicLink(volume.root().resolve("a/link"), volume.root().resolve("kept"));
    long before = volume.usedBytes();
    assertThat(volume.usage().sizes("a/b").logical()).isGreaterThan(10_001);

    volume.sandbox().deleteTree(volume.root().resolve("a"), 2, () -> false);

    assertThat(before).isGreaterThan(16_384);
    assertThat(volume.usedBytes()).as("the file with another name").isEqualTo(12_288);
    assertThat(volume.usage().node("a")).isEmpty();
  }

  @Test
  void sizesOfDirectoriesFollowWhatTheDaemonDoes() throws IOException {
    volume.prepare();
    Files.createDirectories(volume.root().resolve("a/b"));
    Files.createDirectory(volume.root().resolve("c"));
    Files.write(volume.root().resolve("a/b/file"), new byte[10_000]);
    volume.scan();
    long empty = volume.usage().sizes("c").logical();

    Files.write(volume.root().resolve("a/b/file"), new byte[5_000], StandardOpenOption.APPEND);
    assertThat(volume.usage().sizes("a").logical()).isEqualTo(15_000 + 2 * empty);
    Files.move(volume.root().resolve("a/b"), volume.root().resolve("c/moved"));
    assertThat(volume.usage().sizes("a").logical()).isEqualTo(empty);
    assertThat(volume.usage().sizes("c/moved").logical()).isEqualTo(15_000 + empty);
    Files.move(volume.root().resolve("c/moved/file"), volume.root().resolve("a/file"));
    assertThat(volume.usage().sizes("a").physical())
        .isEqualTo(volume.usage().sizes("c/moved").physical() + 16_384);
    Files.delete(volume.root().resolve("a/file"));
    Files.delete(volume.root().resolve("c/moved"));
    assertThat(volume.usage().sizes("").logical()).isEqualTo(3 * empty);
    assertThat(volume.usage().sizes("").physical()).isEqualTo(volume.usedBytes());
  }

  @Test
  @Proves("QU-05")
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
  @Proves("QU-01")
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

    assertThat(written.get()).isBetween(700_000L, 1_000_000L);
    assertThat(volume.usedBytes())
        .as("no more than the rounding to a block for each")
        .isBetween(written.get(), 1_000_000L + 64 * 4_095);
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new VolumeSettings(data, 1, 1, false, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ownershipThreads");
  }

  @Test
  void aScanEndsWhenItsThreadIsInterrupted() throws IOException {
    volume.prepare();
    Files.write(volume.root().resolve("file"), new byte[10_000]);
    volume.scan();
    long known = volume.usedBytes();

    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(volume::scan).isInstanceOf(InterruptedIOException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }

    assertThat(volume.usedBytes()).isEqualTo(known).isPositive();
  }

  /// What is written is charged by its bytes, and only the rest of the last block may pass
  /// (`filesystem.md` 8); no block is charged twice.
  @Test
  @Proves("QU-01")
  void aCopyOfATreeFitsWhenItsBlocksDo() throws IOException {
    volume.prepare();
    int size = 300_000; // no multiple of any block
    Path from = Files.createDirectory(volume.root().resolve("from"));
    Files.write(from.resolve("one"), new byte[size]);
    Files.write(from.resolve("two"), new byte[size]);
    volume.scan();
    long blocks = volume.usage().sizes("from").physical();
    long rest = (volume.usage().sizes("from").physical() - allocated("from")) / 2 - size;
    long before = volume.usedBytes();
    assumeTrue(rest > 0 && rest < 4096, "the file system allocates in blocks of 4096 bytes");

    volume.limit(before + blocks - rest - 1);
    assertThatThrownBy(() -> copy(from, "short")).isInstanceOf(DiskLimitException.class);
    volume.scan();
    sandboxDelete("short");
    assertThat(volume.usedBytes()).isEqualTo(before);
    volume.limit(before + blocks - rest);
    copy(from, "exact");

    assertThat(volume.usedBytes()).isEqualTo(before + blocks);
    volume.scan();
    assertThat(volume.usedBytes()).isEqualTo(before + blocks);
  }

  private long allocated(String name) throws IOException {
    try (Descriptor opened = Linux.open(directory.resolve(name).toString(), Linux.O_RDONLY)) {
      return Linux.statx(opened).allocatedBytes();
    }
  }

  private void sandboxDelete(String name) throws IOException {
    volume.sandbox().deleteTree(volume.root().resolve(name), 1, () -> false);
  }

  private void copy(Path from, String name) throws IOException {
    Path to = Files.createDirectory(volume.root().resolve(name));
    Files.copy(from.resolve("one"), to.resolve("one"));
    Files.copy(from.resolve("two"), to.resolve("two"));
  }
}
