package dev.wings.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.backup.testing.BackupWorld;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The example of the README.
@Timeout(60)
class ReadmeExampleTest {
  @TempDir private Path host;

  @Test
  void backupIsMadeCheckedAndRestored() throws Exception {
    try (BackupWorld world = new BackupWorld(host)) {
      Server server = world.server("alpha");
      BackupNode node = world.node();
      UUID id = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000042");
      Path world1 = server.volume().root().resolve("world");
      Files.writeString(world1, "before");
      // readme:start
      try (BackupService backups = new BackupService(node)) { // where, by which drivers, who hears
        BackupTask making = backups.create(server, id, BackupAdapter.WINGS, "*.log\n/cache/");
        making.begin(); // when whoever asked for it has had an answer
        making.await();
        backups.verify(id, new Progress()).sound(); // true
        Files.writeString(server.volume().root().resolve("world"), "griefed");
        BackupTask restoring =
            backups.restore(server, id, BackupAdapter.WINGS, true, Optional.empty());
        restoring.begin();
        restoring.await(); // everything, or nothing at all
      }
      // readme:end
      assertThat(world1).hasContent("before");
    }
  }
}
