package dev.wings.core.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.ThrottlesConfig;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConsolePipelineTest {
  private final ManualClock clock = ManualClock.atSecond(1_000);
  private final Recorder sink = new Recorder();
  private ThrottlesConfig limits = new ThrottlesConfig(true, 2000, 100);
  private final ConsolePipeline pipeline = new ConsolePipeline(() -> limits, clock::nanos, sink);

  @Test
  void oneChunkIsOneBatch() {
    output("one\ntwo\r\n\nthr");
    output("ee\n");

    assertThat(sink.batches).containsExactly(List.of("one", "two", ""), List.of("three"));
    assertThat(sink.skips).containsExactly(0L, 0L);
  }

  @Test
  void endPublishesTheUnfinishedLine() {
    output("prompt> ");
    assertThat(sink.batches).isEmpty();

    pipeline.end();
    assertThat(sink.batches).containsExactly(List.of("prompt>"));
  }

  @Test
  void largeChunkIsPublishedInBoundedBatches() {
    limits = new ThrottlesConfig(false, 1, 1);

    output("x\n".repeat(5000));

    assertThat(sink.batches.stream().map(List::size)).containsExactly(2048, 2048, 904);
  }

  @Test
  @Proves("DS-01")
  void throttlePasses1999LinesOfABurstAndSaysOnceThatItDrops() {
    output(numbered(1, 5000));

    assertThat(sink.lines()).hasSize(1999).last().isEqualTo("line 1999");
    assertThat(sink.throttled).isEqualTo(1);
    assertThat(sink.linesAtThrottle).isEqualTo(1999);
  }

  @Test
  @Proves("DS-01")
  void firstLineAfterTheBurstSaysHowManyWereSkipped() {
    output(numbered(1, 5000));
    clock.advance(Duration.ofMillis(100));
    output(numbered(5001, 5003));

    assertThat(sink.batches.getLast()).containsExactly("line 5001", "line 5002", "line 5003");
    assertThat(sink.skips.getLast()).isEqualTo(3001);

    output(numbered(5004, 9000));
    assertThat(sink.lines()).last().isEqualTo("line 7000"); // 5001 opened the window, 1999 follow
    assertThat(sink.throttled).isEqualTo(2);
  }

  @Test
  void windowStartsAtTheLimitOnlySoSlowOutputIsNeverThrottled() {
    for (int i = 1; i <= 10_000; i++) {
      clock.advance(Duration.ofMillis(1));
      output("line " + i + "\n");
    }

    assertThat(sink.lines()).hasSize(10_000);
    assertThat(sink.throttled).isZero();
  }

  @Test
  void skippedLinesOfABurstThatEndsInSilenceAreToldByTheTick() {
    output(numbered(1, 2100));
    pipeline.tick();
    assertThat(sink.skips).doesNotContain(101L);

    clock.advance(Duration.ofMillis(100));
    pipeline.tick();
    pipeline.tick();

    assertThat(sink.batches.getLast()).isEmpty();
    assertThat(sink.skips.stream().mapToLong(Long::longValue).sum()).isEqualTo(101);
  }

  @Test
  @Proves("DS-01")
  void rawLinesComeBeforeTheThrottleUntilNobodyWantsThem() {
    sink.readyText = "line 4000";

    output(numbered(1, 5000));

    assertThat(sink.raw).hasSize(4000).last().isEqualTo("line 4000");
    assertThat(sink.lines()).hasSize(1999);
  }

  @Test
  void changedLimitsApplyToTheNextChunk() {
    output(numbered(1, 2100));
    limits = new ThrottlesConfig(false, 2000, 100);
    output(numbered(2101, 9000));

    assertThat(sink.lines()).hasSize(1999 + 6900);
    assertThat(sink.skips.stream().mapToLong(Long::longValue).sum()).isEqualTo(101);
  }

  @Test
  @Proves("DS-02")
  void progressBarShowsItsLastUpdate() {
    output("  0%\r 50%\r100%\u001b[0m\r   \r\u001b[K\nnext\n");

    assertThat(sink.lines()).containsExactly("100%\u001b[0m", "next");
  }

  @Test
  void logIsReadBackAsTheConsoleShowedIt() throws Exception {
    String log = "first\r\n\u001b]0;x\u0007second\r\n\r\n10%\r99%\r\nlast";

    assertThat(LogTail.read(new java.io.ByteArrayInputStream(log.getBytes(UTF_8)), 4))
        .containsExactly("second", "", "99%", "last");
    assertThat(LogTail.read(new java.io.ByteArrayInputStream(log.getBytes(UTF_8)), 0)).isEmpty();
  }

  private void output(String text) {
    pipeline.output(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  private static String numbered(int from, int to) {
    StringBuilder text = new StringBuilder();
    IntStream.rangeClosed(from, to).forEach(i -> text.append("line ").append(i).append('\n'));
    return text.toString();
  }

  private static final class Recorder implements ConsolePipeline.Sink {
    final List<List<String>> batches = new ArrayList<>();
    final List<Long> skips = new ArrayList<>();
    final List<String> raw = new ArrayList<>();
    String readyText = "";
    int throttled;
    int linesAtThrottle;

    @Override
    public boolean wantsRawLines() {
      return !readyText.isEmpty();
    }

    @Override
    public void rawLine(String line) {
      raw.add(line);
      if (line.equals(readyText)) {
        readyText = "";
      }
    }

    @Override
    public void publish(List<String> lines, long skipped) {
      batches.add(lines);
      skips.add(skipped);
    }

    @Override
    public void throttled() {
      throttled++;
      linesAtThrottle = lines().size();
    }

    List<String> lines() {
      return batches.stream().flatMap(List::stream).toList();
    }
  }
}
