package dev.wings.daemon.bench;

import dev.wings.core.event.ServerEvent;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenIssuer;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.ws.BenchSockets;
import dev.wings.daemon.ws.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Prints what the console fan-out manages: lines per second and CPU seconds of the server alone.
/// The clients are a second process.
///
/// ```text
/// java -cp wings-daemon/target/test-classes:wings-daemon/target/classes:… \
///     dev.wings.daemon.bench.ConsoleFanoutBench
/// ```
public final class ConsoleFanoutBench {
  private static final String LAST = "the last line";
  private static final String NODE_TOKEN =
      "a node token of sixty-four characters, give or take some";
  private static final UUID SERVER = UUID.randomUUID();
  private static final com.sun.management.OperatingSystemMXBean SYSTEM =
      (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private ConsoleFanoutBench() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals("clients")) {
      clients(arguments);
      return;
    }
    TokenClock clock = new TokenClock(InstantSource.system(), System::nanoTime);
    DenyList denyList = new DenyList(clock);
    FakeServer server =
        new FakeServer(FakeServer.definition(SERVER, "bench"), Path.of("/nonexistent"), clock);
    FakeServers servers = new FakeServers(server);
    TokenVerifier verifier = new TokenVerifier(NODE_TOKEN, clock, denyList, TokenRules.STANDARD);
    String token =
        new TokenIssuer(NODE_TOKEN, clock)
            .websocket(
                UUID.randomUUID(),
                "bench",
                SERVER,
                List.of("websocket.connect", "*", "meta.calagopus"),
                List.of(),
                Duration.ofHours(1));
    try (HttpServer http =
        BenchSockets.serve(servers, BenchSockets.create(verifier, clock, denyList, 0, 0))) {
      Run run = new Run(server, http.port(), token);
      run.measure("warm-up", 20, 100_000, 0, 100);
      for (String mode : new String[] {"text", "binary"}) {
        run.mode = mode;
        run.measure(mode + ": 5,000 lines/s to 20 sockets, line by line", 20, 20_000, 5000, 1);
        run.measure(mode + ": 5,000 lines/s to 20 sockets, 10 at once", 20, 20_000, 5000, 10);
        run.measure(mode + ": 50,000 lines/s to 1 socket", 1, 200_000, 50_000, 10);
        run.measure(mode + ": 200,000 lines/s to 20 sockets", 20, 500_000, 200_000, 50);
        run.measure(mode + ": 500,000 lines at full speed to 20 sockets", 20, 500_000, 0, 100);
        run.measure(mode + ": 500,000 lines at full speed to 1 socket", 1, 500_000, 0, 100);
      }
      run.latency(token, 1, Duration.ofMillis(20));
      run.latency(token, 1, Duration.ZERO);
      run.latency(token, 20, Duration.ZERO);
    }
  }

  /// One server with clients in another process.
  private static final class Run {
    private final FakeServer server;
    private final int port;
    private final String token;
    private String mode = "text";

    Run(FakeServer server, int port, String token) {
      this.server = server;
      this.port = port;
      this.token = token;
    }

    /// @param perSecond 0 publishes as fast as it goes
    void measure(String name, int sockets, int lines, int perSecond, int batch) throws Exception {
      Process clients =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ConsoleFanoutBench.class.getName(),
                  "clients",
                  String.valueOf(port),
                  String.valueOf(sockets),
                  token,
                  mode,
                  SERVER.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(clients.getInputStream(), StandardCharsets.UTF_8));
      out.readLine(); // ready
      List<ServerEvent> events = events(lines, batch);
      long cpu = SYSTEM.getProcessCpuTime();
      long start = System.nanoTime();
      long published = 0;
      for (ServerEvent event : events) {
        if (perSecond > 0) {
          long due = start + published * 1_000_000_000L / perSecond;
          while (System.nanoTime() < due) {
            LockSupport.parkNanos(due - System.nanoTime());
          }
        }
        server.events().publish(event);
        published += batch;
      }
      long publishing = System.nanoTime() - start;
      server.events().publish(new ServerEvent.ConsoleOutput(List.of(LAST), 0));
      String result = out.readLine();
      double seconds = (System.nanoTime() - start) / 1e9;
      double cpuSeconds = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
      clients.waitFor();
      String[] counts = result.split(" ");
      double delivered = Long.parseLong(counts[0]) / (double) sockets - 1;
      System.out.printf(
          Locale.ROOT,
          "%-58s %7.0f lines/s per socket, %5.1f %% delivered, %s gap messages, %.2f s"
              + " (publisher %.2f s), server CPU %.2f s%n",
          name,
          delivered / seconds,
          100 * delivered / lines,
          counts[1],
          seconds,
          publishing / 1e9,
          cpuSeconds);
    }

    private static List<ServerEvent> events(int lines, int batch) {
      List<ServerEvent> events = new ArrayList<>();
      for (int from = 0; from < lines; from += batch) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
          texts.add(
              "[12:34:56] [Server thread/INFO]: \u001b[32mplayer"
                  + (from + i)
                  + "\u001b[0m joined the game with entity id "
                  + (from + i)
                  + " at (\"world\")");
        }
        events.add(new ServerEvent.ConsoleOutput(texts, 0));
      }
      return events;
    }

    /// From publication to the client, one line after the other.
    void latency(String auth, int sockets, Duration pause) throws IOException {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < sockets; i++) {
        RawClient client = new RawClient(port, SERVER);
        client.authenticate(auth);
        clients.add(client);
      }
      int rounds = pause.isZero() ? 3000 : 200;
      long[] nanos = new long[rounds];
      for (int i = 0; i < rounds; i++) {
        LockSupport.parkNanos(pause.toNanos());
        long start = System.nanoTime();
        server.events().publish(new ServerEvent.ConsoleOutput(List.of(LAST + i), 0));
        clients.getFirst().countUntil(LAST + i);
        nanos[i] = System.nanoTime() - start;
      }
      for (RawClient client : clients) {
        client.close();
      }
      java.util.Arrays.sort(nanos);
      System.out.printf(
          Locale.ROOT,
          "publication to client, %d sockets, %d ms between lines: median %.0f µs,"
              + " 99th percentile %.0f µs%n",
          sockets,
          pause.toMillis(),
          nanos[rounds / 2] / 1e3,
          nanos[rounds * 99 / 100] / 1e3);
    }
  }

  private static void clients(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[1]);
    int count = Integer.parseInt(arguments[2]);
    CountDownLatch done = new CountDownLatch(count);
    AtomicLong lines = new AtomicLong();
    AtomicLong gaps = new AtomicLong();
    List<RawClient> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RawClient client = new RawClient(port, UUID.fromString(arguments[5]));
      client.authenticate(arguments[3]);
      client.frame(
          0x81,
          ("{\"event\":\"configure socket\",\"args\":[\"transmission mode\",\""
                  + arguments[4]
                  + "\"]}")
              .getBytes(StandardCharsets.UTF_8));
      sockets.add(client);
    }
    for (RawClient client : sockets) {
      Thread.ofPlatform()
          .start(() -> {
            try {
              RawClient.Count seen = client.countUntil(LAST);
              lines.addAndGet(seen.lines());
              gaps.addAndGet(seen.gaps());
              done.countDown();
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
    }
    System.out.println("ready");
    done.await();
    System.out.println(lines.get() + " " + gaps.get());
    for (RawClient client : sockets) {
      client.close();
    }
  }
}
