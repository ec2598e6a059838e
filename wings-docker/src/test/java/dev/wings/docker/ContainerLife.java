package dev.wings.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.docker.testing.Recorder;
import dev.wings.docker.testing.TestEngine;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The life of containers on a real engine. Subclasses say which.
abstract class ContainerLife {
  @TempDir Path directory;

  final UUID server = UUID.randomUUID();
  final Recorder recorder = new Recorder();
  private final List<ContainerHandle> handles = new ArrayList<>();
  DockerEngine engine;
  Path volume;

  abstract TestEngine real();

  @BeforeEach
  void connect() throws IOException {
    volume = Files.createDirectories(directory.resolve("volumes").resolve(server.toString()));
    Files.setPosixFilePermissions(
        volume, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
    engine = DockerEngine.connect(LiveConfig.fixed(config()));
  }

  @AfterEach
  void cleanUp() {
    handles.forEach(ContainerHandle::close);
    engine.removeAll(server);
    engine.close();
  }

  dev.wings.core.config.WingsConfig config(String... more) {
    List<String> changes =
        new ArrayList<>(
            List.of(
                "/docker/socket", quoted(real().socket()),
                "/docker/network/mode", quoted("none"),
                "/system/machine_id/enabled", "true"));
    if (real().isPodman()) {
      changes.addAll(
          List.of(
              "/docker/log_config",
              "{\"type\":\"k8s-file\",\"config\":{}}",
              "/docker/container_apply_seccomp",
              "false",
              "/docker/container_ulimits",
              "[{\"name\":\"nofile\",\"soft\":4096,\"hard\":4096},"
                  + "{\"name\":\"nproc\",\"soft\":4096,\"hard\":4096}]"));
    }
    changes.addAll(List.of(more));
    return TestNode.config(directory, changes.toArray(String[]::new));
  }

  static String quoted(String text) {
    return '"' + text + '"';
  }

  ServerSettings settings(String command, String... more) {
    List<String> changes = new ArrayList<>();
    changes.add("/entrypoint");
    changes.add(Json.mapper().createArrayNode().add("/bin/sh").add("-c").add(command).toString());
    changes.addAll(List.of(more));
    return TestNode.server(server, real().image(), changes.toArray(String[]::new));
  }

  ContainerHandle create(String command, String... more) {
    return keep(
        engine.create(
            new ContainerRequest.ServerProcess(settings(command, more), volume.toString()),
            recorder));
  }

  ContainerHandle keep(ContainerHandle handle) {
    handles.add(handle);
    return handle;
  }

  ExitStatus exit() throws Exception {
    return recorder.exit.get(30, TimeUnit.SECONDS);
  }

  void awaitOutput(String text) {
    await().atMost(Duration.ofSeconds(20)).until(() -> recorder.text().contains(text));
  }

  @Test
  void deliversTheFirstByteAndTheExitCode() throws Exception {
    ContainerHandle handle = create("echo first; exit 7");
    handle.start();

    assertThat(exit()).isEqualTo(new ExitStatus(7, false));
    assertThat(recorder.text()).isEqualTo("first\r\n");
    assertThat(recorder.events()).containsExactly("output", "outputClosed", "exited");
  }

  @Test
  void echoesStandardInputAndKeepsTheLog() throws Exception {
    ContainerHandle handle = create("while read line; do echo \"got $line\"; done");
    handle.start();
    handle.write("hello\n".getBytes(StandardCharsets.UTF_8));
    awaitOutput("got hello");

    handle.kill();

    assertThat(exit().exitCode()).isEqualTo(137);
    try (InputStream log = engine.logs(server, OptionalInt.empty())) {
      assertThat(new String(log.readAllBytes(), StandardCharsets.UTF_8)).contains("got hello");
    }
    try (InputStream log = handle.logs(OptionalInt.of(1))) {
      assertThat(new String(log.readAllBytes(), StandardCharsets.UTF_8).lines()).hasSize(1);
    }
    assertThatThrownBy(() -> handle.write(new byte[] {1})).isInstanceOf(WingsException.class);
  }

  @Test
  void measuresOncePerSecond() throws Exception {
    ContainerHandle handle = create("while true; do :; done", "/build/cpu_limit", "50");
    handle.start();

    await().atMost(Duration.ofSeconds(15)).until(() -> recorder.samples().size() >= 4);
    ContainerStats last = recorder.samples().getLast();
    handle.kill();
    exit();

    assertThat(last.cpuAbsolute()).isBetween(15.0, 75.0);
    assertThat(last.cpuLimitAbsolute()).isEqualTo(50);
    assertThat(last.memoryBytes()).isPositive().isLessThan(256L << 20);
    assertThat(last.memoryLimitBytes()).isEqualTo(294L << 20); // floor(256 x 1.15) MiB
    assertThat(last.uptimeMillis()).isBetween(2_000L, 20_000L);
    int samples = recorder.samples().size();
    assertThat(recorder.samples()).hasSize(samples);
  }

  @Test
  void changesLimitsOfTheRunningContainer() throws Exception {
    ContainerHandle handle = create("sleep 60", "/build/cpu_limit", "50");
    handle.start();
    ServerSettings smaller =
        settings("sleep 60", "/build/cpu_limit", "30", "/build/memory_limit", "128");
    if (real().isPodman()) {
      assertThatThrownBy(() -> handle.update(smaller))
          .isInstanceOfSatisfying(
              WingsException.class,
              e -> assertThat(e.kind()).isIn(ErrorKind.UNSUPPORTED, ErrorKind.UPSTREAM));
      return; // old versions of it have no such call
    }

    handle.update(smaller);

    String inspected =
        real().run("inspect", "-f", "{{.HostConfig.CpuQuota}} {{.HostConfig.Memory}}", handle.id());
    assertThat(inspected).isEqualTo("30000 " + (147L << 20));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> recorder.samples().stream().anyMatch(s -> s.cpuLimitAbsolute() == 30));
  }

