package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
  private static void frame(ByteArrayOutputStream out, int stream, byte[] payload) {
    out.writeBytes(ByteBuffer.allocate(8).put((byte) stream).putInt(4, payload.length).array());
    out.writeBytes(payload);
  }

  @RepeatedTest(20)
  void payloadSurvivesAnyCut(RepetitionInfo repetition) throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (int i = 0; i < 50; i++) {
      byte[] payload = new byte[random.nextInt(300)];
      random.nextBytes(payload);
      frame(wire, 1 + random.nextInt(2), payload);
      expected.writeBytes(payload);
    }
    byte[] bytes = wire.toByteArray();
    FrameDecoder decoder = new FrameDecoder();
    ByteArrayOutputStream actual = new ByteArrayOutputStream();
    for (int at = 0; at < bytes.length; ) {
      int count = Math.min(bytes.length - at, 1 + random.nextInt(40));
      decoder.decode(
          ByteBuffer.wrap(bytes, at, count),
          piece -> {
            byte[] copy = new byte[piece.remaining()];
            piece.get(copy);
            actual.writeBytes(copy);
          });
      at += count;
    }

    assertThat(actual.toByteArray()).isEqualTo(expected.toByteArray());
  }

  @Test
  void aStreamWithoutFramesIsRefused() {
    assertThatThrownBy(() ->
            new FrameDecoder()
                .decode(
                    ByteBuffer.wrap("plain text output".getBytes(StandardCharsets.UTF_8)), _ -> {}))
        .isInstanceOf(IOException.class);
  }

  @Test
  void logsLoseTheirFrames() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    frame(wire, 1, "out\n".getBytes(StandardCharsets.UTF_8));
    frame(wire, 2, new byte[0]);
    frame(wire, 2, "err\n".getBytes(StandardCharsets.UTF_8));

    try (LogStream log = new LogStream(new ByteArrayInputStream(wire.toByteArray()))) {
      assertThat(log.read()).isEqualTo('o');
      assertThat(new String(log.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("ut\nerr\n");
    }
  }
}
