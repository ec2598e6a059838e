package dev.wings.daemon.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a hostile peer sends costs a clean refusal or the connection, nothing else.
@ExtendWith(LeakWatch.class)
class HostileInputTest {
  private static final String AUTH = "Authorization: Bearer " + TestConfig.TOKEN + "\r\n";
  private static final HttpLimits SHORT =
      new HttpLimits(
          8 << 10,
          16 << 10,
          1 << 20,
          Duration.ofMillis(500),
          Duration.ofMillis(500),
          Duration.ofMillis(700),
          Duration.ofMillis(600),
          1 << 10,
          Duration.ofMillis(900),
          Duration.ofMillis(800),
          600,
          500);

  private final TestConfig config = new TestConfig();
  private final AtomicInteger handled = new AtomicInteger();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = start(SHORT);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpServer start(HttpLimits limits) throws IOException {
    byte[] megabyte = new byte[1 << 20];
    RouteTable routes =
        new RouteTable(
            List.of(
                Route.get("/a")
                    .access(Access.NODE_TOKEN)
                    .handleInline(_ -> {
                      handled.incrementAndGet();
                      return Response.done();
                    }),
                Route.get("/endless")
                    .access(Access.NODE_TOKEN)
                    .handle(_ ->
                        new Response.Stream(
                            200,
                            java.util.Map.of(),
                            java.util.OptionalLong.empty(),
                            out -> {
                              while (true) {
                                out.write(megabyte);
                              }
                            })),
                Route.post("/stream")
                    .access(Access.NODE_TOKEN)
                    .body(Route.Body.STREAM)
                    .handle(request -> {
                      long n = request.bodyStream().transferTo(OutputStream.nullOutputStream());
                      return Response.ok(JsonNodeFactory.instance.numberNode(n));
                    }),
                Route.post("/a")
                    .access(Access.NODE_TOKEN)
                    .body(Route.Body.STRUCTURED)
                    .handle(request -> {
                      handled.incrementAndGet();
                      return Response.ok(request.document());
                    })));
    return HttpServer.builder(config, routes, new FakeServers()).limits(limits).start();
  }

  private RawClient client() throws IOException {
    return new RawClient(server.port());
  }

  private static String head(String... lines) {
    return "POST /a HTTP/1.1\r\nHost: a\r\n" + AUTH + String.join("\r\n", lines) + "\r\n\r\n";
  }

  private void othersAreServed() throws IOException {
    try (RawClient other = client()) {
      other.send("GET /a HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n");
      assertThat(other.read().status()).isEqualTo(200);
    }
  }

