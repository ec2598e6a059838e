package dev.wings.backup.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.BackupTask;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.LoopFileSystem;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.HostCommands;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.view.FileView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/// What every driver does whose backups are snapshots (`backups.md` C.4 to C.6), on a real file
/// system.
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(300)
@SuppressWarnings("NullAway.Init") // by mountFileSystem
public abstract class SnapshotContract {
  protected static final String IGNORE = "*.log\ncache/\n!keep.log\n";

  private LoopFileSystem system;
  protected Path data;
  protected Path backups;
  protected UUID server;
  protected UUID backup;
  protected Path volume;
  protected BackupDriver driver;
  protected final Map<String, Object> settings = new HashMap<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();

  protected abstract LoopFileSystem makeFileSystem() throws Exception;

  /// The kind's directory below the backup directory.
  protected abstract String kind();

  /// Makes an empty volume of its own.
  protected abstract void makeVolume(UUID server, Path volume) throws Exception;

  protected abstract void removeVolume(UUID server, Path volume) throws Exception;

  /// What the file system knows of a backup, empty when nothing.
  protected abstract String traces(UUID backup) throws Exception;

  protected abstract BackupDriver driver(Path backups, Commands commands, WingsConfig config);

  @BeforeAll
  void mountFileSystem() throws Exception {
    system = makeFileSystem();
    data = Files.createDirectory(system.mount().resolve("volumes"));
    backups = Files.createDirectory(system.mount().resolve("backups"));
  }

  @AfterAll
  void unmount() throws Exception {
    if (system != null) {
      system.close();
    }
  }

  @BeforeEach
  void prepare() throws Exception {
    settings.clear();
    settings.put("system.backups.btrfs.createReadOnly", true);
    settings.put("system.backups.btrfs.restoreThreads", 3);
    settings.put("system.backups.zfs.restoreThreads", 3);
    troubles.clear();
    server = UUID.randomUUID();
    backup = UUID.randomUUID();
    volume = data.resolve(server.toString());
    makeVolume(server, volume);
    ExactTrees.sample(volume);
    driver = newDriver();
  }

  @AfterEach
  void removeEverything() throws Exception {
    driver.recover();
    for (Path record : records()) {
      UUID id = UUID.fromString(String.valueOf(record.getFileName()));
      Optional<StoredBackup> left = driver.find(id);
      if (left.isPresent()) {
        left.get().delete(new Progress());
      }
    }
    removeVolume(server, volume);
  }

  protected final List<Path> records() throws IOException {
    Path all = backups.resolve(kind());
    if (!Files.exists(all)) {
      return List.of();
    }
    try (Stream<Path> records = Files.list(all)) {
      return records.toList();
    }
  }

  protected final BackupDriver newDriver() {
    return driver(backups, new HostCommands(), TestConfig.of(settings));
  }

  protected static ArchiveWriter archives() {
    return new ArchiveWriter(64 << 20, new Random(1));
  }

  protected final BackupResult create(String ignore) throws IOException {
    return create(driver, volume, ignore, new Progress());
  }

  protected final BackupResult create(BackupDriver by, Path files, String ignore, Progress progress)
      throws IOException {
    return Snapshots.create(by, backup, server, files, ignore, progress);
  }

  protected final StoredBackup found() throws IOException {
    return newDriver().find(backup).orElseThrow();
  }

  /// Restores into a fresh directory of the server.
  protected final Path restore(StoredBackup stored) throws IOException {
    return restore(stored, volume);
  }

  private Path restore(StoredBackup stored, Path files) throws IOException {
    try (Sandbox sandbox = Sandbox.open(files)) {
      Path target = Files.createDirectory(sandbox.getPath("/restored-" + UUID.randomUUID()));
      String hostPath = files + target.toString();
      stored.restore(
          new Restoration(
              server,
              target,
              hostPath,
              PathFilter.NONE,
              Optional.empty(),
              Pace.free(),
              new Progress(),
              _ -> {},
              troubles::add));
      assertThat(troubles).isEmpty();
      return Path.of(hostPath);
    }
  }

