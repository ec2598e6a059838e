package dev.wings.daemon.node;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The real engine, asked through its own command line so that tests see what an operator would
/// see.
final class Engine {
  static final String IMAGE = "wings-demo:test";

  private static boolean imageBuilt;

  private Engine() {}

  /// Skips the test where no engine runs; builds the demo image once.
  static synchronized void require() throws IOException, InterruptedException {
    assumeTrue(run("docker", "info").status() == 0, "a running Docker engine is needed");
    if (!imageBuilt) {
      Result built = run(Path.of("../demo/build-image").toAbsolutePath().toString(), IMAGE);
      if (built.status() != 0) {
        throw new IOException("the demo image could not be built: " + built.output());
      }
      imageBuilt = true;
    }
  }

  record Result(int status, String output) {}

  static Result run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("no end: " + String.join(" ", command));
    }
    return new Result(process.exitValue(), output.strip());
  }

  /// `docker` with arguments; fails when it fails.
  static String docker(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    Result result = run(command.toArray(String[]::new));
    if (result.status() != 0) {
      throw new IOException(String.join(" ", command) + ": " + result.output());
    }
    return result.output();
  }

  /// Names of all containers, running or not, whose name contains the text.
  static List<String> containers(String nameContains) throws IOException, InterruptedException {
    return docker("ps", "-a", "--filter", "name=" + nameContains, "--format", "{{.Names}}")
        .lines()
        .filter(name -> !name.isBlank())
        .toList();
  }

  static String inspect(String container, String format) throws IOException, InterruptedException {
    return docker("inspect", "--format", format, container);
  }

  static void removeAll(String nameContains) throws IOException, InterruptedException {
    for (String name : containers(nameContains)) {
      run("docker", "rm", "-f", name);
    }
  }
}
