package dev.wings.fs.volume;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.LoopFileSystem;
import dev.wings.fs.limiter.LimiterMigration;
import dev.wings.fs.limiter.LimiterMigration.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What limiters do beside that whose volumes are no plain directories.
abstract class SubvolumeContract extends LimiterContract {
  private static final long MIB = 1 << 20;

  @Test
  void aPlainDirectoryIsNotOpenedAndNamesTheWayOut() throws Exception {
    makePlainDirectory();

    assertThatThrownBy(volume::prepare)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("migrate-disk-limiter")
        .hasMessageContaining(server.toString());

    assertThat(volume.enforcedByKernel()).isFalse();
    assertThatThrownBy(() -> Files.list(volume.root())).isInstanceOf(IOException.class);
  }

  @Test
  void migrationKeepsContentsModesOwnersAndLinks() throws Exception {
    makePlainDirectory();
    LimiterMigration migration = new LimiterMigration(limiter(), data);
    assertThat(migration.look(server)).isInstanceOf(Outcome.Migrated.class);
    assertThat(migration.look(server))
        .as("a look changes nothing")
        .isInstanceOf(Outcome.Migrated.class);

    assertThat(migrate(64 * MIB)).isInstanceOf(Outcome.Migrated.class);

    assertThat(data.resolve(server + ".migrating")).doesNotExist();
    Path script = directory.resolve("world/region/start.sh");
    assertThat(script).hasContent("#!/bin/sh\n");
    assertThat(attributes(script)).isEqualTo("4711:0 rwxr-x---");
    assertThat(attributes(requireNonNull(script.getParent()))).isEqualTo("0:0 rwx--x---");
    assertThat(attributes(directory)).startsWith("4711:4712");
    assertThat(Files.getAttribute(directory.resolve("hard"), "unix:ino"))
        .isEqualTo(Files.getAttribute(script, "unix:ino"));
    assertThat(Files.readSymbolicLink(directory.resolve("link")))
        .isEqualTo(Path.of("world/region/start.sh"));
    assertThat(Files.getAttribute(directory.resolve("link"), "unix:gid", LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(GID);
    assertThat(Files.readSymbolicLink(directory.resolve("dangling")))
        .isEqualTo(Path.of("/nowhere"));
    assertThat(Files.size(directory.resolve("sparse"))).isEqualTo(300 * MIB);
    assertThat(allocated("sparse")).isLessThan(MIB);
    assertThat(write("world/more", 1).status()).as("only owners may").isNotZero();
    assertThat(write("much", 128).status()).as("the limit is in force").isNotZero();
    assertThat(migration.look(server)).isInstanceOf(Outcome.Skipped.class);
    volume.limit(64 * MIB);
    volume.prepare();
    assertThat(volume.enforcedByKernel()).isTrue();
  }

  private static String attributes(Path path) throws IOException {
    return "%s:%s %s"
        .formatted(
            Files.getAttribute(path, "unix:uid"),
            Files.getAttribute(path, "unix:gid"),
            java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path)));
  }

  @Test
  void aMigrationThatFailsIsRolledBack() throws Exception {
    makePlainDirectory();
    LoopFileSystem.run(List.of("mkfifo", directory.resolve("world/pipe").toString()));
    Object inode = Files.getAttribute(directory, "unix:ino");

    Outcome outcome = migrate(64 * MIB);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> assertThat(failed.reason()).contains("/world/pipe").contains("is as it was"));
    assertThat(Files.getAttribute(directory, "unix:ino")).isEqualTo(inode);
    assertThat(directory.resolve("world/region/start.sh")).hasContent("#!/bin/sh\n");
    assertThat(data.resolve(server + ".migrating")).doesNotExist();
    assertThat(traces(server)).isEmpty();
  }

  @Test
  void anUnfinishedMigrationIsNeitherRepeatedNorOpened() throws Exception {
    makePlainDirectory();
    Path staging = Files.createDirectory(data.resolve(server + ".migrating"));
    try {
      assertThat(migrate(0))
          .isInstanceOfSatisfying(
              Outcome.Failed.class, failed -> assertThat(failed.reason()).contains("exists"));
      assertThatThrownBy(volume::prepare).hasMessageContaining("migration was not finished");
      assertThat(directory.resolve("hard")).exists();
    } finally {
      Files.delete(staging);
    }
  }

  @Test
  void aDirectoryThatAContainerHasMountedIsNotMigrated() throws Exception {
    makePlainDirectory();
    Path elsewhere = Files.createTempDirectory("wings-limiter-container");
    Process container =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind " + directory + " " + elsewhere + " && echo ready && exec cat")
            .start();
    try {
      assertThat(container.inputReader().readLine()).isEqualTo("ready");

      assertThat(migrate(0))
          .isInstanceOfSatisfying(
              Outcome.Failed.class, failed -> assertThat(failed.reason()).contains("mounted"));
      assertThat(directory.resolve("hard")).exists();
    } finally {
      container.destroy();
      container.waitFor();
      Files.delete(elsewhere);
    }
  }
}
