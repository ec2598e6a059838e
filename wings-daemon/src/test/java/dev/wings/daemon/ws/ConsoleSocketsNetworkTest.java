package dev.wings.daemon.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.access.AccessControl;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.Proves;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenIssuer;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.http.HttpServer;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The same over real connections.
class ConsoleSocketsNetworkTest {
  private static final UUID USER = UUID.randomUUID();
  private static final UUID SERVER = UUID.randomUUID();
  private static final String NODE_TOKEN =
      "a node token of the usual length, 64 characters are usual";

  private final TokenClock clock = new TokenClock(InstantSource.system(), System::nanoTime);
  private final DenyList denyList = new DenyList(clock);
  private final FakeServer server =
      new FakeServer(FakeServer.definition(SERVER, "test"), Path.of("/nonexistent"), clock);
  private final FakeServers servers = new FakeServers(server);
  private final AccessControl accessControl = new AccessControl(servers, denyList);
  private final TokenIssuer issuer = new TokenIssuer(NODE_TOKEN, clock);
  private final ConsoleSockets sockets =
      BenchSockets.create(
          new TokenVerifier(NODE_TOKEN, clock, denyList, TokenRules.STANDARD),
          clock,
          denyList,
          32,
          40);
  private HttpServer http;

  @BeforeEach
  void start() throws IOException {
    http = BenchSockets.serve(servers, sockets);
  }

  @AfterEach
  void close() {
    http.close();
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    assertThat(sockets.connections()).isZero();
    assertThat(sockets.budget().usedBytes()).isZero();
  }

  private String token(UUID user) {
    return issuer.websocket(
        user, "x", SERVER, SocketHarness.OWNER, List.of(), Duration.ofMinutes(10));
  }

  private RawClient connect() throws IOException {
    return new RawClient(http.port(), SERVER);
  }

  private RawClient authenticated() throws IOException {
    RawClient client = connect();
    client.send("auth", token(USER));
    client.await("auth success");
    client.await("status");
    return client;
  }

