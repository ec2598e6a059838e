package dev.wings.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.GatedDriver;
import dev.wings.backup.testing.RecordedReports.Created;
import dev.wings.backup.testing.RecordedReports.Deleted;
import dev.wings.backup.testing.RecordedReports.Restored;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.ServerLock;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import dev.wings.fs.archive.ArchiveFormat;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every state of a backup against everything that can be asked of it.
@Timeout(60)
class BackupStatesTest {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000005");
  private static final BackupAdapter KIND = BackupAdapter.BTRFS;

  @TempDir private Path host;
  private BackupWorld world;
  private GatedDriver driver;
  private FakeServer server;
  private FakeServer other;

  @BeforeEach
  void setUp() throws IOException {
    world = new BackupWorld(host);
    driver = new GatedDriver(KIND);
    world.drive(driver);
    server = world.server("alpha");
    other = world.server("beta");
  }

  @AfterEach
  void tearDown() {
    driver.open();
    world.close();
  }

  private BackupTask create() {
    return create(server, BACKUP);
  }

  private BackupTask create(FakeServer of, UUID backup) {
    BackupTask task = world.service().create(of, backup, KIND, "");
    task.begin();
    return task;
  }

  private BackupTask restore() {
    BackupTask task =
        world.service().restore(server, BACKUP, KIND, /* truncate= */ false, Optional.empty());
    task.begin();
    return task;
  }

  private BackupTask delete() {
    BackupTask task = world.service().delete(BACKUP, KIND, Optional.of(server));
    task.begin();
    return task;
  }

  private void inside(int calls) {
    await().until(() -> driver.running() == calls);
  }

  private static void refused(ErrorKind kind, Callable<?> call) {
    assertThatThrownBy(call::call)
        .isInstanceOfSatisfying(
            WingsException.class, refused -> assertThat(refused.kind()).isEqualTo(kind));
  }

  // BK-05

  @Test
  @Proves("BK-05")
  void creationIsCancelledByDeletionAndLeavesNothing() throws Exception {
    driver.shut();
    BackupTask creation = create();
    inside(1);
    refused(ErrorKind.CONFLICT, this::create);
    refused(ErrorKind.NOT_FOUND, this::restore);

    BackupTask deletion = delete();

    assertThat(creation.await()).isFalse();
    driver.open();
    assertThat(deletion.await()).isTrue();
    assertThat(driver.parts()).isEmpty();
    assertThat(world.service().catalog()).isEmpty();
    assertThat(world.reports().all())
        .containsExactly(
            new Created(server.id(), BACKUP, false, BackupResult.FAILED),
            new Deleted(BACKUP, true));
    refused(ErrorKind.NOT_FOUND, this::delete);
  }

  @Test
  @Proves("BK-05")
  void creationThatNobodyHasBegunIsEndedByDeletion() throws Exception {
    world.service().create(server, BACKUP, KIND, "");

    assertThat(delete().await()).isTrue();

    assertThat(driver.whole()).isEmpty();
    assertThat(world.service().catalog()).isEmpty();
  }

  @Test
  @Proves("BK-05")
  void creationThatWaitsForItsTurnIsCancelled() throws Exception {
    world.configure("maxConcurrent", 1);
    driver.shut();
    BackupTask first = create();
    inside(1);
    BackupTask second = create(other, UUID.randomUUID());

    second.cancel();

    assertThat(second.await()).isFalse();
    assertThat(driver.parts()).containsExactly(BACKUP);
    driver.open();
    assertThat(first.await()).isTrue();
  }

  @Test
  @Proves("BK-05")
  void failedCreationCanBeMadeAgainAndIsNotFound() throws Exception {
    driver.broken(true);
    assertThat(create().await()).isFalse();
    assertThat(world.service().catalog()).hasSize(1); // what it left could not be removed
    refused(ErrorKind.NOT_FOUND, () -> world.service().find(BACKUP));
    driver.broken(false);

    assertThat(delete().await()).isTrue();

    assertThat(driver.parts()).isEmpty();
    assertThat(world.service().catalog()).isEmpty();
    assertThat(create().await()).isTrue();
  }

