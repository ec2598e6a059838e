package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/// The system's own programs, which make the archives that ours must read.
final class ArchiveTools {
  private static final Set<String> SHELL = Set.of("for", "cd", "test", "printf", ":", "echo");

  private ArchiveTools() {}

  /// Runs a shell line in a directory; the test is skipped when its first program is missing.
  static void run(Path directory, String line) throws IOException, InterruptedException {
    String program = line.strip().split("[ ;]", 2)[0];
    Assumptions.assumeTrue(present(program), program + " is not installed");
    Path log = Files.createTempFile("wings-archive-tool", ".log");
    try {
      Process process =
          new ProcessBuilder("bash", "-c", "set -e -o pipefail; umask 022; " + line)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(process.waitFor())
          .as("%s: %s", line, Files.readString(log, StandardCharsets.ISO_8859_1))
          .isZero();
    } finally {
      Files.delete(log);
    }
  }

  static boolean present(String program) {
    if (SHELL.contains(program)) {
      return true;
    }
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }
}
