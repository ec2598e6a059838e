package dev.wings.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class MessagePackTest {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "127, 7f",
    "128, cc80",
    "255, ccff",
    "256, cd0100",
    "65535, cdffff",
    "65536, ce00010000",
    "4294967295, ceffffffff",
    "4294967296, cf0000000100000000",
    "9223372036854775807, cf7fffffffffffffff",
    "18446744073709551615, cfffffffffffffffff",
    "-1, ff",
    "-32, e0",
    "-33, d0df",
    "-128, d080",
    "-129, d1ff7f",
    "-32768, d18000",
    "-32769, d2ffff7fff",
    "-2147483648, d280000000",
    "-2147483649, d3ffffffff7fffffff",
    "-9223372036854775808, d38000000000000000"
  })
  void integersTakeTheirSmallestFormAndKeepTheirValue(String decimal, String encoded) {
    byte[] bytes = MessagePack.write(NODES.numberNode(new BigInteger(decimal)));

    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(encoded);
    assertThat(MessagePack.read(bytes).bigIntegerValue()).isEqualTo(new BigInteger(decimal));
    assertThat(MessagePack.read(bytes).isIntegralNumber()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"d3000000000000002a", "d20000002a", "d1002a", "d02a", "cf000000000000002a", "cc2a"})
  void integersMayComeInAnyForm(String encoded) {
    assertThat(MessagePack.read(hex(encoded)).intValue()).isEqualTo(42);
  }

  @Test
  void writesTheFormsOfTheProfile() throws Exception {
    assertThat(encode("{}")).isEqualTo("80");
    assertThat(encode("[]")).isEqualTo("90");
    assertThat(encode("null")).isEqualTo("c0");
    assertThat(encode("[true,false]")).isEqualTo("92c3c2");
    assertThat(encode("{\"a\":\"§\"}")).isEqualTo("81a161a2c2a7");
    assertThat(encode("1.5")).isEqualTo("cb3ff8000000000000");
    assertThat(encode("2.0")).isEqualTo("cb4000000000000000");
    assertThat(encode("\"" + "x".repeat(32) + "\"")).startsWith("d920");
    assertThat(encode("\"" + "x".repeat(256) + "\"")).startsWith("da0100");
    assertThat(encode("\"" + "x".repeat(65536) + "\"")).startsWith("db00010000");
    assertThat(encode("[" + "0,".repeat(15) + "0]")).startsWith("dc0010");
    assertThat(encode("[" + "0,".repeat(65535) + "0]")).startsWith("dd00010000");
  }

  @Test
  void readsFloatsOfBothSizes() {
    assertThat(MessagePack.read(hex("ca3fc00000")).doubleValue()).isEqualTo(1.5);
    assertThat(MessagePack.read(hex("cb3ff8000000000000")).doubleValue()).isEqualTo(1.5);
    assertThat(MessagePack.read(hex("cb3ff8000000000000")).isFloatingPointNumber()).isTrue();
  }

  @Test
  void readsBuffersWithAndWithoutArray() {
    byte[] bytes = hex("ffff92010200");
    ByteBuffer heap = ByteBuffer.wrap(bytes, 2, 3);
    ByteBuffer direct = ByteBuffer.allocateDirect(3).put(bytes, 2, 3).flip();

    assertThat(MessagePack.read(heap).toString()).isEqualTo("[1,2]");
    assertThat(MessagePack.read(direct).toString()).isEqualTo("[1,2]");
    assertThat(heap.remaining()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|truncated",
        "81a161|truncated",
        "a3c3|truncated",
        "cd01|truncated",
        "0000|after the end",
        "8101c0|keys must be strings",
        "81c0c0|keys must be strings",
        "c403010203|binary",
        "d40100|extension",
        "c70101ff|extension",
        "c1|0xc1",
        "a1ff|UTF-8",
        "a2c080|UTF-8",
        "a3eda080|UTF-8",
        "82a16101a16102|duplicate",
        "cb7ff8000000000000|finite",
        "ca7f800000|finite"
      })
  void refusesWhatTheProfileDoesNotKnow(String encoded, String reason) {
    assertInvalid(hex(encoded), reason);
  }

  @Test
  @Proves("JV-03")
  void nestingBeyondTheLimitIsRefused() {
    byte[] deepest = new byte[Json.MAX_DEPTH + 1];
    Arrays.fill(deepest, (byte) 0x91);
    deepest[Json.MAX_DEPTH] = 0;
    byte[] tooDeep = new byte[100_000];
    Arrays.fill(tooDeep, (byte) 0x91);

    assertThat(MessagePack.write(MessagePack.read(deepest))).isEqualTo(deepest);
    assertInvalid(tooDeep, "deeper than 64");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dbffffffff",
        "ddffffffff",
        "dfffffffff",
        "db7fffffff",
        "dd7fffffff",
        "df7fffffff",
        "92dd3fffffffdf3fffffff",
        "81dbffffffff61"
      })
  @Proves("JV-03")
  void declaredGigabytesCostNoMemory(String encoded) {
    byte[] bytes = hex(encoded);
    assertInvalid(bytes, "truncated"); // loads classes before measuring

    long before = allocatedBytes();
    assertInvalid(bytes, "truncated");

    assertThat(allocatedBytes() - before).isLessThan(256 << 10);
  }

  @Test
  @Proves("JV-03")
  void tooManyValuesAreRefused() {
    MessagePackWriter writer = new MessagePackWriter(16).arrayHeader(MessagePack.MAX_NODES);
    for (int i = 0; i < MessagePack.MAX_NODES; i++) {
      writer.nil();
    }

    assertInvalid(writer.toByteArray(), "values");
  }

  @Test
  void refusesToWriteWhatHasNoForm() {
    for (JsonNode node :
        List.of(
            NODES.numberNode(BigInteger.TWO.pow(64)),
            NODES.numberNode(BigInteger.TWO.pow(63).negate().subtract(BigInteger.ONE)),
            NODES.numberNode(Double.NaN),
            NODES.numberNode(new BigDecimal("1e999")),
            NODES.binaryNode(new byte[1]),
            NODES.pojoNode(new Object()))) {
      assertThatThrownBy(() -> MessagePack.write(node)).isInstanceOf(WingsException.class);
    }
  }

  @Test
  void randomTreesSurviveTheRoundTrip() {
    for (long seed = 0; seed < 500; seed++) {
      JsonNode tree = randomTree(new Random(seed), 0);

      byte[] bytes = MessagePack.write(tree);

      assertThat(MessagePack.read(bytes)).as("seed %d", seed).isEqualTo(tree);
    }
  }

  @Test
  @Proves("JV-03")
  void randomAndMutatedBytesEitherReadOrAreRefusedCleanly() {
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      byte[] bytes;
      if (seed % 2 == 0) {
        bytes = new byte[random.nextInt(64)];
        random.nextBytes(bytes);
      } else {
        bytes = MessagePack.write(randomTree(random, 2));
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        JsonNode tree = MessagePack.read(bytes);
        assertThat(MessagePack.read(MessagePack.write(tree))).as("seed %d", seed).isEqualTo(tree);
      } catch (WingsException e) {
        assertThat(e.kind()).as("seed %d", seed).isEqualTo(ErrorKind.INVALID);
      }
    }
  }

  static Stream<String> samplesWithMessagePack() {
    return Stream.of("server-sync", "server-power", "files-search", "update", "server-reinstall");
  }

  @ParameterizedTest
  @MethodSource("samplesWithMessagePack")
  void readsWhatThePanelSendsAndWritesTheSameDocument(String name) {
    int read = 0;
    for (JsonNode exchange : PanelSamples.exchanges("node-api/" + name)) {
      byte[] body = PanelSamples.bytes(exchange, "request_body_base64");
      String type = exchange.path("request_headers").toString();
      if (body.length == 0 || !type.contains("application/msgpack")) {
        continue;
      }
      JsonNode tree = MessagePack.read(body);
      assertThat(MessagePack.read(MessagePack.write(tree))).isEqualTo(tree);
      read++;
    }
    assertThat(read).isPositive();
  }

  @Test
  void keepsTheLargestUnsignedNumberOfTheSearchSample() {
    assertThat(PanelSamples.exchanges("node-api/files-search"))
        .extracting(e -> MessagePack.read(PanelSamples.bytes(e, "request_body_base64")))
        .extracting(body -> body.at("/size_filter/max"))
        .anySatisfy(max ->
            assertThat(max.bigIntegerValue()).isEqualTo(new BigInteger("18446744073709551615")));
  }

  @Test
  void theStreamingWriterMakesTheSameBytesAsTheTree() throws Exception {
    MessagePackWriter writer =
        new MessagePackWriter(1)
            .mapHeader(4)
            .string("line")
            .string("grün".getBytes(UTF_8))
            .string("values")
            .arrayHeader(3)
            .integer(-70_000)
            .real(0.25)
            .bool(true)
            .string("none")
            .nil()
            .string("node")
            .node(Json.mapper().readTree("{\"a\":[1]}"));

    String json =
        "{\"line\":\"grün\",\"values\":[-70000,0.25,true],\"none\":null,\"node\":{\"a\":[1]}}";
    assertThat(writer.toByteArray()).isEqualTo(MessagePack.write(Json.mapper().readTree(json)));
    assertThat(writer.toByteBuffer().remaining()).isEqualTo(writer.size());
    assertThat(writer.clear().nil().toByteArray()).containsExactly(0xc0);
  }

  private static JsonNode randomTree(Random random, int depth) {
    int kind = random.nextInt(depth < 4 ? 9 : 7);
    switch (kind) {
      case 0:
        return NODES.nullNode();
      case 1:
        return NODES.booleanNode(random.nextBoolean());
      case 2:
        return NODES.numberNode(random.nextInt() >> random.nextInt(32));
      case 3:
        long number = random.nextLong() >> random.nextInt(32);
        return number == (int) number ? NODES.numberNode((int) number) : NODES.numberNode(number);
      case 4:
        return NODES.numberNode(random.nextGaussian());
      case 5:
        return NODES.numberNode(
            BigInteger.TWO.pow(63).add(BigInteger.valueOf(random.nextInt(1 << 20))));
      case 6:
        return NODES.textNode(randomText(random));
      case 7:
        var array = NODES.arrayNode();
        for (int i = random.nextInt(20); i > 0; i--) {
          array.add(randomTree(random, depth + 1));
        }
        return array;
      default:
        ObjectNode object = NODES.objectNode();
        for (int i = random.nextInt(20); i > 0; i--) {
          object.set(randomText(random), randomTree(random, depth + 1));
        }
        return object;
    }
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(random.nextInt(20) == 0 ? 400 : 12); i > 0; i--) {
      int point = random.nextInt(random.nextBoolean() ? 0x80 : 0x10ffff);
      text.appendCodePoint(point >= 0xd800 && point < 0xe000 ? '§' : point);
    }
    return text.toString();
  }

  private static void assertInvalid(byte[] bytes, String reason) {
    assertThatThrownBy(() -> MessagePack.read(bytes))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining(reason);
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private static String encode(String json) throws Exception {
    return HexFormat.of().formatHex(MessagePack.write(Json.mapper().readTree(json)));
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
