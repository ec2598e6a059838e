package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.Proves;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Nobody gets the daemon to speak HTTP/2, so that none of its floods begins: frames are never
/// looked at. What a TLS client may choose from is in [TlsTest].
@ExtendWith(LeakWatch.class)
class NoHttp2Test {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final String AUTH = "Authorization: Bearer " + TestConfig.TOKEN + "\r\n";

  private final AtomicInteger handled = new AtomicInteger();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    RouteTable routes =
        new RouteTable(
            List.of(
                Route.get("/a")
                    .access(Access.NODE_TOKEN)
                    .handleInline(_ -> {
                      handled.incrementAndGet();
                      return Response.done();
                    })));
    server = HttpServer.builder(new TestConfig(), routes, new FakeServers()).start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /// A frame of HTTP/2.
  private static byte[] frame(int type, int flags, int stream, byte... payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 0, (byte) payload.length, (byte) type, (byte) flags});
    out.writeBytes(new byte[] {0, 0, 0, (byte) stream});
    out.writeBytes(payload);
    return out.toByteArray();
  }

  private static byte[] settings() {
    return frame(4, 0, 0);
  }

  @Test
  @Proves("DS-06")
  void aClientThatBeginsWithHttp2IsSentAway() throws IOException {
    List<byte[]> floods =
        List.of(
            frame(4, 0, 0), // settings
            frame(6, 0, 0, new byte[8]), // ping
            frame(3, 0, 1, new byte[4]), // reset of a stream
            frame(9, 0, 1, new byte[16]), // continuation
            frame(4, 0, 0, new byte[] {0, 6, 0, 0, 0, 1})); // header list of one byte
    for (byte[] flood : floods) {
      try (RawClient client = new RawClient(server.port())) {
        client.send(PREFACE).send(settings());
        boolean open = true;
        for (int i = 0; i < 1_000 && open; i++) {
          try {
            client.send(flood);
          } catch (IOException closed) {
            open = false;
          }
        }
        assertThat(refusals(client)).isLessThanOrEqualTo(1);
      }
    }

    assertThat(handled).hasValue(0);
    othersAreServed();
  }

  /// Reads what is left to the end of the connection.
  ///
  /// @return answers before it, each of which refuses in HTTP/1.1
  private static int refusals(RawClient client) {
    int answers = 0;
    while (true) {
      try {
        RawClient.Answer answer = client.read();
        assertThat(answer.status()).isBetween(400, 505);
        answers++;
      } catch (IOException ended) {
        return answers;
      }
    }
  }

  @Test
  @Proves("DS-06")
  void anOfferToGoOnInHttp2IsNotTakenUp() throws IOException {
    String offer =
        "GET /a HTTP/1.1\r\nHost: a\r\n"
            + AUTH
            + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: "
            + Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[6])
            + "\r\n\r\n";
    try (RawClient client = new RawClient(server.port())) {
      RawClient.Answer answer = client.send(offer).read();

      assertThat(answer.status()).isNotEqualTo(101);
      assertThat(answer.headers()).doesNotContainKey("upgrade");
      int before = handled.get();
      client.send(PREFACE).send(settings());
      assertThat(refusals(client)).isLessThanOrEqualTo(1);
      assertThat(handled).hasValue(before);
    }
    othersAreServed();
  }

  private void othersAreServed() throws IOException {
    try (RawClient other = new RawClient(server.port())) {
      other.send("GET /a HTTP/1.1\r\nHost: a\r\n" + AUTH + "\r\n");
      assertThat(other.read().status()).isEqualTo(200);
    }
  }
}
