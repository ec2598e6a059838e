package dev.wings.fs.revision;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of a process that records edits, at moments that a seed chooses (`-Dwings.crash.seed`,
/// `-Dwings.crash.rounds`).
@Timeout(240)
class HistoryCrashIT {
  private static final int ROUNDS = Integer.getInteger("wings.crash.rounds", 4);
  private static final long SEED = Long.getLong("wings.crash.seed", 20_261_125L);

  @TempDir Path directory;

  private record Written(String path, long id) {}

  private final Map<Written, Long> acknowledged = new HashMap<>();

  @Test
  @Proves("ST-02")
  void everyRevisionThatWasGivenOutCanBeReadHoweverOftenTheProcessIsKilled() throws Exception {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      writeAndKill(random.nextLong(), 1 + random.nextInt(60));
      verify();
    }

    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(ROUNDS);
    assertThat(directory.resolve("diffs/" + HistoryWriter.SERVER + ".db.damaged")).doesNotExist();
  }

  private void writeAndKill(long seed, int linesToLive) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                HistoryWriter.class.getName(),
                directory.resolve("diffs").toString(),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("errors").toFile()))
            .start();
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      int read = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] parts = line.split(":", -1);
        if (parts.length != 4 || !parts[0].equals(HistoryWriter.MARK)) {
          continue;
        }
        acknowledged.put(new Written(parts[1], Long.parseLong(parts[2])), Long.parseLong(parts[3]));
        if (++read == linesToLive) {
          process.destroyForcibly();
          break;
        }
      }
      assertThat(read)
          .as(() -> "lines of the writer, which said: " + errors())
          .isEqualTo(linesToLive);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private String errors() {
    try {
      return Files.readString(directory.resolve("errors"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void verify() throws IOException {
    try (Revisions revisions =
        new Revisions(
            directory.resolve("diffs"),
            () -> RevisionsTest.settings(4, 1000, 1 << 20, 200 << 20),
            InstantSource.system())) {
      for (Map.Entry<Written, Long> entry : acknowledged.entrySet()) {
        Written written = entry.getKey();
        assertThat(revisions.content(HistoryWriter.SERVER, written.path(), written.id()))
            .as("%s, seed %s", written, SEED)
            .hasValue(HistoryWriter.content(entry.getValue()).getBytes(UTF_8));
      }
      for (int file = 0; file < 3; file++) {
        String path = "file " + file;
        for (FileRevision revision : revisions.list(HistoryWriter.SERVER, path)) {
          assertThat(revisions.content(HistoryWriter.SERVER, path, revision.id())).isPresent();
        }
      }
    }
  }
}
