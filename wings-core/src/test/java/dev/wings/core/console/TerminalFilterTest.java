package dev.wings.core.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalFilterTest {
  /// Everything that may come out, written down independently of the filter.
  private static final Pattern SAFE =
      Pattern.compile(
          "(?:[\\t\\x20-\\x7e\\x{a0}-\\x{2029}\\x{202f}-\\x{2065}\\x{206a}-\\x{10ffff}]"
              + "|\\e\\[[0-9;:]{0,64}m"
              + "|\\e\\[[0-9;]{0,64}[ABCDEFGHKdf]"
              + "|\\e\\[[012]?J"
              + "|\\e\\[[su]"
              + "|\\e[78]"
              + "|\\e\\]8;;(?:https?://[\\x21-\\x7e]*)?\\e\\\\)*",
          Pattern.CASE_INSENSITIVE);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain text",
        "\ttab and ünïcödé ✓ 😀",
        "\u001b[31mred\u001b[0m",
        "\u001b[38;2;1;2;3m\u001b[48:5:12mtrue colour\u001b[m",
        "\u001b[2K\u001b[1G\u001b[10;20H\u001b[3Aup\u001b[J\u001b[s\u001b[u\u001b7\u001b8",
        "\u001b]8;;https://example.com/a?b=c\u001b\\link\u001b]8;;\u001b\\"
      })
  void keepsTextColoursAndCursor(String line) {
    assertThat(TerminalFilter.filter(line)).isEqualTo(line);
  }

  @Test
  void returnsTheSameObjectWhenThereIsNothingToRemove() {
    String line = new String("[12:00:00 INFO]: Done (1.0s)! ünïcödé");

    assertThat(TerminalFilter.filter(line)).isSameAs(line);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      textBlock =
          """
          set title, a\\e]0;title\\aZ, aZ
          set title with ST, a\\e]2;title\\e\\\\Z, aZ
          clipboard write, a\\e]52;c;cm0gLXJm\\aZ, aZ
          clipboard query, a\\e]52;c;?\\aZ, aZ
          colour query, a\\e]11;?\\aZ, aZ
          iTerm file, a\\e]1337;File=inline=1:AAAA\\aZ, aZ
          notification, a\\e]777;notify;x;y\\aZ, aZ
          title report, a\\e[21tZ, aZ
          window resize, a\\e[8;1;1tZ, aZ
          cursor report, a\\e[6nZ, aZ
          private status report, a\\e[?6nZ, aZ
          device attributes, a\\e[cZ, aZ
          secondary attributes, a\\e[>cZ, aZ
          terminal parameters, a\\e[1xZ, aZ
          old device attributes, a\\eZZ, aZ
          name and version, a\\e[>qZ, aZ
          mode query, a\\e[?2026$pZ, aZ
          key format query, a\\e[?4mZ, aZ
          key format change, a\\e[>4;2mZ, aZ
          mouse reports, a\\e[?1003hZ, aZ
          focus reports, a\\e[?1004hZ, aZ
          alternate screen, a\\e[?1049hZ, aZ
          keyboard protocol query, a\\e[?uZ, aZ
          keyboard protocol push, a\\e[>1uZ, aZ
          repetition that hangs, a\\e[2147483647bZ, aZ
          huge move, a\\e[99999999BZ, aZ
          erase of the history, a\\e[3JZ, aZ
          full reset, a\\ecZ, aZ
          soft reset, a\\e[!pZ, aZ
          alignment test, a\\e#8Z, aZ
          character set, a\\e(0Z, aZ
          settings request, a\\eP$qm\\e\\\\Z, aZ
          sixel, a\\ePq#0;2;0;0;0~\\e\\\\Z, aZ
          user defined keys, a\\eP0;1|17/41\\e\\\\Z, aZ
          application command, a\\e_Gi=1\\e\\\\Z, aZ
          privacy message, a\\e^x\\e\\\\Z, aZ
          start of string, a\\eXx\\e\\\\Z, aZ
          javascript link, a\\e]8;;javascript:alert(1)\\e\\\\Z, aZ
          file link, a\\e]8;;file:///etc/passwd\\aZ, aZ
          ssh link, a\\e]8;;ssh://h\\aZ, aZ
          control inside a sequence, a\\e[\\a6nZ, aZ
          colour with a control inside, a\\e[3\\b1mZ, a\\e[31mZ
          cancelled sequence, a\\e[6\\x18Z, aZ
          restarted sequence, a\\e[6\\e[31mZ, a\\e[31mZ
          eight bit control, a\\x9b6nZ, aZ
          eight bit colour, a\\x9b31mZ, a\\e[31mZ
          eight bit title, a\\x9d0;title\\x9cZ, aZ
          eight bit string, a\\x90x\\x9cZ, aZ
          unterminated title, a\\e]0;title, a
          unterminated sequence, a\\e[31, a
          escape at the end, a\\e, a
          bell and backspaces, a\\a\\b\\b\\x7fZ, aZ
          nul, a\\x00Z, aZ
          reversed text, a\\u202etxt.exe\\u202cZ, atxt.exeZ
          isolates, a\\u2066b\\u2069Z, abZ
          """)
  @Proves("LG-02")
  void removesWhatATerminalWouldActOn(String name, String hostile, String expected) {
    assertThat(TerminalFilter.filter(unescape(hostile))).as(name).isEqualTo(unescape(expected));
  }

  @Test
  void closesALinkAtTheEndOfItsLine() {
    assertThat(TerminalFilter.filter("\u001b]8;id=1;http://a.b/\u0007text"))
        .isEqualTo("\u001b]8;;http://a.b/\u001b\\text\u001b]8;;\u001b\\");
  }

  @Test
  @Proves("LG-02")
  void randomBytesNeverLeaveAnythingThatIsNotAllowed() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet =
        "\u001b\u001b\u001b\u001b[[[]]]PX^_\\\\\u0007;;::?>$!0123456789mnctqpuJKHABsh8lb()#"
            + "\u0018\u001a\b\u007f\u0000\r\n\u009b\u009d\u0090\u009c\u0084abc é✓\u202e\u2066"
            + "\ud83d\ude00";
    for (int i = 0; i < 200_000; i++) {
      StringBuilder line = new StringBuilder();
      int length = random.nextInt(40);
      for (int c = 0; c < length; c++) {
        if (random.nextInt(30) == 0) {
          line.append("\u001b]8;;https://x/");
        } else {
          line.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
      }
      String filtered = TerminalFilter.filter(line.toString());

      assertThat(SAFE.matcher(filtered).matches())
          .as("seed %d: %s -> %s", seed, escape(line.toString()), escape(filtered))
          .isTrue();
      assertThat(TerminalFilter.filter(filtered)).as("seed %d", seed).isEqualTo(filtered);
    }
  }

  private static String unescape(String text) {
    return Pattern.compile("\\\\(?:x(\\p{XDigit}{2})|u(\\p{XDigit}{4})|(.))")
        .matcher(text)
        .replaceAll(match -> {
          String hex = match.group(1) != null ? match.group(1) : match.group(2);
          if (hex != null) {
            return java.util.regex.Matcher.quoteReplacement(
                String.valueOf((char) Integer.parseInt(hex, 16)));
          }
          return java.util.regex.Matcher.quoteReplacement(
              switch (match.group(3)) {
                case "e" -> "\u001b";
                case "a" -> "\u0007";
                case "b" -> "\b";
                default -> match.group(3);
              });
        });
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.chars()
        .forEach(c ->
            escaped.append(
                c < ' ' || c > '~' ? String.format("\\u%04x", c) : String.valueOf((char) c)));
    return escaped.toString();
  }
}