  protected final Map<String, ExactTrees.Item> kept(Path directory, String ignore)
      throws IOException {
    PathFilter filter = IgnoreList.lenient(ignore.lines().toList());
    Map<String, ExactTrees.Item> all = ExactTrees.look(directory);
    all.entrySet().removeIf(e -> filter.hides(e.getKey(), e.getValue().type().equals("d")));
    return all;
  }

  @Test
  void aBackupIsReportedFoundAndKnowsItsServer() throws Exception {
    Map<String, ExactTrees.Item> before = kept(volume, IGNORE);

    BackupResult result = create(IGNORE);

    assertThat(result.browsable()).isTrue();
    assertThat(result.streaming()).isTrue();
    assertThat(result.files())
        .isEqualTo(before.values().stream().filter(item -> !item.type().equals("d")).count());
    assertThat(result.size())
        .isGreaterThan(before.values().stream().mapToLong(ExactTrees.Item::size).sum());
    assertThat(backups.resolve(kind()).resolve(backup.toString()).resolve("ignored"))
        .hasContent(IGNORE);
    assertThat(traces(backup)).isNotEmpty();
    StoredBackup stored = found();
    assertThat(stored.id()).isEqualTo(backup);
    assertThat(stored.format()).isEmpty();
    stored.check(Optional.of(result.checksum()), new Progress());
    assertThat(stored.verify(Optional.of(result.checksum()), new Progress()).sound()).isTrue();
    assertThatThrownBy(() -> create(IGNORE))
        .isInstanceOf(WingsException.class)
        .hasMessage("backup already exists");
  }

  @Test
  void nothingIsFoundOrMadeByLookingForWhatIsNotThere() throws Exception {
    assertThat(driver.find(backup)).isEmpty();
    driver.discard(backup);
    driver.recover();

    assertThat(records()).isEmpty();
  }

  @Test
  void aPlainDirectoryIsRefusedWithTheWayOut() throws Exception {
    Path plain = Files.createDirectory(data.resolve("plain"));
    try {
      assertThatThrownBy(() -> create(driver, plain, "", new Progress()))
          .isInstanceOf(WingsException.class)
          .hasMessageContaining("migrate-disk-limiter")
          .hasMessageContaining(server.toString());
    } finally {
      Files.delete(plain);
    }

    assertThat(driver.find(backup)).isEmpty();
    assertThat(records()).isEmpty();
  }

  @Test
  void filesOnAnotherFileSystemAreRefused() throws Exception {
    Path elsewhere = Files.createTempDirectory("wings-elsewhere");
    try {
      assertThatThrownBy(() -> create(driver, elsewhere, "", new Progress()))
          .isInstanceOf(WingsException.class)
          .hasMessageContaining("system.data");
    } finally {
      Files.delete(elsewhere);
    }
    assertThat(records()).isEmpty();
  }

  @Test
  void aRestoreBringsBackWhatWasThereWithoutWhatIsIgnored() throws Exception {
    Map<String, ExactTrees.Item> before = kept(volume, IGNORE);
    create(IGNORE);
    LoopFileSystem.run(List.of("rm", "-rf", volume.resolve("world").toString()));
    Files.writeString(volume.resolve("start.sh"), "changed");

    Path restored = restore(found());

    assertThat(ExactTrees.look(restored)).isEqualTo(before);
    assertThat(before).containsKeys("keep.log", "world/holes").doesNotContainKey("server.log");
  }

  @Test
  void aFullDiskEndsARestoreAndIsNoFaultOfAnEntry() throws Exception {
    create("");
    Path small = Files.createTempDirectory("wings-small");
    LoopFileSystem.run(List.of("mount", "-t", "tmpfs", "-o", "size=2m", "none", small.toString()));
    try {
      assertThatThrownBy(() -> restore(found(), small))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left");
      assertThat(troubles).isEmpty();
    } finally {
      LoopFileSystem.run(List.of("umount", small.toString()));
      Files.delete(small);
    }
  }

  @Test
  void anyTreeComesBackAsItWas() throws Exception {
    Path files = Files.createDirectory(volume.resolve("random"));
    ExactTrees.modestRandom(files, 11);
    Map<String, ExactTrees.Item> before = ExactTrees.look(files);
    create("");

    Path restored = restore(found());

    assertThat(ExactTrees.look(restored.resolve("random"))).isEqualTo(before);
  }

