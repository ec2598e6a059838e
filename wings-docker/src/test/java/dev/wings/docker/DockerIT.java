package dev.wings.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerEngine.NetworkState;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.container.UsedPort;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.docker.testing.EngineProxy;
import dev.wings.docker.testing.Recorder;
import dev.wings.docker.testing.TestEngine;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Containers on the Docker engine of this machine, and what only Docker is asked here.
class DockerIT extends ContainerLife {
  private static Optional<TestEngine> found = Optional.empty();

  @BeforeAll
  static void find() {
    found = TestEngine.docker();
    assumeTrue(found.isPresent(), "no Docker engine or no /bin/busybox");
  }

  @AfterAll
  static void leave() {
    found.ifPresent(TestEngine::close);
  }

  @Override
  TestEngine real() {
    return found.orElseThrow();
  }

  private void reconnect(String... changes) {
    engine.close();
    engine = DockerEngine.connect(LiveConfig.fixed(config(changes)));
  }

  @Test
  void tellsThatTheKernelEndedItForLackOfMemory() throws Exception {
    ContainerHandle handle =
        create("exec dd if=/dev/zero of=/dev/null bs=200M count=1", "/build/memory_limit", "32");
    handle.start();

    assertThat(exit()).isEqualTo(new ExitStatus(137, true));
  }

  /// A million numbered lines at full speed: all arrive, in order, and meanwhile another server's
  /// console answers.
  @Test
  @Proves("DS-01")
  void aFloodIsReadWholeAndDelaysNoOtherConsole() throws Exception {
    int lines = 1_000_000;
    SequenceCheck check = new SequenceCheck();
    ContainerHandle flood =
        keep(
            engine.create(
                new ContainerRequest.ServerProcess(
                    settings("exec busybox seq 1 " + lines), volume.toString()),
                check));
    UUID quiet = UUID.randomUUID();
    Recorder other = new Recorder();
    ContainerHandle echo =
        keep(
            engine.create(
                new ContainerRequest.ServerProcess(
                    TestNode.server(quiet, real().image(), "/entrypoint", "[\"/bin/cat\"]"),
                    volume.toString()),
                other));
    try {
      echo.start();
      flood.start();
      for (int i = 0; i < 20; i++) {
        String word = "word" + i + "\n";
        echo.write(word.getBytes(StandardCharsets.UTF_8));
        await().atMost(Duration.ofSeconds(2)).until(() -> other.text().contains(word.strip()));
      }
      assertThat(check.exit.get(120, TimeUnit.SECONDS).exitCode()).isZero();
      assertThat(check.next).isEqualTo(lines + 1);
      assertThat(check.wrong).isZero();
    } finally {
      engine.removeAll(quiet);
    }
  }

  /// Counts `1 2 3 …` line by line.
  private static final class SequenceCheck implements ContainerListener {
    final java.util.concurrent.CompletableFuture<ExitStatus> exit =
        new java.util.concurrent.CompletableFuture<>();
    volatile int next = 1;
    volatile int wrong;
    private int number;

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // calls come one at a time
    public void output(ByteBuffer bytes) {
      while (bytes.hasRemaining()) {
        byte b = bytes.get();
        if (b >= '0' && b <= '9') {
          number = number * 10 + b - '0';
        } else if (b == '\n') {
          if (number != next) {
            wrong++;
          }
          next = number + 1;
          number = 0;
        }
      }
    }

    @Override
    public void outputClosed() {}

    @Override
    public void stats(dev.wings.core.container.ContainerStats stats) {}

    @Override
    public void running() {}

    @Override
    public void exited(ExitStatus status) {
      exit.complete(status);
    }
  }

