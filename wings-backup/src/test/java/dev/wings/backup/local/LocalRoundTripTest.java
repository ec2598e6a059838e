package dev.wings.backup.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.backup.BackupTask;
import dev.wings.backup.driver.Verification;
import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.RandomTree;
import dev.wings.backup.testing.TreeImage;
import dev.wings.backup.testing.TreeImage.Facet;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.config.SystemConfig.ArchiveFormat;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.FakeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What was backed up comes back as it was, as far as the format can hold it.
@Timeout(120)
class LocalRoundTripTest {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000002");
  private static final long SEED = 20_260_801;

  @TempDir private Path host;
  private BackupWorld world;
  private FakeServer server;
  private Path files;

  @BeforeEach
  void setUp() throws IOException {
    world = new BackupWorld(host);
    server =
        world.server(
            BackupWorld.with(
                FakeServer.definition(UUID.randomUUID(), "alpha"), List.of(), List.of(), 0));
    files = world.files(server);
  }

  @AfterEach
  void tearDown() {
    world.close();
  }

  private static Set<Facet> kept(ArchiveFormat format) {
    return switch (format) {
      case ZIP -> EnumSet.complementOf(EnumSet.of(Facet.HARD_LINKS));
      case SEVEN_ZIP -> EnumSet.of(Facet.OWNERS, Facet.EMPTY_DIRECTORIES);
      default -> EnumSet.allOf(Facet.class);
    };
  }

  private void run(BackupTask task) throws InterruptedException {
    task.begin();
    assertThat(task.await()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void treeComesBackAsItWas(ArchiveFormat format) throws Exception {
    world.configure("wings.archiveFormat", format);
    RandomTree.fill(
        files, SEED + format.wireName().hashCode(), 120, BackupWorld.UID, BackupWorld.GID);
    Map<String, String> before = TreeImage.of(files, kept(format));

    run(world.service().create(server, BACKUP, BackupAdapter.WINGS, ""));
    Verification verification = world.service().verify(BACKUP, new Progress());
    ruin();
    run(
        world
            .service()
            .restore(server, BACKUP, BackupAdapter.WINGS, /* truncate= */ true, Optional.empty()));

    assertThat(TreeImage.of(files, kept(format))).containsExactlyEntriesOf(before);
    assertThat(verification.faults()).isEmpty();
    assertThat(verification.files()).isPositive();
  }

  /// Changes what is there, so that nothing is right by having been left alone.
  private void ruin() throws IOException {
    try (var entries = Files.list(files)) {
      for (Path entry : entries.toList()) {
        if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
          Files.writeString(entry, "ruined");
          Files.setPosixFilePermissions(entry, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
      }
    }
    Files.writeString(files.resolve("new"), "not in the backup");
  }

  @ParameterizedTest
  @EnumSource(names = {"TAR_ZSTD", "ZIP"})
  void treeThatIsMergedIsTheSameWhereTheBackupSpeaks(ArchiveFormat format) throws Exception {
    world.configure("wings.archiveFormat", format);
    RandomTree.fill(files, SEED, 100, BackupWorld.UID, BackupWorld.GID);
    Map<String, String> before = TreeImage.of(files, kept(format));

    run(world.service().create(server, BACKUP, BackupAdapter.WINGS, ""));
    ruin();
    run(
        world
            .service()
            .restore(server, BACKUP, BackupAdapter.WINGS, /* truncate= */ false, Optional.empty()));

    Map<String, String> after = TreeImage.of(files, kept(format));
    assertThat(after.remove("new")).isNotNull();
    assertThat(after).containsExactlyEntriesOf(before);
  }
}
