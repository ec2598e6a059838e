package dev.wings.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.core.testing.LoopFileSystem;
import dev.wings.core.testing.Proves;
import dev.wings.fs.limiter.DiskLimiter;
import dev.wings.fs.limiter.DiskLimiters;
import dev.wings.fs.limiter.LimiterMigration;
import dev.wings.fs.limiter.LimiterSettings;
import dev.wings.fs.quota.NodeUsage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/// What every limiter does on a real file system of 1 GiB, which a process of the containers' user
/// writes to past the daemon.
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // by mountFileSystem
abstract class LimiterContract {
  static final int UID = 4711;
  static final int GID = 4712;
  private static final long MIB = 1 << 20;

  private LoopFileSystem system;
  Path data;
  final UUID server = UUID.randomUUID();
  private Volumes volumes;
  Volume volume;
  Path directory;

  abstract DiskLimiterMode mode();

  abstract LoopFileSystem makeFileSystem() throws Exception;

  /// What the file system still knows of the server, empty when nothing.
  abstract String traces(UUID server) throws Exception;

  @BeforeAll
  void mountFileSystem() throws Exception {
    system = makeFileSystem();
    data = Files.createDirectory(system.mount().resolve("volumes"));
    open();
  }

  @AfterAll
  void unmount() throws Exception {
    if (volumes != null) {
      volumes.close();
    }
    if (system != null) {
      system.close();
    }
  }

  @BeforeEach
  void prepare() throws IOException {
    open();
  }

  @AfterEach
  void destroy() throws IOException {
    volume.destroy();
  }

  DiskLimiter limiter() {
    return DiskLimiters.of(
        mode(), new LimiterSettings(data, data, UID, GID, Duration.ofSeconds(150)));
  }

  /// As a daemon does when it starts.
  void open() {
    if (volumes != null) {
      volumes.of(server).close();
      volumes.close();
    }
    volumes = new Volumes(VolumeSettings.of(data, UID, GID), NodeUsage.NONE, limiter(), _ -> {});
    volume = volumes.of(server);
    directory = data.resolve(server.toString());
  }

  Volume sibling(UUID other) {
    return volumes.of(other);
  }

  void readNow() {
    volumes.readings().read();
  }

  /// As the game does.
  LoopFileSystem.Result write(String name, long mebibytes) throws Exception {
    return LoopFileSystem.attempt(
        "setpriv",
        "--reuid=" + UID,
        "--regid=" + GID,
        "--clear-groups",
        "--bounding-set=-all",
        "dd",
        "if=/dev/zero",
        "of=" + directory.resolve(name),
        "bs=256k",
        "count=" + mebibytes * 4,
        "conv=fsync");
  }

  long allocated(String name) throws Exception {
    String blocks =
        LoopFileSystem.run(List.of("stat", "-c", "%b", directory.resolve(name).toString()));
    return Long.parseLong(blocks.strip()) * 512;
  }

  private static void sync() throws Exception {
    LoopFileSystem.run(List.of("sync"));
  }

  @Test
  @Proves("QU-03")
  void aGameThatWritesAtFullSpeedGetsTheErrorAtTheLimitAndTheHostKeepsSpace() throws Exception {
    volume.limit(64 * MIB);
    volume.prepare();
    assertThat(volume.enforcedByKernel()).isTrue();
    long before = Files.getFileStore(data).getUsableSpace();

    LoopFileSystem.Result result = write("world", 400);

    assertThat(result.status()).isNotZero();
    assertThat(result.errors()).containsAnyOf("Disk quota exceeded", "No space left on device");
    sync();
    assertThat(allocated("world")).isBetween(48 * MIB, 65 * MIB);
    assertThat(Files.getFileStore(data).getUsableSpace()).isGreaterThan(before - 100 * MIB);
  }

  @Test
  void theLimitChangesWhileTheVolumeIsInUse() throws Exception {
    volume.limit(16 * MIB);
    volume.prepare();
    assertThat(write("a", 32).status()).isNotZero();

    volume.limit(96 * MIB);
    volume.applyLimit();
    assertThat(write("a", 48).status()).isZero();
    volume.limit(32 * MIB);
    volume.applyLimit();
    assertThat(write("b", 8).status()).isNotZero();
    volume.limit(0);
    volume.applyLimit();
    assertThat(write("b", 100).status()).isZero();
  }

