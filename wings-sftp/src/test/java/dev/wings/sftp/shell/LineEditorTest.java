package dev.wings.sftp.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The line editor as a terminal sees it.
class LineEditorTest {
  private static final String UP = "\u001b[A";
  private static final String DOWN = "\u001b[B";
  private static final String RIGHT = "\u001b[C";
  private static final String LEFT = "\u001b[D";
  private static final String ERASE = "\u007f";

  private final FakeTerminal terminal = new FakeTerminal();
  private final Screen screen = new Screen(terminal);

  private List<String> type(String text) {
    return screen.type(text.getBytes(UTF_8));
  }

  @Test
  void carriageReturnAndLineFeedSubmit() {
    assertThat(type("one\rtwo\nthree\r\nfour")).containsExactly("one", "two", "three");
    assertThat(terminal.row()).isEqualTo("four");
  }

  @Test
  void anEmptyLineIsNotSubmitted() {
    assertThat(type("\r\n\r\r")).isEmpty();
    assertThat(terminal.sent()).isEmpty();
  }

  @Test
  void bothErasingKeysDeleteLeftOfTheCursor() {
    assertThat(type("abcd" + LEFT + "\b" + ERASE + "X\r")).containsExactly("aXd");
  }

  @Test
  void theCursorMovesAndTextIsInsertedWhereItIs() {
    type("held" + LEFT + LEFT + LEFT + "__" + RIGHT);

    assertThat(terminal.row()).isEqualTo("h__eld");
    assertThat(terminal.column()).isEqualTo(4);
    assertThat(type("\r")).containsExactly("h__eld");
  }

  @Test
  void impossibleActionsRing() {
    type(LEFT + RIGHT + ERASE + UP + DOWN + "\u0007");

    assertThat(terminal.bells()).isEqualTo(6);
    assertThat(terminal.row()).isEmpty();
  }

  @Test
  void historyGoesBackAndForthAndKeepsWhatWasBeingTyped() {
    type("one\rtwo\rtwo\rdraft");

    type(UP);
    assertThat(terminal.row()).isEqualTo("two");
    type(UP);
    assertThat(terminal.row()).isEqualTo("one");
    type(UP);
    assertThat(terminal.bells()).isEqualTo(1);
    type(DOWN + DOWN);
    assertThat(terminal.row()).isEqualTo("draft");
    assertThat(type(UP + "!\r")).containsExactly("two!");
  }

  @Test
  void sixteenLinesAreRemembered() {
    for (int i = 0; i < 20; i++) {
      type("line" + i + "\r");
    }
    type(UP.repeat(16));
    assertThat(terminal.row()).isEqualTo("line4");
    assertThat(terminal.bells()).isZero();

    type(UP);

    assertThat(terminal.row()).isEqualTo("line4");
    assertThat(terminal.bells()).isEqualTo(1);
  }

  @Test
  void aLineHasAtMost1024Bytes() {
    assertThat(type("é".repeat(600) + "\r")).containsExactly("é".repeat(512));
    assertThat(terminal.bells()).isEqualTo(88);
    assertThat(type("a".repeat(1023) + "é" + "b" + "\r")).containsExactly("a".repeat(1023) + "b");
  }

  @Test
  void sequencesAndCharactersMayBeSplitOverPackets() {
    List<String> submitted = new ArrayList<>();
    for (byte b : ("né😀" + LEFT + "|" + RIGHT + "\u001bOD" + "·\r").getBytes(UTF_8)) {
      submitted.addAll(screen.type(new byte[] {b}));
    }
    assertThat(submitted).containsExactly("né|·😀");
  }

  @Test
  void bytesThatAreNoTextRing() {
    assertThat(
            screen.type(
                new byte[] {
                  'a',
                  (byte) 0xff,
                  (byte) 0xc3,
                  'b',
                  (byte) 0xe2,
                  (byte) 0x80,
                  (byte) 0xae,
                  (byte) 0xc0,
                  (byte) 0x80,
                  (byte) 0xed,
                  (byte) 0xa0,
                  (byte) 0x80,
                  'c',
                  '\r'
                }))
        .containsExactly("abc");
    assertThat(terminal.bells()).isPositive();
  }

  @Test
  void aWideCharacterTakesTwoColumns() {
    type("x漢字y" + LEFT + LEFT);

    assertThat(terminal.sent()).endsWith("\u001b[1D\u001b[2D");
  }

  @Test
  void anEndlessSequenceTakesNoMemoryAndEnds() {
    type("\u001b[" + "1;".repeat(100_000) + "D");

    assertThat(type("still here\r")).containsExactly("still here");
  }

  /// Whatever is typed: the screen shows the line, and the cursor stands where the next character
  /// goes.
  @Test
  void theScreenAlwaysShowsTheLine() {
    String[] keys = {
      "a",
      "b",
      "c",
      "longer",
      UP,
      DOWN,
      LEFT,
      LEFT,
      RIGHT,
      ERASE,
      "\b",
      "\r",
      "\u001b[H",
      "\u001b[F",
      "\u001b[3~",
      "\u0001",
      "\u0005",
      "\u0015",
      "\t",
      "\u001b[99z"
    };
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      type(keys[random.nextInt(keys.length)]);
      String before = terminal.row();
      int column = terminal.column();

      screen.print("output");

      assertThat(terminal.row().stripTrailing()).as("key %d", i).isEqualTo(before.stripTrailing());
      assertThat(terminal.column()).as("key %d", i).isEqualTo(column);
    }
  }
}
