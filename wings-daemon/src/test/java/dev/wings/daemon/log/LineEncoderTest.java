package dev.wings.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.wings.core.testing.Proves;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineEncoderTest {
  private static String encode(ILoggingEvent event) {
    return new String(LineEncoder.encode(event), StandardCharsets.UTF_8);
  }

  @Test
  void aLineHasTimeLevelLoggerMessageAndValues() {
    var event =
        Events.event(Level.WARN, "dev.wings.core.Thing", "it broke", "server", "s1", "n", 5);
    event.setInstant(Instant.parse("2026-11-25T10:00:00Z"));

    assertThat(encode(event))
        .matches(
            "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [+-]\\d{4} WARN Thing it broke server=s1"
                + " n=5\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\r\n2026-11-25 10:00:00 +0000 ERROR Forged line",
        "\u001b[2J\u001b]0;title\u0007",
        "\u0000\u0085\u009b31m",
        "line\u2028separator\u2029here",
        "right\u202eto\u2066left\u2069\u200f\u061c"
      })
  @Proves("LG-01")
  void hostileTextStaysOnOneLineAsPrintableCharacters(String hostile) {
    List<String> lines =
        List.of(
            encode(Events.event(Level.INFO, "a.B", "name", "file", hostile)),
            encode(Events.event(Level.INFO, "a.B", hostile)),
            encode(Events.failure("a.B", "failed", new IllegalStateException(hostile))));

    assertThat(lines)
        .allSatisfy(line -> {
          assertThat(line).endsWith("\n");
          assertThat(line.substring(0, line.length() - 1))
              .doesNotContainPattern(
                  "[\\p{Cc}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\u200e\\u200f\\u061c]");
        });
  }

  @Test
  void aFailureIsOnTheSameLineWithItsCauses() {
    String line =
        encode(
            Events.failure(
                "a.B",
                "failed",
                new IllegalStateException("outer", new java.io.IOException("inner"))));

    assertThat(line)
        .contains("failed | java.lang.IllegalStateException: outer <- ")
        .contains(" | java.io.IOException: inner <- ")
        .containsOnlyOnce("\n");
  }

  @Test
  @Proves("LG-03")
  void oneEventCannotFillAFile() {
    String huge = "\u0001".repeat(1_000_000);

    String line =
        encode(
            Events.event(
                Level.INFO, "a.B", huge, "a", huge, "b", huge, "c", huge, "d", huge, "e", huge));

    assertThat(line).hasSizeLessThanOrEqualTo(LineEncoder.MAX_LINE).endsWith("...\n");
  }
}
