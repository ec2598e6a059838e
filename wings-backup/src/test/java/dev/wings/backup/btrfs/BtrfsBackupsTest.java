package dev.wings.backup.btrfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.testing.Snapshots;
import dev.wings.backup.testing.StubProgram;
import dev.wings.backup.tree.SnapshotRecords;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.host.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The driver beside a `btrfs` that keeps snapshots as copies.
@Timeout(60)
class BtrfsBackupsTest {
  private static final UUID SERVER = UUID.fromString("11111111-2222-4333-8444-555555555555");
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000001");
  private static final String SCRIPT =
      """
      last() { for each; do :; done; echo "$each"; }
      what=$(last "$@")
      if [ -e "$STATE/refuse-$2" ]; then refuse "$(cat "$STATE/refuse-$2")"; fi
      case "$1 $2" in
        "subvolume snapshot") cp -a "$(cat "$STATE/volume")" "$what";;
        "subvolume show") cat "$STATE/show";;
        "subvolume delete") rm -r "$what";;
        "inspect-internal rootid") echo 300;;
        "qgroup show") printf 'Qgroupid Referenced Exclusive Path\\n0/5 1 1 <toplevel>\\n';;
      esac
      """;
  private static final String SHOW =
      """
      backups/btrfs/x/subvolume
      \tName: \t\t\tsubvolume
      \tUUID: \t\t\t5f6a7b8c-0000-4000-8000-00000000abcd
      \tParent UUID: \t\t11111111-0000-4000-8000-000000000001
      \tReceived UUID: \t\t-
      \tCreation time: \t\t2026-08-01 10:00:00 +0000
      \tSubvolume ID: \t\t300
      \tGeneration: \t\t42
      \tGen at creation: \t41
      \tSend transid: \t\t0
      """;

  @TempDir private Path host;
  private StubProgram btrfs;
  private Path volume;
  private Path backups;
  private BtrfsBackups driver;

  /// Takes every directory for a subvolume.
  private static final class AnyPlace extends BtrfsPlace {
    @Override
    void require(UUID server, Path volume, Path backups) {}

    @Override
    boolean isSubvolume(Path directory) {
      return Files.isDirectory(directory);
    }
  }

  @BeforeEach
  void prepare() throws IOException {
    volume = Files.createDirectories(host.resolve("volumes/" + SERVER));
    backups = host.resolve("backups");
    btrfs = new StubProgram(Files.createDirectory(host.resolve("stub")), "btrfs", SCRIPT);
    btrfs.state("volume", volume.toString());
    btrfs.state("show", SHOW);
    Files.writeString(volume.resolve("level.dat"), "level");
    driver = newDriver(true);
  }

  private BtrfsBackups newDriver(boolean readOnly) {
    return new BtrfsBackups(
        backups,
        new AnyPlace(),
        btrfs.commands(),
        new ArchiveWriter(16 << 20, new Random(1)),
        LiveConfig.fixed(TestConfig.of(Map.of("system.backups.btrfs.createReadOnly", readOnly))));
  }

  private BackupResult create() throws IOException {
    return Snapshots.create(driver, BACKUP, SERVER, volume, "", new Progress());
  }

  private Path snapshot() {
    return backups.resolve("btrfs/" + BACKUP + "/subvolume");
  }

  @Test
  void theCommandsAreThoseOfTheDocument() throws IOException {
    BackupResult result = create();

    assertThat(result.checksum()).isEqualTo("42-5f6a7b8c-0000-4000-8000-00000000abcd");
    assertThat(btrfs.calls())
        .containsExactly(
            "C subvolume snapshot -r " + volume + " " + snapshot(),
            "C subvolume show " + snapshot());
  }

  @Test
  void aWritableSnapshotIsMadeWhenAskedFor() throws IOException {
    driver = newDriver(false);
    create();

    assertThat(btrfs.calls()).startsWith("C subvolume snapshot " + volume + " " + snapshot());
  }

  @Test
  void aBackupIsOneEvenIfItsIdentityIsUnknown() throws IOException {
    btrfs.state("refuse-show", "ERROR: not now");

    assertThat(create().checksum()).isEqualTo("0-00000000-0000-0000-0000-000000000000");

    Files.delete(btrfs.state("refuse-show"));
    driver
        .find(BACKUP)
        .orElseThrow()
        .check(Optional.of("0-00000000-0000-0000-0000-000000000000"), new Progress());
  }

  @Test
  void aRefusedSnapshotIsNoBackupAndSaysWhy() throws IOException {
    btrfs.state("refuse-snapshot", "ERROR: Not a Btrfs subvolume: Invalid argument");

    assertThatThrownBy(this::create)
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("Not a Btrfs subvolume");

    assertThat(driver.find(BACKUP)).isEmpty();
    driver.discard(BACKUP);
    assertThat(backups.resolve("btrfs")).isEmptyDirectory();
  }

  @Test
  void theQuotaGroupIsDestroyedAfterTheSnapshot() throws IOException {
    create();
    btrfs.forgetCalls();

    driver.find(BACKUP).orElseThrow().delete(new Progress());

    assertThat(btrfs.calls())
        .containsExactly(
            "C inspect-internal rootid " + snapshot(),
            "C subvolume delete --commit-after " + snapshot(),
            "C qgroup destroy 0/300 " + snapshot().getParent());
    assertThat(backups.resolve("btrfs")).isEmptyDirectory();
  }

  @Test
  void aQuotaGroupThatIsInUseIsTriedAgainLater() throws IOException {
    create();
    btrfs.state("refuse-destroy", "ERROR: unable to destroy quota group: Device or resource busy");
    driver.find(BACKUP).orElseThrow().delete(new Progress());
    create();
    Files.delete(btrfs.state("refuse-destroy"));
    btrfs.forgetCalls();

    driver.find(BACKUP).orElseThrow().delete(new Progress());

    assertThat(btrfs.calls()).filteredOn(call -> call.contains("qgroup destroy")).hasSize(1);
    btrfs.forgetCalls();
    create();
    driver.find(BACKUP).orElseThrow().delete(new Progress());
    assertThat(btrfs.calls()).filteredOn(call -> call.contains("qgroup destroy")).hasSize(1);
  }

  @Test
  void aDeletionThatFailsLeavesTheBackup() throws IOException {
    create();
    StoredBackup stored = driver.find(BACKUP).orElseThrow();
    btrfs.state("refuse-delete", "ERROR: cannot delete: Operation not permitted");

    assertThatThrownBy(() -> stored.delete(new Progress()))
        .hasMessageContaining("Operation not permitted");

    assertThat(driver.find(BACKUP)).isPresent();
  }

  @Proves("BK-01")
  @Test
  void onlyCanonicalIdsAreBackups() throws IOException {
    create();
    for (String name :
        List.of(BACKUP.toString().toUpperCase(java.util.Locale.ROOT), "1-2-3-4-5", "lost+found")) {
      Files.createDirectory(backups.resolve("btrfs").resolve(name));
    }

    assertThat(new SnapshotRecords(backups.resolve("btrfs")).all()).containsExactly(BACKUP);
    for (String path :
        List.of("", ".", "..", "../" + BACKUP, BACKUP + "/..", "/" + BACKUP, BACKUP + "\0")) {
      assertThat(SnapshotRecords.canonical(path)).as(path).isEmpty();
    }
    driver.recover();
    try (var left = Files.list(backups.resolve("btrfs"))) {
      assertThat(left).hasSize(4);
    }
  }
}
