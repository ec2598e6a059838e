package dev.wings.fs.ignore;

import static dev.wings.fs.ignore.PathFilter.Verdict.DESCEND;
import static dev.wings.fs.ignore.PathFilter.Verdict.KEEP;
import static dev.wings.fs.ignore.PathFilter.Verdict.SKIP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.fs.ignore.PathFilter.Verdict;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.eclipse.jgit.ignore.FastIgnoreRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IgnoreListTest {
  private static PathFilter list(String... lines) {
    return IgnoreList.compile(List.of(lines)).orElseThrow();
  }

  /// A slash at the end of a path says that it is a directory.
  private static Verdict judge(PathFilter filter, String path) {
    boolean directory = path.endsWith("/");
    return filter.judge(directory ? path.substring(0, path.length() - 1) : path, directory);
  }

  @ParameterizedTest
  @CsvSource({
    "secret, secret, SKIP",
    "secret, a/b/secret, SKIP",
    "secret, secret/a/b, SKIP",
    "secret, a/secret/b, SKIP",
    "secret, secrets, KEEP",
    "secret, SECRET, KEEP",
    "/secret, secret, SKIP",
    "/secret, secret/deep/er, SKIP",
    "/secret, a/secret, KEEP",
    "a/b, a/b, SKIP",
    "a/b, a/b/c/d, SKIP",
    "a/b, x/a/b, KEEP",
    "a/b, a, KEEP",
    "logs/, logs/, SKIP",
    "logs/, logs, KEEP",
    "logs/, logs/latest.log, SKIP",
    "logs/, a/logs/latest.log, SKIP",
    "logs/, logs/logs, SKIP",
    "private/**, private/, SKIP",
    "private/**, private, SKIP",
    "private/**, private/x, SKIP",
    "private/**, a/private/x, KEEP",
    "a/private/**, a/private/, SKIP",
    "a/private/**, a, KEEP",
    "**/cache, cache, SKIP",
    "**/cache, a/b/cache/x, SKIP",
    "a/**/z, a/z, SKIP",
    "a/**/z, a/b/c/z/y, SKIP",
    "a/**/z, b/z, KEEP",
    "*.jar, server.jar, SKIP",
    "*.jar, plugins/a.jar, SKIP",
    "*.jar, a.jar/inner, SKIP",
    "*.jar, server.jarx, KEEP",
    "world?, world1/level.dat, SKIP",
    "world?, world, KEEP",
    "[a-c]?.txt, b1.txt, SKIP",
    "[!a-c].txt, b.txt, KEEP",
    "[^a-c].txt, d.txt, SKIP",
    "[[:digit:]]x, 7x, SKIP",
    "[]-]x, ]x, SKIP",
    "a/*/c, a/b/c, SKIP",
    "a/*/c, a/b/b/c, KEEP",
    "\\#x, #x, SKIP",
    "\\!x, !x, SKIP",
    "a\\*b, a*b, SKIP",
    "a\\*b, axb, KEEP",
    "'  spaced  ', spaced, SKIP",
    "'kept\\ ', 'kept ', SKIP",
    "ä?ö, äßö, SKIP",
    "x?y, x\uD83D\uDE00y, SKIP",
    "a//b, a/b, SKIP",
    "./a/b, a/b, SKIP",
    "/, a, KEEP",
    "*, '', KEEP",
    "*, '.', KEEP",
    "*, '/', KEEP",
    "**, a/b, SKIP",
    "/**, a, SKIP",
    "# comment, '# comment', KEEP",
    "config.yml, config.yml.upload-part, SKIP",
    "*.upload-part, config.yml.upload-part, KEEP",
    "config.yml, config.yml.upload-part/, KEEP"
  })
  void oneLineJudgesOnePath(String line, String path, Verdict verdict) {
    assertThat(judge(list(line), path)).isEqualTo(verdict);
  }

  @Test
  void theLastLineThatMatchesDecides() {
    PathFilter filter = list("*.txt", "!readme.txt", "docs/readme.txt");

    assertThat(judge(filter, "a.txt")).isEqualTo(SKIP);
    assertThat(judge(filter, "readme.txt")).isEqualTo(KEEP);
    assertThat(judge(filter, "docs/readme.txt")).isEqualTo(SKIP);
  }

  @Test
  void aNegatedLineBringsBackWhatLiesInAnExcludedDirectory() {
    PathFilter filter = list("/plugins", "!/plugins/Essentials");

    assertThat(judge(filter, "plugins/")).isEqualTo(DESCEND);
    assertThat(judge(filter, "plugins")).isEqualTo(SKIP);
    assertThat(judge(filter, "plugins/Essentials/")).isEqualTo(KEEP);
    assertThat(judge(filter, "plugins/Essentials/config.yml")).isEqualTo(KEEP);
    assertThat(judge(filter, "plugins/Other/")).isEqualTo(SKIP);
    assertThat(judge(filter, "plugins/Other/config.yml")).isEqualTo(SKIP);
  }

  @Test
  void aNegatedLineLeadsAsManyLevelsDownAsItHasSegments() {
    PathFilter filter = list("*", "!a/b/*/*.yml");

    assertThat(judge(filter, "a/")).isEqualTo(DESCEND);
    assertThat(judge(filter, "a/b/")).isEqualTo(DESCEND);
    assertThat(judge(filter, "a/b/c/")).isEqualTo(DESCEND);
    assertThat(judge(filter, "a/b/c/d/")).isEqualTo(DESCEND);
    assertThat(judge(filter, "a/b/c/d/e/")).isEqualTo(SKIP);
    assertThat(judge(filter, "x/")).isEqualTo(SKIP);
    assertThat(judge(filter, "a/b/c/d.yml")).isEqualTo(KEEP);
    assertThat(judge(filter, "a/b/c/d.txt")).isEqualTo(SKIP);
  }

  @ParameterizedTest
  @ValueSource(strings = {"!keep.txt", "!*/keep.txt", "!**/keep.txt", "!a/**/keep.txt"})
  void aNegatedLineWithoutAPlaceLeadsEverywhere(String line) {
    PathFilter filter = list("*", line);

    assertThat(judge(filter, "a/b/c/d/")).isEqualTo(DESCEND);
    assertThat(judge(filter, "a/b/c/d")).isEqualTo(SKIP);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[abc", "a/[", "x\\", "[z-a]", "[[:nonsense:]]", "![", "[a\\"})
  void aListWithALineWithoutMeaningIsRefusedAsAWhole(String line) {
    assertThat(IgnoreList.compile(List.of("secret", line))).isEmpty();
  }

  @Test
  void theListOfAnEggOnlyLosesTheLineWithoutMeaning() {
    PathFilter filter = IgnoreList.lenient(List.of("secret", "[abc", "*.key"));

    assertThat(judge(filter, "secret")).isEqualTo(SKIP);
    assertThat(judge(filter, "a.key")).isEqualTo(SKIP);
    assertThat(judge(filter, "[abc")).isEqualTo(KEEP);
  }

  @Test
  void aListWithoutLinesHidesNothing() {
    assertThat(list("", "# nothing", "   ")).isSameAs(PathFilter.NONE);
  }

  /// A matcher that goes back to every star would need more steps than there are atoms.
  @Proves("DS-10")
  @Test
  void aPatternOfManyStarsIsJudgedAtOnce() {
    PathFilter names = list("*a".repeat(200) + "b", "**/a/".repeat(200) + "b");

    assertThat(judge(names, "a".repeat(4000))).isEqualTo(KEEP);
    assertThat(judge(names, "a/".repeat(2000) + "c")).isEqualTo(KEEP);
  }

  /// JGit is an independent implementation of the same syntax. It is asked about the path and all
  /// its parents, which is what the companion patterns mean.
  @Test
  void agreesWithJGitOnRandomPatterns() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20260801);
    for (int round = 0; round < 20_000; round++) {
      String line = randomPattern(random);
      String path = randomPath(random);
      boolean directory = random.nextBoolean();
      if (line.endsWith("**") || line.endsWith("**/")) {
        continue; // where the list differs on purpose
      }

      boolean expected = false;
      FastIgnoreRule rule = new FastIgnoreRule(line);
      for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        expected |= rule.isMatch(path.substring(0, slash), true, true);
      }
      expected |= rule.isMatch(path, directory, true);

      assertThat(list(line).judge(path, directory) != KEEP)
          .as("%s on %s (directory: %s)", line, path, directory)
          .isEqualTo(expected);
    }
  }

  private static String randomPattern(RandomGenerator random) {
    String[] parts = {"a", "b", "ab", "*", "a*", "*b", "?", "[ab]", "[!a]b", "**", "*a*"};
    StringBuilder pattern = new StringBuilder(random.nextInt(3) == 0 ? "/" : "");
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      pattern.append(i > 0 ? "/" : "").append(parts[random.nextInt(parts.length)]);
    }
    return pattern.append(random.nextInt(4) == 0 ? "/" : "").toString();
  }

  private static String randomPath(RandomGenerator random) {
    String[] names = {"a", "b", "ab", "abb", "ba", "c", "aa"};
    StringBuilder path = new StringBuilder();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      path.append(i > 0 ? "/" : "").append(names[random.nextInt(names.length)]);
    }
    return path.toString();
  }
}
