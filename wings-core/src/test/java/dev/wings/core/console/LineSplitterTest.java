package dev.wings.core.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineSplitterTest {
  private final List<String> lines = new ArrayList<>();
  private final LineSplitter splitter =
      new LineSplitter((bytes, from, to) -> lines.add(ConsoleText.decode(bytes, from, to)));

  @Test
  void cutsAtNewlinesAndTrimsWhiteSpace() {
    feed("  one \r\n\ttwo\f\nthree");

    assertThat(lines).containsExactly("one", "two");

    splitter.end();
    assertThat(lines).containsExactly("one", "two", "three");
  }

  @Test
  @Proves("DS-02")
  void threeBlankLinesArriveAsThree() {
    feed("a\r\n\r\n\r\n\r\nb\n");

    assertThat(lines).containsExactly("a", "", "", "", "b");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 64})
  @Proves("LG-02")
  void multiByteCharactersSurviveAnyChunking(int chunk) {
    byte[] text = "grün ✓ 😀 日本\nnext\n".getBytes(UTF_8);

    for (int i = 0; i < text.length; i += chunk) {
      splitter.feed(ByteBuffer.wrap(text, i, Math.min(chunk, text.length - i)));
    }

    assertThat(lines).containsExactly("grün ✓ 😀 日本", "next");
  }

  @Test
  @Proves("LG-02")
  void malformedBytesAreReplacedWithoutLosingFollowingLines() {
    splitter.feed(new byte[] {'a', (byte) 0xe2, (byte) 0x9c}, 0, 3);
    splitter.feed(new byte[] {'\n', (byte) 0xff, '\n', 'b', '\n'}, 0, 5);

    assertThat(lines).containsExactly("a\ufffd", "\ufffd", "b");
  }

  @Test
  void lineOfExactlyTheLimitIsOnePieceAndLeavesNoBlankLine() {
    feed("x".repeat(5120));
    feed("\nnext\n");

    assertThat(lines).containsExactly("x".repeat(5120), "next");
  }

  @Test
  void longLineComesInPiecesOf5120Bytes() {
    feed("x".repeat(5120 * 2 + 3) + "\nnext\n");

    assertThat(lines).containsExactly("x".repeat(5120), "x".repeat(5120), "xxx", "next");
  }

  @Test
  void longLineIsCutBetweenCharacters() {
    feed("x".repeat(5118) + "😀".repeat(1000) + "\n");

    assertThat(lines).hasSize(2);
    assertThat(String.join("", lines)).isEqualTo("x".repeat(5118) + "😀".repeat(1000));
    assertThat(lines.getFirst()).isEqualTo("x".repeat(5118));
  }

  @Test
  void continuationBytesWithoutLeadDoNotStopTheCut() {
    byte[] garbage = new byte[20_000];
    Arrays.fill(garbage, (byte) 0x80);
    splitter.feed(garbage, 0, garbage.length);
    feed("\nok\n");

    assertThat(lines.getLast()).isEqualTo("ok");
    assertThat(lines.stream().mapToInt(String::length).sum()).isEqualTo(20_002);
  }

  @Test
  @Proves("DS-02")
  void gigabyteWithoutNewlineStaysBounded() {
    AtomicLong bytes = new AtomicLong();
    AtomicLong longest = new AtomicLong();
    LineSplitter counting =
        new LineSplitter((_, from, to) -> {
          bytes.addAndGet(to - from);
          longest.accumulateAndGet(to - from, Math::max);
        });
    byte[] chunk = new byte[1 << 20];
    Arrays.fill(chunk, (byte) 'x');

    for (int i = 0; i < 1024; i++) {
      counting.feed(chunk, 0, chunk.length);
    }
    counting.end();

    assertThat(bytes).hasValue(1L << 30);
    assertThat(longest).hasValue(5120);
  }

  @Test
  @Proves("DS-02")
  void endlessProgressBarBecomesFewLinesThatEndWithWholeUpdates() {
    int updates = 10_000;
    for (int i = 0; i < updates; i++) {
      feed("\rloading chunk " + i + " of " + updates + "   ");
    }
    feed("\ndone\n");

    List<String> shown = lines.stream().map(ConsoleText::display).toList();
    assertThat(shown).hasSizeBetween(10, 100).contains("done");
    assertThat(shown.get(shown.size() - 2)).isEqualTo("loading chunk 9999 of 10000");
    assertThat(shown.subList(0, shown.size() - 1))
        .allMatch(line -> line.matches("loading chunk \\d+ of 10000"));
  }

  @Test
  void everyChunkingGivesTheSameLines() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] text = new byte[200_000];
    for (int i = 0; i < text.length; i++) {
      int kind = random.nextInt(400);
      text[i] = kind == 0 ? (byte) '\n' : kind < 3 ? (byte) '\r' : (byte) random.nextInt(256);
    }
    splitter.feed(text, 0, text.length);
    splitter.end();
    List<String> whole = List.copyOf(lines);

    lines.clear();
    ByteBuffer direct = ByteBuffer.allocateDirect(text.length).put(text).flip();
    while (direct.hasRemaining()) {
      int n = Math.min(1 + random.nextInt(9000), direct.remaining());
      splitter.feed(direct.slice(direct.position(), n));
      direct.position(direct.position() + n);
    }
    splitter.end();

    assertThat(lines).as("seed %d", seed).isEqualTo(whole);
  }

  private void feed(String text) {
    splitter.feed(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }
}
