package dev.wings.backup.btrfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.testing.ExactTrees;
import dev.wings.backup.testing.SnapshotContract;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.LoopFileSystem;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.HostCommands;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BtrfsBackupsIT extends SnapshotContract {
  @Override
  protected LoopFileSystem makeFileSystem() throws Exception {
    LoopFileSystem.need("btrfs");
    return LoopFileSystem.make(2048, "loop,commit=1", "mkfs.btrfs", "-q", "-f");
  }

  @Override
  protected String kind() {
    return "btrfs";
  }

  @Override
  protected void makeVolume(UUID server, Path volume) throws Exception {
    LoopFileSystem.run(List.of("btrfs", "subvolume", "create", volume.toString()));
    LoopFileSystem.run(List.of("btrfs", "quota", "enable", volume.toString()));
    LoopFileSystem.run(List.of("btrfs", "qgroup", "limit", "1G", volume.toString()));
  }

  @Override
  protected void removeVolume(UUID server, Path volume) throws Exception {
    LoopFileSystem.run(List.of("btrfs", "subvolume", "delete", volume.toString()));
  }

  @Override
  protected String traces(UUID backup) throws Exception {
    return LoopFileSystem.run(List.of("btrfs", "subvolume", "list", data.toString()))
        .lines()
        .filter(line -> line.contains(backup.toString()))
        .findFirst()
        .orElse("");
  }

  @Override
  protected BackupDriver driver(Path backups, Commands commands, WingsConfig config) {
    return new BtrfsBackups(backups, commands, archives(), () -> config);
  }

  private Path snapshot() {
    return backups.resolve("btrfs/" + backup + "/subvolume");
  }

  private String property(Path subvolume) throws Exception {
    return LoopFileSystem.run(List.of("btrfs", "property", "get", subvolume.toString(), "ro"))
        .strip();
  }

  @Test
  void theChecksumNamesTheSnapshot() throws Exception {
    BackupResult result = create("");

    String shown = LoopFileSystem.run(List.of("btrfs", "subvolume", "show", snapshot().toString()));
    String[] parts = result.checksum().split("-", 2);
    assertThat(result.checksumType()).isEqualTo("btrfs-subvolume");
    assertThat(shown.lines().map(String::strip))
        .anyMatch(line -> line.matches("UUID:\\s+" + parts[1]))
        .anyMatch(line -> line.matches("Generation:\\s+" + parts[0]));
    assertThat(property(snapshot())).isEqualTo("ro=true");
    assertThat(found().adapter()).isEqualTo(BackupAdapter.BTRFS);
  }

  @Test
  void aWritableSnapshotIsMadeAndDeletedWhenAskedFor() throws Exception {
    settings.put("system.backups.btrfs.createReadOnly", false);
    driver = newDriver();
    create("");
    assertThat(property(snapshot())).isEqualTo("ro=false");

    found().delete(new Progress());

    assertThat(traces(backup)).isEmpty();
  }

  @Test
  void aBackupDirectoryElsewhereIsRefusedBeforeAnythingIsDone() throws Exception {
    Path elsewhere = Files.createTempDirectory("wings-elsewhere");
    BackupDriver lost =
        driver(elsewhere.resolve("backups"), new HostCommands(), TestConfig.of(settings));

    assertThatThrownBy(() -> create(lost, volume, "", new Progress()))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("system.backup_directory on the same Btrfs file system");

    assertThat(elsewhere).isEmptyDirectory();
    Files.delete(elsewhere);
  }

  @Test
  void theQuotaGroupGoesWithTheSnapshot() throws Exception {
    create("");
    String id =
        LoopFileSystem.run(List.of("btrfs", "inspect-internal", "rootid", snapshot().toString()))
            .strip();
    assertThat(groups()).contains("0/" + id);

    found().delete(new Progress());
    LoopFileSystem.run(List.of("btrfs", "subvolume", "sync", backups.toString()));
    newDriver().recover(); // a node without other backups has nothing to look at
    backup = UUID.randomUUID();
    create("");
    newDriver().recover();

    assertThat(groups()).doesNotContain("0/" + id);
  }

  private List<String> groups() throws Exception {
    return LoopFileSystem.run(List.of("btrfs", "qgroup", "show", data.toString()))
        .lines()
        .map(line -> line.strip().split("\\s+")[0])
        .toList();
  }

  @Test
  void whatWasBeingSentIsRemovedAtTheNextStart() throws Exception {
    create("");
    Path sending = Files.createDirectory(snapshot().resolveSibling(".send-" + UUID.randomUUID()));
    LoopFileSystem.run(
        List.of(
            "btrfs",
            "subvolume",
            "snapshot",
            "-r",
            snapshot().toString(),
            sending.resolve("subvolume").toString()));

    newDriver().recover();

    assertThat(sending).doesNotExist();
    assertThat(driver.find(backup)).isPresent();
  }

  @Test
  void aBackupOfAnotherDaemonIsFoundAndOneWithoutItsSnapshotIsNot() throws Exception {
    Path directory = Files.createDirectories(backups.resolve("btrfs/" + backup));
    LoopFileSystem.run(
        List.of(
            "btrfs",
            "subvolume",
            "snapshot",
            "-r",
            volume.toString(),
            directory.resolve("subvolume").toString()));
    Files.writeString(directory.resolve("ignored"), "*.log\n");
    driver.recover();
    assertThat(ExactTrees.look(restore(found()))).doesNotContainKey("server.log");

    LoopFileSystem.run(
        List.of("btrfs", "subvolume", "delete", directory.resolve("subvolume").toString()));

    assertThat(driver.find(backup)).isEmpty();
    driver.recover();
    assertThat(directory).doesNotExist();
  }

  @Test
  void subvolumesThatAGameMadeAreNotInTheBackup() throws Exception {
    Path nested = volume.resolve("nested");
    LoopFileSystem.run(List.of("btrfs", "subvolume", "create", nested.toString()));
    Files.writeString(nested.resolve("file"), "content");
    create("");
    try {
      Path restored = restore(found());
      assertThat(restored.resolve("nested")).isEmptyDirectory();
    } finally {
      LoopFileSystem.run(List.of("btrfs", "subvolume", "delete", nested.toString()));
    }
  }

  @Test
  void aRestoreSharesTheBlocksOfTheSnapshot() throws Exception {
    byte[] noise = new byte[200 << 20];
    new Random(3).nextBytes(noise);
    Files.write(volume.resolve("large"), noise);
    create("");
    LoopFileSystem.run(List.of("sync"));
    long before = used();

    Path restored = restore(found());

    LoopFileSystem.run(List.of("sync"));
    assertThat(restored.resolve("large")).hasBinaryContent(noise);
    assertThat(used() - before).isLessThan(50L << 20);
  }

  private long used() throws Exception {
    return LoopFileSystem.run(List.of("btrfs", "filesystem", "usage", "-b", data.toString()))
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith("Used:"))
        .map(line -> Long.parseLong(line.replaceAll("\\D+", "")))
        .findFirst()
        .orElseThrow();
  }

  /// The content is exchanged on the disk itself, as a medium that rots does.
  @SuppressWarnings("try") // nobody interrupts a test
  @Test
  void whatHasRottedIsFoundAndNamed() throws Exception {
    LoopFileSystem.need("mkfs.btrfs", "btrfs", "umount");
    byte[] noise = new byte[1 << 20];
    new Random(5).nextBytes(noise);
    try (LoopFileSystem other =
        LoopFileSystem.make(256, "loop", "mkfs.btrfs", "-q", "-f", "-m", "single")) {
      Path files = other.mount().resolve("files");
      LoopFileSystem.run(List.of("btrfs", "subvolume", "create", files.toString()));
      Files.write(files.resolve("rotten"), noise);
      Files.writeString(files.resolve("fresh"), "fresh");
      BackupDriver by =
          driver(other.mount().resolve("b"), new HostCommands(), TestConfig.of(settings));
      create(by, files, "", new Progress());
      LoopFileSystem.run(List.of("sync"));
      rot(other.mount().resolveSibling("image"), noise);
      LoopFileSystem.run(List.of("sh", "-c", "echo 3 > /proc/sys/vm/drop_caches"));

      var verification = by.find(backup).orElseThrow().verify(Optional.empty(), new Progress());

      assertThat(verification.faults()).hasSize(1).first().asString().startsWith("rotten: ");
      assertThat(verification.files()).isEqualTo(1);
    }
  }

  private static void rot(Path image, byte[] content) throws Exception {
    byte[] disk = Files.readAllBytes(image);
    int block = 512 << 10;
    ByteBuffer wanted = ByteBuffer.wrap(content, block, 4096).slice();
    int at = 0;
    while (!ByteBuffer.wrap(disk, at, 4096).slice().equals(wanted)) {
      at += 4096;
    }
    String device =
        LoopFileSystem.run(List.of("losetup", "-n", "-O", "NAME", "-j", image.toString())).strip();
    try (FileChannel channel = FileChannel.open(Path.of(device), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap("rot".getBytes(StandardCharsets.US_ASCII)), at);
      channel.force(true);
    }
  }

  @Test
  void timesDoNotDependOnTheNumberOfFiles() throws Exception {
    printTimes(1_000, 100_000);
  }
}
