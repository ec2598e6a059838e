package dev.wings.daemon.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sub-commands as an operator runs them: nothing on the terminal but what they have to say.
class CommandLineIT {
  private static final Path LAUNCHER = Path.of("target/wings/bin/wings").toAbsolutePath();
  private static final String SERVER = "7f3a0000-0000-4000-8000-000000000001";

  @TempDir Path directory;
  private Path config;

  private record Result(int status, String output) {}

  @BeforeEach
  void configure() throws IOException {
    config = directory.resolve("config.yml");
    try (ServerSocket free = new ServerSocket(0)) {
      Files.writeString(
          config,
          """
          uuid: 8f3eef00-ffef-44af-92f8-d586396e9a00
          token_id: abcdefghijklmnop
          token: a-secret-of-this-node-that-is-long-enough
          remote: http://127.0.0.1
          api: { host: 127.0.0.1, port: %d }
          """
              .formatted(free.getLocalPort()));
    }
  }

  private Result wings(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(LAUNCHER.toString(), "--config", config.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), output);
  }

  @Test
  void aTokenIsAllThatTheTokenCommandPrints() throws Exception {
    Result result = wings("token", SERVER);

    assertThat(result.status()).isZero();
    assertThat(result.output()).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\\n");
  }

  @Test
  void aConsoleWithoutADaemonSaysSoInOneLine() throws Exception {
    Result result = wings("console", SERVER);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output().lines()).hasSize(1);
    assertThat(result.output()).doesNotContain("DEBUG");
  }
}