  @Test
  @Proves("BK-05")
  void deletionThatFailsCanBeAskedForAgain() throws Exception {
    create().await();
    driver.broken(true);
    assertThat(delete().await()).isFalse();
    assertThat(world.reports().all()).contains(new Deleted(BACKUP, false));
    assertThat(world.service().find(BACKUP).id()).isEqualTo(BACKUP);
    driver.broken(false);

    assertThat(delete().await()).isTrue();

    assertThat(driver.whole()).isEmpty();
    assertThat(world.reports().all()).contains(new Deleted(BACKUP, true));
  }

  @Test
  @Proves("BK-05")
  void deletionWaitsForTheRestoreThatReadsTheBackup() throws Exception {
    create().await();
    driver.shut();
    BackupTask restore = restore();
    inside(1);
    refused(ErrorKind.CONFLICT, this::restore);
    refused(ErrorKind.CONFLICT, this::create);
    BackupTask deletion = delete();
    driver.open();

    assertThat(restore.await()).isTrue();
    assertThat(deletion.await()).isTrue();
    assertThat(world.files(server).resolve("restored")).exists();
  }

  @Test
  @Proves("BK-05")
  void restoreIsCancelledAndLeavesTheFilesAsTheyWere() throws Exception {
    Files.writeString(world.files(server).resolve("file"), "old");
    create().await();
    driver.shut();
    BackupTask restore = restore();
    inside(1);

    restore.cancel();

    assertThat(restore.await()).isFalse();
    assertThat(server.lock()).isEmpty();
    try (var files = Files.list(world.files(server))) {
      assertThat(files).containsExactly(world.files(server).resolve("file"));
    }
    assertThat(world.reports().all()).contains(new Restored(server.id(), BACKUP, false));
    assertThat(world.events()).contains(new ServerEvent.RestoreCompleted(false));
  }

  @Test
  void serverThatIsDeletedEndsItsTasks() throws Exception {
    driver.shut();
    BackupTask creation = create();
    inside(1);
    world.servers().delete(server.id());
    server.events().publish(new ServerEvent.Deleted());

    assertThat(creation.await()).isFalse();
    assertThat(driver.parts()).isEmpty();
    BackupTask late = world.service().create(server, UUID.randomUUID(), KIND, "");
    late.begin();
    assertThat(late.await()).isFalse();
  }

  @Test
  void restoreOfALockedServerIsReportedAsFailed() throws Exception {
    create().await();
    server.becomeLocked(ServerLock.INSTALLING);

    assertThat(restore().await()).isFalse();

    assertThat(world.reports().all()).contains(new Restored(server.id(), BACKUP, false));
    assertThat(world.events()).doesNotContain(new ServerEvent.RestoreStarted());
    assertThat(server.lock()).contains(ServerLock.INSTALLING);
  }

  @Test
  void serverThatCannotBeStoppedKeepsItsFiles() throws Exception {
    create().await();
    server.willFail(WingsException.impossible("does not stop"));

    assertThat(restore().await()).isFalse();

    assertThat(world.files(server)).isEmptyDirectory();
    assertThat(server.lock()).isEmpty();
    assertThat(world.events()).doesNotContain(new ServerEvent.RestoreStarted());
  }

  @Test
  void eventWaitsForThePanelToKnow() throws Exception {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    world.reports().willAnswer(answer);
    create().await();
    ServerEvent completed =
        new ServerEvent.BackupCompleted(
            BACKUP, true, new BackupResult("fake", "sum", 1 << 20, 1, false, false, List.of()));
    assertThat(world.events()).doesNotContain(completed);

    answer.complete(null);

    assertThat(world.events()).contains(completed);
  }

  @Test
  void s3NeedsAnAddressToRestoreFrom() {
    refused(
        ErrorKind.INVALID,
        () ->
            world
                .service()
                .restore(server, BACKUP, BackupAdapter.S3, false, Optional.<URI>empty()));
  }

  // BK-02

