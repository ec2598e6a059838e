package dev.wings.backup.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.testing.ExactTrees;
import dev.wings.backup.testing.Snapshots;
import dev.wings.backup.testing.StubProgram;
import dev.wings.backup.transfer.Pace;
import dev.wings.backup.tree.SnapshotRecords;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.host.CommandException;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The driver beside a `zfs` that keeps snapshots as copies.
@Timeout(60)
class ZfsBackupsTest {
  private static final UUID SERVER = UUID.fromString("11111111-2222-4333-8444-555555555555");
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000001");

  /// The pool is called as if it were a server.
  private static final String DATASET = "server-pool/server-" + SERVER;

  private static final String SCRIPT =
      """
      last() { for each; do :; done; echo "$each"; }
      what=$(last "$@")
      file="$STATE/datasets/$(echo "$what" | tr / _)"
      copy="$STATE/snapshots/$(echo "$what" | tr / _)"
      case "$1 $*" in
        list*snapshot*) [ -d "$copy" ] || refuse "cannot open '$what': dataset does not exist"
          echo "$what";;
        list*filesystem*) cat "$STATE"/datasets/*;;
        list*) [ -e "$file" ] || refuse "cannot open '$what': dataset does not exist"
          cat "$file";;
        snapshot*) cp -a "$(cat "$STATE/volume")" "$copy";;
        clone*)
          place=$(echo "$*" | sed 's/.*mountpoint=\\([^ ]*\\) .*/\\1/')
          from=$(echo "$*" | awk '{print $(NF-1)}' | tr / _)
          cp -a "$STATE/snapshots/$from" "$place"
          printf '%s\\t%s\\n' "$what" "$place" > "$file";;
        destroy*-d*) rm -r "$copy";;
        destroy*)
          if [ -e "$STATE/refusal" ]; then refuse "$(cat "$STATE/refusal")"; fi
          busy=$(cat "$STATE/busy" 2>/dev/null || echo 0)
          if [ "$busy" -gt 0 ]; then
            echo $((busy - 1)) > "$STATE/busy"
            refuse "cannot destroy '$what': dataset is busy"
          fi
          if [ -e "$file" ]; then rm -r "$(cut -f2 "$file")"; rm "$file"; exit 0; fi
          [ -d "$copy" ] || refuse "could not find any snapshots to destroy; check names."
          rm -r "$copy";;
      esac
      """;

  @TempDir private Path host;
  private StubProgram zfs;
  private Path volume;
  private Path backups;
  private ZfsBackups driver;
  private final List<Duration> pauses = new ArrayList<>();

  @BeforeEach
  void prepare() throws IOException {
    volume = Files.createDirectories(host.resolve("volumes/" + SERVER));
    backups = host.resolve("backups");
    zfs = new StubProgram(Files.createDirectory(host.resolve("stub")), "zfs", SCRIPT);
    Files.createDirectory(zfs.state("snapshots"));
    Files.createDirectory(zfs.state("datasets"));
    zfs.state("volume", volume.toString());
    dataset(volume.toString(), DATASET, volume.toString());
    dataset(DATASET, DATASET, volume.toString());
    dataset("server-pool", "server-pool", "/server-pool");
    Files.writeString(volume.resolve("level.dat"), "level");
    Files.writeString(volume.resolve("server.log"), "log");
    Files.createSymbolicLink(volume.resolve("link"), Path.of("/etc/hostname"));
    driver = newDriver();
  }

  private void dataset(String asked, String name, String mountpoint) throws IOException {
    zfs.state("datasets/" + asked.replace('/', '_'), name + "\t" + mountpoint + "\n");
  }

  private ZfsBackups newDriver() {
    return new ZfsBackups(
        backups,
        zfs.commands(),
        new ArchiveWriter(16 << 20, new Random(1)),
        LiveConfig.fixed(TestConfig.of(Map.of("system.backups.zfs.restoreThreads", 2))),
        pauses::add);
  }

  private BackupResult create() throws IOException {
    return Snapshots.create(driver, BACKUP, SERVER, volume, "*.log\n", new Progress());
  }

  private StoredBackup found() throws IOException {
    return newDriver().find(BACKUP).orElseThrow();
  }

  private Path record() {
    return backups.resolve("zfs/" + BACKUP);
  }

  @Test
  void theCommandsAreThoseOfTheDocument() throws IOException {
    BackupResult result = create();

    assertThat(result.checksum()).isEqualTo(DATASET);
    assertThat(result.files()).isEqualTo(2);
    assertThat(zfs.calls())
        .startsWith("C list -o name,mountpoint -H " + volume)
        .contains("C snapshot " + DATASET + "@backup-" + BACKUP);
    assertThat(record().resolve("dataset")).hasContent(DATASET);
    assertThat(Files.readString(record().resolve("dataset"))).doesNotEndWith("\n");
    assertThat(record().resolve("ignored")).hasContent("*.log\n");
    assertThat(record().resolve("pending")).doesNotExist();
    assertThat(Files.getPosixFilePermissions(record())).hasSize(3);
  }

  @Test
  void onlyTheLastPartOfTheNameTellsTheServer() throws IOException {
    create();

    assertThat(found().server()).contains(SERVER);
  }