  /// `¶` stands for CRLF, `␊` for a bare LF, `␍` for a bare CR, `§` for the rest of a good head.
  @ParameterizedTest
  @Proves("DS-07")
  @ValueSource(
      strings = {
        "GET /a HTTP/1.1␊Host: a␊§␊",
        "GET /a HTTP/1.1¶Host: a␊§¶",
        "GET /a HTTP/1.1¶Host: a␍§¶",
        "¶GET /a HTTP/1.1¶Host: a¶§¶",
        "\u0001GET /a HTTP/1.1¶Host: a¶§¶",
        "\u0000\u0000GET /a HTTP/1.1¶Host: a¶§¶",
        " GET /a HTTP/1.1¶Host: a¶§¶",
        "GET  /a HTTP/1.1¶Host: a¶§¶",
        "GET\t/a HTTP/1.1¶Host: a¶§¶",
        "GET /a  HTTP/1.1¶Host: a¶§¶",
        "GET /a HTTP/1.1 ¶Host: a¶§¶",
        "GET /a¶Host: a¶§¶",
        "GET /a b HTTP/1.1¶Host: a¶§¶",
        "GET /a HTTP/1.1¶ Host: a¶§¶",
        "GET /a HTTP/1.1¶Host: a¶X: 1¶ folded¶§¶",
        "GET /a HTTP/1.1¶Host: a¶X: 1¶\tfolded¶§¶",
        "GET /a HTTP/1.1¶Host : a¶§¶",
        "GET /a HTTP/1.1¶Host: a¶X\u0000: 1¶§¶",
        "GET /a HTTP/1.1¶Host: a¶X: 1\u00002¶§¶",
        "GET /a HTTP/1.1¶Host: a¶X Y: 1¶§¶",
        "GET /a HTTP/1.1¶Host: a¶: 1¶§¶",
        "GET /a HTTP/1.1¶Host: a¶nocolon¶§¶",
        "GET /a HTTP/1.1¶Host: a¶Host: b¶§¶",
        "GET /a HTTP/1.1¶§¶",
        "GET /a HTTP/1.1¶Host: a¶Content-Length: 3¶Content-Length: 4¶§¶abcd",
        "GET /a HTTP/1.1¶Host: a¶Content-Length: 3¶Content-Length: 3¶§¶abc",
        "GET /a HTTP/1.1¶Host: a¶Content-Length: 3, 3¶§¶abc",
        "GET /a HTTP/1.1¶Host: a¶Content-Length: +3¶§¶abc",
        "GET /a HTTP/1.1¶Host: a¶Content-Length: -3¶§¶abc",
        "GET /a HTTP/1.1¶Host: a¶Content-Length: 0x3¶§¶abc",
        "GET /a HTTP/1.1¶Host: a¶Content-Length: 99999999999999999999¶§¶abc",
        "POST /a HTTP/1.1¶Host: a¶Content-Length: 3¶Transfer-Encoding: chunked¶§¶0¶¶",
        "POST /a HTTP/1.1¶Host: a¶Transfer-Encoding: chunked, identity¶§¶0¶¶",
        "POST /a HTTP/1.1¶Host: a¶Transfer-Encoding: chunked, chunked¶§¶0¶¶",
        "POST /a HTTP/1.1¶Host: a¶Transfer-Encoding: xchunked¶§¶0¶¶",
        "POST /a HTTP/1.1¶Host: a¶Transfer-Encoding: gzip¶§¶0¶¶",
        "POST /a HTTP/1.1¶Host: a¶Transfer-Encoding:\u000bchunked¶§¶0¶¶",
        "POST /a HTTP/1.0¶Host: a¶Transfer-Encoding: chunked¶§¶0¶¶",
      })
  void ambiguousFramingIsRefusedAndTheConnectionEnds(String pattern) throws IOException {
    String smuggled = "GET /a HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n";
    String bytes =
        pattern.replace("¶", "\r\n").replace("␊", "\n").replace("␍", "\r").replace("§", AUTH);
    try (RawClient client = client()) {
      client.send(bytes + smuggled);

      RawClient.Answer answer = client.read();

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("\"error\"");
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.atEnd()).isTrue();
    }
    assertThat(handled).hasValue(0);
  }

  @ParameterizedTest
  @Proves("DS-07")
  @ValueSource(
      strings = {
        "3\n{}\n0\n\n",
        "2;\rx=1\r\n{}\r\n0\r\n\r\n",
        "2;a=\nb\r\n{}\r\n0\r\n\r\n",
        "2 \r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "-2\r\n{}\r\n0\r\n\r\n",
        "\r\n{}\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFF1\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}XX0\r\n\r\n",
        "2\r\n{}\n0\r\n\r\n"
      })
  void malformedChunksAreRefusedAndTheConnectionEnds(String chunks) throws IOException {
    try (RawClient client = client()) {
      client.send(head("Transfer-Encoding: chunked", "Content-Type: application/json") + chunks);

      assertThat(client.read().status()).isEqualTo(400);
      assertThat(client.atEnd()).isTrue();
    }
    assertThat(handled).hasValue(0);
  }

  @Test
  @Proves("DS-07")
  void cuttingTheBytesAnywhereChangesNothing() throws IOException {
    String good = head("Content-Type: application/json", "Content-Length: 2") + "{}";
    String folded = "GET /a HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n";
    for (int cut = 1; cut < good.length(); cut += 7) {
      try (RawClient client = client()) {
        client.send(good.substring(0, cut)).send(good.substring(cut));
        assertThat(client.read().status()).as("cut at %d", cut).isEqualTo(200);
      }
    }
    for (int cut = 1; cut < folded.length() - 1; cut++) {
      try (RawClient client = client()) {
        client.send(folded.substring(0, cut)).send(folded.substring(cut));
        assertThat(client.read().status()).as("cut at %d", cut).isEqualTo(400);
      }
    }
  }

  @Test
  @Proves("CF-02")
  void aMegabyteOfHeadersIsRefusedEarly() throws IOException {
    String lines = ("X-Filler: " + "a".repeat(1000) + "\r\n").repeat(1000);
    try (RawClient client = client()) {
      sendIgnoringReset(client, "GET /a HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
      assertThat(client.read().status()).isEqualTo(431);
      assertThat(client.atEnd()).isTrue();
    }
    try (RawClient client = client()) {
      sendIgnoringReset(client, "GET /" + "a".repeat(1 << 20) + " HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(414);
      assertThat(client.atEnd()).isTrue();
    }
    othersAreServed();
  }

  @Test
  @Proves("JV-03")
  void bombsInBodiesAreRefused() throws IOException {
    String nested = "[".repeat(100_000);
    String number = "{\"a\":" + "9".repeat(100_000) + "}";
    String name = "{\"" + "n".repeat(100_000) + "\":1}";
    for (String bomb : List.of(nested, number, name, "{\"a\":".repeat(5000))) {
      RawClient.Answer answer = post("application/json", bomb.getBytes(ISO_8859_1));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).hasSizeLessThan(400).startsWith("{\"error\":\"invalid payload: ");
    }
    byte[] deepArrays = new byte[100_000];
    java.util.Arrays.fill(deepArrays, (byte) 0x91);
    for (byte[] bomb :
        List.of(
            new byte[] {(byte) 0xdd, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff},
            new byte[] {(byte) 0xdf, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff},
            new byte[] {(byte) 0xdb, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 'a'},
            new byte[] {(byte) 0xc6, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff},
            new byte[] {(byte) 0xc9, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 1},
            deepArrays)) {
      RawClient.Answer answer = post("application/msgpack", bomb);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).startsWith("{\"error\":\"invalid payload: ");
    }
    assertThat(handled).hasValueLessThanOrEqualTo(10); // refused inside the handler, by reading
    othersAreServed();
  }

  private RawClient.Answer post(String type, byte[] body) throws IOException {
    try (RawClient client = client()) {
      client.send(head("Content-Type: " + type, "Content-Length: " + body.length)).send(body);
      return client.read();
    }
  }

  @Test
  @Proves("DS-08")
  void hundredsOfHalfOpenConnectionsDisturbNobodyAndAreClosed() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 400; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        sockets.add(socket);
        if (i % 2 == 0) {
          socket.getOutputStream().write("GET /a HTTP/1.1\r\nHo".getBytes(ISO_8859_1));
        }
      }
      othersAreServed();
      await().atMost(Duration.ofSeconds(10)).until(() -> server.openConnections() == 0);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  @Proves("DS-08")
  void slowHeadsAndBodiesAreCutOff() throws IOException {
    try (RawClient slowHead = client();
        RawClient slowBody = client();
        RawClient slowStream = client();
        RawClient idle = client()) {
      slowHead.send("GET /a HTTP/1.1\r\n");
      slowBody.send(head("Content-Type: application/json", "Content-Length: 100") + "{");
      slowStream.send(
          "POST /stream HTTP/1.1\r\nHost: a\r\n" + AUTH + "Content-Length: 100000\r\n\r\nabc");
      idle.send("GET /a HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n");
      assertThat(idle.read().status()).isEqualTo(200);

      assertThat(slowHead.atEnd()).isTrue();
      assertThat(slowBody.atEnd()).isTrue();
      assertThat(slowStream.read().status()).isEqualTo(408);
      assertThat(slowStream.atEnd()).isTrue();
      assertThat(idle.atEnd()).isTrue();
    }
  }

  @Test
  @Proves("DS-08")
  void aHeadThatTricklesIsCutOffAsWell() throws Exception {
    try (RawClient client = client()) {
      long start = System.nanoTime();
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(() -> {
                while (System.nanoTime() - start < Duration.ofSeconds(15).toNanos()) {
                  client.send("a");
                  Thread.onSpinWait();
                  java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
                }
              }))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  @Proves("DS-08")
  void aReaderThatStopsIsCutOffAndHoldsLittle() throws IOException {
    try (RawClient client = client()) {
      client.send("GET /endless HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n");
      await().until(() -> server.openConnections() == 1);
      await().atMost(Duration.ofSeconds(10)).until(() -> server.openConnections() == 0);
    }
  }

  @Test
  @Proves("DS-08")
  void connectionsOfOneAddressAreCountedUnlessItIsATrustedProxy() throws IOException {
    HttpLimits few =
        new HttpLimits(
            8 << 10,
            16 << 10,
            1 << 20,
            SHORT.handshakeDeadline(),
            Duration.ofSeconds(30),
            SHORT.bodyDeadline(),
            SHORT.streamWindow(),
            1 << 10,
            Duration.ofSeconds(30),
            SHORT.writeStall(),
            5,
            3);
    try (HttpServer capped = start(few)) {
      assertThat(admitted(capped, 6)).isEqualTo(3);
      await().until(() -> capped.openConnections() == 0);
      config.set("api.trusted_proxies", List.of("127.0.0.0/8", "::1"));
      assertThat(admitted(capped, 8)).isEqualTo(5);
    }
  }

  private static int admitted(HttpServer capped, int attempts) throws IOException {
    List<RawClient> clients = new ArrayList<>();
    int answered = 0;
    try {
      for (int i = 0; i < attempts; i++) {
        RawClient client = new RawClient(capped.port());
        clients.add(client);
        try {
          client.send("GET /a HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n");
          answered += client.read().status() == 200 ? 1 : 0;
        } catch (IOException refused) {
          // closed without an answer
        }
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
    return answered;
  }

  @Test
  @Proves("DS-09")
  void abortedRequestsLeaveNothingBehind() throws IOException {
    for (int i = 0; i < 200; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        socket.setSoLinger(true, 0); // a reset instead of an orderly end
        String[] kinds = {
          "GET /endless HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n",
          "POST /stream HTTP/1.1\r\nHost: a\r\n" + AUTH + "Content-Length: 100000\r\n\r\nabc",
          head("Content-Type: application/json", "Content-Length: 100") + "{",
          "GET /a HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n".repeat(3)
        };
        socket.getOutputStream().write(kinds[i % kinds.length].getBytes(ISO_8859_1));
      }
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> server.openConnections() == 0);
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.isVirtual() && thread.getName().startsWith("http-")));
    othersAreServed();
  }

  @Test
  void memoryStaysFlatUnderUnauthorisedBodies() throws IOException {
    byte[] block = new byte[1 << 20];
    for (int i = 0; i < 50; i++) {
      try (RawClient client = client()) {
        client.send(
            "POST /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer no\r\n"
                + "Content-Length: 1000000000\r\n\r\n");
        sendIgnoringReset(client, new String(block, ISO_8859_1));
        assertThat(client.read().status()).isEqualTo(401);
      }
    }
    assertThat(handled).hasValue(0);
    othersAreServed();
  }

  private static void sendIgnoringReset(RawClient client, String text) {
    try {
      client.send(text);
    } catch (IOException serverHasEnough) {
      // the answer is still there to be read
    }
  }
}
