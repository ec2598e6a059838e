package dev.wings.core.egg;

import static dev.wings.core.egg.EggServer.insert;
import static dev.wings.core.egg.EggServer.json;
import static dev.wings.core.egg.EggServer.keep;
import static dev.wings.core.egg.EggServer.replace;
import static dev.wings.core.egg.EggServer.replaceIf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The worked examples of `panel-remote-api.md` of text, properties and ini, conditions and types,
/// and values that try to break out.
final class ConfigFormatsTest {
  @TempDir Path root;

  @Test
  void textLinesAreReplacedByTheirBeginning() {
    String result =
        new EggServer(root)
            .variable("SLOTS", "32")
            .rewritten(
                "file",
                "# limits\nmax_users 10\nmotd=old\n",
                replace("max_users", "max_users {{env.SLOTS}}"),
                keep("motd=", "-"),
                insert("lan", "lan off", true));
    assertThat(result).isEqualTo("# limits\nmax_users 32\nmotd=old\nlan off\n");
  }

  @Test
  void anExpressionEditsPartOfALine() {
    String result =
        new EggServer(root)
            .rewritten(
                "file",
                "run -Xmx512M app\r\nother",
                replaceIf("run", "regex:-Xmx\\d+M", "-Xmx{{server.build.memory}}M"),
                replace("missing", "not inserted by default"));
    assertThat(result).isEqualTo("run -Xmx2048M app\nother\n");
  }

  @ParameterizedTest
  @CsvSource({
    "regex:(\\d+)-(\\d+),$2-$1,x 2-1 y",
    "regex:(?P<a>1)-2,${a}$$,x 1$ y",
    "regex:1,$9$,x $-2 y",
    "regex:(,z,x 1-2 y",
    "regex:nothing,z,x 1-2 y",
    "x 1,z,x 1-2 y",
    "x 1-2 y,z,z"
  })
  void theConditionDecides(String ifValue, String value, String result) {
    assertThat(new EggServer(root).rewritten("file", "x 1-2 y\n", replaceIf("x", ifValue, value)))
        .isEqualTo(result + "\n");
  }

  @Test
  void propertiesAreWrittenNormalised() {
    String result =
        new EggServer(root)
            .rewritten(
                "properties",
                "# server\nserver-port = 1\nmotd: Caf\\u00e9\npvp=true\n",
                replace("server-port", "{{server.build.default.port}}"),
                replaceIf("pvp", "no", "false"),
                replace("query.port", 25565),
                insert("level", "x", false));
    assertThat(result)
        .isEqualTo("# server\nserver-port=25565\nmotd=Caf\\u00e9\npvp=true\nquery.port=25565\n");
  }

  @Test
  void iniFilesAreEditedInPlace() {
    var server = new EggServer(root);
    server.port = 7777;
    String result =
        server.rewritten(
            "ini",
            "name = a ; note\n[net]\nhost = 0.0.0.0 ; bind\n[misc]\nx=1\n",
            replaceIf("net.host", "0.0.0.0", "10.0.0.1"),
            replace("net.port", "{{server.build.default.port}}"),
            replace("[my.sec].k", "v"),
            replace("name", "b"));
    assertThat(result)
        .isEqualTo("name = b\n[net]\nhost = 10.0.0.1\nport=7777\n[misc]\nx=1\n\n[my.sec]\nk=v\n");
  }

  @Test
  void iniKeysWithoutSectionGoBeforeTheFirstHeaderAndLineEndsStay() {
    assertThat(new EggServer(root).rewritten("ini", "; c\r\n[a]\r\nk=1\r\n", replace("top", "x")))
        .isEqualTo("; c\r\ntop=x\r\n[a]\r\nk=1\r\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "true|true",
        "25565|25565",
        "1.20|1.20",
        "007|\"007\"",
        "``|\"\"",
        "null|null",
        "{\"a\":1}|{\"a\":1}",
        "\"25565\"|\"25565\"",
        "1 2|\"1 2\""
      })
  void stringsThatAreJsonBecomeTypedValues(String value, String stored) {
    assertThat(json(new EggServer(root).rewritten("json", "", replace("k", value))).get("k"))
        .hasToString(stored);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x\nop=true",
        "x\rop=true",
        "x\\\nop=true",
        "\"",
        "x # y",
        " x",
        "a\u2028b",
        "x: y",
        "- x",
        "\uD83D\uDE00",
        "&a *a",
        "'",
        "x\0"
      })
  @Proves("CP-03")
  void aVariableChangesExactlyOneKey(String hostile) throws IOException {
    var server = new EggServer(root).variable("V", hostile);

    String yaml = server.rewritten("yaml", "op: false\n", replace("motd", "v{{env.V}}"));
    String back = server.rewritten("json", "{\"op\":false}", replace("motd", "v{{env.V}}"));
    String text = server.rewritten("properties", "op=false\n", replace("motd", "v{{env.V}}"));

    assertThat(json(back).get("motd").textValue()).isEqualTo("v" + hostile);
    assertThat(json(back)).hasSize(2);
    assertThat(yaml.lines().filter(line -> line.startsWith("op"))).containsExactly("op: false");
    var properties = new Properties();
    properties.load(new StringReader(text));
    assertThat(properties).hasSize(2).containsEntry("op", "false");
  }

  @ParameterizedTest
  @CsvSource({"file,motd=old", "ini,motd=old"})
  @Proves("CP-03")
  void lineBreaksAreRefusedWhereTheFormatCannotEscapeThem(String parser, String content) {
    for (String hostile : new String[] {"a\nop=1", "a\rop=1", "a\0"}) {
      var server = new EggServer(root).variable("V", hostile);
      server.put("config", content);

      assertThat(server.rewrite(EggServer.file("config", parser, replace("motd", "{{env.V}}"))))
          .singleElement()
          .asString()
          .contains("line break");
      assertThat(server.get("config")).isEqualTo(content);
    }
  }
}
