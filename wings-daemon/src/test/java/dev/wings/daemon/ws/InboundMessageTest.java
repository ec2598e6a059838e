package dev.wings.daemon.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InboundMessageTest {
  private static Optional<InboundMessage> text(String json) {
    return InboundMessage.decode(WireFormat.TEXT, json.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<InboundMessage> binary(String hex) {
    return InboundMessage.decode(WireFormat.BINARY, HexFormat.of().parseHex(hex));
  }

  @Test
  void listsWithNullsAndNullItselfAreUnderstood() {
    assertThat(text("{\"event\":\"ping\",\"args\":[\"a\",null,\"b\"]}"))
        .contains(new InboundMessage("ping", List.of("a", "b")));
    assertThat(text("{\"args\":null,\"event\":\"ping\",\"more\":1}"))
        .contains(new InboundMessage("ping", List.of()));
    assertThat(binary("92a470696e6790")).contains(new InboundMessage("ping", List.of()));
    assertThat(binary("92a470696e67c0")).contains(new InboundMessage("ping", List.of()));
    assertThat(binary("92a470696e6792a161c0")).contains(new InboundMessage("ping", List.of("a")));
    assertThat(binary("82a56576656e74a470696e67a461726773" + "91a161"))
        .contains(new InboundMessage("ping", List.of("a")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"event\":\"ping\"}",
        "{\"args\":[]}",
        "{\"event\":\"ping\",\"args\":\"x\"}",
        "{\"event\":\"ping\",\"args\":{}}",
        "{\"event\":\"ping\",\"args\":[1]}",
        "{\"event\":\"ping\",\"args\":[[]]}",
        "{\"event\":5,\"args\":[]}",
        "{\"event\":\"ping\",\"event\":\"auth\",\"args\":[]}",
        "{\"event\":\"ping\",\"args\":[]} x",
        "[\"ping\",[]]",
        "null",
        "",
        "{",
        "ping"
      })
  void anythingElseAsTextIsNoMessage(String json) {
    assertThat(text(json)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c0",
        "91a470696e67",
        "93a470696e679090",
        "92a470696e67",
        "92a470696e679101",
        "92a470696e67a161",
        "9201" + "90",
        "92a470696e679090",
        "92a470696e67ddffffffff",
        "ddffffffff",
        "dfffffffff",
        "92dbffffffff",
        "92c4047069" + "6e6790",
        "92a4ff696e6790"
      })
  void anythingElseAsMessagePackIsNoMessage(String hex) {
    assertThat(binary(hex)).isEmpty();
  }

  @Test
  @Proves("JV-03")
  void bombsAreNoMessages() {
    assertThat(text("{\"event\":\"ping\",\"args\":" + "[".repeat(500_000))).isEmpty();
    assertThat(text("{\"a\":".repeat(200_000))).isEmpty();
    assertThat(text("{\"event\":\"ping\",\"args\":[" + "9".repeat(900_000) + "]}")).isEmpty();
    assertThat(binary("91".repeat(500_000))).isEmpty();
    assertThat(binary("81a161".repeat(100_000))).isEmpty();
  }

  @Test
  @Proves("JV-03")
  void randomBytesNeverBreakTheReader() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] good = HexFormat.of().parseHex("92a470696e6792a161c0");
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = random.nextBoolean() ? good.clone() : new byte[random.nextInt(40)];
      if (bytes.length != good.length) {
        random.nextBytes(bytes);
      } else {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      WireFormat format = random.nextBoolean() ? WireFormat.BINARY : WireFormat.TEXT;

      assertThat(InboundMessage.decode(format, bytes)).as("seed %d", seed).isNotNull();
    }
  }
}
