package dev.wings.daemon.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.PanelSamples;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class SocketRoutesTest {
  private static final UUID ID = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  @TempDir Path logs;

  private ApiFixture api;

  @BeforeEach
  void start() throws IOException {
    api = new ApiFixture(new TestConfig().set("system.log_directory", logs.toString()), "");
    api.servers.add(FakeServer.named(ID, "one"));
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private record Frame(int opcode, byte[] payload) {
    String text() {
      return new String(payload, UTF_8);
    }
  }

  private static RawClient.Answer handshake(RawClient client, String target) throws IOException {
    return client
        .send(
            "GET "
                + target
                + " HTTP/1.1\r\nHost: node\r\nConnection: keep-alive, Upgrade\r\n"
                + "Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                + "X-Real-Ip: 127.0.0.1\r\nAuthorization: Bearer "
                + TestConfig.TOKEN
                + "\r\n\r\n")
        .readHead();
  }

  private RawClient open(String target) throws IOException {
    RawClient client = api.client();
    RawClient.Answer answer = handshake(client, target);
    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.header("sec-websocket-accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assertThat(answer.headers())
        .doesNotContainKey("sec-websocket-extensions")
        .containsKey("access-control-allow-origin");
    return client;
  }

  private static Frame read(RawClient client) throws IOException {
    int first = client.readByte();
    int length = client.readByte();
    if (length == 126) {
      byte[] extended = client.readBytes(2);
      length = (extended[0] & 0xff) << 8 | extended[1] & 0xff;
    }
    return new Frame(first & 0x0f, client.readBytes(length));
  }

  private static void send(RawClient client, int opcode, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0x80 | opcode);
    frame.write(0x80 | payload.length);
    frame.writeBytes(new byte[] {1, 2, 3, 4});
    for (int i = 0; i < payload.length; i++) {
      frame.write(payload[i] ^ (i % 4 + 1));
    }
    client.send(frame.toByteArray());
  }

  @Test
  void everySocketThatThePanelOpensIsAccepted() throws IOException {
    Files.writeString(logs.resolve("wings.log"), "x\n");
    for (JsonNode connection :
        PanelSamples.read("websocket/panel-to-node-upgrades").path("connections")) {
      String path = connection.at("/upgrade/path").asText();
      if (!path.startsWith("/api/transfers")) {
        open(path).close();
      }
    }
  }

  @Test
  void statsArePushedAsBareJsonText() throws IOException {
    try (RawClient client = open("/api/system/stats/ws")) {
      Frame first = read(client);
      send(client, TEXT, "ignored".getBytes(UTF_8));
      Frame second = read(client);

      assertThat(first.opcode()).isEqualTo(TEXT);
      assertThat(Json.mapper().readTree(first.text()).at("/cpu/threads").asInt()).isPositive();
      assertThat(Json.mapper().readTree(second.text()).at("/memory/total").asLong()).isPositive();
    }
  }

  @Test
  void utilizationIsPushedAndControlFramesAreAnswered() throws IOException {
    try (RawClient client = open("/api/servers/utilization/ws")) {
      assertThat(Json.mapper().readTree(read(client).text()).path(ID.toString()).has("uptime"))
          .isTrue();
      send(client, PING, new byte[] {7});
      Frame pong = read(client);
      while (pong.opcode() == TEXT) {
        pong = read(client);
      }
      assertThat(pong.opcode()).isEqualTo(PONG);
      assertThat(pong.payload()).containsExactly(7);
      send(client, CLOSE, new byte[] {3, (byte) 0xe8});
      Frame close = read(client);
      while (close.opcode() == TEXT) {
        close = read(client);
      }
      assertThat(close.opcode()).isEqualTo(CLOSE);
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void aLogIsFollowedThroughGrowthReplacementAndTruncation() throws IOException {
    Path log = logs.resolve("wings.log");
    Files.writeString(log, "one\ntwo\nthree\n");
    try (RawClient client = open("/api/system/logs/wings.log/ws?lines=2")) {
      assertThat(read(client).text()).isEqualTo("two");
      assertThat(read(client).text()).isEqualTo("three");

      Files.writeString(log, "fo", StandardOpenOption.APPEND);
      Files.writeString(log, "ur\n\u00e9\n", StandardOpenOption.APPEND);
      assertThat(read(client).text()).isEqualTo("four");
      assertThat(read(client).text()).isEqualTo("\u00e9");

      Path next = logs.resolve("next");
      Files.writeString(next, "new file\n");
      Files.move(next, log, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
      assertThat(read(client).text()).isEqualTo("new file");

      Files.writeString(log, "cut\n");
      assertThat(read(client).text()).isEqualTo("cut");
    }
    try (RawClient client = open("/api/system/logs/wings.log/ws?lines=0")) {
      Files.write(log, new byte[] {(byte) 0xff, '\n'}, StandardOpenOption.APPEND);
      assertThat(read(client).text()).isEqualTo("\ufffd");
    }
    try (RawClient client = api.client()) {
      assertThat(handshake(client, "/api/system/logs/none.log/ws").status()).isEqualTo(404);
    }
  }

  @Test
  void aRefusedUpgradeLeavesAnOrdinaryConnection() throws IOException {
    try (RawClient client = api.client()) {
      client.send(
          "GET /api/servers/%s/ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
              .formatted(ID));
      RawClient.Answer refused = client.read();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.text()).isEqualTo("{\"error\":\"too many connections\"}");
      client.send("GET /api/servers/%s/ws HTTP/1.1\r\nHost: a\r\n\r\n".formatted(ID));
      assertThat(client.read().status()).isEqualTo(400);
      client.send(
          "GET /api/servers/%s/ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
              .formatted(ID));
      RawClient.Answer old = client.read();
      assertThat(old.status()).isEqualTo(426);
      assertThat(old.header("sec-websocket-version")).isEqualTo("13");
    }
  }

  @Test
  void aTcpTunnelCarriesBytesBothWaysAndItsEnd() throws IOException {
    api.engine.willResolve("127.0.0.1");
    try (ServerSocket target = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawClient client =
            open(
                "/api/servers/%s/ws/query?protocol=tcp&port=%d"
                    .formatted(ID, target.getLocalPort()));
        Socket accepted = target.accept()) {
      accepted.setSoTimeout(10_000);
      send(client, TEXT, "ignored".getBytes(UTF_8));
      send(client, BINARY, "hello".getBytes(UTF_8));
      assertThat(accepted.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
      accepted.getOutputStream().write("world".getBytes(UTF_8));
      Frame frame = read(client);
      assertThat(frame.opcode()).isEqualTo(BINARY);
      assertThat(frame.text()).isEqualTo("world");
      accepted.close();
      assertThat(read(client).opcode()).isEqualTo(CLOSE);
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void aUdpTunnelCarriesDatagramsAndTellsOfRefusal() throws IOException {
    api.engine.willResolve("127.0.0.1");
    try (DatagramSocket target = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        RawClient client =
            open(
                "/api/servers/%s/ws/query?protocol=udp&port=%d"
                    .formatted(ID, target.getLocalPort()))) {
      target.setSoTimeout(10_000);
      send(client, BINARY, "query".getBytes(UTF_8));
      DatagramPacket packet = new DatagramPacket(new byte[100], 100);
      target.receive(packet);
      assertThat(packet.getLength()).isEqualTo(5);
      target.send(new DatagramPacket(new byte[] {9, 8}, 2, packet.getSocketAddress()));
      assertThat(read(client).payload()).containsExactly(9, 8);
      target.close();
      send(client, BINARY, "query".getBytes(UTF_8));
      Frame refused = read(client);
      assertThat(refused.opcode()).isEqualTo(TEXT);
      assertThat(refused.text()).isEqualTo("refused");
    }
  }

  @Test
  void tunnelsAreRefusedBeforeTheUpgrade() throws IOException {
    String tunnel = "/api/servers/" + ID + "/ws/query";
    for (String query :
        new String[] {"", "?protocol=tcp", "?protocol=sctp&port=1", "?protocol=tcp&port=70000"}) {
      api.engine.willResolve("127.0.0.1");
      try (RawClient client = api.client()) {
        assertThat(handshake(client, tunnel + query).status()).as(query).isEqualTo(400);
      }
    }
    api.engine.willResolve(null);
    try (RawClient client = api.client()) {
      assertThat(handshake(client, tunnel + "?protocol=tcp&port=1").status()).isEqualTo(409);
    }
    try (RawClient client = api.client()) {
      assertThat(handshake(client, "/api/servers/" + ID + "/ws/socket?path=a").status())
          .isEqualTo(501);
    }
  }
}