  @Test
  @Proves({"DK-01", "DK-02"})
  void lostStreamsAndAnAbsentEngineNeitherStopNorForgetContainers() throws Exception {
    try (EngineProxy proxy = new EngineProxy(real().socket(), directory)) {
      reconnect("/docker/socket", quoted(proxy.socket()));
      ContainerHandle handle = create("while read line; do echo \"got $line\"; done");
      handle.start();
      handle.write("one\n".getBytes(StandardCharsets.UTF_8));
      awaitOutput("got one");

      for (int i = 0; i < 3; i++) {
        int before = recorder.reattachments.get();
        proxy.cut();
        await().atMost(Duration.ofSeconds(10)).until(() -> recorder.reattachments.get() > before);
      }
      handle.write("two\n".getBytes(StandardCharsets.UTF_8));
      awaitOutput("got two");
      assertThat(recorder.events()).doesNotContain("exited");

      proxy.down();
      real().run("kill", handle.id());
      await().during(Duration.ofSeconds(2)).until(() -> !recorder.events().contains("exited"));
      proxy.up();

      assertThat(recorder.exit.get(10, TimeUnit.SECONDS).exitCode()).isEqualTo(137);
      assertThat(recorder.text()).containsOnlyOnce("got one").containsOnlyOnce("got two");
      handle.close();
    }
    reconnect(); // the clean-up does not go through the proxy
  }

  @Test
  @Proves("CT-01")
  void aServerRunsUnprivileged() throws Exception {
    ContainerHandle handle =
        create(
            "id -u; busybox grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status;"
                + " (echo x > /x) 2>/dev/null || echo root-read-only;"
                + " busybox mknod /tmp/dev b 1 1 2>/dev/null || echo no-mknod;"
                + " mount -t tmpfs none /tmp 2>/dev/null || echo no-mount;"
                + " echo mine > /home/container/file && echo volume-writable;"
                + " ls /dev/mem /dev/sda 2>/dev/null || echo no-devices");
    handle.start();
    exit();

    assertThat(recorder.text())
        .contains("988")
        .containsPattern("CapEff:\\s+0000000000000000")
        .containsPattern("NoNewPrivs:\\s+1")
        .containsPattern("Seccomp:\\s+2")
        .contains("root-read-only", "no-mknod", "no-mount", "volume-writable", "no-devices");
    JsonNode inspected = Json.mapper().readTree(real().run("inspect", handle.id())).get(0);
    JsonNode host = inspected.path("HostConfig");
    assertThat(host.path("Privileged").asBoolean()).isFalse();
    assertThat(host.path("CapAdd").size()).isZero();
    assertThat(host.path("CapDrop")).hasSize(11);
    assertThat(host.path("PidMode").asText()).isEmpty();
    assertThat(host.path("IpcMode").asText()).isEqualTo("private");
    assertThat(host.path("PidsLimit").asInt()).isEqualTo(5120);
    assertThat(inspected.path("Config").path("User").asText()).isEqualTo("988:987");
    assertThat(inspected.toString()).doesNotContain("canary");
  }

  @Test
  @Proves("CT-06")
  void aVolumeExchangedBetweenCreateAndStartKillsTheContainer() throws Exception {
    Path secret = Files.createDirectories(directory.resolve("secret"));
    ContainerHandle handle = create("sleep 60");
    Files.move(volume, directory.resolve("moved"));
    Files.createSymbolicLink(volume, secret);

    assertThatThrownBy(handle::start)
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("exchanged");

    assertThat(exit().exitCode()).isEqualTo(137);
    assertThatThrownBy(() -> create("true"))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("not a directory");
  }

  @Test
  void killWorksBeforeTheStartAndWhilePaused() throws Exception {
    ContainerHandle handle = create("echo up; sleep 60");
    handle.kill(); // created only: nothing to kill, no error
    handle.start();
    awaitOutput("up");
    real().run("pause", handle.id());
    handle.kill();
    assertThat(exit().exitCode()).isEqualTo(137);
  }

