package dev.wings.fs.search;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSearchTest {
  private static final long SEED = Long.getLong("wings.seed", 20_261_125);

  private static int find(String needle, boolean ignoreCase, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return new ByteSearch(needle.getBytes(ISO_8859_1), ignoreCase).find(bytes, 0, bytes.length);
  }

  @Test
  void findsTheFirstPlace() {
    assertThat(find("needle", false, "hay needle hay needle")).isEqualTo(4);
    assertThat(find("n", false, "hay needle")).isEqualTo(4);
    assertThat(find("needle", false, "needle")).isZero();
    assertThat(find("needle", false, "needl")).isEqualTo(-1);
    assertThat(find("needle", false, "NEEDLE")).isEqualTo(-1);
    assertThat(find("NeedLe", true, "hay nEEDlE")).isEqualTo(4);
  }

  @Test
  void onlyLettersOfAsciiFold() {
    assertThat(find("ä", true, "Ä")).isEqualTo(-1);
    assertThat(find("[", true, "{")).isEqualTo(-1);
    assertThat(find("@", true, "`")).isEqualTo(-1);
    assertThat(find("Z", true, "xz")).isEqualTo(1);
  }

  @Test
  void agreesWithTheLibraryOnEveryKindOfText() {
    Random random = new Random(SEED);
    for (int round = 0; round < 200_000; round++) {
      String alphabet = random.nextBoolean() ? "ab" : "abAB\u00e4\n";
      String text = text(random, alphabet, random.nextInt(60));
      String needle = text(random, alphabet, 1 + random.nextInt(12));
      if (random.nextInt(3) == 0) {
        needle = needle.substring(0, 1 + random.nextInt(needle.length())).repeat(3);
      }
      boolean ignoreCase = random.nextBoolean();
      int expected = ignoreCase ? lower(text).indexOf(lower(needle)) : text.indexOf(needle);

      assertThat(find(needle, ignoreCase, text))
          .as("%s in %s, ignoring case: %s", needle, text, ignoreCase)
          .isEqualTo(expected);
    }
  }

  private static String lower(String text) {
    StringBuilder result = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      result.setCharAt(i, c < 128 ? Character.toLowerCase(c) : c);
    }
    return result.toString();
  }

  private static String text(Random random, String alphabet, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /// Comparing at each place would take hundreds of thousands of millions of steps here.
  @Test
  @Proves("DS-10")
  void repetitiveTextsAreNotSlow() {
    byte[] haystack = new byte[32 << 20];
    Arrays.fill(haystack, (byte) 'a');
    for (String needle :
        new String[] {
          "b" + "a".repeat(60_000),
          "a".repeat(60_000) + "b",
          "a".repeat(30_000) + "b" + "a".repeat(30_000)
        }) {
      ByteSearch search = new ByteSearch(needle.getBytes(ISO_8859_1), /* ignoreCase= */ true);
      int place =
          assertTimeoutPreemptively(
              Duration.ofSeconds(60), () -> search.find(haystack, 0, haystack.length));
      assertThat(place).isEqualTo(-1);
    }
  }
}
