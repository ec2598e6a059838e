package dev.wings.daemon.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FrameBufferTest {
  private final FrameBuffer buffer = new FrameBuffer();

  private List<Frames.Frame> frames() {
    return Frames.parse(Unpooled.wrappedBuffer(buffer.toByteArray()));
  }

  @ParameterizedTest
  @EnumSource(WireFormat.class)
  void linesOfEveryLengthAroundTheHeaderSizesArriveUnchanged(WireFormat format) {
    List<String> lines = new ArrayList<>();
    for (String unit : List.of("a", "\"", "\u0001", "ü", "語", "😀")) {
      for (int length = 0; length < 140; length++) {
        lines.add(unit.repeat(length));
      }
      for (int length : new int[] {230, 255, 256, 1000, 10_900, 21_830, 65_480, 65_536, 70_000}) {
        lines.add(unit.repeat(length));
      }
    }

    buffer.lines(format, "console output", lines);

    assertThat(frames())
        .extracting(frame -> frame.message().arguments().getFirst())
        .isEqualTo(lines);
    assertThat(frames()).allMatch(frame -> frame.message().event().equals("console output"));
  }

  @ParameterizedTest
  @EnumSource(WireFormat.class)
  void messagesWithAnyNumberOfArgumentsArriveUnchanged(WireFormat format) {
    for (int count : new int[] {0, 1, 2, 15, 16, 17, 300, 70_000}) {
      List<String> arguments = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        arguments.add("argument \n" + i);
      }
      buffer.clear();

      buffer.message(format, "pong", arguments);

      assertThat(frames()).hasSize(1);
      Frames.Message message = frames().getFirst().message();
      assertThat(message.event()).isEqualTo("pong");
      assertThat(message.arguments()).isEqualTo(arguments);
      assertThat(message.format()).isEqualTo(format == WireFormat.TEXT ? "text" : "binary");
    }
  }

  @ParameterizedTest
  @EnumSource(WireFormat.class)
  void randomTextArrivesUnchangedExceptThatHalfPairsAreReplaced(WireFormat format) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(200);
      for (int i = 0; i < length; i++) {
        switch (random.nextInt(6)) {
          case 0 -> text.append((char) random.nextInt(0x20));
          case 1 -> text.append((char) random.nextInt(0x10000));
          case 2 -> text.appendCodePoint(0x10000 + random.nextInt(0x100000));
          default -> text.append((char) (0x20 + random.nextInt(0x5f)));
        }
      }
      String line = text.toString();
      buffer.clear();

      buffer.lines(format, "x", List.of(line));
      buffer.message(format, line, List.of(line));

      String expected = new String(line.getBytes(UTF_16), UTF_16);
      assertThat(frames().getFirst().message().arguments())
          .as("seed %d", seed)
          .containsExactly(expected);
      assertThat(frames().getLast().message().event()).as("seed %d", seed).isEqualTo(expected);
    }
  }

  /// Replaces half pairs by U+FFFD in both directions, as the encoder must.
  private static final java.nio.charset.Charset UTF_16 = java.nio.charset.StandardCharsets.UTF_16BE;

  @Test
  void controlCharactersAreEscapedAsTheReferenceDoes() {
    buffer.lines(WireFormat.TEXT, "console output", List.of("\u001b[1m\t\b\f\r\n\\\"/\u007f"));

    assertThat(new String(frames().getFirst().payload(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"event\":\"console"
                + " output\",\"args\":[\"\\u001b[1m\\t\\b\\f\\r\\n\\\\\\\"/\u007f\"]}");
  }
}
