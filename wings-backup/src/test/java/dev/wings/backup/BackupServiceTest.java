package dev.wings.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.RecordedReports.Created;
import dev.wings.backup.testing.RecordedReports.Deleted;
import dev.wings.backup.testing.RecordedReports.Restored;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.testing.FakeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BackupServiceTest {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000001");

  @TempDir private Path host;
  private BackupWorld world;
  private FakeServer server;
  private Path files;

  @BeforeEach
  void setUp() throws IOException {
    world = new BackupWorld(host);
    server = world.server("alpha");
    files = world.files(server);
    Files.createDirectory(files.resolve("world"));
    Files.writeString(files.resolve("world/level.dat"), "level");
    Files.writeString(files.resolve("server.log"), "log");
  }

  @AfterEach
  void tearDown() {
    world.close();
  }

  private boolean create(String ignore) throws InterruptedException {
    BackupTask task = world.service().create(server, BACKUP, BackupAdapter.WINGS, ignore);
    task.begin();
    return task.await();
  }

  private boolean restore(boolean truncate) throws InterruptedException {
    BackupTask task =
        world.service().restore(server, BACKUP, BackupAdapter.WINGS, truncate, Optional.empty());
    task.begin();
    return task.await();
  }

  @Test
  void nothingHappensBeforeTheRequestWasAnswered() {
    world.service().create(server, BACKUP, BackupAdapter.WINGS, "");

    assertThat(world.reports().all()).isEmpty();
    assertThat(world.events()).isEmpty();
    assertThat(world.directory().resolve(BACKUP + ".tar.gz")).doesNotExist();
    assertThatThrownBy(() -> world.service().find(BACKUP))
        .isInstanceOf(WingsException.class)
        .hasMessage("backup not found");
  }

  @Test
  void backupIsMadeReportedAndAnnounced() throws Exception {
    assertThat(create("*.log")).isTrue();

    Created report = (Created) world.reports().all().getFirst();
    BackupResult result = report.result();
    assertThat(report.successful()).isTrue();
    assertThat(report.server()).isEqualTo(server.id());
    assertThat(result.checksumType()).isEqualTo("sha256");
    assertThat(result.files()).isEqualTo(1);
    assertThat(result.size()).isEqualTo(Files.size(world.directory().resolve(BACKUP + ".tar.gz")));
    assertThat(world.heard()).containsExactly("starting", "finished");
    assertThat(world.events().getFirst()).isEqualTo(new ServerEvent.BackupStarted(BACKUP));
    assertThat(world.events().get(1)).isInstanceOf(ServerEvent.BackupProgress.class);
    assertThat(world.events().getLast())
        .isEqualTo(new ServerEvent.BackupCompleted(BACKUP, true, result));
    assertThat(world.service().find(server, BACKUP).size().getAsLong()).isEqualTo(result.size());
  }

  @Test
  void secondBackupOfTheSameIdIsRefused() throws Exception {
    BackupTask first = world.service().create(server, BACKUP, BackupAdapter.WINGS, "");
    assertThatThrownBy(() -> create(""))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT))
        .hasMessage("backup already exists");
    first.begin();
    first.await();

    assertThatThrownBy(() -> create("")).hasMessage("backup already exists");
  }

  @Test
  void restoreWithoutTruncateKeepsWhatIsNotInTheBackup() throws Exception {
    create("");
    Files.writeString(files.resolve("world/level.dat"), "changed");
    Files.writeString(files.resolve("world/new.dat"), "new");
    Files.delete(files.resolve("server.log"));

    assertThat(restore(false)).isTrue();

    assertThat(files.resolve("world/level.dat")).hasContent("level");
    assertThat(files.resolve("world/new.dat")).hasContent("new");
    assertThat(files.resolve("server.log")).hasContent("log");
    try (var left = Files.list(files)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("world", "server.log");
    }
    assertThat(world.reports().all()).contains(new Restored(server.id(), BACKUP, true));
    assertThat(server.lock()).isEmpty();
    assertThat(server.stops()).isEqualTo(1);
    assertThat(server.rescans()).isEqualTo(1);
    assertThat(world.heard()).contains("exchanged " + server.id());
    assertThat(world.events())
        .contains(
            new ServerEvent.RestoreStarted(),
            new ServerEvent.DaemonMessage("Completed server restoration from wings backup."),
            new ServerEvent.RestoreCompleted(true));
  }

  @Test
  void restoreWithTruncateLeavesExactlyTheBackup() throws Exception {
    create("");
    Files.writeString(files.resolve("world/new.dat"), "new");
    Files.writeString(files.resolve("other"), "new");

    assertThat(restore(true)).isTrue();

    assertThat(files.resolve("world/new.dat")).doesNotExist();
    assertThat(files.resolve("other")).doesNotExist();
    assertThat(files.resolve("world/level.dat")).hasContent("level");
  }

  @Test
  void deletionIsReportedAndIdempotent() throws Exception {
    create("");

    BackupTask deletion = world.service().delete(BACKUP, BackupAdapter.WINGS, Optional.of(server));
    deletion.begin();

    assertThat(deletion.await()).isTrue();
    assertThat(world.directory().resolve(BACKUP + ".tar.gz")).doesNotExist();
    assertThat(world.reports().all()).contains(new Deleted(BACKUP, true));
    assertThat(world.events()).contains(new ServerEvent.BackupDeleted(BACKUP, true));
    assertThatThrownBy(
            () -> world.service().delete(BACKUP, BackupAdapter.WINGS, Optional.of(server)))
        .hasMessage("backup not found");
  }

  @Test
  void kindWithoutDriverFailsWithItsName() throws Exception {
    BackupTask task = world.service().create(server, BACKUP, BackupAdapter.KOPIA, "");
    task.begin();

    assertThat(task.await()).isFalse();
    assertThat(world.reports().all())
        .containsExactly(new Created(server.id(), BACKUP, false, BackupResult.FAILED));
    assertThat(world.service().catalog()).isEmpty();
    assertThatThrownBy(() -> world.service().find(BACKUP, BackupAdapter.KOPIA))
        .hasMessage("backups of kind kopia are not supported by this build");
    assertThat(world.heard()).isEqualTo(List.of("starting", "failed"));
  }
}
