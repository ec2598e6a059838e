package dev.wings.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonOptionsTest {
  @Test
  void aPlainStartIsReadWithoutTheCommandLineLibrary() {
    String[] arguments = {
      "--config", "a.yml", "--standalone", "dir", "-d", "--ignore-certificate-errors", "--no-setup"
    };

    assertThat(DaemonOptions.ofPlain(arguments))
        .contains(new DaemonOptions(Path.of("a.yml"), Path.of("dir"), true, true, true));
  }

  @Test
  void noArgumentIsAPlainStart() {
    assertThat(DaemonOptions.ofPlain(new String[0]))
        .contains(new DaemonOptions(null, null, false, false, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version",
        "--help",
        "--config",
        "--config=a.yml",
        "--config --debug",
        "--config a --config b",
        "--standalone",
        "--unknown",
        "--debug token"
      })
  void everythingElseIsLeftToTheCommandLineLibrary(String arguments) {
    assertThat(DaemonOptions.ofPlain(arguments.split(" "))).isEmpty();
  }
}
