package dev.wings.core.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.testing.Proves;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class YamlTest {
  private static final String FILE =
      """
      # the head
      server:   # the server
        host: 'localhost'   # where
        port: 1
        empty:

        "quoted": "text"
      list:
      - a
      - {b: 1, c: [2, 3]}   # flow
      base: &base
        x: 1
      derived: *base
      yes: on
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: 1|{\"a\":1}",
        "a: 1.20|{\"a\":1.20}",
        "a: 007|{\"a\":\"007\"}",
        "a: 0x1f|{\"a\":31}",
        "a: yes|{\"a\":\"yes\"}",
        "a: true|{\"a\":true}",
        "a: 'true'|{\"a\":\"true\"}",
        "a: !!str 5|{\"a\":\"5\"}",
        "a: 12:30:45|{\"a\":\"12:30:45\"}",
        "a: 2020-01-01|{\"a\":\"2020-01-01\"}",
        "a:|{\"a\":null}",
        "1: a|{\"1\":\"a\"}",
        "a: .inf|{\"a\":\".inf\"}",
        "- 1|[1]",
        "a: {b: [~]}|{\"a\":{\"b\":[null]}}"
      })
  void readsPlainTypes(String yaml, String json) throws Exception {
    assertThat(Yaml.read(yaml)).isEqualTo(Json.mapper().readTree(json));
  }

  @Test
  void anEmptyDocumentIsNull() {
    assertThat(Yaml.read("").isNull()).isTrue();
    assertThat(Yaml.read("# only a comment\n").isNull()).isTrue();
  }

  @Test
  @Proves({"CP-02", "JV-03"})
  void billionLaughsAreRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      String alias = "*a" + (i - 1);
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, (alias + ",").repeat(8) + alias));
    }

    assertThatThrownBy(() -> Yaml.read(bomb.toString())).hasMessageContaining("more than");
    assertThatThrownBy(() -> Yaml.read("a: &a [*a]")).isInstanceOf(WingsException.class);
  }

  @Test
  @Proves({"CP-02", "JV-03"})
  void deepNestingIsRefused() {
    assertThatThrownBy(() -> Yaml.read("[".repeat(10_000))).isInstanceOf(WingsException.class);
    String block =
        IntStream.range(0, 1000)
            .mapToObj(i -> " ".repeat(i) + "a:\n")
            .collect(Collectors.joining());
    assertThatThrownBy(() -> Yaml.read(block)).isInstanceOf(WingsException.class);
  }

  @Test
  @Proves({"CP-02", "JV-02"})
  void tagsNeverCreateObjects() throws Exception {
    assertThatThrownBy(() -> Yaml.read("a: !!javax.script.ScriptEngineManager [x]"))
        .isInstanceOf(WingsException.class);
    assertThat(Yaml.read("a: !custom {b: 1}"))
        .isEqualTo(Json.mapper().readTree("{\"a\":{\"b\":1}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: 1\na: 2",
        "? [a]\n: 1",
        "a: *missing",
        "a: 'open",
        "---\na\n---\nb",
        "a: b: c"
      })
  void refusesWhatIsNoSingleTree(String yaml) {
    assertThatThrownBy(() -> Yaml.read(yaml))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("invalid YAML");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      quoteCharacter = '\0',
      value = {
        "/server/port|25565|  port: 1|  port: 25565",
        "/server/host|10.0.0.1|  host: 'localhost'   # where|  host: '10.0.0.1'   # where",
        "/server/quoted|x\"y|  \"quoted\": \"text\"|  \"quoted\": \"x\\\"y\"",
        "/server/empty|full|  empty:|  empty: full",
        "/list/1/b|9|- {b: 1, c: [2, 3]}   # flow|- {b: 9, c: [2, 3]}   # flow",
        "/list/0|true|- a|- 'true'",
        "/list/0|a: b #c|- a|- 'a: b #c'",
        "/yes|off|yes: on|yes: 'off'"
      })
  void changingAScalarTouchesNothingElse(String pointer, String value, String from, String to) {
    JsonNode node =
        value.matches("\\d+")
            ? JsonNodeFactory.instance.numberNode(Integer.parseInt(value))
            : JsonNodeFactory.instance.textNode(value);
    for (String lineEnd : new String[] {"\n", "\r\n"}) {
      String text = "\uFEFF" + FILE.replace("\n", lineEnd);

      assertThat(render(text, pointer, node))
          .isEqualTo(text.replace(lineEnd + from + lineEnd, lineEnd + to + lineEnd));
    }
  }

  @Test
  void addingKeysKeepsCommentsAndOrder() {
    String rendered = render(FILE, "/server/added", JsonNodeFactory.instance.textNode("new value"));

    assertThat(rendered)
        .contains("# the head", "# the server", "host: 'localhost' # where", "added: 'new value'")
        .contains("\"quoted\": \"text\"", "&base", "yes: on");
    assertThat(Yaml.read(rendered).at("/derived/x").intValue()).isEqualTo(1);
  }

  @Test
  void changingAnAliasLeavesItsAnchorAlone() {
    String rendered = render(FILE, "/derived/x", JsonNodeFactory.instance.numberNode(2));

    assertThat(Yaml.read(rendered).at("/base/x").intValue()).isEqualTo(1);
    assertThat(Yaml.read(rendered).at("/derived/x").intValue()).isEqualTo(2);
  }

  @Test
  void nothingChangedIsTheSameText() {
    YamlDocument document = YamlDocument.parse(FILE);

    assertThat(document.render(document.tree().deepCopy())).isSameAs(FILE);
  }

  @Test
  @Proves("CP-03")
  void anyTextStaysOneValue() {
    for (long seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      String[] parts = {
        "a", ": ", "#", " #", "\n", "'", "\"", "\\", "- ", "\u2028", "\u0085", "{", "}", "&x", "*x",
        "!!int ", "yes", "~", "\r", "\t", "\u0000", "%", "@", "`", "|", ">", "0o17", "😀", "1"
      };
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(6); i >= 0; i--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      String pointer =
          new String[] {"/server/host", "/server/port", "/server/added", "/list/1/b"}
              [random.nextInt(4)];
      JsonNode wanted =
          changed(Yaml.read(FILE), pointer, JsonNodeFactory.instance.textNode(text.toString()));

      String rendered = YamlDocument.parse(FILE).render(wanted);

      assertThat(Yaml.read(rendered)).as("seed %d", seed).isEqualTo(wanted);
    }
  }

  @Test
  void randomTreesSurviveWriting() throws Exception {
    for (String json :
        new String[] {
          "{\"a\":[],\"b\":{},\"c\":[[1,[2]],{\"d\":[{\"e\":null}]}],\"\":\"\",\"true\":\"null\"}",
          "[\"\",\" \",\"- x\",\"multi\\nline\\n\",\"\\t\",\"1e3\",\"0x10\",\"=\",\"<<\"]",
          "{\"big\":18446744073709551615,\"neg\":-1.50,\"exp\":1E+30}"
        }) {
      JsonNode tree = Json.mapper().readTree(json);
      assertThat(Yaml.read(Yaml.write(tree))).isEqualTo(tree);
    }
  }

  private static String render(String text, String pointer, JsonNode value) {
    YamlDocument document = YamlDocument.parse(text);
    return document.render(changed(document.tree().deepCopy(), pointer, value));
  }

  private static JsonNode changed(JsonNode tree, String pointer, JsonNode value) {
    int slash = pointer.lastIndexOf('/');
    JsonNode parent = tree.at(pointer.substring(0, slash));
    String name = pointer.substring(slash + 1);
    if (parent instanceof ObjectNode object) {
      object.set(name, value);
    } else {
      ((ArrayNode) parent).set(Integer.parseInt(name), value);
    }
    return tree;
  }
}
