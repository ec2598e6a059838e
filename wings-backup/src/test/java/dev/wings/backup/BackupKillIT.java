package dev.wings.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.backup.catalog.CatalogEntry.State;
import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.RandomTree;
import dev.wings.backup.testing.RecordedReports.Created;
import dev.wings.backup.testing.RecordedReports.Deleted;
import dev.wings.backup.testing.RecordedReports.Report;
import dev.wings.backup.testing.RecordedReports.Restored;
import dev.wings.backup.testing.TreeImage;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ends a process of its own at each step of a creation, a restore and a deletion, and looks at
/// what the next one makes of it.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BackupKillIT {
  private static final long OLD_SEED = 21;
  private static final long CHANGED_SEED = 22;
  private static final int ENTRIES = 8;

  /// A creation and a restore have about 40 steps with so few files.
  private static final int MOST_STEPS = 200;

  @TempDir private Path host;

  private Path world(int step) {
    return host.resolve("node-" + step);
  }

  private static Path files(Path world) {
    return world.resolve("volumes").resolve(BackupCrash.SERVER.toString());
  }

  private static int run(Path world, String what, int step)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(BackupCrash.class.getName());
    command.addAll(List.of(world.toString(), what, String.valueOf(step)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(world.resolveSibling(world.getFileName() + ".log").toFile())
            .start();
    return process.waitFor();
  }

  /// A node with a server whose files are those of a seed.
  private Path prepared(int step, boolean backup) throws Exception {
    Path directory = world(step);
    try (BackupWorld world = new BackupWorld(directory)) {
      FakeServer server = world.server(FakeServer.definition(BackupCrash.SERVER, "alpha"));
      RandomTree.fill(files(directory), OLD_SEED, ENTRIES, BackupWorld.UID, BackupWorld.GID);
      if (backup) {
        BackupTask task =
            world.service().create(server, BackupCrash.BACKUP, BackupAdapter.WINGS, "");
        task.begin();
        assertThat(task.await()).isTrue();
      }
    }
    return directory;
  }

  private static void empty(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.toList().reversed()) {
        if (!path.equals(directory)) {
          Files.delete(path);
        }
      }
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  @Proves("BK-03")
  void creationThatIsCutShortLeavesNoBackupOrAWholeOne() throws Exception {
    for (int step = 0; step < MOST_STEPS; step++) {
      Path directory = prepared(step, /* backup= */ false);
      int exit = run(directory, "create", step);
      assertThat(exit).as("step %d", step).isIn(BackupCrash.DONE, BackupCrash.KILLED);
      try (BackupWorld world = new BackupWorld(directory)) {
        FakeServer server = world.server(FakeServer.definition(BackupCrash.SERVER, "alpha"));
        boolean noted = !world.service().catalog().isEmpty();
        world.restart();

        if (world.service().catalog().isEmpty()) {
          assertThat(names(world.directory())).as("step %d", step).containsExactly(".catalog");
          assertThat(names(world.directory().resolve(".catalog"))).isEmpty();
          if (noted) {
            assertThat(world.reports().all())
                .as("step %d", step)
                .singleElement()
                .isInstanceOfSatisfying(
                    Created.class, report -> assertThat(report.successful()).isFalse());
          }
        } else {
          assertThat(world.service().catalog().getFirst().state()).isEqualTo(State.COMPLETE);
          assertThat(world.service().find(server, BackupCrash.BACKUP)).isNotNull();
          assertThat(world.service().verify(BackupCrash.BACKUP, new Progress()).faults())
              .as("step %d", step)
              .isEmpty();
          assertThat(world.service().catalog().getFirst().owed()).isFalse();
        }
      }
      if (exit == BackupCrash.DONE) {
        assertThat(step).isGreaterThan(5);
        return;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"restore", "merge"})
  @Proves("BK-04")
  void restoreThatIsCutShortLeavesTheOldTreeOrTheNewOne(String what) throws Exception {
    for (int step = 0; step < MOST_STEPS; step++) {
      Path directory = prepared(step, /* backup= */ true);
      Map<String, String> backedUp = TreeImage.of(files(directory));
      empty(files(directory));
      RandomTree.fill(files(directory), CHANGED_SEED, ENTRIES, BackupWorld.UID, BackupWorld.GID);
      Map<String, String> changed = TreeImage.of(files(directory), TreeImage.APART);
      int exit = run(directory, what, step);
      assertThat(exit).as("step %d", step).isIn(BackupCrash.DONE, BackupCrash.KILLED);
      try (BackupWorld world = new BackupWorld(directory)) {
        world.server(FakeServer.definition(BackupCrash.SERVER, "alpha"));
        world.restart();

        Map<String, String> image = TreeImage.of(files(directory), TreeImage.APART);
        List<Report> reports = world.reports().all();
        boolean restored =
            exit == BackupCrash.DONE
                || reports.contains(new Restored(BackupCrash.SERVER, BackupCrash.BACKUP, true));
        if (!image.equals(changed)) {
          assertThat(image.keySet()).as("step %d", step).containsAll(backedUp.keySet());
          if (what.equals("restore")) {
            assertThat(TreeImage.of(files(directory)))
                .as("step %d", step)
                .containsExactlyEntriesOf(backedUp);
          }
        } else {
          assertThat(restored).as("step %d", step).isFalse();
        }
        assertThat(names(world.directory().resolve(".catalog")))
            .as("step %d", step)
            .noneMatch(name -> name.startsWith("restore-"));
        assertThat(world.service().verify(BackupCrash.BACKUP, new Progress()).sound()).isTrue();
      }
      if (exit == BackupCrash.DONE) {
        assertThat(step).isGreaterThan(15);
        return;
      }
    }
  }

  @Test
  @Proves("BK-03")
  void deletionThatIsCutShortIsEnded() throws Exception {
    for (int step = 0; step < MOST_STEPS; step++) {
      Path directory = prepared(step, /* backup= */ true);
      int exit = run(directory, "delete", step);
      assertThat(exit).as("step %d", step).isIn(BackupCrash.DONE, BackupCrash.KILLED);
      try (BackupWorld world = new BackupWorld(directory)) {
        world.server(FakeServer.definition(BackupCrash.SERVER, "alpha"));
        boolean begun =
            world.service().catalog().stream().anyMatch(entry -> entry.state() == State.DELETING);
        world.restart();

        if (begun) {
          assertThat(world.service().catalog()).as("step %d", step).isEmpty();
          assertThat(world.reports().all())
              .as("step %d", step)
              .containsExactly(new Deleted(BackupCrash.BACKUP, true));
        }
        if (world.service().catalog().isEmpty()) {
          assertThat(names(world.directory())).as("step %d", step).containsExactly(".catalog");
        } else {
          assertThat(world.service().verify(BackupCrash.BACKUP, new Progress()).sound()).isTrue();
        }
      }
      if (exit == BackupCrash.DONE) {
        assertThat(step).isGreaterThan(3);
        return;
      }
    }
  }
}
