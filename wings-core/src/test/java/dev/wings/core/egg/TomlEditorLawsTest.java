package dev.wings.core.egg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Laws of the TOML editor over random documents: a document survives being read, a changed value
/// changes its own line only, a new value adds lines only, and the content is the one that was
/// asked for. The seed is fixed; `-Dwings.toml.seed=N` takes another.
final class TomlEditorLawsTest {
  private static final int ROUNDS = 2_000;
  private static final long SEED = Long.getLong("wings.toml.seed", 20261125L);
  private static final List<String> NAMES =
      List.of("a", "b", "port", "max-players", "\"quoted key\"", "'x'", "\"\u00fc\"", "_1");
  private static final List<String> SCALARS =
      List.of(
          "1",
          "-7",
          "0xFF",
          "1.5",
          "1e3",
          "true",
          "false",
          "\"text\"",
          "'literal'",
          "\"\\u00e4 # \"",
          "1979-05-27",
          "07:32:00",
          "\"\"\"one line\"\"\"",
          "'D:\\x'",
          "\"\u00e9\ud83d\ude00\"");
  private static final List<String> VALUES =
      List.of("2", "x", "false", "2.5", "\"", "a\nb", "[1, 2]", "{ k = 1 }", "\u00e9#", "");

  private final Random random = new Random(SEED);
  private final Placeholders placeholders =
      new Placeholders(new EggServer(Path.of("unused")).definition(), "");

  /// A document and the paths of its scalars.
  private record Sample(String text, List<String> paths) {}

  @Test
  void aDocumentThatIsReadRendersAsItWas() {
    for (int i = 0; i < ROUNDS; i++) {
      Sample sample = document();
      assertThat(TomlParser.parse(sample.text()).render())
          .as(sample.text())
          .isEqualTo(sample.text());
    }
  }

  @Test
  void aChangedValueChangesNoOtherLine() {
    int changed = 0;
    for (int i = 0; i < ROUNDS; i++) {
      Sample sample = document();
      if (sample.paths().isEmpty()) {
        continue;
      }
      String path = pick(sample.paths());
      String value = pick(VALUES);

      String result = edit(sample.text(), path, value);

      List<String> before = lines(sample.text());
      List<String> after = lines(result);
      assertThat(after).as(sample.text()).hasSameSizeAs(before);
      List<Integer> different = new ArrayList<>();
      for (int line = 0; line < before.size(); line++) {
        if (!before.get(line).equals(after.get(line))) {
          different.add(line);
        }
      }
      assertThat(different).as("%s: %s%n%s", path, value, sample.text()).hasSizeLessThan(2);
      assertThat(TomlParser.parse(result).content())
          .isEqualTo(expected(sample.text(), path, value));
      changed += different.size();
    }
    assertThat(changed).isGreaterThan(ROUNDS / 2);
  }

  @Test
  void aNewValueOnlyAddsLines() {
    for (int i = 0; i < ROUNDS; i++) {
      Sample sample = document();
      List<String> parents = new ArrayList<>(List.of("", "new.", "new.deep."));
      sample.paths().stream()
          .filter(path -> path.contains(".") && !path.matches(".*\\.(in|x)"))
          .map(path -> path.substring(0, path.lastIndexOf('.') + 1))
          .forEach(parents::add);
      String path = pick(parents) + "added";
      String value = pick(VALUES);

      String result = edit(sample.text(), path, value);

      List<String> rest = new ArrayList<>(result.lines().toList());
      for (String line : sample.text().lines().toList()) {
        int at = rest.indexOf(line);
        assertThat(at).as("'%s' of%n%s%nin%n%s", line, sample.text(), result).isNotNegative();
        rest.subList(0, at + 1).clear();
      }
      if (sample.text().contains("\r\n")) {
        assertThat(result.replace("\r\n", "")).doesNotContain("\n");
      }
      assertThat(TomlParser.parse(result).content())
          .as("%s%n%s", path, result)
          .isEqualTo(expected(sample.text(), path, value));
    }
  }

  private String edit(String text, String path, String value) {
    Replacement replacement = EggServer.replace(path, value);
    return new TomlEditor().edit(text, List.of(replacement), placeholders);
  }

  private static List<String> lines(String text) {
    return Arrays.asList(text.split("(?<=\n)"));
  }