  private static ServerEvent lines(int from, int count) {
    List<String> lines = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      lines.add("line " + (from + i) + " " + "x".repeat(80));
    }
    return new ServerEvent.ConsoleOutput(lines, 0);
  }

  @Test
  void aBrowserLikeClientTalksAndReadsAndClosesCleanly() throws Exception {
    server.become(ServerState.RUNNING);
    LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
    WebSocket client =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:" + http.port() + "/api/servers/" + SERVER + "/ws"),
                new WebSocket.Listener() {
                  @Override
                  public @Nullable CompletionStage<?> onText(
                      WebSocket socket, CharSequence text, boolean last) {
                    received.add(text.toString());
                    socket.request(1);
                    return null;
                  }

                  @Override
                  public @Nullable CompletionStage<?> onClose(
                      WebSocket socket, int code, String reason) {
                    received.add(code + " " + reason);
                    return null;
                  }
                })
            .get(10, TimeUnit.SECONDS);
    client.sendText("{\"event\":\"auth\",\"args\":[\"" + token(USER) + "\"]}", true).get();
    assertThat(received.poll(10, TimeUnit.SECONDS)).contains("auth success");
    assertThat(received.poll(10, TimeUnit.SECONDS)).contains("running");

    client.sendText("{\"event\":\"send command\",", false).get();
    client.sendText("\"args\":[\"say hi\"]}", true).get();
    client.sendText("{\"event\":\"ping\",\"args\":[]}", true).get();
    assertThat(received.poll(10, TimeUnit.SECONDS)).contains("pong");
    server.events().publish(lines(0, 1));
    assertThat(received.poll(10, TimeUnit.SECONDS)).contains("line 0");

    accessControl.push(server, USER, List.of(), List.of());
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("1000 permission revoked");
    org.awaitility.Awaitility.await().until(() -> server.commands().size() == 1);
    org.awaitility.Awaitility.await().until(() -> sockets.connections() == 0);
  }

  @Test
  void everyReaderGetsEveryLineInOrderWhileItKeepsUp() throws Exception {
    int readers = 6;
    int total = 60_000;
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < readers; i++) {
      RawClient client = authenticated();
      if (i % 2 == 1) {
        client.frame(
            0x81,
            SocketHarness.utf8(
                "{\"event\":\"configure socket\",\"args\":[\"transmission mode\",\"binary\"]}"));
      }
      clients.add(client);
    }
    CountDownLatch done = new CountDownLatch(readers);
    List<String> wrong = new ArrayList<>();
    for (RawClient client : clients) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int expected = 0; expected < total; expected++) {
                String line = client.await("console output").arguments().getFirst();
                if (!line.startsWith("line " + expected + " ")) {
                  wrong.add(line);
                  break;
                }
              }
              done.countDown();
            } catch (IOException e) {
              wrong.add(e.toString());
            }
          });
    }
    for (int from = 0; from < total; from += 50) {
      server.events().publish(lines(from, 50));
      if (from % 5000 == 0) {
        java.util.concurrent.locks.LockSupport.parkNanos(20_000_000); // 250,000 lines/s at most
      }
    }

    assertThat(done.await(60, TimeUnit.SECONDS)).as("%s", wrong).isTrue();
    assertThat(wrong).isEmpty();
    for (RawClient client : clients) {
      client.close();
    }
    org.awaitility.Awaitility.await().until(() -> sockets.connections() == 0);
  }

  @Test
  @Proves({"WS-02", "WS-05"})
  void revocationDuringAFloodStopsTheLinesAtOnceEvenForAReaderThatStands() throws Exception {
    RawClient reading = authenticated();
    RawClient standing = authenticated();
    AtomicBoolean flooding = new AtomicBoolean(true);
    Thread flood =
        Thread.ofPlatform()
            .start(() -> {
              int from = 0;
              while (flooding.get()) {
                server.events().publish(lines(from, 100));
                from += 100;
              }
            });
    for (int i = 0; i < 10_000; i++) {
      reading.await("console output");
    }

    long revoked = System.nanoTime();
    accessControl.push(server, USER, List.of(), List.of());
    Frames.Frame last = reading.next();
    while (last.opcode() != Frames.Frame.CLOSE) {
      last = reading.next();
    }
    Duration took = Duration.ofNanos(System.nanoTime() - revoked);

    assertThat(last.closeReason()).isEqualTo("1000 permission revoked");
    assertThat(took).isLessThan(Duration.ofSeconds(2));
    assertThat(reading.drain()).as("bytes behind the close frame").isZero();
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> sockets.connections() == 0);
    flooding.set(false);
    flood.join();
    reading.close();
    standing.close();
  }

  @Test
  @Proves({"WS-05", "DS-01"})
  void aReaderThatStandsSlowsNobodyAndCostsBoundedMemory() throws Exception {
    RawClient standing = authenticated();
    RawClient reading = authenticated();
    Thread.ofVirtual()
        .start(() -> {
          for (int from = 0; from < 1_000_000; from += 200) {
            server.events().publish(lines(from, 200));
          }
          server.events().publish(new ServerEvent.ConsoleOutput(List.of("the end"), 0));
        });
    RawClient.Count count = reading.countUntil("the end");

    assertThat(count.lines()).isGreaterThan(50_000);
    assertThat(sockets.budget().usedBytes()).isLessThan(32 << 20);
    RawClient.Count late = standing.countUntil("the end");
    // the kernel may take a little more in between: a few losses, each marked once
    assertThat(late.gaps()).isBetween(1L, 20L);
    standing.close();
    reading.close();
    org.awaitility.Awaitility.await().until(() -> sockets.connections() == 0);
  }

  @Test
  @Proves({"WS-04", "JV-03"})
  void hostileFramesEndTheConnectionAndNothingElse() throws Exception {
    RawClient good = authenticated();
    List<byte[]> attacks =
        List.of(
            new byte[] {(byte) 0x81, 0x02, 'h', 'i'}, // not masked
            new byte[] {(byte) 0xc1, (byte) 0x80, 0, 0, 0, 0}, // compressed without negotiation
            new byte[] {(byte) 0x83, (byte) 0x80, 0, 0, 0, 0}, // reserved opcode
            new byte[] {(byte) 0x82, (byte) 0xff, 127, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0},
            new byte[] {(byte) 0x82, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0},
            new byte[] {(byte) 0x82, (byte) 0xff, 0, 0, 0, 0, 0, 16, 0, 1, 0, 0, 0, 0}, // 1 MiB + 1
            new byte[] {(byte) 0x09, (byte) 0x80, 0, 0, 0, 0}, // ping in fragments
            new byte[] {(byte) 0x89, (byte) 0xfe, 0, 126, 0, 0, 0, 0}, // ping above 125 bytes
            new byte[] {(byte) 0x80, (byte) 0x80, 0, 0, 0, 0}, // continuation of nothing
            new byte[] {(byte) 0x88, (byte) 0x81, 0, 0, 0, 0, 3}, // close with half a code
            "GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    for (byte[] attack : attacks) {
      RawClient hostile = authenticated();
      hostile.bytes(attack);
      hostile.drain();
      hostile.close();
    }

    good.send("ping", "still here");
    assertThat(good.await("pong").arguments()).containsExactly("still here");
    good.close();
    org.awaitility.Awaitility.await().until(() -> sockets.connections() == 0);
  }

  @Test
  @Proves("WS-04")
  void aFloodingClientDoesNotDelayTheOneBesideIt() throws Exception {
    RawClient good = authenticated();
    RawClient bad = authenticated();
    AtomicBoolean flooding = new AtomicBoolean(true);
    byte[] big =
        SocketHarness.utf8("{\"event\":\"ping\",\"args\":[\"" + "x".repeat(200_000) + "\"]}");
    Thread flood =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (flooding.get()) {
                  bad.frame(0x81, big);
                  bad.send("send status", "");
                }
              } catch (IOException ended) {
                // dropped, as it should be
              }
            });
    long[] latencies = new long[200];
    for (int i = 0; i < latencies.length; i++) {
      long start = System.nanoTime();
      server.events().publish(lines(i, 1));
      good.await("console output");
      latencies[i] = System.nanoTime() - start;
    }
    flooding.set(false);
    bad.close();
    flood.join();

    Arrays.sort(latencies);
    assertThat(Duration.ofNanos(latencies[latencies.length * 99 / 100]))
        .isLessThan(Duration.ofMillis(250));
    good.close();
    org.awaitility.Awaitility.await().until(() -> sockets.connections() == 0);
  }

  @Test
  @Proves("WS-04")
  void connectionsAboveTheLimitAreRefusedBeforeTheUpgrade() throws Exception {
    List<RawClient> strangers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      strangers.add(connect());
    }
    assertThatThrownBy(this::connect).hasMessageContaining("429");
    for (RawClient stranger : strangers) {
      stranger.close();
    }
    org.awaitility.Awaitility.await().until(() -> sockets.connections() == 0);
    List<RawClient> known = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      known.add(authenticated());
    }
    assertThatThrownBy(this::connect).hasMessageContaining("429");
    for (RawClient client : known) {
      client.close();
    }
    org.awaitility.Awaitility.await().until(() -> sockets.connections() == 0);
  }
}
