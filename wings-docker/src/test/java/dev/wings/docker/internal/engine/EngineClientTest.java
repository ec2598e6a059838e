package dev.wings.docker.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.testing.Proves;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.testing.FakeEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineClientTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path directory;
  private FakeEngine fake;
  private EngineClient client;

  @BeforeEach
  void start() throws IOException {
    fake = new FakeEngine(directory);
    client = new EngineClient(new EngineAddress.Local(fake.socket()));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    fake.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1.41, 1.12, 1.41",
    "1.44, 1.24, 1.44",
    "1.50, 1.24, 1.44",
    "1.52, 1.44, 1.44",
    "1.60, 1.46, 1.46",
  })
  void negotiatesTheApiVersion(String offered, String minimum, String used) throws IOException {
    fake.on(
        "GET /version",
        (_, response) ->
            response.json(
                200, "{\"ApiVersion\":\"" + offered + "\",\"MinAPIVersion\":\"" + minimum + "\"}"));

    assertThat(client.version().api()).isEqualTo(used);
    client.version();
    assertThat(fake.requests("GET /version")).hasSize(1);
  }

  @Test
  void refusesAnEngineThatIsTooOld() {
    fake.on("GET /version", (_, response) -> response.json(200, "{\"ApiVersion\":\"1.40\"}"));

    assertThatThrownBy(() -> client.version())
        .hasMessageContaining("1.40")
        .hasMessageContaining("1.41");
  }

  @Test
  void negotiatesAgainAfterTheEngineWasReplaced() {
    AtomicInteger calls = new AtomicInteger();
    fake.on(
        "GET /info",
        (_, response) -> {
          if (calls.incrementAndGet() == 1) {
            response.json(
                400,
                "{\"message\":\"client version 1.41 is too old. Minimum supported API version is"
                    + " 1.44\"}");
          } else {
            response.json(200, "{\"ok\":true}");
          }
        });

    assertThat(client.call(EngineRequest.get("/info"), SECOND).path("ok").asBoolean()).isTrue();
    assertThat(fake.requests("GET /version")).hasSize(2);
  }

  @Test
  void readsChunksSplitAnywhereAndBodiesWithoutLength() {
    fake.on(
            "GET /chunks",
            (_, response) -> {
              response.raw("HTTP/1.1 200 OK\r\nTransfer-En");
              response.raw("coding: chunked\r\n\r\n3\r\n{\"a\r\n");
              response.raw("4;x=y\r\n\":1}\r\n0\r\n\r\n");
            })
        .on("GET /close", (_, response) -> response.raw("HTTP/1.1 200 OK\r\n\r\n{\"a\":2}"));

    assertThat(client.call(EngineRequest.get("/chunks"), SECOND).path("a").asInt()).isEqualTo(1);
    assertThat(client.call(EngineRequest.get("/close"), SECOND).path("a").asInt()).isEqualTo(2);
  }

  @Test
  void sendsQueryHeadersAndBody() {
    fake.on("POST /things/.*", (_, response) -> response.raw("HTTP/1.1 204 No Content\r\n\r\n"));

    JsonNode answer =
        client.call(
            EngineRequest.post("/things/x", "{\"k\":\"v\"}".getBytes(StandardCharsets.UTF_8))
                .query("name", "a b&c=d")
                .header("X-Test", "yes"),
            SECOND);

    assertThat(answer.isMissingNode()).isTrue();
    FakeEngine.Request request = fake.requests("POST /things/x").getFirst();
    assertThat(request.query()).containsEntry("name", "a b&c=d");
    assertThat(request.headers())
        .containsEntry("x-test", "yes")
        .containsEntry("content-type", "application/json");
    assertThat(request.body()).isEqualTo("{\"k\":\"v\"}");
  }

  @Test
  @Proves("DK-03")
  void aHungCallEndsByItsDeadlineAndDelaysNoOther() throws Exception {
    fake.on("GET /containers/hung/json", (_, response) -> response.hang())
        .on("GET /containers/fine/json", (_, response) -> response.json(200, "{}"));
    client.version();
    CompletableFuture<Throwable> hung = new CompletableFuture<>();
    for (int i = 0; i < 50; i++) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              client.call(EngineRequest.get("/containers/hung/json"), SECOND);
            } catch (EngineException e) {
              hung.complete(e);
            }
          });
    }

    for (int i = 0; i < 20; i++) {
      client.call(EngineRequest.get("/containers/fine/json"), SECOND);
    }
    assertThat(hung).isNotDone();

    assertThat(hung.get(10, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.failure()).isEqualTo(Failure.TIMEOUT);
              assertThat(e.toWings("x").kind()).isEqualTo(ErrorKind.UPSTREAM);
            });
  }

  @Test
  void interruptingTheThreadEndsACall() throws Exception {
    fake.on("GET /hung", (_, response) -> response.hang());
    CompletableFuture<EngineException> failure = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.call(EngineRequest.get("/hung"), Duration.ofMinutes(1));
              } catch (EngineException e) {
                failure.complete(e);
              }
            });
    org.awaitility.Awaitility.await().until(() -> !fake.requests("GET /hung").isEmpty());

    thread.interrupt();

    assertThat(failure.get(10, TimeUnit.SECONDS).failure()).isEqualTo(Failure.INTERRUPTED);
  }

  @Test
  void repeatsReadsWhoseAnswerIsGarbageForAMoment() {
    AtomicInteger calls = new AtomicInteger();
    fake.on(
            "GET /flaky",
            (_, response) ->
                response.json(200, calls.incrementAndGet() < 4 ? "{\"x\":" : "{\"x\":1}"))
        .on("GET /broken", (_, response) -> response.json(200, "never json"));

    assertThat(client.read(EngineRequest.get("/flaky"), SECOND).path("x").asInt()).isEqualTo(1);
    assertThatThrownBy(() -> client.read(EngineRequest.get("/broken"), SECOND))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.failure()).isEqualTo(Failure.MALFORMED));
    assertThat(fake.requests("GET /broken")).hasSize(4);
  }

  @Test
  void saysWhatTheEngineSaidWithoutHostPaths() {
    fake.on(
            "POST /x",
            (_, response) ->
                response.json(
                    500,
                    "{\"message\":\"cannot mount /var/lib/wings/volumes/abc from"
                        + " https://registry/v2/a: port 25565 in use\"}"))
        .on(
            "POST /y",
            (_, response) -> response.raw("HTTP/1.1 502 Bad\r\nContent-Length: 5\r\n\r\noops\n"));

    assertThatThrownBy(() -> client.call(EngineRequest.post("/x"), SECOND))
        .isInstanceOfSatisfying(
            EngineException.class,
            e ->
                assertThat(e.toWings("starting").getMessage())
                    .isEqualTo(
                        "starting: cannot mount <path> from https://registry/v2/a: port 25565 in"
                            + " use"));
    assertThatThrownBy(() -> client.call(EngineRequest.post("/y"), SECOND)).hasMessage("oops");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "garbage",
        "HTTP/1.1 abc OK\\r\\n\\r\\n",
        "HTTP/1.1 200 OK\\r\\nno colon\\r\\n\\r\\n",
        "HTTP/1.1 200 OK\\r\\nContent-Length: -5\\r\\n\\r\\n",
        "HTTP/1.1 200 OK\\r\\nContent-Length: 50\\r\\n\\r\\nshort",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nab",
      })
  void brokenAnswersAreErrorsAndNothingElse(String answer) {
    fake.on("GET /odd", (_, response) -> response.raw(answer.replace("\\r\\n", "\r\n")));

    assertThatThrownBy(() -> client.call(EngineRequest.get("/odd"), SECOND))
        .isInstanceOf(EngineException.class);
  }

  @Test
  void anEngineThatIsAwayIsBroken() throws IOException {
    fake.close();

    assertThatThrownBy(() -> client.call(EngineRequest.get("/x"), SECOND))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.failure()).isEqualTo(Failure.BROKEN));
  }

  @Test
  void upgradedConnectionsCarryBytesBothWaysAfterTheHead() throws IOException {
    fake.on(
        "POST /attach",
        (_, response) -> {
          // head and first bytes in one piece: nothing of it may be lost
          response.raw("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nfirst");
          response.out().write(response.in().readNBytes(4));
        });

    try (EngineDuplex duplex = client.upgrade(EngineRequest.post("/attach"), SECOND)) {
      duplex.write(ByteBuffer.wrap("ping".getBytes(StandardCharsets.UTF_8)));
      ByteBuffer buffer = ByteBuffer.allocate(64);
      while (duplex.read(buffer) >= 0) {
        // until the end
      }
      assertThat(new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8))
          .isEqualTo("firstping");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tcp://10.0.0.1:2376, 10.0.0.1, 2376",
    "http://engine:80/path, engine, 80",
    "tcp://engine, engine, 2375",
    "tcp://[::1]:99, ::1, 99",
  })
  void readsTcpAddresses(String socket, String host, int port) {
    assertThat(EngineAddress.parse(socket)).isEqualTo(new EngineAddress.Remote(host, port));
  }

  @Test
  void everythingElseIsAPath() {
    assertThat(EngineAddress.parse("/run/x:1/y%20.sock"))
        .isEqualTo(new EngineAddress.Local(Path.of("/run/x:1/y%20.sock")));
    assertThatThrownBy(() -> EngineAddress.parse("tcp://:5"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EngineAddress.parse("tcp://h:x"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
