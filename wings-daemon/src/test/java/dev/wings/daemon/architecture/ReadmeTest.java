package dev.wings.daemon.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The README shows exactly the code that the modules' example tests compile and run.
class ReadmeTest {
  private static final Path TOP = Path.of("..").toAbsolutePath().normalize();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wings-core/src/test/java/dev/wings/core/ReadmeExampleTest.java",
        "wings-docker/src/test/java/dev/wings/docker/ReadmeExampleIT.java",
        "wings-fs/src/test/java/dev/wings/fs/ReadmeExampleTest.java",
        "wings-sftp/src/test/java/dev/wings/sftp/ReadmeExampleTest.java",
        "wings-backup/src/test/java/dev/wings/backup/ReadmeExampleTest.java"
      })
  void examplesAreTheOnesThatTestsRun(String source) throws IOException {
    String code = Files.readString(TOP.resolve(source));
    String example =
        code.substring(code.indexOf("// readme:start") + 15, code.indexOf("// readme:end"))
            .stripIndent()
            .strip();

    assertThat(Files.readString(TOP.resolve("README.md")).replaceAll("\\s+", " "))
        .contains(example.replaceAll("\\s+", " "));
  }
}
