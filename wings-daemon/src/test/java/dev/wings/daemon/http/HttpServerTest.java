package dev.wings.daemon.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.Proves;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.send.OpenedFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class HttpServerTest {
  private static final UUID ID = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final String AUTH = "Authorization: Bearer " + TestConfig.TOKEN + "\r\n";
  private static final String BIG = "0123456789abcdef".repeat(64 << 10); // 1 MiB

  @TempDir Path directory;

  private final TestConfig config = new TestConfig();
  private final FakeServers servers = new FakeServers(FakeServer.named(ID, "one"));
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger bodiesParsed = new AtomicInteger();
  private final AtomicLong streamed = new AtomicLong();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.builder(config, new RouteTable(routes()), servers).start();
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.close();
  }

  private List<Route> routes() {
    JsonNode document = JsonNodeFactory.instance.objectNode().put("a", 1);
    return List.of(
        Route.get("/inline")
            .access(Access.NODE_TOKEN)
            .handleInline(_ -> new Response.Prepared(200, PreparedDocument.of(document))),
        Route.get("/slow")
            .access(Access.NODE_TOKEN)
            .handle(_ -> {
              release.await();
              return Response.done();
            }),
        Route.post("/echo")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .handle(request -> {
              bodiesParsed.incrementAndGet();
              return Response.ok(request.document());
            }),
        Route.post("/lenient")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.LENIENT)
            .handle(request -> Response.ok(request.document())),
        Route.post("/upload")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STREAM)
            .handle(request -> {
              try (InputStream body = request.bodyStream()) {
                byte[] block = new byte[8192];
                for (int n = body.read(block); n >= 0; n = body.read(block)) {
                  streamed.addAndGet(n);
                }
              }
              return Response.ok(JsonNodeFactory.instance.objectNode().put("n", streamed.get()));
            }),
        Route.post("/ignores")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STREAM)
            .handle(_ -> {
              throw WingsException.conflict("not now");
            }),
        Route.get("/stream")
            .access(Access.NODE_TOKEN)
            .handle(_ ->
                new Response.Stream(
                    200,
                    Map.of("content-type", "text/plain"),
                    OptionalLong.empty(),
                    out -> out.write(BIG.getBytes(UTF_8)))),
        Route.get("/breaks")
            .access(Access.NODE_TOKEN)
            .handle(_ ->
                new Response.Stream(
                    200,
                    Map.of(),
                    OptionalLong.empty(),
                    out -> {
                      out.write(new byte[100_000]);
                      throw new IOException("disk is gone");
                    })),
        Route.get("/refuses-late")
            .access(Access.NODE_TOKEN)
            .handle(_ ->
                new Response.Stream(
                    200,
                    Map.of(),
                    OptionalLong.empty(),
                    _ -> {
                      throw WingsException.notFound("gone meanwhile");
                    })),
        Route.get("/file").access(Access.NODE_TOKEN).handle(_ -> file()),
        Route.get("/fails")
            .access(Access.NODE_TOKEN)
            .handle(_ -> {
              throw new IllegalStateException("/secret/path");
            }),
        Route.get("/misses")
            .access(Access.NODE_TOKEN)
            .handle(_ -> {
              throw new NoSuchFileException("/secret/path"); // no file that anybody asked for
            }),
        Route.get("/overflows")
            .access(Access.NODE_TOKEN)
            .handle(_ -> Response.ok(JsonNodeFactory.instance.numberNode(recurse(1)))),
        Route.get("/signed")
            .access(
                Access.signed(
                    "test",
                    request -> {
                      if (!request.query("token").orElse("").equals("right")) {
                        throw WingsException.denied("invalid token");
                      }
                    }))
            .handle(_ -> Response.done()),
        Route.get("/servers/{server}/name")
            .access(Access.NODE_TOKEN)
            .handle(request ->
                Response.ok(
                    JsonNodeFactory.instance.textNode(
                        request.server().definition().settings().meta().name()))),
        Route.post("/servers/{server}/echo")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .handle(request -> {
              bodiesParsed.incrementAndGet();
              return Response.ok(request.document());
            }));
  }

  private Response file() throws IOException {
    Files.writeString(directory.resolve("file"), BIG);
    return new Response.Stream(
        200,
        Map.of("content-type", "text/plain"),
        OptionalLong.of(BIG.length() - 16),
        out -> {
          try (Sandbox sandbox = Sandbox.open(directory);
              OpenedFile file = OpenedFile.open(sandbox.getPath("/file"))) {
            out.send(file, 16, BIG.length() - 16);
          }
        });
  }

  @SuppressWarnings("InfiniteRecursion")
  private static int recurse(int depth) {
    return recurse(depth + 1) + 1;
  }

  private RawClient client() throws IOException {
    return new RawClient(server.port());
  }

  private static String request(String line, String... headers) {
    return line + " HTTP/1.1\r\nHost: node\r\n" + AUTH + String.join("", headers) + "\r\n";
  }

  private static String post(String path, String type, String body) {
    return request("POST " + path, "Content-Type: " + type + "\r\n", length(body)) + body;
  }

  private static String length(String body) {
    return "Content-Length: " + body.length() + "\r\n";
  }

  private RawClient.Answer call(String request) throws IOException {
    try (RawClient client = client()) {
      return client.send(request).read();
    }
  }

  @Test
  void answersInTheRepresentationThatWasAskedFor() throws IOException {
    RawClient.Answer json = call(request("GET /inline"));
    RawClient.Answer packed = call(request("GET /inline", "Accept: application/msgpack\r\n"));

    assertThat(json.text()).isEqualTo("{\"a\":1}");
    assertThat(json.header("content-type")).isEqualTo("application/json");
    assertThat(json.header("vary")).isEqualTo("Accept");
    assertThat(packed.header("content-type")).isEqualTo("application/msgpack");
    assertThat(MessagePack.read(packed.body()).path("a").asInt()).isEqualTo(1);
    assertThat(packed.headers()).containsKey("date");
  }

  @Test
  void decodesBothBodyTypesAndTreatsAnEmptyBodyAsAnEmptyObject() throws IOException {
    byte[] packed = MessagePack.write(Json.mapper().readTree("{\"x\":[1,null]}"));
    try (RawClient client = client()) {
      client
          .send(
              request(
                  "POST /echo",
                  "Content-Type: application/msgpack\r\nContent-Length: " + packed.length + "\r\n"))
          .send(packed);
      assertThat(client.read().text()).isEqualTo("{\"x\":[1,null]}");
      client.send(post("/echo", "application/json; charset=utf-8", "{\"y\":2}"));
      assertThat(client.read().text()).isEqualTo("{\"y\":2}");
      client.send(request("POST /echo"));
      assertThat(client.read().text()).isEqualTo("{}");
      client.send(request("POST /echo", "Content-Length: 0\r\n"));
      assertThat(client.read().text()).isEqualTo("{}");
      client.send(
          request("POST /echo", "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n")
              + "3\r\n{\"z\r\n5;x=y\r\n\":12}\r\n0\r\n\r\n");
      assertThat(client.read().text()).isEqualTo("{\"z\":12}");
    }
  }

  @Test
  void refusesBodiesThatAreNoDocument() throws IOException {
    for (String[] bad :
        new String[][] {
          {"text/plain", "{}"},
          {"application/json", "{\"a\":"},
          {"application/json", "{} {}"},
          {"application/msgpack", "{}{"},
          {"application/x-www-form-urlencoded", "a=1"}
        }) {
      RawClient.Answer answer = call(post("/echo", bad[0], bad[1]));
      assertThat(answer.status()).as(bad[1]).isEqualTo(400);
      assertThat(answer.text()).startsWith("{\"error\":\"invalid payload: ");
    }
    assertThat(call(post("/lenient", "application/json", "{\"a\":")).text()).isEqualTo("{}");
    assertThat(call(post("/lenient", "application/json", "{\"a\":3}")).text())
        .isEqualTo("{\"a\":3}");
  }

  @Test
  @Proves("CF-02")
  void aBodyOneByteAboveTheLimitIsRefused() throws IOException {
    int limit = 2 << 20;
    String fitting = "\"" + "a".repeat(limit - 2) + "\"";
    assertThat(call(post("/echo", "application/json", fitting)).status()).isEqualTo(200);

    String tooLong = "\"" + "a".repeat(limit - 1) + "\"";
    RawClient.Answer declared = call(post("/echo", "application/json", tooLong));
    assertThat(declared.status()).isEqualTo(400);
    assertThat(declared.header("connection")).isEqualTo("close");

    String chunk = Integer.toHexString(tooLong.length()) + "\r\n" + tooLong + "\r\n0\r\n\r\n";
    RawClient.Answer chunked =
        call(
            request(
                    "POST /echo",
                    "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n")
                + chunk);
    assertThat(chunked.status()).isEqualTo(400);
    assertThat(chunked.text()).contains("body is too large");
  }

  @Test
  @Proves("DS-05")
  void compressedBodiesAreRefusedUnread() throws IOException {
    for (String coding : List.of("gzip", "deflate", "br", "zstd", "snappy", "gzip, identity")) {
      RawClient.Answer answer =
          call(
              request(
                      "POST /echo",
                      "Content-Type: application/json\r\nContent-Encoding: " + coding + "\r\n",
                      "Content-Length: 4\r\n")
                  + "bomb");
      assertThat(answer.status()).as(coding).isEqualTo(415);
    }
    assertThat(bodiesParsed).hasValue(0);
  }

  @Test
  @Proves("TK-07")
  void theCredentialIsCheckedBeforeIdsAndBodies() throws IOException {
    for (String path :
        List.of(
            "/servers/" + ID + "/echo",
            "/servers/" + new UUID(1, 2) + "/echo",
            "/servers/x/echo")) {
      RawClient.Answer answer =
          call(
              "POST "
                  + path
                  + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\n"
                  + "Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{bad}");
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.text()).isEqualTo("{\"error\":\"invalid authorization token\"}");
      assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
    }
    assertThat(bodiesParsed).hasValue(0);

    assertThat(call(post("/servers/x/echo", "application/json", "{bad}")).text())
        .contains("invalid server uuid");
    RawClient.Answer unknown =
        call(post("/servers/" + new UUID(1, 2) + "/echo", "application/json", "{bad}"));
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.text()).contains("server not found");
    assertThat(bodiesParsed).hasValue(0);
  }

  @Test
  @Proves("TK-07")
  void failuresOfOneAddressAreLimitedButTheRightTokenAlwaysPasses() throws IOException {
    try (RawClient client = client()) {
      int refused = 0;
      for (int i = 0; i < AuthenticationFailures.PER_MINUTE + 5; i++) {
        client.send("GET /inline HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\n\r\n");
        refused += client.read().status() == 429 ? 1 : 0;
      }
      assertThat(refused).isEqualTo(5);
      assertThat(client.send(request("GET /inline")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void aChangedNodeTokenIsInForceOnOpenConnections() throws IOException {
    try (RawClient client = client()) {
      assertThat(client.send(request("GET /inline")).read().status()).isEqualTo(200);
      config.set("token", "another");
      assertThat(client.send(request("GET /inline")).read().status()).isEqualTo(401);
      config.set("token", "");
      client.send("GET /inline HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \r\n\r\n");
      assertThat(client.read().status()).isEqualTo(401);
    }
  }

  @Test
  void headHasTheHeadersOfGetAndNoBody() throws IOException {
    try (RawClient client = client()) {
      RawClient.Answer head = client.send(request("HEAD /inline")).readHead();
      assertThat(head.header("content-length")).isEqualTo("7");
      assertThat(client.send(request("HEAD /stream")).readHead().status()).isEqualTo(200);
      assertThat(client.send(request("HEAD /file")).readHead().header("content-length"))
          .isEqualTo(Integer.toString(BIG.length() - 16));
      assertThat(client.send(request("GET /inline")).read().text()).isEqualTo("{\"a\":1}");
    }
  }

  @Test
  void optionsAnswersAnywhereWithoutCredential() throws IOException {
    for (String path : List.of("/inline", "/nowhere", "*")) {
      RawClient.Answer answer =
          call("OPTIONS " + path + " HTTP/1.1\r\nHost: a\r\nOrigin: https://panel.example\r\n\r\n");
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://panel.example");
      assertThat(answer.headers()).doesNotContainKey("content-length");
    }
  }

  @Test
  void otherMethodsAreRefusedWithTheListOfAllowedOnes() throws IOException {
    RawClient.Answer answer = call(request("PUT /inline"));

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("GET, HEAD, OPTIONS");
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void unknownPathsAreRedirectedOrNotFound() throws IOException {
    config.set("api.redirects", Map.of("/old", "https://new.example/", "/inline", "https://no/"));

    RawClient.Answer redirected = call(request("GET /old?x=1"));
    assertThat(redirected.status()).isEqualTo(302);
    assertThat(redirected.header("location")).isEqualTo("https://new.example/");
    assertThat(call(request("GET /inline")).status()).isEqualTo(200);
    assertThat(call(request("GET /old/")).text()).isEqualTo("{\"error\":\"route not found\"}");
    assertThat(call(request("GET /")).status()).isEqualTo(404);
    assertThat(call(request("GET //inline")).status()).isEqualTo(200);
  }

  @Test
  void corsFollowsTheLiveConfiguration() throws IOException {
    config.set("allowed_origins", List.of("https://a.example"));
    RawClient.Answer allowed = call(request("GET /inline", "Origin: https://a.example\r\n"));
    RawClient.Answer other = call(request("GET /nowhere", "Origin: https://b.example\r\n"));

    assertThat(allowed.header("access-control-allow-origin")).isEqualTo("https://a.example");
    assertThat(other.header("access-control-allow-origin")).isEqualTo("https://panel.example");
    config.set("remote", "https://panel\n.example");
    RawClient.Answer broken = call(request("GET /inline"));
    assertThat(broken.status()).isEqualTo(500);
    assertThat(broken.text()).contains("invalid remote URL configured");
  }

  @Test
  void pipelinedAnswersKeepTheirOrder() throws IOException {
    try (RawClient client = client()) {
      client.send(
          request("GET /slow")
              + request("GET /inline")
              + post("/echo", "application/json", "{\"n\":3}")
              + request("GET /nowhere")
              + request("GET /stream")
              + request("GET /inline", "Connection: close\r\n"));
      release.countDown();

      assertThat(client.read().text()).isEqualTo("{}");
      assertThat(client.read().text()).isEqualTo("{\"a\":1}");
      assertThat(client.read().text()).isEqualTo("{\"n\":3}");
      assertThat(client.read().status()).isEqualTo(404);
      assertThat(client.read().text()).isEqualTo(BIG);
      assertThat(client.read().header("connection")).isEqualTo("close");
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void aPipelineThatNobodyReadsIsHeldBack() throws IOException {
    try (RawClient client = client()) {
      byte[] requests = request("GET /stream").repeat(20).getBytes(UTF_8);
      client.send(requests);
      for (int i = 0; i < 20; i++) {
        assertThat(client.read().body()).hasSize(BIG.length());
      }
    }
  }

  @Test
  void anOldClientGetsAnAnswerItUnderstands() throws IOException {
    try (RawClient client = client()) {
      client.send("GET /inline HTTP/1.0\r\n" + AUTH + "\r\n");
      assertThat(client.read().header("connection")).isEqualTo("close");
      assertThat(client.atEnd()).isTrue();
    }
    try (RawClient client = client()) {
      client.send("GET /stream HTTP/1.0\r\n" + AUTH + "Connection: keep-alive\r\n\r\n");
      RawClient.Answer answer = client.read();
      assertThat(answer.headers()).doesNotContainKey("transfer-encoding");
      assertThat(answer.text()).isEqualTo(BIG);
    }
    try (RawClient client = client()) {
      client.send("GET /inline HTTP/1.0\r\n" + AUTH + "Connection: keep-alive\r\n\r\n");
      assertThat(client.read().header("connection")).isEqualTo("keep-alive");
      client.send("GET /inline HTTP/1.0\r\n" + AUTH + "\r\n");
      assertThat(client.read().status()).isEqualTo(200);
    }
  }

  @Test
  void continueIsSaidOnlyWhenTheBodyIsWanted() throws IOException {
    try (RawClient client = client()) {
      client.send(
          request(
              "POST /echo",
              "Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"));
      assertThat(client.readHead().status()).isEqualTo(100);
      assertThat(client.send("{}").read().text()).isEqualTo("{}");

      client.send(request("POST /upload", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
      assertThat(client.readHead().status()).isEqualTo(100);
      assertThat(client.send("abc").read().text()).isEqualTo("{\"n\":3}");

      client.send(
          "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(401);
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void uploadsAreStreamedAndHeldBack() throws IOException {
    try (RawClient client = client()) {
      client.send(request("POST /upload", length(BIG + BIG + BIG + BIG)));
      for (int i = 0; i < 4; i++) {
        client.send(BIG);
      }
      assertThat(client.read().text()).isEqualTo("{\"n\":" + 4 * BIG.length() + "}");
      assertThat(client.send(request("GET /inline")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void anUploadThatIsRefusedEndsTheConnectionAfterTheAnswer() throws IOException {
    try (RawClient client = client()) {
      client.send(request("POST /ignores", length(BIG)));
      client.send(BIG.substring(0, 100_000));

      RawClient.Answer answer = client.read();

      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void filesAndStreamsArriveWhole() throws IOException {
    RawClient.Answer stream = call(request("GET /stream"));
    RawClient.Answer file = call(request("GET /file"));

    assertThat(stream.header("transfer-encoding")).isEqualTo("chunked");
    assertThat(stream.text()).isEqualTo(BIG);
    assertThat(file.text()).isEqualTo(BIG.substring(16));
  }

  @Test
  void aBrokenStreamIsSeenAsBroken() throws IOException {
    try (RawClient client = client()) {
      client.send(request("GET /breaks"));
      org.assertj.core.api.Assertions.assertThatThrownBy(client::read)
          .isInstanceOf(IOException.class);
    }
    RawClient.Answer late = call(request("GET /refuses-late"));
    assertThat(late.status()).isEqualTo(404);
    assertThat(late.text()).isEqualTo("{\"error\":\"gone meanwhile\"}");
  }

  @Test
  @Proves("JV-05")
  void unexpectedFailuresEndOneRequestOnlyAndTellNothing() throws IOException {
    try (RawClient client = client()) {
      for (String path : List.of("/fails", "/misses", "/overflows")) {
        RawClient.Answer answer = client.send(request("GET " + path)).read();
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.text()).isEqualTo("{\"error\":\"internal server error\"}");
      }
      assertThat(client.send(request("GET /inline")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void signedRoutesAreCheckedByTheirOwnRule() throws IOException {
    assertThat(call(request("GET /signed?token=right")).status()).isEqualTo(200);
    RawClient.Answer wrong = call(request("GET /signed?token=wrong"));
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.text()).isEqualTo("{\"error\":\"invalid token\"}");
  }

  @Test
  void serverRoutesGetTheirServer() throws IOException {
    assertThat(call(request("GET /servers/" + ID + "/name")).text()).isEqualTo("\"one\"");
  }

  @Test
  void connectionsAreForgottenWhenTheyClose() throws IOException {
    try (RawClient client = client()) {
      client.send(request("GET /inline")).read();
      assertThat(server.openConnections()).isEqualTo(1);
    }
    await().until(() -> server.openConnections() == 0);
  }

  @Test
  void servesOnAUnixSocketAndRemovesItAtTheEnd() throws IOException {
    Path socket = directory.resolve("wings.sock");
    Files.writeString(socket, "left over");
    config.set("api.host", socket.toString());
    for (boolean portable : new boolean[] {false, true}) {
      HttpServer.Builder builder =
          HttpServer.builder(config, new RouteTable(routes()), servers).eventLoops(1);
      try (HttpServer unix = (portable ? builder.portableTransport() : builder).start();
          SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        client.connect(UnixDomainSocketAddress.of(socket));
        client.write(
            ByteBuffer.wrap(request("GET /inline", "Connection: close\r\n").getBytes(UTF_8)));
        ByteBuffer answer = ByteBuffer.allocate(4096);
        while (client.read(answer) >= 0) {
          // until the end
        }
        assertThat(new String(answer.array(), 0, answer.position(), UTF_8))
            .startsWith("HTTP/1.1 200 OK\r\n")
            .endsWith("{\"a\":1}");
        assertThat(unix.address()).isNotNull();
      }
      assertThat(socket).doesNotExist();
    }
  }

  @Test
  void theJdksSelectorServesAsWell() throws IOException {
    try (HttpServer portable =
            HttpServer.builder(config, new RouteTable(routes()), servers)
                .portableTransport()
                .start();
        RawClient client = new RawClient(portable.port())) {
      assertThat(client.send(request("GET /file")).read().text()).isEqualTo(BIG.substring(16));
      assertThat(client.send(request("GET /inline")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void anAddressInUseIsAnError() {
    TestConfig taken = new TestConfig().set("api.port", server.port());

    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> HttpServer.builder(taken, new RouteTable(routes()), servers).start())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(Integer.toString(server.port()));
  }

  @Test
  void anUnknownCongestionControlIsNoError() throws IOException {
    TestConfig odd = new TestConfig().set("system.tcp_congestion_control", "no-such-thing");
    TestConfig cubic = new TestConfig().set("system.tcp_congestion_control", "cubic");
    for (TestConfig each : List.of(odd, cubic)) {
      try (HttpServer other = HttpServer.builder(each, new RouteTable(routes()), servers).start();
          RawClient client = new RawClient(other.port())) {
        assertThat(client.send(request("GET /inline")).read().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void closingDoesNotWaitForIdleConnections() throws IOException {
    try (RawClient client = client()) {
      client.send(request("GET /inline")).read();
      await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> {
            server.close();
            return true;
          });
      assertThat(client.atEnd()).isTrue();
    }
  }
}