  @Test
  void makesItsNetworkBesideTakenOnesAndPublishesPorts() throws Exception {
    String name = "wit" + server.toString().substring(0, 8);
    String blocker = name + "b";
    real().run("network", "create", "--subnet", "172.29.128.0/20", blocker);
    try {
      reconnect(
          "/docker/network/name", quoted(name),
          "/docker/network/mode", quoted(name),
          "/docker/network/interfaces/v4/subnet", quoted("172.29.0.0/16"),
          "/docker/network/interfaces/v4/gateway", quoted("172.29.0.1"),
          "/docker/network/interfaces/v6/enabled", "false");
      NetworkState state = engine.ensureNetwork();
      assertThat(state.v4Subnet()).doesNotStartWith("172.29.").startsWith("172.");
      assertThat(state.interfaceAddress()).isEqualTo(state.v4Gateway());
      assertThat(engine.ensureNetwork().ispn()).isFalse(); // the second time it is there

      int port = 20_000 + Math.floorMod(server.hashCode(), 10_000);
      ContainerHandle handle =
          create("sleep 60", "/allocations/mappings", "{\"0.0.0.0\":[" + port + "]}");
      handle.start();

      assertThat(engine.usedPorts()).contains(new UsedPort("0.0.0.0", port, Optional.of(server)));
      assertThat(engine.containerAddress(server))
          .hasValueSatisfying(address ->
              assertThat(address).startsWith(state.v4Gateway().replaceAll("\\.\\d+\\.\\d+$", ".")));
      await().atMost(Duration.ofSeconds(10)).until(() -> !recorder.samples().isEmpty());
      handle.kill();
      exit();
      assertThat(engine.containerAddress(server)).isEmpty();
    } finally {
      engine.removeAll(server);
      try {
        real().run("network", "rm", name);
      } finally {
        real().run("network", "rm", blocker);
      }
    }
  }

  @Test
  @Proves("DS-09")
  void nothingIsLeftOpenAfterManyLivesAndFailures() throws Exception {
    runOnce(); // loads classes and opens what stays open
    int descriptors = descriptors();
    int threads = Thread.activeCount();
    for (int i = 0; i < 6; i++) {
      runOnce();
      ContainerRequest bad =
          new ContainerRequest.ServerProcess(
              TestNode.server(server, real().image(), "/entrypoint", "[\"/no/such\"]"),
              volume.toString());
      assertThatThrownBy(
              () -> {
                try (ContainerHandle handle = engine.create(bad, new Recorder())) {
                  handle.start();
                }
              })
          .isInstanceOf(WingsException.class);
    }
    engine.removeAll(server);

    await().atMost(Duration.ofSeconds(10)).until(() -> descriptors() <= descriptors);
    await().atMost(Duration.ofSeconds(15)).until(() -> Thread.activeCount() <= threads + 1);
  }

  private void runOnce() throws Exception {
    Recorder once = new Recorder();
    try (ContainerHandle handle =
        engine.create(
            new ContainerRequest.ServerProcess(settings("echo x"), volume.toString()), once)) {
      handle.start();
      once.exit.get(30, TimeUnit.SECONDS);
    }
  }

  private static int descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return (int) open.count();
    }
  }

  @Test
  void eightContainersShareTheEngineAtOnce() throws Exception {
    List<UUID> servers = new ArrayList<>();
    List<Recorder> recorders = new ArrayList<>();
    List<Thread> starts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      UUID one = UUID.randomUUID();
      Recorder listener = new Recorder();
      servers.add(one);
      recorders.add(listener);
      starts.add(
          Thread.ofVirtual()
              .start(() -> {
                ContainerHandle handle =
                    engine.create(
                        new ContainerRequest.ServerProcess(
                            TestNode.server(
                                one, real().image(), "/entrypoint", "[\"/bin/echo\",\"hi\"]"),
                            volume.toString()),
                        listener);
                handle.start();
              }));
    }
    try {
      for (Recorder listener : recorders) {
        assertThat(listener.exit.get(60, TimeUnit.SECONDS).exitCode()).isZero();
        assertThat(listener.text()).isEqualTo("hi\r\n");
      }
    } finally {
      for (Thread start : starts) {
        start.join();
      }
      servers.forEach(engine::removeAll);
    }
  }
}
