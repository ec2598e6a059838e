package dev.wings.backup.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.backup.BackupTask;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.RecordedReports.Created;
import dev.wings.backup.testing.RecordedReports.Restored;
import dev.wings.backup.testing.TreeImage;
import dev.wings.backup.transfer.HashedFile;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.SystemConfig.ArchiveFormat;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import dev.wings.fs.view.FileView;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class LocalBackupsTest {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000008");
  private static final int MIB = 1 << 20;

  @TempDir private Path host;
  private BackupWorld world;
  private FakeServer server;
  private Path files;

  @BeforeEach
  void setUp() throws IOException {
    world = new BackupWorld(host);
    server = world.server("alpha");
    files = world.files(server);
  }

  @AfterEach
  void tearDown() {
    world.close();
  }

  private boolean create() throws InterruptedException {
    BackupTask task = world.service().create(server, BACKUP, BackupAdapter.WINGS, "");
    task.begin();
    return task.await();
  }

  private boolean restore(boolean truncate) throws InterruptedException {
    BackupTask task =
        world.service().restore(server, BACKUP, BackupAdapter.WINGS, truncate, Optional.empty());
    task.begin();
    return task.await();
  }

  private BackupResult result() {
    return ((Created) world.reports().all().getFirst()).result();
  }

  private static void noise(Path file, int bytes, long seed) throws IOException {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    Files.write(file, content);
  }

  @ParameterizedTest
  @EnumSource
  void reportedChecksumAndSizeAreThoseOfTheFile(ArchiveFormat format) throws Exception {
    world.configure("wings.archiveFormat", format);
    noise(files.resolve("file"), 100_000, 1);
    Files.createSymbolicLink(files.resolve("link"), Path.of("file"));
    Files.createDirectory(files.resolve("directory"));

    assertThat(create()).isTrue();

    StoredBackup stored = world.service().find(BACKUP);
    Path file = ((Download.Stored) stored.download(dev.wings.fs.archive.ArchiveFormat.TAR)).file();
    assertThat(file.getFileName())
        .hasToString(BACKUP + "." + stored.format().orElseThrow().extension());
    assertThat(result().checksum())
        .isEqualTo(HashedFile.sha256Hex(file, Pace.free(), new Progress()));
    assertThat(result().size()).isEqualTo(Files.size(file));
    assertThat(result().files()).isEqualTo(format == ArchiveFormat.SEVEN_ZIP ? 1 : 2);
    assertThat(result().browsable())
        .isEqualTo(format == ArchiveFormat.ZIP || format == ArchiveFormat.SEVEN_ZIP);
    assertThat(stored.browse().isPresent()).isEqualTo(result().browsable());
    assertThat(result().streaming()).isFalse();
  }

  @Test
  void backupIsFoundWhateverFormatIsConfiguredLater() throws Exception {
    world.configure("wings.archiveFormat", ArchiveFormat.TAR_LZ4);
    Files.writeString(files.resolve("file"), "content");
    create();
    world.configure("wings.archiveFormat", ArchiveFormat.ZIP);
    Files.delete(files.resolve("file"));

    assertThat(restore(true)).isTrue();

    assertThat(files.resolve("file")).hasContent("content");
  }

  @Test
  void browsedBackupShowsItsFiles() throws Exception {
    world.configure("wings.archiveFormat", ArchiveFormat.ZIP);
    Files.createDirectory(files.resolve("world"));
    Files.writeString(files.resolve("world/level.dat"), "level");
    create();

    FileView view = world.service().views().open(server.id(), BACKUP).orElseThrow();

    assertThat(Files.readString(view.root().resolve("world/level.dat"))).isEqualTo("level");
    assertThat(view.writable()).isFalse();
    assertThat(world.service().views().open(server.id(), BACKUP).orElseThrow()).isSameAs(view);
    BackupTask deletion = world.service().delete(BACKUP, BackupAdapter.WINGS, Optional.of(server));
    deletion.begin();
    deletion.await();
    assertThat(view.root().getFileSystem().isOpen()).isFalse();
  }

  private void flip(Path file, long position) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(position);
      int old = open.read();
      open.seek(position);
      open.write(old ^ 0x55);
    }
  }

  @Test
  @Proves("BK-04")
  void damagedBackupIsNoticedBeforeAnythingIsTouched() throws Exception {
    noise(files.resolve("file"), MIB, 1);
    create();
    Path archive = world.directory().resolve(BACKUP + ".tar.gz");
    flip(archive, Files.size(archive) / 2);
    Files.writeString(files.resolve("file"), "old");
    Map<String, String> before = TreeImage.of(files);

    assertThat(restore(true)).isFalse();

    assertThat(TreeImage.of(files)).containsExactlyEntriesOf(before);
    assertThat(server.stops()).isZero();
    assertThat(world.reports().all()).contains(new Restored(server.id(), BACKUP, false));
  }

  @Test
  @Proves("BK-04")
  void damagedBackupWithoutAKnownChecksumLeavesTheOldTree() throws Exception {
    noise(files.resolve("file"), MIB, 1);
    create();
    forgetTheBackup();
    Path archive = world.directory().resolve(BACKUP + ".tar.gz");
    flip(archive, Files.size(archive) / 2);
    Files.writeString(files.resolve("file"), "old");
    Map<String, String> before = TreeImage.of(files);

    assertThat(restore(true)).isFalse();

    assertThat(TreeImage.of(files)).containsExactlyEntriesOf(before);
  }

  /// As if an earlier daemon had made it.
  private void forgetTheBackup() throws IOException {
    for (String suffix : List.of(".json", ".json.previous")) {
      Files.delete(world.directory().resolve(".catalog").resolve(BACKUP + suffix));
    }
    world.restart();
    assertThat(world.service().catalog()).isEmpty();
    server.sync(BackupWorld.with(server.definition(), List.of(BACKUP), List.of(), 0));
  }

  @Test
  void restoreSurvivesABadEntryAndNamesIt() throws Exception {
    world.configure("wings.archiveFormat", ArchiveFormat.ZIP);
    for (String name : List.of("a", "b", "c")) {
      noise(files.resolve(name), 200_000, name.hashCode());
    }
    create();
    forgetTheBackup();
    Path archive = world.directory().resolve(BACKUP + ".zip");
    flip(archive, Files.size(archive) / 2); // in the middle of the second
    for (String name : List.of("a", "b", "c")) {
      Files.delete(files.resolve(name));
    }

    assertThat(world.service().verify(BACKUP, new Progress()).faults())
        .singleElement()
        .asString()
        .contains("damaged");
    assertThat(restore(true)).isTrue();

    assertThat(files.toFile().list()).hasSize(2);
    assertThat(
            world.events().stream()
                .filter(ServerEvent.DaemonMessage.class::isInstance)
                .map(event -> ((ServerEvent.DaemonMessage) event).text())
                .filter(text -> text.startsWith("(not restored): ")))
        .hasSize(1);
  }

  @Test
  void verificationFindsWhatChangedAndIsAHealthProblem() throws Exception {
    noise(files.resolve("file"), MIB, 1);
    create();
    assertThat(world.service().verify(BACKUP, new Progress()).sound()).isTrue();
    assertThat(world.service().problems()).isEmpty();
    Path archive = world.directory().resolve(BACKUP + ".tar.gz");
    flip(archive, Files.size(archive) / 2);

    Verification found = world.service().verify(BACKUP, new Progress());

    assertThat(found.faults()).hasSizeGreaterThanOrEqualTo(2); // checksum and structure
    assertThat(world.service().problems()).singleElement().asString().contains(BACKUP.toString());
  }

  @Test
  @Proves("BK-04")
  void diskLimitBindsTheResultAndNotBothTreesTogether() throws Exception {
    server.sync(BackupWorld.with(server.definition(), List.of(), List.of(), 10));
    server.volume().limit(10 * MIB);
    noise(files.resolve("a"), 7 * MIB, 1);
    create();
    noise(files.resolve("a"), 7 * MIB, 2);

    assertThat(restore(true)).isTrue();
    assertThat(restore(false)).isTrue();
    assertThat(server.volume().limitBytes()).isEqualTo(10 * MIB);

    noise(files.resolve("b"), 6 * MIB, 3);
    Files.delete(files.resolve("a"));
    Map<String, String> before = TreeImage.of(files);
    assertThat(restore(false)).isFalse(); // 7 and 6 are more than 10
    assertThat(TreeImage.of(files)).containsExactlyEntriesOf(before);
    assertThat(restore(true)).isTrue();
    assertThat(files.resolve("b")).doesNotExist();
  }

  @Test
  @Proves("BK-04")
  void backupThatIsLargerThanTheLimitIsNotRestored() throws Exception {
    noise(files.resolve("a"), 7 * MIB, 1);
    create();
    Files.delete(files.resolve("a"));
    Files.writeString(files.resolve("b"), "old");
    server.sync(BackupWorld.with(server.definition(), List.of(), List.of(), 5));
    server.volume().limit(5 * MIB);

    assertThat(restore(true)).isFalse();

    assertThat(files.resolve("b")).hasContent("old");
    assertThat(files.resolve("a")).doesNotExist();
  }

  @Test
  void deniedFilesAreNeitherBackedUpNorRestored() throws Exception {
    Files.writeString(files.resolve("secret"), "secret");
    Files.writeString(files.resolve("later-secret"), "secret");
    server.sync(BackupWorld.with(server.definition(), List.of(), List.of("secret"), 0));
    create();
    server.sync(
        BackupWorld.with(server.definition(), List.of(), List.of("secret", "later-secret"), 0));
    Files.writeString(files.resolve("secret"), "changed");
    Files.writeString(files.resolve("later-secret"), "changed");

    assertThat(restore(false)).isTrue();

    assertThat(files.resolve("secret")).hasContent("changed");
    assertThat(files.resolve("later-secret")).hasContent("changed");
  }

  @ParameterizedTest
  @EnumSource(names = {"TAR_GZ", "TAR_ZSTD", "ZIP"})
  void treeThatChangesMeanwhileMakesAWholeArchive(ArchiveFormat format) throws Exception {
    world.configure("wings.archiveFormat", format);
    Path growing = files.resolve("growing");
    noise(growing, MIB, 1);
    for (int i = 0; i < 50; i++) {
      noise(files.resolve("file-" + i), 50_000, i);
    }
    AtomicBoolean ended = new AtomicBoolean();
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              byte[] more = new byte[1000];
              Arrays.fill(more, (byte) 7);
              for (int i = 0; !ended.get(); i++) {
                change(growing, more, files.resolve("file-" + i % 50), i);
              }
            });
    try {
      await().atMost(Duration.ofSeconds(10)).until(() -> Files.size(growing) > MIB + 10_000);
      assertThat(create()).isTrue();
    } finally {
      ended.set(true);
      writer.join();
    }

    assertThat(world.service().verify(BACKUP, new Progress()).faults()).isEmpty();
    assertThat(restore(true)).isTrue();
    assertThat(Files.size(growing)).isGreaterThan(MIB);
  }

  private static void change(Path growing, byte[] more, Path other, int turn) {
    try {
      if (Files.size(growing) < 20L * MIB) {
        Files.write(growing, more, StandardOpenOption.APPEND);
      }
      switch (turn % 3) {
        case 0 -> Files.deleteIfExists(other);
        case 1 -> Files.write(other, Arrays.copyOf(more, turn % 1000));
        default -> Files.write(other, more, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Proves("BK-03")
  void leftOversOfAnEarlierRunAreRemovedAndForeignFilesAreNot() throws Exception {
    Files.createDirectories(world.directory());
    Path left = world.directory().resolve(BACKUP + ".tar.gz.part");
    Path foreign = world.directory().resolve("notes.tar.gz.part");
    Files.writeString(left, "half");
    Files.writeString(foreign, "of somebody");

    world.restart();

    assertThat(left).doesNotExist();
    assertThat(foreign).exists();
  }

  @Test
  void whoVerifiesInTurnTakesTheOldestFirstAndOnlyWhenDue() throws Exception {
    noise(files.resolve("file"), 1000, 1);
    create();
    world.configure("verifyInterval", 24L);
    world.service().start();
    Path archive = world.directory().resolve(BACKUP + ".tar.gz");
    flip(archive, Files.size(archive) / 2);
    assertThat(world.service().problems()).isEmpty();
    world.clock().advance(Duration.ofHours(25));
    world.restart();

    world.service().start();

    await().atMost(Duration.ofSeconds(10)).until(() -> !world.service().problems().isEmpty());
  }
}
