package dev.wings.core.install;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.container.ExitStatus;
import dev.wings.core.event.ServerEvent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InstallReportTest {
  private static final ExitStatus DONE = new ExitStatus(0, false);

  @ParameterizedTest
  @CsvSource({
    "42, 42, 100,",
    "-3, 0, 100,",
    "150, 100, 100,",
    "3/7, 3, 7,",
    "9/7, 7, 7,",
    "'1/2 two words', 1, 2, two words",
    "'5\n6/10\t last\n \n', 6, 10, last",
  })
  void progressIsTheLastLineWithText(
      String content, long done, long total, @Nullable String label) {
    assertThat(InstallReport.progress(content))
        .contains(new ServerEvent.InstallProgress(done, total, label));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "half", "1/0", "1/-5", "1/x", "1.5", "99999999999999999999", "5\nlast"})
  void anythingElseIsNoProgress(String content) {
    assertThat(InstallReport.progress(content)).isEqualTo(Optional.empty());
  }

  @Test
  void textsLoseControlCharactersAndEndAt255Characters() {
    assertThat(InstallReport.outcome(DONE, "a\u001b[31m\u0007b\u009bc").failure())
        .isEqualTo("a[31mbc");
    assertThat(InstallReport.outcome(DONE, "\ud83d\ude00".repeat(300)).failure())
        .isEqualTo("\ud83d\ude00".repeat(255));
    assertThat(InstallReport.outcome(DONE, "\u0001\u0002").failure())
        .isEqualTo("installation failed");
  }
}
