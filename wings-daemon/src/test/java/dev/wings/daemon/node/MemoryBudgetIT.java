package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.panel.ScriptedPanel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The daemon and its memory: inside the documented budget when all limits are reached, and a quick
/// end without it.
class MemoryBudgetIT {
  /// `docs/operating.md`, "Memory".
  private static final long BUDGET = 640L << 20;

  private static final int SERVERS = 3;
  private static final int SOCKETS_PER_SERVER = 100;
  private static final int SENDERS = 24;
  private static final Duration LOAD = Duration.ofSeconds(12);

  private static final String FLOOD =
      """
      cat > /mnt/server/run.sh <<'END'
      echo "Ready to play"
      while :; do seq 1000000 1200000; IFS= read -r -t 0.05 line && echo "heard $line"; done
      END
      """;

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void engine() throws Exception {
    Engine.require();
  }

  private static ObjectNode flooding(UUID id) {
    ObjectNode definition = TestServer.definition(id);
    ObjectNode settings = definition.withObjectProperty("settings");
    settings.put("invocation", "sh run.sh");
    settings.withObjectProperty("build").put("cpu_limit", 25);
    return definition;
  }

  @Test
  @Proves("JV-04")
  void staysInsideTheBudgetWhenAllLimitsAreReachedAtOnce() throws Exception {
    Optional<MemoryLimit> limit = MemoryLimit.of(BUDGET);
    assumeTrue(limit.isPresent(), "memory-limited control groups are needed");
    try (MemoryLimit group = limit.get();
        ScriptedPanel panel = new ScriptedPanel();
        TestNode node = new TestNode(directory, panel).startBy(group.command(), Map.of()).start()) {
      List<UUID> servers = new ArrayList<>();
      for (int i = 0; i < SERVERS; i++) {
        UUID id = UUID.randomUUID();
        servers.add(id);
        node.createServer(flooding(id), TestServer.script(FLOOD));
        node.power(id, "start");
        node.awaitState(id, "running");
      }
      List<Viewer> viewers = new ArrayList<>();
      for (UUID server : servers) {
        for (int i = 0; i < SOCKETS_PER_SERVER; i++) {
          viewers.add(new Viewer(http, node, server, /* reads= */ i % 2 == 0));
        }
      }

      Set<Integer> statuses = sendBodies(node, servers.getFirst());

      assertThat(statuses).isNotEmpty().isSubsetOf(400, 503);
      assertThat(viewers.stream().mapToLong(viewer -> viewer.messages.get()).sum())
          .isGreaterThan(viewers.size());
      assertThat(group.kills()).isZero();
      assertThat(node.process().isAlive()).as(node.output()).isTrue();
      long peak = peakMemory(node.process().pid());
      System.out.printf(
          "peak memory of the daemon: %d MiB of %d MiB; %d sockets; answers %s%n",
          peak >> 20, BUDGET >> 20, viewers.size(), statuses);
      assertThat(peak).isLessThan(BUDGET);
      viewers.forEach(Viewer::close);
      for (UUID server : servers) {
        node.power(server, "kill");
        node.awaitState(server, "offline");
      }
      node.kill();
    }
  }

  /// Bodies of almost the greatest length, many at a time, that become large documents.
  ///
  /// @return statuses of the answers
  private Set<Integer> sendBodies(TestNode node, UUID server) throws Exception {
    String body = "{\"action\":[" + "1.5,".repeat(520_000) + "1]}";
    Set<Integer> statuses = ConcurrentHashMap.newKeySet();
    Set<Exception> failures = ConcurrentHashMap.newKeySet();
    long end = System.nanoTime() + LOAD.toNanos();
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      senders.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (System.nanoTime() < end) {
                    statuses.add(post(node, server, body));
                  }
                } catch (IOException | InterruptedException e) {
                  failures.add(e);
                }
              }));
    }
    for (Thread sender : senders) {
      assertThat(sender.join(Duration.ofSeconds(120))).isTrue();
    }
    // An answer that comes before the body was sent may be lost on its way.
    System.out.println("senders that lost their answer: " + failures.size());
    return new HashSet<>(statuses);
  }

  private int post(TestNode node, UUID server, String body)
      throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:" + node.port() + "/api/servers/" + server + "/power"))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + ScriptedPanel.TOKEN)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static long peakMemory(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }

  /// A console that counts messages and keeps none, or stops reading after the first few.
  private static final class Viewer implements WebSocket.Listener, AutoCloseable {
    private static final int FEW = 3;

    final AtomicLong messages = new AtomicLong();
    private final boolean reads;
    private final WebSocket socket;

    Viewer(HttpClient http, TestNode node, UUID server, boolean reads) {
      this.reads = reads;
      URI uri = URI.create("ws://127.0.0.1:" + node.port() + "/api/servers/" + server + "/ws");
      socket = http.newWebSocketBuilder().buildAsync(uri, this).join();
      String token = ConsoleSocket.token(server, "*", "websocket.connect");
      socket.sendText("{\"event\":\"auth\",\"args\":[\"" + token + "\"]}", true).join();
      await("authenticated")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> messages.get() > 0);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      long count = messages.incrementAndGet();
      if (reads || count < FEW) {
        from.request(1);
      }
      return null;
    }

    @Override
    public void close() {
      socket.abort();
    }
  }

  @Test
  @Proves({"JV-04", "ST-05"})
  void endsAtOnceWithoutHeapAndTheNextDaemonTakesTheServerOver() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node =
            new TestNode(directory, panel)
                .startBy(List.of(), Map.of("WINGS_JAVA_OPTIONS", "-Xmx24m"))
                .start()) {
      node.createServer(TestServer.definition(id), TestServer.script(""));
      node.power(id, "start");
      node.awaitState(id, "running");
      String before = Engine.inspect(id.toString(), "{{.Id}} {{.State.StartedAt}}");
      Process first = node.process();

      Thread load = Thread.ofVirtual().start(() -> exhaust(node, id, first));

      assertThat(first.waitFor(60, TimeUnit.SECONDS)).as("the process ends by itself").isTrue();
      assertThat(load.join(Duration.ofSeconds(60))).isTrue();
      assertThat(first.exitValue()).as(node.output()).isEqualTo(3);
      assertThat(node.output()).containsIgnoringCase("OutOfMemoryError");
      assertThat(Engine.inspect(id.toString(), "{{.Id}} {{.State.StartedAt}}")).isEqualTo(before);
      assertThat(Engine.inspect(id.toString(), "{{.State.Running}}")).isEqualTo("true");

      node.startBy(List.of(), Map.of()).start();

      node.awaitState(id, "running");
      assertThat(Engine.inspect(id.toString(), "{{.Id}} {{.State.StartedAt}}")).isEqualTo(before);
      try (ConsoleSocket console = ConsoleSocket.open(node, id, "*", "websocket.connect")) {
        console.send("send command", "echo still-here");
        console.awaitLine("still-here");
      }
    }
  }

  /// Asks for more than a small heap holds until the daemon is gone.
  private void exhaust(TestNode node, UUID server, Process daemon) {
    String body = "{\"action\":[" + "1.5,".repeat(520_000) + "1]}";
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      senders.add(
          Thread.ofVirtual()
              .start(() -> {
                while (daemon.isAlive()) {
                  try {
                    post(node, server, body);
                  } catch (IOException | InterruptedException gone) {
                    // expected of a daemon that ends; the loop looks at the process itself
                  }
                }
              }));
    }
    try {
      for (Thread sender : senders) {
        sender.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