  @Test
  void lookingInsideShowsTheOldContentAndNothingElse() throws Exception {
    create(IGNORE);
    Files.writeString(volume.resolve("start.sh"), "changed");
    Files.writeString(volume.resolve("later"), "later");

    try (StoredBackup.Browsing browsing = found().browse().orElseThrow()) {
      FileView view = browsing.view();
      assertThat(view.writable()).isFalse();
      assertThat(view.primary()).isFalse();
      assertThat(Files.readString(view.root().resolve("start.sh"))).isEqualTo("#!/bin/sh\n");
      assertThat(view.root().resolve("later")).doesNotExist();
      assertThat(view.filter().hides("server.log", false)).isTrue();
      assertThat(view.filter().hides("keep.log", false)).isFalse();
      assertThatThrownBy(() -> Files.readString(view.root().resolve("absolute")))
          .isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> Files.readString(view.root().resolve("world/out")))
          .isInstanceOf(NoSuchFileException.class);
    }
  }

  @Test
  void aDownloadIsAnArchiveOfAnyFormatThatOtherProgramsRead() throws Exception {
    Map<String, ExactTrees.Item> before = kept(volume, IGNORE);
    create(IGNORE);
    Path scratch = Files.createTempDirectory("wings-download");
    try {
      for (ArchiveFormat format : List.of(ArchiveFormat.TAR, ArchiveFormat.TAR_GZ)) {
        Download.Streamed download = (Download.Streamed) found().download(format);
        assertThat(download.fileName()).isEqualTo(backup + "." + format.extension());
        Path archive = scratch.resolve(download.fileName());
        try (OutputStream out = Files.newOutputStream(archive)) {
          download.writer().write(out, new Progress());
        }
        Path unpacked = Files.createDirectory(scratch.resolve(format.wireName()));
        LoopFileSystem.run(List.of("tar", "-xf", archive.toString(), "-C", unpacked.toString()));
        assertThat(new TreeSet<>(ExactTrees.look(unpacked).keySet()))
            .isEqualTo(new TreeSet<>(before.keySet()));
        assertThat(unpacked.resolve("world/region/noise.bin"))
            .hasSameBinaryContentAs(volume.resolve("world/region/noise.bin"));
      }
      assertThatThrownBy(() -> found().download(ArchiveFormat.ITAF_GZ))
          .isInstanceOf(WingsException.class);
    } finally {
      LoopFileSystem.run(List.of("rm", "-rf", scratch.toString()));
    }
  }

  @Test
  void deletingTwiceIsNoFailure() throws Exception {
    create("");
    StoredBackup stored = found();

    stored.delete(new Progress());

    assertThat(driver.find(backup)).isEmpty();
    assertThat(traces(backup)).isEmpty();
    assertThat(records()).isEmpty();
    stored.delete(new Progress());
    assertThatThrownBy(() -> stored.check(Optional.empty(), new Progress()))
        .isInstanceOf(DamagedBackupException.class);
    create("");
    assertThat(driver.find(backup)).as("the id can be used again").isPresent();
  }

  @Test
  void anotherSnapshotInItsPlaceIsNoticed() throws Exception {
    create("");

    assertThatThrownBy(() -> found().check(Optional.of("7-" + UUID.randomUUID()), new Progress()))
        .isInstanceOf(DamagedBackupException.class);
  }

  @Test
  void aCancelledCreationLeavesNothing() throws Exception {
    Progress progress = new Progress();
    progress.cancel();

    assertThatThrownBy(() -> create(driver, volume, "", progress))
        .isInstanceOf(OperationAbortedException.class);
    assertThat(driver.find(backup)).isEmpty();
    driver.discard(backup);

    assertThat(traces(backup)).isEmpty();
    assertThat(records()).isEmpty();
  }

  @Test
  void aBackupCanBeDeletedWhileSomebodyReadsIt() throws Exception {
    create("");
    StoredBackup stored = found();
    try (StoredBackup.Browsing browsing = stored.browse().orElseThrow();
        var reading = Files.newByteChannel(browsing.view().root().resolve("start.sh"))) {
      stored.delete(new Progress());
      assertThat(driver.find(backup)).isEmpty();
      assertThat(reading.isOpen()).isTrue();
    }
    newDriver().recover();

    assertThat(traces(backup)).isEmpty();
    assertThat(records()).isEmpty();
  }

  @Test
  void readersShareABackup() throws Exception {
    create("");
    StoredBackup stored = found();
    try (StoredBackup.Browsing first = stored.browse().orElseThrow()) {
      try (StoredBackup.Browsing second = stored.browse().orElseThrow()) {
        assertThat(Files.readString(second.view().root().resolve("keep.log"))).isEqualTo("kept");
      }
      assertThat(Files.readString(first.view().root().resolve("keep.log"))).isEqualTo("kept");
      assertThat(ExactTrees.look(restore(stored))).containsKey("world/holes");
    }
  }

  /// Two files that are written one after the other are never seen in the wrong order, and what is
  /// restored is what can be looked into.
  @Proves("BK-06")
  @Test
  void aWriterBesideACreationDoesNotTearIt() throws Exception {
    Path first = volume.resolve("first");
    Path second = volume.resolve("second");
    AtomicBoolean end = new AtomicBoolean();
    AtomicInteger rounds = new AtomicInteger();
    CountDownLatch running = new CountDownLatch(20);
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (!end.get()) {
                  String number = String.format("%012d", rounds.incrementAndGet());
                  Files.writeString(first, number + "\n");
                  Files.writeString(second, number + "\n");
                  Files.writeString(volume.resolve("new-" + number), number);
                  running.countDown();
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    try {
      running.await();
      create("");
    } finally {
      end.set(true);
      writer.join();
    }

    Path restored = restore(found());
    String a = Files.readString(restored.resolve("first")).strip();
    String b = Files.readString(restored.resolve("second")).strip();
    if (!a.isEmpty() && !b.isEmpty()) { // each is emptied before it is written
      assertThat(Long.parseLong(a) - Long.parseLong(b)).isBetween(0L, 1L);
    }
    try (StoredBackup.Browsing browsing = found().browse().orElseThrow()) {
      for (String name : List.of("first", "second")) {
        assertThat(Files.readString(restored.resolve(name)))
            .isEqualTo(Files.readString(browsing.view().root().resolve(name)));
      }
    }
  }

  /// A process that is killed before or after any command leaves a whole backup or nothing.
  @Proves("BK-03")
  @Test
  void aKillBetweenAnyTwoStepsLeavesAllOrNothing() throws Exception {
    int whole = 0;
    for (int step = 1; ; step++) {
      backup = UUID.randomUUID();
      boolean ended = crash("create", step);
      driver = newDriver();
      boolean there = driver.find(backup).isPresent();
      if (there) {
        whole++;
        assertThat(found().verify(Optional.empty(), new Progress()).sound()).isTrue();
      }
      driver.recover();
      assertThat(driver.find(backup).isPresent()).isEqualTo(there);
      if (!there) {
        assertThat(traces(backup)).as("after step " + step).isEmpty();
        assertThat(records()).isEmpty();
      } else {
        driver.find(backup).orElseThrow().delete(new Progress());
      }
      if (ended) {
        assertThat(there).isTrue();
        assertThat(step).as("steps").isGreaterThan(3);
        break;
      }
    }
    assertThat(whole).isPositive();
  }

  @Proves("BK-05")
  @Test
  void aDeletionThatIsKilledCanBeRepeated() throws Exception {
    for (int step = 1; ; step++) {
      backup = UUID.randomUUID();
      create("");
      boolean ended = crash("delete", step);
      driver = newDriver();
      if (step % 2 == 0) {
        driver.recover();
      }
      Optional<StoredBackup> left = driver.find(backup);
      if (left.isPresent()) {
        assertThat(left.get().verify(Optional.empty(), new Progress()).sound()).isTrue();
        left.get().delete(new Progress());
      }
      driver.discard(backup);
      assertThat(traces(backup)).as("after step " + step).isEmpty();
      assertThat(records()).isEmpty();
      if (ended) {
        break;
      }
    }
  }

  /// @return whether it came to its end
  private boolean crash(String what, int step) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Snapshots.class.getName(),
                kind(),
                what,
                Integer.toString(step),
                backup.toString(),
                server.toString(),
                volume.toString(),
                backups.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    assertThat(status).as(output).isIn(0, Snapshots.KILLED);
    return status == 0;
  }

  @Test
  void theServiceMakesAndRestoresIt() throws Exception {
    try (BackupWorld world = new BackupWorld(system.mount())) {
      world.configure("btrfs.createReadOnly", true);
      world.configure("btrfs.restoreThreads", 2);
      world.configure("zfs.restoreThreads", 2);
      world.drive(driver(backups, new HostCommands(), TestConfig.of(settings)));
      FakeServer fake = world.server(FakeServer.definition(server, "snapshots"));
      BackupTask creation = world.service().create(fake, backup, driver.adapter(), "cache/");
      creation.begin();
      assertThat(creation.await()).isTrue();
      Files.writeString(volume.resolve("start.sh"), "changed");
      Files.writeString(volume.resolve("later"), "later");

      BackupTask restore =
          world.service().restore(fake, backup, driver.adapter(), true, Optional.empty());
      restore.begin();
      assertThat(restore.await()).isTrue();

      assertThat(volume.resolve("start.sh")).hasContent("#!/bin/sh\n");
      assertThat(volume.resolve("later")).doesNotExist();
      assertThat(volume.resolve("cache")).doesNotExist();
      assertThat(Files.getAttribute(volume.resolve("start.sh"), "unix:uid"))
          .isEqualTo(BackupWorld.UID);
      assertThat(Files.readSymbolicLink(volume.resolve("absolute")))
          .isEqualTo(Path.of("/etc/passwd"));
      BackupTask deletion = world.service().delete(backup, driver.adapter(), Optional.of(fake));
      deletion.begin();
      assertThat(deletion.await()).isTrue();
      assertThat(traces(backup)).isEmpty();
    }
  }

  /// How many files there are makes no difference to how long a snapshot takes; only counting them
  /// for the report does.
  protected final void printTimes(int few, int many) throws Exception {
    StringBuilder report = new StringBuilder();
    for (int count : new int[] {few, many}) {
      try (Stream<Path> left = Files.list(volume)) {
        for (Path each : left.toList()) {
          LoopFileSystem.run(List.of("rm", "-rf", each.toString()));
        }
      }
      for (int i = 0; i < count; i++) {
        Path directory = volume.resolve("d" + i / 500);
        if (i % 500 == 0) {
          Files.createDirectory(directory);
        }
        Files.createFile(directory.resolve("f" + i));
      }
      LoopFileSystem.run(List.of("sync"));
      backup = UUID.randomUUID();
      create(""); // whatever was not on the disk yet is now
      TimedCommands timed = new TimedCommands();
      BackupDriver by = driver(backups, timed, TestConfig.of(settings));
      backup = UUID.randomUUID();
      long begin = System.nanoTime();
      BackupResult result = create(by, volume, "", new Progress());
      long whole = System.nanoTime() - begin;
      assertThat(result.files()).isEqualTo(count);
      report.append(
          String.format(
              "%s, %,d files: snapshot %d ms, whole creation %d ms%n",
              kind(), count, timed.snapshot.toMillis(), Duration.ofNanos(whole).toMillis()));
    }
    System.out.print(report);
  }

  private static final class TimedCommands implements Commands {
    private final HostCommands host = new HostCommands();
    private Duration snapshot = Duration.ZERO;

    @Override
    public Output run(Duration timeout, Runnable alive, Runnable check, List<String> command)
        throws IOException {
      long begin = System.nanoTime();
      Output output = host.run(timeout, alive, check, command);
      if (command.contains("snapshot") && !command.contains("list")) {
        snapshot = Duration.ofNanos(System.nanoTime() - begin);
      }
      return output;
    }

    @Override
    public void launch(List<String> command) throws IOException {
      host.launch(command);
    }

    @Override
    public boolean exists(String program) {
      return host.exists(program);
    }
  }
}
