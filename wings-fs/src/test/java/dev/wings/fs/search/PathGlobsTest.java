package dev.wings.fs.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathGlobsTest {
  private static boolean matches(String glob, String path) {
    return PathGlobs.of(List.of(glob), false).matches(path);
  }

  @ParameterizedTest
  @CsvSource({
    "*.txt, a.txt, true",
    "*.txt, d/a.txt, true",
    "*.txt, a.txt.bak, false",
    "**/*.txt, a.txt, true",
    "**/*.txt, d/e/a.txt, true",
    "/*.txt, a.txt, true",
    "/*.txt, d/a.txt, false",
    "d/*.txt, d/a.txt, true",
    "d/*.txt, x/d/a.txt, false",
    "d/*.txt, d/e/a.txt, false",
    "d/**, d/e/a.txt, true",
    "d/**, e/d/a, false",
    "d/**/a.txt, d/a.txt, true",
    "d/**/a.txt, d/x/y/a.txt, true",
    "**, a/b, true",
    "*, a/b, true",
    "d, d/a.txt, true",
    "d/, x/d/a.txt, true",
    "d/, x/dd/a.txt, false",
    "?.txt, a.txt, true",
    "?.txt, ab.txt, false",
    "?.txt, 😀.txt, true",
    "[a-c].txt, b.txt, true",
    "[!a-c].txt, b.txt, false",
    "[^a-c].txt, d.txt, true",
    "[]x].txt, ].txt, true",
    "[a-].txt, -.txt, true",
    "[\\]].txt, ].txt, true",
    "\\*.txt, *.txt, true",
    "\\*.txt, a.txt, false",
    "[a.txt, [a.txt, false",
    "a\\, a, false",
    "a*b*c, axxbxxc, true",
    "a*b*c, axxbxx, false",
    "*a*a*b, aaaab, true"
  })
  void matchesAsGitDoes(String glob, String path, boolean expected) {
    assertThat(matches(glob, path)).isEqualTo(expected);
  }

  @Test
  void bracesStandForEither() {
    assertThat(matches("*.{yml,yaml}", "d/a.yaml")).isTrue();
    assertThat(matches("*.{yml,yaml}", "a.yml")).isTrue();
    assertThat(matches("*.{yml,yaml}", "a.json")).isFalse();
    assertThat(matches("{a,b/{c,d}}", "a")).isFalse(); // one inside another is not understood
    assertThat(matches("a{,b}c", "ac")).isTrue();
    assertThat(matches("a{b", "a{b")).isFalse();
    assertThat(matches("a\\{b\\}", "a{b}")).isTrue();
  }

  @Test
  void oneOfSeveralIsEnoughAndTheOthersMayBeNonsense() {
    PathGlobs globs = PathGlobs.of(List.of("[", "*.a", "", "/", "*.B"), true);

    assertThat(globs.matches("x.A")).isTrue();
    assertThat(globs.matches("d/x.b")).isTrue();
    assertThat(globs.matches("x.c")).isFalse();
    assertThat(PathGlobs.of(List.of("[", ""), false).matches("x")).isFalse();
  }

  @Test
  @Proves("DS-10")
  void noGlobIsSlow() {
    String name = "a".repeat(255);
    String path = (name + "/").repeat(15) + name;
    List<String> hostile =
        List.of(
            "*a".repeat(2000) + "b",
            "**/*a*a*a*a*a*a*a*a*b/".repeat(200) + "x",
            "{a,b}".repeat(500),
            "{a,b,{c,d,{e,f".repeat(100),
            "[a-z]*".repeat(600) + "!",
            "**/".repeat(1300) + "x");
    PathGlobs globs = PathGlobs.of(hostile, true);

    assertThat(assertTimeoutPreemptively(Duration.ofSeconds(30), () -> globs.matches(path)))
        .isFalse();
  }
}
