package dev.wings.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.testing.Recorder;
import dev.wings.docker.testing.TestEngine;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bandwidth limits of real containers, measured by what gets through (`containers.md` 16.5).
class BandwidthIT {
  /// Bits per second; half a megabyte per second.
  private static final long SLOW = 4_000_000;

  private static final int UNLIMITED = 0;

  /// At the slow rate this takes more than two minutes.
  private static final long MUCH = 64L << 20;

  private static Optional<TestEngine> found = Optional.empty();

  @TempDir Path directory;
  private final UUID server = UUID.randomUUID();
  private final Recorder recorder = new Recorder();
  private final List<ContainerHandle> handles = new ArrayList<>();
  private DockerEngine engine;
  private ServerSocket sink; // the container sends there
  private ServerSocket source; // and reads from there

  @BeforeAll
  static void find() {
    found = TestEngine.docker();
    assumeTrue(found.isPresent(), "no Docker engine or no /bin/busybox");
  }

  @AfterAll
  static void leave() {
    found.ifPresent(TestEngine::close);
  }

  private static TestEngine real() {
    return found.orElseThrow();
  }

  @BeforeEach
  void connect() throws IOException {
    engine = DockerEngine.connect(config("bridge", "true"));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !engine.bandwidthObstacle().equals(Optional.of("not examined yet")));
    assumeTrue(
        engine.bandwidthObstacle().isEmpty(),
        () -> "this machine cannot shape: " + engine.bandwidthObstacle().orElse(""));
    sink = new ServerSocket(0);
    source = new ServerSocket(0);
  }

  @AfterEach
  void cleanUp() throws IOException {
    handles.forEach(ContainerHandle::close);
    engine.removeAll(server);
    engine.close();
    if (sink != null) {
      sink.close();
      source.close();
    }
  }

  private LiveConfig config(String networkMode, String enabled) {
    return LiveConfig.fixed(
        TestNode.config(
            directory,
            "/docker/socket",
            '"' + real().socket() + '"',
            "/docker/network/mode",
            '"' + networkMode + '"',
            "/docker/bandwidth/enabled",
            enabled));
  }

  /// A server that sends and receives as fast as it can, again and again.
  private ServerSettings settings(long upload, long download) {
    String host =
        real().run("network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}");
    String script =
        ("while true; do busybox nc %s %d < /dev/zero > /dev/null || sleep 1; done &"
                + " while true; do busybox nc %s %d < /dev/null > /dev/null || sleep 1; done")
            .formatted(host, sink.getLocalPort(), host, source.getLocalPort());
    return TestNode.server(
        server,
        real().image(),
        "/entrypoint",
        "[\"/bin/sh\",\"-c\",\"" + script + "\"]",
        "/build/bandwidth",
        "{\"upload\":%d,\"download\":%d}".formatted(upload, download));
  }

  private ContainerHandle create(long upload, long download) throws IOException {
    Path volume = Files.createDirectories(directory.resolve("volumes").resolve(server.toString()));
    Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxrwxrwx"));
    ContainerHandle handle =
        engine.create(
            new ContainerRequest.ServerProcess(settings(upload, download), volume.toString()),
            recorder);
    handles.add(handle);
    return handle;
  }

  /// Moves bytes in one direction until enough got through or time is up.
  private interface Transfer {
    int move(Socket socket, byte[] buffer) throws IOException;
  }

  private static final Transfer UPLOAD = (socket, buffer) -> socket.getInputStream().read(buffer);
  private static final Transfer DOWNLOAD =
      (socket, buffer) -> {
        socket.getOutputStream().write(buffer);
        return buffer.length;
      };

  /// @return bytes per second that got through, and how many in all
  private static Measured measure(ServerSocket listener, Transfer transfer, Duration most)
      throws IOException {
    byte[] buffer = new byte[32 * 1024];
    try (Socket socket = accept(listener)) {
      long begin = System.nanoTime();
      long bytes = 0;
      while (bytes < MUCH && System.nanoTime() - begin < most.toNanos()) {
        int moved = transfer.move(socket, buffer);
        if (moved < 0) {
          break;
        }
        bytes += moved;
      }
      return new Measured(bytes, System.nanoTime() - begin);
    }
  }

  private static Socket accept(ServerSocket listener) throws IOException {
    listener.setSoTimeout(30_000);
    Socket socket = listener.accept();
    socket.setSendBufferSize(64 * 1024); // so that what was written is about what arrived
    return socket;
  }

  private record Measured(long bytes, long nanos) {
    /// What a line of the slow rate lets through in this time, generously: double, and a megabyte
    /// for bursts and buffers.
    long ceiling() {
      return 2 * SLOW / 8 * nanos / TimeUnit.SECONDS.toNanos(1) + (1 << 20);
    }
  }

  private void assertLimited(ServerSocket listener, Transfer transfer) throws IOException {
    Measured measured = measure(listener, transfer, Duration.ofSeconds(3));
    System.out.printf("limited: %d bytes in %d ms%n", measured.bytes, measured.nanos / 1_000_000);
    assertThat(measured.bytes).isPositive().isLessThan(measured.ceiling());
  }

  private void assertUnlimited(ServerSocket listener, Transfer transfer) throws IOException {
    Measured measured = measure(listener, transfer, Duration.ofSeconds(60));
    System.out.printf("unlimited: %d bytes in %d ms%n", measured.bytes, measured.nanos / 1_000_000);
    assertThat(measured.bytes).isGreaterThanOrEqualTo(MUCH).isGreaterThan(measured.ceiling());
  }

  @Test
  void bothDirectionsAreHeldToTheirLimitsWhichChangeWhileTheServerRuns() throws Exception {
    ContainerHandle handle = create(UNLIMITED, UNLIMITED);
    handle.start();
    assertUnlimited(sink, UPLOAD);
    assertUnlimited(source, DOWNLOAD);

    handle.update(settings(SLOW, UNLIMITED));
    assertLimited(sink, UPLOAD);
    assertUnlimited(source, DOWNLOAD);

    handle.update(settings(SLOW * 2, SLOW));
    assertLimited(source, DOWNLOAD);
    assertThat(qdiscs(handle)).contains("rate 8Mbit", "rate 4Mbit");

    handle.update(settings(UNLIMITED, UNLIMITED));
    assertUnlimited(sink, UPLOAD);
    assertUnlimited(source, DOWNLOAD);
    assertThat(links(handle)).doesNotContain("wings-dl");
    assertThat(qdiscs(handle)).doesNotContain("tbf", "ingress");
  }

  @Test
  void aServerStartsLimitedAndStaysSoAcrossDaemons() throws Exception {
    ContainerHandle handle = create(SLOW, SLOW);
    handle.start();
    assertLimited(sink, UPLOAD);
    assertLimited(source, DOWNLOAD);
    String before = qdiscs(handle);
    assertThat(before).contains("tbf 5742: dev eth0 root", "tbf 5742: dev wings-dl root");

    handle.close();
    reconnect();
    ContainerHandle same = adopt(SLOW, SLOW);
    same.update(settings(SLOW, SLOW)); // waits for what the adoption does
    assertThat(qdiscs(same)).isEqualTo(before); // the counters of references included
    assertLimited(sink, UPLOAD);

    same.close();
    reconnect();
    tc(same, "qdisc", "del", "dev", "eth0", "root");
    ContainerHandle repaired = adopt(SLOW, SLOW * 2); // changed while no daemon ran
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(qdiscs(repaired)).contains("rate 4Mbit", "rate 8Mbit"));
    assertLimited(sink, UPLOAD);

    repaired.close();
    reconnect();
    ContainerHandle free = adopt(UNLIMITED, UNLIMITED);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(links(free)).doesNotContain("wings-dl"));
    assertThat(qdiscs(free)).doesNotContain("tbf", "ingress");
  }

  private void reconnect() {
    engine.close();
    engine = DockerEngine.connect(config("bridge", "true"));
  }

  private ContainerHandle adopt(long upload, long download) {
    ContainerHandle handle =
        engine
            .adopt(settings(upload, download), ContainerKind.SERVER, new Recorder())
            .orElseThrow();
    handles.add(handle);
    return handle;
  }

  @Test
  void extremeRatesAreAccepted() throws Exception {
    ContainerHandle handle = create(8, 100_000_000_000L);
    handle.start();

    assertThat(qdiscs(handle)).contains("rate 8bit", "rate 100Gbit");
    handle.update(settings(100_000_000_000L, 8));
    assertThat(qdiscs(handle)).containsSubsequence("rate 100Gbit", "rate 8bit");
  }

  @Test
  void aContainerThatCannotBeLimitedDoesNotStay() throws Exception {
    String second = "wit" + server.toString().substring(0, 8);
    real().run("network", "create", second);
    try {
      ContainerHandle handle = create(SLOW, SLOW);
      real().run("network", "connect", second, handle.id());

      assertThatThrownBy(handle::start)
          .isInstanceOf(WingsException.class)
          .hasMessageContaining("has 2 network interfaces that are up (expected: 1)");

      assertThat(recorder.exit.get(30, TimeUnit.SECONDS).exitCode()).isEqualTo(137);
      engine.removeAll(server);
    } finally {
      real().run("network", "rm", second);
    }
  }

  @Test
  void aLimitThatCannotBeChangedDisturbsNoRunningServer() throws Exception {
    ContainerHandle handle = create(UNLIMITED, UNLIMITED);
    handle.start();

    handle.update(settings(7, 0)); // out of range: logged

    assertThat(qdiscs(handle)).doesNotContain("tbf");
    assertThat(recorder.exit).isNotDone();
    handle.update(settings(SLOW, SLOW));
    assertThat(qdiscs(handle)).contains("rate 4Mbit");
  }

  @Test
  void whatCannotBeLimitedIsNotCreated() throws Exception {
    assertThatThrownBy(() -> create(7, 0)).hasMessageContaining("expected: 0 or 8 to");
    engine.close();
    engine = DockerEngine.connect(config("none", "true"));

    assertThatThrownBy(() -> create(SLOW, 0))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("network mode is none");

    assertThat(real().run("ps", "-aq", "--filter", "name=" + server)).isEmpty();
    create(UNLIMITED, UNLIMITED).start(); // nothing to limit, nothing to refuse
  }

  @Test
  void whereTheOperatorSwitchedItOffServersStartWithout() throws Exception {
    engine.close();
    engine = DockerEngine.connect(config("bridge", "false"));

    ContainerHandle handle = create(SLOW, SLOW);
    handle.start();

    assertThat(qdiscs(handle)).doesNotContain("tbf");
    assertThat(engine.unenforced(server)).containsExactly("bandwidth");
  }

  private static String qdiscs(ContainerHandle handle) throws Exception {
    return tc(handle, "qdisc", "show");
  }

  private static String links(ContainerHandle handle) throws Exception {
    return inside(handle, "ip", "link", "show");
  }

  private static String tc(ContainerHandle handle, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("tc"));
    command.addAll(List.of(arguments));
    return inside(handle, command.toArray(String[]::new));
  }

  private static String inside(ContainerHandle handle, String... command) throws Exception {
    String pid = real().run("inspect", "-f", "{{.State.Pid}}", handle.id());
    List<String> whole = new ArrayList<>(List.of("nsenter", "-t", pid, "-n"));
    whole.addAll(List.of(command));
    Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