  @Test
  @Proves("BK-02")
  void backupsOfOneServerDoNotExistForAnother() throws Exception {
    create().await();

    refused(ErrorKind.NOT_FOUND, () -> world.service().find(other, BACKUP));
    refused(ErrorKind.NOT_FOUND, () -> world.service().deleteOf(other, BACKUP));
    refused(
        ErrorKind.NOT_FOUND,
        () -> world.service().restore(other, BACKUP, KIND, false, Optional.empty()));
    refused(
        ErrorKind.NOT_FOUND,
        () -> world.service().download(Optional.of(other), BACKUP, ArchiveFormat.TAR));
    assertThat(world.service().views().open(other.id(), BACKUP)).isEmpty();
    assertThat(world.service().find(server, BACKUP).id()).isEqualTo(BACKUP);
    assertThat(world.service().download(Optional.empty(), BACKUP, ArchiveFormat.TAR)).isNotNull();
    assertThat(driver.whole()).containsExactly(BACKUP);
  }

  @Test
  @Proves("BK-02")
  void onlyThePanelGivesABackupToAnotherServer() throws Exception {
    create().await();
    refused(ErrorKind.NOT_FOUND, () -> world.service().find(other, BACKUP));

    other.sync(BackupWorld.with(other.definition(), List.of(BACKUP), List.of(), 0));

    assertThat(world.service().find(other, BACKUP).id()).isEqualTo(BACKUP);
  }

  @Test
  @Proves("BK-02")
  void backupOfAnEarlierDaemonBelongsToWhomItsDriverOrThePanelNames() {
    driver.keep(BACKUP, server.id());
    refused(ErrorKind.NOT_FOUND, () -> world.service().find(other, BACKUP));
    assertThat(world.service().find(server, BACKUP).id()).isEqualTo(BACKUP);

    UUID listed = UUID.randomUUID();
    driver.keep(listed, UUID.randomUUID());
    refused(ErrorKind.NOT_FOUND, () -> world.service().find(other, listed));
    other.sync(BackupWorld.with(other.definition(), List.of(listed), List.of(), 0));
    assertThat(world.service().find(other, listed).id()).isEqualTo(listed);
    refused(ErrorKind.CONFLICT, this::create);
  }

  // BK-08

  @Test
  @Proves("BK-08")
  void fiftyCallsAtTheSameTimeMakeAsManyAsAreAllowed() throws Exception {
    world.configure("maxPerServer", 3);
    List<Future<BackupTask>> calls = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        calls.add(callers.submit(() -> create(server, UUID.randomUUID())));
      }
    }
    int admitted = 0;
    for (Future<BackupTask> call : calls) {
      if (call.state() == Future.State.SUCCESS) {
        assertThat(call.resultNow().await()).isTrue();
        admitted++;
      } else {
        assertThat(call.exceptionNow())
            .isInstanceOfSatisfying(
                WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.LIMIT));
      }
    }
    assertThat(admitted).isEqualTo(3);
    assertThat(driver.whole()).hasSize(3);
    assertThat(create(other, UUID.randomUUID()).await()).isTrue();
  }

  @Test
  @Proves("BK-08")
  void bytesOfAServersBackupsAreBounded() throws Exception {
    world.configure("maxSizePerServer", 2L);
    create(server, UUID.randomUUID()).await();
    create(server, UUID.randomUUID()).await();

    refused(ErrorKind.LIMIT, this::create);
  }

  @Test
  @Proves("BK-07")
  void onlySoManyWorkAtATime() throws Exception {
    world.configure("maxConcurrent", 2);
    world.configure("maxConcurrentPerServer", 1);
    driver.shut();
    List<BackupTask> tasks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      tasks.add(create(server, UUID.randomUUID()));
    }
    inside(1); // the others wait for their own server and let another pass
    for (int i = 0; i < 5; i++) {
      tasks.add(create(other, UUID.randomUUID()));
    }
    inside(2);
    driver.open();

    for (BackupTask task : tasks) {
      assertThat(task.await()).isTrue();
    }
    assertThat(driver.mostRunning()).isEqualTo(2);
  }
}