  @Test
  void stopsGracefullyBySignalOfTheImageAndKillEndsTheWait() throws Exception {
    ContainerHandle handle = create("trap '' TERM; echo ready; while true; do sleep 1; done");
    handle.start();
    awaitOutput("ready");

    Thread stop = Thread.ofVirtual().start(handle::stopGracefully);
    handle.kill();

    assertThat(exit().exitCode()).isEqualTo(137);
    assertThat(stop.join(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void deliversSignals() throws Exception {
    ContainerHandle handle =
        create("trap 'echo bye; exit 3' TERM; echo ready; while true; do sleep 0.1; done");
    handle.start();
    awaitOutput("ready");

    handle.signal("SIGTERM");

    assertThat(exit().exitCode()).isEqualTo(3);
    assertThat(recorder.text()).contains("bye");
    handle.kill(); // not running any more: no effect, no error
  }

  @Test
  @Proves("DK-04")
  void adoptsTheRunningContainerAndOnlyThat() throws Exception {
    ContainerHandle first = create("while read line; do echo \"got $line\"; done");
    first.start();
    first.close();
    String lookAlike =
        real()
            .run(
                "run",
                "-d",
                "--network=none",
                "--name",
                "x" + server,
                "-l",
                "ContainerType=server_process",
                imageName(),
                "/bin/sleep",
                "60");
    try {
      Recorder adopted = new Recorder();
      Optional<ContainerHandle> found =
          engine.adopt(settings("true"), ContainerKind.SERVER, adopted);
      ContainerHandle handle = keep(found.orElseThrow());
      handle.write("again\n".getBytes(StandardCharsets.UTF_8));
      await().atMost(Duration.ofSeconds(10)).until(() -> adopted.text().contains("got again"));

      assertThat(handle.id()).isEqualTo(first.id());
      assertThat(adopted.events()).startsWith("running");
      await().atMost(Duration.ofSeconds(10)).until(() -> !adopted.samples().isEmpty());

      engine.removeAll(server);

      assertThat(adopted.exit.get(20, TimeUnit.SECONDS).exitCode()).isEqualTo(137);
      assertThat(recorder.events()).doesNotContain("exited"); // closed handles hear nothing
      assertThat(engine.adopt(settings("true"), ContainerKind.SERVER, adopted)).isEmpty();
      assertThat(real().run("inspect", "-f", "{{.State.Running}}", lookAlike)).isEqualTo("true");
    } finally {
      real().run("rm", "-f", lookAlike);
    }
  }

  String imageName() {
    return real().image().replace("~", "");
  }

  @Test
  @Proves("DK-05")
  void removalByHandBecomesAnExitAndTheNextStartWorks() throws Exception {
    ContainerHandle running = create("echo up; sleep 60");
    running.start();
    awaitOutput("up");

    real().run("rm", "-f", running.id());
    assertThat(exit().exitCode()).isIn(137, -1);

    ContainerHandle removedBeforeStart =
        keep(
            engine.create(
                new ContainerRequest.ServerProcess(settings("true"), volume.toString()),
                new Recorder()));
    real().run("rm", "-f", removedBeforeStart.id());
    assertThatThrownBy(removedBeforeStart::start).isInstanceOf(WingsException.class);
    removedBeforeStart.close();

    Recorder last = new Recorder();
    ContainerHandle again =
        keep(
            engine.create(
                new ContainerRequest.ServerProcess(settings("exit 4"), volume.toString()), last));
    again.start();
    assertThat(last.exit.get(30, TimeUnit.SECONDS).exitCode()).isEqualTo(4);
    again.remove();
    again.remove(); // already gone: success
  }

  @Test
  void replacesAStaleContainerOfTheSameNameAndRefusesAStranger() throws Exception {
    create("true").close();
    ContainerHandle second = create("exit 5");
    second.start();
    assertThat(exit().exitCode()).isEqualTo(5);
    engine.removeAll(server);

    real().run("create", "--name", server.toString(), imageName(), "/bin/true");
    try {
      assertThatThrownBy(() -> create("true"))
          .isInstanceOf(WingsException.class)
          .hasMessageContaining("not made by this daemon");
    } finally {
      real().run("rm", "-f", server.toString());
    }
  }

  @Test
  void aFailingStartIsAnErrorAndNotAnExit() throws Exception {
    ContainerRequest request =
        new ContainerRequest.ServerProcess(
            TestNode.server(server, real().image(), "/entrypoint", "[\"/no/such\"]"),
            volume.toString());

    // Podman finds out when it is attached to, Docker when it is started.
    assertThatThrownBy(
            () -> {
              try (ContainerHandle handle = engine.create(request, recorder)) {
                handle.start();
              }
            })
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("no such file");

    assertThat(recorder.events()).doesNotContain("exited");
  }

  @Test
  void runsInstallersWithoutTheServersRestrictionsAndScriptsWithoutTerminal() throws Exception {
    Path staging = Files.createDirectories(directory.resolve("staging"));
    Files.writeString(staging.resolve("install.sh"), "echo \"$INSTALL_STATUS_FILE $EXTRA\"; id -u");
    Files.writeString(staging.resolve("script.sh"), "echo out; echo err >&2; exit 2");
    InstallationScript script =
        new InstallationScript(
            real().image(),
            "/bin/sh",
            "",
            Map.of("EXTRA", Json.mapper().getNodeFactory().numberNode(9)));
    ContainerHandle installer =
        keep(
            engine.create(
                new ContainerRequest.Installer(
                    settings("true"), volume.toString(), script, staging.toString()),
                recorder));
    installer.start();
    exit();
    assertThat(recorder.text()).isEqualTo("/mnt/install/status 9\r\n0\r\n");

    Recorder scriptRecorder = new Recorder();
    ContainerHandle plain =
        keep(
            engine.create(
                new ContainerRequest.Script(
                    settings("true"), volume.toString(), script, staging.toString()),
                scriptRecorder));
    plain.start();
    assertThat(scriptRecorder.exit.get(30, TimeUnit.SECONDS).exitCode()).isEqualTo(2);
    assertThat(scriptRecorder.text().lines()).containsExactlyInAnyOrder("out", "err");
    try (InputStream log = plain.logs(OptionalInt.empty())) {
      assertThat(new String(log.readAllBytes(), StandardCharsets.UTF_8).lines())
          .containsExactlyInAnyOrder("out", "err");
    }
  }

  @Test
  void aPausedContainerIsNeitherExitedNorLost() throws Exception {
    ContainerHandle handle = create("while read line; do echo \"got $line\"; done");
    handle.start();
    real().run("pause", handle.id());
    handle.write("later\n".getBytes(StandardCharsets.UTF_8));
    real().run("unpause", handle.id());
    awaitOutput("got later");

    assertThat(recorder.events()).doesNotContain("exited", "running");
  }
}
