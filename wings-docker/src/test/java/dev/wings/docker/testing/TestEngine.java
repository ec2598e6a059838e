package dev.wings.docker.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A real engine, its command line, and a small image made from the host's static busybox.
public final class TestEngine implements AutoCloseable {
  private static final List<String> APPLETS =
      List.of("sh", "sleep", "yes", "cat", "echo", "dd", "true", "head", "id", "mount", "ls", "wc");

  private final String cli;
  private final String socket;
  private final @Nullable Process service;
  private final String image = "wings-docker-it-" + UUID.randomUUID().toString().substring(0, 8);

  private TestEngine(String cli, String socket, @Nullable Process service) {
    this.cli = cli;
    this.socket = socket;
    this.service = service;
  }

  /// Docker on its usual socket; empty when it does not answer.
  public static Optional<TestEngine> docker() {
    TestEngine engine = new TestEngine("docker", "/var/run/docker.sock", null);
    return engine.answers() && Files.exists(Path.of("/bin/busybox"))
        ? Optional.of(engine.withImage())
        : Optional.empty();
  }

  /// Podman with a service of its own; empty when it is not installed or cannot run containers.
  public static Optional<TestEngine> podman(Path directory) throws IOException {
    if (!Files.exists(Path.of("/usr/bin/podman")) || !Files.exists(Path.of("/bin/busybox"))) {
      return Optional.empty();
    }
    Path socket = directory.resolve("podman.sock");
    // Podman's own default limits are above what a daemon without CAP_SYS_RESOURCE may hand out.
    Path limits = directory.resolve("containers.conf");
    Files.writeString(
        limits, "[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\n");
    ProcessBuilder builder =
        new ProcessBuilder("podman", "system", "service", "--time=0", "unix://" + socket)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("podman.log").toFile());
    builder.environment().put("CONTAINERS_CONF", limits.toString());
    Process service = builder.start();
    TestEngine engine = new TestEngine("podman", socket.toString(), service);
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (!Files.exists(socket) && service.isAlive() && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      engine.withImage();
      engine.run("run", "--rm", "--network=none", engine.image, "/bin/true");
      return Optional.of(engine);
    } catch (IllegalStateException e) {
      engine.close();
      return Optional.empty();
    }
  }

  public String socket() {
    return socket;
  }

  /// The image with the marker that forbids pulling.
  public String image() {
    return (cli.equals("podman") ? "localhost/" : "") + image + ":latest~";
  }

  public boolean isPodman() {
    return cli.equals("podman");
  }

  /// Runs the engine's command line and returns its output.
  public String run(String... arguments) {
    List<String> command = new ArrayList<>(List.of(cli));
    command.addAll(List.of(arguments));
    if (isPodman() && (arguments[0].equals("run") || arguments[0].equals("create"))) {
      command.addAll(2, List.of("--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"));
    }
    return execute(command);
  }

  private boolean answers() {
    try {
      run("version");
      return true;
    } catch (IllegalStateException | UncheckedIOException e) {
      return false;
    }
  }

  private TestEngine withImage() {
    try {
      Path root = Files.createTempDirectory("wings-image");
      for (String directory :
          List.of("bin", "tmp", "etc", "proc", "sys", "dev", "home/container", "mnt/server")) {
        Files.createDirectories(root.resolve(directory));
      }
      Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
      for (String applet : APPLETS) {
        Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
      }
      Path tar = Files.createTempFile("wings-image", ".tar");
      execute(List.of("tar", "-C", root.toString(), "-cf", tar.toString(), "."));
      run("import", "-c", "CMD [\"/bin/sh\"]", tar.toString(), image + ":latest");
      Files.delete(tar);
      execute(List.of("rm", "-rf", root.toString()));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String execute(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(
              process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + ": " + output);
      }
      return output.strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      run("rmi", "-f", image + ":latest");
    } catch (IllegalStateException e) {
      // never imported
    }
    if (service != null) {
      service.destroy();
    }
  }
}