  @Test
  void aCloneIsReadAndRemovedWhereSnapshotsAreNotShown() throws IOException {
    create();
    Files.writeString(volume.resolve("level.dat"), "changed");
    Path into = Files.createDirectory(host.resolve("into"));
    zfs.forgetCalls();

    try (Sandbox sandbox = Sandbox.open(into)) {
      found()
          .restore(
              new Restoration(
                  SERVER,
                  sandbox.getPath("/"),
                  into.toString(),
                  PathFilter.NONE,
                  Optional.empty(),
                  Pace.free(),
                  new Progress(),
                  _ -> {},
                  trouble -> {
                    throw new AssertionError(trouble);
                  }));
    }

    assertThat(ExactTrees.look(into)).containsOnlyKeys("level.dat", "link");
    assertThat(into.resolve("level.dat")).hasContent("level");
    String clone = "server-pool/wings-view-" + BACKUP;
    assertThat(zfs.calls())
        .contains(
            "C clone -o readonly=on -o mountpoint=%s/view %s@backup-%s %s"
                .formatted(record(), DATASET, BACKUP, clone))
        .last()
        .isEqualTo("C destroy -f " + clone);
  }

  @Test
  void aBusySnapshotIsTriedAgainAfterGrowingPauses() throws IOException {
    create();
    zfs.state("busy", "3");

    found().delete(new Progress());

    assertThat(pauses).extracting(Duration::toMillis).containsExactly(100L, 200L, 400L);
    assertThat(driver.find(BACKUP)).isEmpty();
    assertThat(record()).doesNotExist();
  }

  @Test
  void aSnapshotThatStaysBusyIsLeftToItsLastUser() throws IOException {
    create();
    zfs.state("busy", "100");

    found().delete(new Progress());

    assertThat(pauses)
        .extracting(Duration::toMillis)
        .containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L);
    assertThat(zfs.calls()).last().isEqualTo("C destroy -d " + DATASET + "@backup-" + BACKUP);
    assertThat(driver.find(BACKUP)).isEmpty();
    assertThat(record()).doesNotExist();
  }

  @Test
  void aSnapshotThatIsGoneIsDeleted() throws IOException {
    for (String text :
        List.of("could not find any snapshots to destroy", "dataset does not exist")) {
      create();
      StoredBackup stored = found();
      zfs.state("refusal", text);

      stored.delete(new Progress());

      assertThat(record()).as(text).doesNotExist();
      Files.delete(zfs.state("refusal"));
      SnapshotRecords.removeTree(zfs.state("snapshots"));
      Files.createDirectory(zfs.state("snapshots"));
    }
  }

  @Test
  void aDeletionThatFailsLeavesTheBackupAndSaysWhy() throws IOException {
    create();
    StoredBackup stored = found();
    zfs.state("refusal", "permission denied");

    assertThatThrownBy(() -> stored.delete(new Progress()))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("permission denied");

    assertThat(driver.find(BACKUP)).isPresent();
    Files.delete(zfs.state("refusal"));
    stored.delete(new Progress());
    assertThat(driver.find(BACKUP)).isEmpty();
  }

  @Test
  void waitingForABusySnapshotCanBeCancelled() throws IOException {
    create();
    zfs.state("busy", "100");
    Progress progress = new Progress();
    ZfsBackups impatient =
        new ZfsBackups(
            backups,
            zfs.commands(),
            new ArchiveWriter(16 << 20, new Random(1)),
            LiveConfig.fixed(TestConfig.of(Map.of())),
            _ -> progress.cancel());

    assertThatThrownBy(() -> impatient.find(BACKUP).orElseThrow().delete(progress))
        .isInstanceOf(OperationAbortedException.class);
    assertThat(driver.find(BACKUP)).isPresent();
  }

  @Test
  void aMissingPoolIsNoMissingBackup() throws IOException {
    create();
    Files.delete(zfs.state("datasets/server-pool"));
    Files.move(zfs.state("snapshots"), zfs.state("exported"));
    Files.createDirectory(zfs.state("snapshots"));

    assertThatThrownBy(() -> driver.find(BACKUP)).hasMessageContaining("imported");
    driver.recover();

    assertThat(record().resolve("dataset")).exists();
  }

  @Test
  void aDirectoryOfTheDatasetAboveIsRefused() throws IOException {
    dataset(volume.toString(), "server-pool", host.resolve("volumes").toString());

    assertThatThrownBy(this::create)
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("migrate-disk-limiter --mode zfs --server " + SERVER);
    assertThat(backups).doesNotExist();
  }

  @Test
  void anotherDatasetThanTheCatalogSaysIsNoticed() throws IOException {
    create();

    assertThatThrownBy(() -> found().check(Optional.of("tank/server-x"), new Progress()))
        .isInstanceOf(DamagedBackupException.class);
    assertThat(found().verify(Optional.of("tank/server-x"), new Progress()).faults()).hasSize(1);
    assertThat(found().verify(Optional.of(DATASET), new Progress()).files()).isEqualTo(2);
  }

  @Test
  void whatWasWrittenDownIsNeverAnOption() throws IOException {
    Files.createDirectories(record());
    Files.writeString(record().resolve("dataset"), "-r server-pool");

    assertThat(driver.find(BACKUP)).isEmpty();
    assertThat(zfs.calls()).isEmpty();
  }

  @Test
  void aMissingProgramFailsTheCreationBeforeAnythingIsDone() throws IOException {
    Files.delete(zfs.state("zfs"));
    ZfsBackups without =
        new ZfsBackups(
            backups,
            new dev.wings.fs.host.HostCommands(zfs.state("").toString()),
            new ArchiveWriter(16 << 20, new Random(1)),
            LiveConfig.fixed(TestConfig.of(Map.of())));

    assertThatThrownBy(() -> Snapshots.create(without, BACKUP, SERVER, volume, "", new Progress()))
        .hasMessageContaining("'zfs'");
    assertThat(backups).doesNotExist();
  }
}