  /// The content after the change, worked out on plain maps.
  private static Object expected(String text, String path, String value) {
    Object content = copy(TomlParser.parse(text).content());
    Object wanted;
    try {
      wanted = TomlDocument.content(TomlParser.value(value));
    } catch (WingsException noValue) {
      wanted = TomlDocument.content(TomlScalar.string(value));
    }
    Object at = content;
    String[] elements = path.split("\\.");
    for (int i = 0; i < elements.length; i++) {
      String name = elements[i].replaceFirst("\\[\\d+]$", "");
      @SuppressWarnings("unchecked")
      Map<String, Object> table = (Map<String, Object>) at;
      if (i + 1 == elements.length) {
        table.put(name, wanted);
      } else {
        at = table.computeIfAbsent(name, _ -> new LinkedHashMap<String, Object>());
        if (!name.equals(elements[i])) {
          String index = elements[i].substring(name.length() + 1, elements[i].length() - 1);
          at = ((List<?>) at).get(Integer.parseInt(index));
        }
      }
    }
    return content;
  }

  private static Object copy(Object content) {
    if (content instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((name, value) -> copy.put(name, copy(value)));
      return copy;
    }
    return content instanceof List<?> list
        ? new ArrayList<>(list.stream().map(TomlEditorLawsTest::copy).toList())
        : content;
  }

  // ---- documents

  private Sample document() {
    StringBuilder text = new StringBuilder();
    List<String> paths = new ArrayList<>();
    String lineEnd = random.nextInt(4) == 0 ? "\r\n" : "\n";
    pairs(text, paths, "", lineEnd);
    int sections = random.nextInt(5);
    for (int i = 0; i < sections; i++) {
      trivia(text, lineEnd);
      if (random.nextInt(3) == 0) {
        String name = "list" + i;
        int elements = 1 + random.nextInt(3);
        for (int element = 0; element < elements; element++) {
          text.append("[[ ").append(name).append(" ]] # element").append(lineEnd);
          pairs(text, paths, name + "[" + element + "].", lineEnd);
          if (random.nextInt(3) == 0) {
            text.append("[").append(name).append(".sub]").append(lineEnd);
            pairs(text, paths, name + "[" + element + "].sub.", lineEnd);
          }
        }
      } else {
        String prefix = random.nextBoolean() ? "table" + i : "table" + i + ".\"inner table\"";
        text.append(" ".repeat(random.nextInt(3)))
            .append("[")
            .append(prefix)
            .append("]")
            .append(lineEnd);
        pairs(text, paths, prefix.replace("\"", "") + ".", lineEnd);
      }
    }
    trivia(text, lineEnd);
    if (random.nextInt(4) == 0 && !text.isEmpty() && !text.toString().isBlank()) {
      text.append("# the end, without line end");
    }
    return new Sample(text.toString(), paths);
  }

  private void pairs(StringBuilder text, List<String> paths, String prefix, String lineEnd) {
    int count = random.nextInt(4);
    List<String> free = new ArrayList<>(NAMES);
    for (int i = 0; i < count; i++) {
      trivia(text, lineEnd);
      String key = free.remove(random.nextInt(free.size()));
      String path = prefix + key.replaceAll("[\"']", "");
      text.append(" ".repeat(random.nextInt(3))).append(key);
      if (random.nextInt(4) == 0) {
        text.append(" . dotted");
        path += ".dotted";
      }
      text.append(" ".repeat(random.nextInt(2))).append('=').append("\t".repeat(random.nextInt(2)));
      switch (random.nextInt(6)) {
        case 0 ->
            text.append("[ 1,").append(lineEnd).append("  2, # two").append(lineEnd).append("]");
        case 1 -> {
          text.append("{ in = ").append(pick(SCALARS)).append(" ,other.x=1 }");
          paths.add(path + ".in");
          paths.add(path + ".other.x");
        }
        default -> {
          text.append(pick(SCALARS));
          paths.add(path);
        }
      }
      text.append(random.nextInt(3) == 0 ? " # comment = [1]" : "").append(lineEnd);
    }
  }

  private void trivia(StringBuilder text, String lineEnd) {
    switch (random.nextInt(5)) {
      case 0 -> text.append(lineEnd);
      case 1 -> text.append("# note").append(lineEnd).append(lineEnd);
      case 2 -> text.append("  # \u00fcber = 1").append(lineEnd);
      default -> {}
    }
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
