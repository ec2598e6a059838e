package dev.wings.fs.archive.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// Runs the system's archive programs. `bin/test` installs them.
final class Programs {
  private Programs() {}

  /// Skips the test where a program is missing, but not in continuous integration.
  static void need(String... names) {
    for (String name : names) {
      boolean present =
          Arrays.stream(System.getenv("PATH").split(":"))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
      if (!present && System.getenv("CI") != null) {
        fail("the program " + name + " is missing; bin/test installs it");
      }
      if (!present) {
        System.out.println("skipped: the program " + name + " is missing; bin/test installs it");
      }
      Assumptions.assumeTrue(present, "the program " + name + " is missing");
    }
  }

  /// Runs a program that has to succeed.
  ///
  /// @return what it printed
  static String run(Path directory, String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("program", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile())
              .start();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      String printed = new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1);
      assertThat(process.exitValue()).as(String.join(" ", command) + "\n" + printed).isZero();
      return printed;
    } finally {
      Files.delete(output);
    }
  }
}
