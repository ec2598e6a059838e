package dev.wings.backup.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.backup.BackupTask;
import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.TreeImage;
import dev.wings.backup.testing.TreeImage.Facet;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.config.SystemConfig.ArchiveFormat;
import dev.wings.core.testing.FakeServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The volume of `backups.md` C.2, backed up here and unpacked by the programs that operators have.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ArchiveProgramsIT {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000009");

  @TempDir private Path host;

  private static void fill(Path files) throws Exception {
    Files.createDirectories(files.resolve("world/region"));
    Files.createDirectory(files.resolve("empty"));
    Files.createFile(files.resolve("zero"));
    byte[] large = new byte[5 << 20];
    new Random(1).nextBytes(large);
    Files.write(files.resolve("world/region/r.0.0.mca"), large);
    Files.writeString(files.resolve("with space and ünïcode"), "content");
    Files.writeString(files.resolve("n".repeat(200)), "long name");
    Files.writeString(files.resolve("start.sh"), "#!/bin/sh\n");
    Files.setAttribute(files.resolve("start.sh"), "unix:mode", 0750);
    Files.writeString(files.resolve("old"), "old");
    Files.createSymbolicLink(files.resolve("relative"), Path.of("world/region"));
    Files.createSymbolicLink(files.resolve("dangling"), Path.of("missing"));
    Files.createSymbolicLink(files.resolve("absolute"), Path.of("/etc/passwd"));
    call(files, "mkfifo fifo");
    Files.createLink(files.resolve("second-name"), files.resolve("old"));
    Files.writeString(files.resolve(".pteroignore"), "*.log\ncache/\n!keep.log\n");
    Files.writeString(files.resolve("a.log"), "log");
    Files.writeString(files.resolve("keep.log"), "log");
    Files.createDirectory(files.resolve("cache"));
    Files.writeString(files.resolve("cache/c"), "cached");
    Files.setLastModifiedTime(
        files.resolve("old"), FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
    call(files, "chown -h -R " + BackupWorld.UID + ":" + BackupWorld.GID + " .");
  }

  private static void call(Path directory, String line) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", "-c", line)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", line, output).isZero();
  }

  private static boolean has(String program) throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
  }

  @ParameterizedTest
  @CsvSource({
    "TAR, tar, tar -xpf",
    "TAR_GZ, gzip, tar -xpzf",
    "TAR_XZ, xz, tar -xpJf",
    "TAR_BZ2, bzip2, tar -xpjf",
    "TAR_ZSTD, zstd, tar --zstd -xpf",
    "TAR_LZ4, lz4, tar -I lz4 -xpf",
    "TAR_LZIP, lzip, tar --lzip -xpf",
    "ZIP, unzip, unzip -q",
    "SEVEN_ZIP, 7z, 7z x"
  })
  void programsReadWhatWeWrite(ArchiveFormat format, String program, String unpack)
      throws Exception {
    assumeTrue(has(program), program + " is not installed");
    try (BackupWorld world = new BackupWorld(host)) {
      world.configure("wings.archiveFormat", format);
      FakeServer server = world.server(FakeServer.definition(UUID.randomUUID(), "alpha"));
      Path files = world.files(server);
      fill(files);
      Set<Facet> facets = facets(format);
      Map<String, String> expected = TreeImage.of(files, facets);
      expected.keySet().removeAll(List.of("a.log", "cache", "cache/c"));
      BackupTask task = world.service().create(server, BACKUP, BackupAdapter.WINGS, "");
      task.begin();
      assertThat(task.await()).isTrue();
      String extension = dev.wings.fs.archive.ArchiveFormat.of(format).extension();
      Path archive = world.directory().resolve(BACKUP + "." + extension);
      Path target = Files.createDirectory(host.resolve("target"));

      call(target, unpack + " " + archive);

      assertThat(TreeImage.of(target, facets)).containsExactlyEntriesOf(expected);
      if (format != ArchiveFormat.SEVEN_ZIP) {
        for (String link : List.of("relative", "dangling", "absolute")) {
          assertThat(Files.readSymbolicLink(target.resolve(link)))
              .isEqualTo(Files.readSymbolicLink(files.resolve(link)));
        }
      }
      assertThat(Files.exists(target.resolve("fifo"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }
  }

  /// Owners are no part of an archive: they are 0, and a restore gives the server's.
  private static Set<Facet> facets(ArchiveFormat format) {
    return switch (format) {
      case ZIP -> EnumSet.of(Facet.MODES, Facet.EMPTY_DIRECTORIES); // unzip sets no times of links
      case SEVEN_ZIP -> EnumSet.of(Facet.EMPTY_DIRECTORIES);
      default -> EnumSet.complementOf(EnumSet.of(Facet.OWNERS));
    };
  }
}