  @Test
  void usageComesFromTheFileSystem() throws Exception {
    volume.limit(200 * MIB);
    volume.prepare();
    assertThat(write("a", 40).status()).isZero();
    sync();

    readNow();

    assertThat(volumes.readings().of(server)).isPresent();
    assertThat(volume.usedBytes()).isBetween(38 * MIB, 44 * MIB);
    assertThat(volume.full()).isFalse();
  }

  @Test
  void destroyLeavesNothing() throws Exception {
    volume.limit(50 * MIB);
    volume.prepare();
    assertThat(write("a", 4).status()).isZero();
    Files.createDirectories(volume.root().resolve("deep/er"));
    assertThat(traces(server)).isNotEmpty();

    volume.destroy();

    assertThat(directory).doesNotExist();
    assertThat(traces(server)).isEmpty();
  }

  @Test
  void aRestartedDaemonTakesTheVolumeUp() throws Exception {
    volume.limit(24 * MIB);
    volume.prepare();
    Files.writeString(volume.root().resolve("kept"), "content");

    open();
    volume.limit(24 * MIB);
    volume.prepare();

    assertThat(volume.root().resolve("kept")).hasContent("content");
    assertThat(volume.enforcedByKernel()).isTrue();
    assertThat(write("a", 64).status()).isNotZero();
  }

  @Test
  void theDaemonsOwnFilesCount() throws Exception {
    volume.limit(100 * MIB);
    volume.prepare();
    try (FileChannel file =
        FileChannel.open(
            volume.root().resolve("upload"),
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE_NEW)) {
      ByteBuffer block = ByteBuffer.allocate((int) MIB);
      for (int i = 0; i < 70; i++) {
        file.write(block.clear());
      }
      file.force(/* metaData= */ true);
    }

    assertThat(write("world", 60).status()).isNotZero();
    assertThat(allocated("world")).isLessThan(32 * MIB);
  }

  @Test
  void aVolumeOnTheWrongFileSystemStaysClosed() throws Exception {
    Path elsewhere = Files.createTempDirectory("wings-limiter-wrong");
    try (Volumes wrong =
        new Volumes(
            VolumeSettings.of(elsewhere, UID, GID),
            NodeUsage.NONE,
            DiskLimiters.of(
                mode(), new LimiterSettings(elsewhere, elsewhere, UID, GID, Duration.ofSeconds(1))),
            _ -> {})) {
      wrong.checkLimiter();

      assertThat(wrong.problem())
          .hasValueSatisfying(problem ->
              assertThat(problem).contains(mode().wireName()).contains(elsewhere.toString()));
      assertThatThrownBy(() -> wrong.of(server).prepare())
          .isInstanceOf(IOException.class)
          .hasMessageContaining(mode().wireName());
      assertThat(wrong.of(server).enforcedByKernel()).isFalse();
      assertThatThrownBy(() -> Files.list(wrong.of(server).root())).isInstanceOf(IOException.class);
      assertThat(elsewhere.resolve(server.toString())).doesNotExist();
    } finally {
      LoopFileSystem.run(List.of("rm", "-r", elsewhere.toString()));
    }
  }

  /// Files as a game leaves them, in a plain directory.
  void makePlainDirectory() throws Exception {
    Path plain = Files.createDirectory(directory);
    Files.setAttribute(plain, "unix:uid", UID);
    Files.setAttribute(plain, "unix:gid", GID);
    Path sub = Files.createDirectories(plain.resolve("world/region"));
    Path script = Files.writeString(sub.resolve("start.sh"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x---"));
    Files.setAttribute(script, "unix:uid", UID);
    Files.setPosixFilePermissions(sub, PosixFilePermissions.fromString("rwx--x---"));
    Files.createLink(plain.resolve("hard"), script);
    Files.createSymbolicLink(plain.resolve("link"), Path.of("world/region/start.sh"));
    Files.createSymbolicLink(plain.resolve("dangling"), Path.of("/nowhere"));
    LoopFileSystem.run(List.of("truncate", "-s", "300M", plain.resolve("sparse").toString()));
    Files.setAttribute(plain.resolve("link"), "unix:gid", GID, LinkOption.NOFOLLOW_LINKS);
  }

  LimiterMigration.Outcome migrate(long limit) throws IOException {
    return new LimiterMigration(limiter(), data).migrate(server, limit, () -> {});
  }
}
