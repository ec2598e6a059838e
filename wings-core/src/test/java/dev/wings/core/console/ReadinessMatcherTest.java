package dev.wings.core.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.definition.ProcessConfiguration.Startup;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadinessMatcherTest {
  @Test
  void firstLineCountsWithoutTexts() {
    assertThat(ReadinessMatcher.of(new Startup(null, false)).matches("")).isTrue();
  }

  @Test
  void emptyListNeverMatches() {
    assertThat(ReadinessMatcher.of(new Startup(List.of(), false)).matches("Done")).isFalse();
  }

  @Test
  void anyPlainSubstringMatchesCaseSensitively() {
    ReadinessMatcher matcher = matcher(false, "Done (", "Listening");

    assertThat(matcher.matches("[INFO]: Done (1.0s)! For help, type help")).isTrue();
    assertThat(matcher.matches("now Listening on 1")).isTrue();
    assertThat(matcher.matches("done (")).isFalse();
  }

  @Test
  void escapeSequencesAreRemovedOnlyWhenAsked() {
    String line = "\u001b[32mDo\u001b[1;4mne\u001b[0m";

    assertThat(matcher(true, "Done").matches(line)).isTrue();
    assertThat(matcher(false, "Done").matches(line)).isFalse();
    assertThat(ReadinessMatcher.stripAnsi("a\u001b[12")).isEqualTo("a");
  }

  @Test
  void regexPrefixMatchesAnywhere() {
    ReadinessMatcher matcher = matcher(false, "regex:Done \\(\\d+");

    assertThat(matcher.matches("x Done (12s)")).isTrue();
    assertThat(matcher.matches("Done (x")).isFalse();
  }

  @Test
  void invalidRegexIsAPlainTextWithItsPrefix() {
    ReadinessMatcher matcher = matcher(false, "regex:(unclosed");

    assertThat(matcher.matches("it says regex:(unclosed here")).isTrue();
    assertThat(matcher.matches("(unclosed")).isFalse();
    assertThat(matcher(false, "regex:").matches("some regex: text")).isTrue();
  }

  private static ReadinessMatcher matcher(boolean stripAnsi, String... texts) {
    return ReadinessMatcher.of(new Startup(List.of(texts), stripAnsi));
  }
}
