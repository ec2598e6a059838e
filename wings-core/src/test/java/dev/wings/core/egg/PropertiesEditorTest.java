package dev.wings.core.egg;

import static dev.wings.core.egg.EggServer.replace;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PropertiesEditorTest {
  @TempDir Path root;

  private static Map<Object, Object> load(String text) throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(text));
    return properties;
  }

  @Test
  void keysWithEscapesKeepThem() throws IOException {
    String content = "a\\ b=1\nc\\:d : 2\n\\#e=3\nf\\=g 4\nh\\\\i=5\ncaf\\u00e9=6\nx=0\n";

    String result = new EggServer(root).rewritten("properties", content, replace("x", "7"));

    assertThat(result)
        .isEqualTo("a\\ b=1\nc\\:d=2\n\\#e=3\nf\\=g=4\nh\\\\i=5\ncaf\\u00e9=6\nx=7\n");
    Map<Object, Object> expected = load(content);
    expected.put("x", "7");
    assertThat(load(result)).isEqualTo(expected);
  }

  @Test
  void keysWithEscapesAreFoundByTheirMeaning() {
    assertThat(
            new EggServer(root)
                .rewritten(
                    "properties", "a\\ b=1\nc\\:d=2\n", replace("a b", "3"), replace("c:d", "4")))
        .isEqualTo("a\\ b=3\nc\\:d=4\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a b", "a:b", "a=b", "#a", "!a", "a\\b", "a\nb", "\u00e9", "\ud83d\ude00", " a"})
  @Proves("CP-03")
  void aNewKeyIsOneKeyWhateverItHolds(String key) throws IOException {
    String result = new EggServer(root).rewritten("properties", "op=false\n", replace(key, "v"));
    assertThat(load(result)).isEqualTo(Map.of("op", "false", key, "v"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " leading",
        "\tleading",
        "trailing ",
        "a\\",
        "a\nb=c",
        "#x",
        "\"q\"",
        "=x",
        ": x",
        "\u0001\u0007\u000b\b\u007f",
        "\ud83d\ude80 \u00e4 \u2028"
      })
  @Proves("CP-03")
  void aValueReadsInJavaAsItWasMeantAndIsNotWrittenAgain(String value) throws IOException {
    EggServer server = new EggServer(root).variable("V", value);

    String once =
        server.rewritten("properties", "op=false\nmotd=x\n", replace("motd", "{{env.V}}"));

    assertThat(load(once)).isEqualTo(Map.of("op", "false", "motd", value));
    assertThat(
            server.rewritten(
                "properties", once + "# kept : as it is\n", replace("motd", "{{env.V}}")))
        .isEqualTo(once + "# kept : as it is\n");
  }

  @Test
  void oddLinesAreKept() {
    String result =
        new EggServer(root)
            .rewritten(
                "properties",
                "  \n! c\\\nd=1\nbad=\\uZZZZ\nhalf=\\ud83d\na\\ b = c \\\n   d\nflag\n",
                replace("flag", "on"));
    assertThat(result).isEqualTo("\n! c\\\nd=1\nbad=\\uZZZZ\nhalf=\\ud83d\na\\ b=c d\nflag=on\n");
  }
}
