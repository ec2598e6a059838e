package dev.wings.core.egg;

import static dev.wings.core.egg.EggServer.file;
import static dev.wings.core.egg.EggServer.insert;
import static dev.wings.core.egg.EggServer.json;
import static dev.wings.core.egg.EggServer.keep;
import static dev.wings.core.egg.EggServer.replace;
import static dev.wings.core.egg.EggServer.replaceIf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.testing.Proves;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TomlEditorTest {
  @TempDir Path root;

  private String edit(String content, Replacement... replacements) {
    return new EggServer(root).rewritten("toml", content, replacements);
  }

  @Test
  void theWorkedExampleKeepsItsCommentsAndSpacing() {
    String result =
        edit(
            """
            # main
            port =  1
            [servers.a]
            host = "0.0.0.0"
            [servers.b]
            host = "9.9.9.9"
            """,
            replace("port", "{{server.build.default.port}}"),
            replaceIf("servers.*.host", "0.0.0.0", "10.0.0.1"),
            replace("ports[0]", 7000),
            replace("nodes[0].name", "x"),
            replace("ver", "1.20"));

    assertThat(result)
        .isEqualTo(
            """
            # main
            port =  25565
            ports = [7000]
            ver = 1.20
            [servers.a]
            host = "10.0.0.1"
            [servers.b]
            host = "9.9.9.9"

            [[nodes]]
            name = "x"
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "true|true",
        "25565|25565",
        "0x1F|0x1F",
        "1_000|1_000",
        "1.20|1.20",
        "6e3|6e3",
        "-inf|-inf",
        "1979-05-27T07:32:00Z|1979-05-27T07:32:00Z",
        "1979-05-27|1979-05-27",
        "12:30:00|12:30:00",
        "12:30|\"12:30\"",
        "1979-02-30|\"1979-02-30\"",
        "007|\"007\"",
        "1.|\"1.\"",
        "``|\"\"",
        "null|\"null\"",
        "10.0.0.1|\"10.0.0.1\"",
        "\"25565\"|\"25565\"",
        "'a'|\"a\"",
        "[1,[2 , 'x']]|[1, [2, \"x\"]]",
        "{a.b=1,'c d' = true}|{ a = { b = 1 }, \"c d\" = true }",
        "{a=1,}|\"{a=1,}\"",
        "99999999999999999999|\"99999999999999999999\"",
        "1 # x|\"1 # x\""
      })
  void stringsThatAreTomlBecomeTypedValues(String value, String stored) {
    assertThat(edit("", replace("k", value))).isEqualTo("k = " + stored + "\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "12|12",
        "1.50|1.50",
        "1e2|1E+2",
        "18446744073709551615|18446744073709551615.0",
        "true|true",
        "null|\"null\"",
        "[1,null,\"a\"]|[1, \"null\", \"a\"]",
        "{\"a b\":{\"c\":[]}}|{ \"a b\" = { c = [] } }"
      })
  void valuesThatAreNoStringsKeepTheirType(String value, String stored) {
    assertThat(edit("", new Replacement("k", json(value), null, null, true)))
        .isEqualTo("k = " + stored + "\n");
  }

  @Test
  void onlyTheValueOfALineIsExchanged() {
    assertThat(
            edit(
                "a.b   =\t1 # one\r\n"
                    + "'c' = 'D:\\x'   # two\r\n"
                    + "\"d\\u0065\" = \"\"\"\r\n"
                    + "x\r\n"
                    + "\"\"\"\r\n"
                    + "last=0b11",
                replace("a.b", 2),
                replace("c", "E:\\y"),
                replace("de", "z"),
                replace("last", 4)))
        .isEqualTo("a.b   =\t2 # one\r\n'c' = 'E:\\y'   # two\r\n\"d\\u0065\" = \"z\"\r\nlast=4");
  }

  @ParameterizedTest
  @CsvSource({
    "port,25565",
    "mask,31",
    "ratio,1.2",
    "name,x",
    "list[1],2",
    "when,1979-05-27T07:32:00Z"
  })
  void aValueThatMeansTheSameStaysAsItIsWritten(String match, String value) {
    String content =
        "port = 25_565\nmask = 0x1f\nratio = 1.20\nname = '''x'''\nlist = [ 1,2 ,]\n"
            + "when = 1979-05-27 07:32:00z\n";
    assertThat(edit(content, replace(match, value))).isEqualTo(content);
  }

  @Test
  void newKeysStandWhereTheirTableIs() {
    String result =
        edit(
            """
            # licence

            # about a
            [a]
              x = 1 # indented

            # about a.b
            [a.b]

            [c]
            d.e = 1
            f = 2
            """,
            replace("top", "t"),
            replace("a.y", "2"),
            replace("a.b.z", "3"),
            replace("c.d.g.h", "4"),
            replace("c.i.j", "5"),
            replace("a.b.k.l", "6"),
            replace("odd key.\"", "7"));
    assertThat(result)
        .isEqualTo(
            """
            # licence

            top = "t"

            # about a
            [a]
              x = 1 # indented
              y = 2

            # about a.b
            [a.b]
            z = 3

            [a.b.k]
            l = 6

            [c]
            d.e = 1
            d.g.h = 4
            f = 2

            [c.i]
            j = 5

            ["odd key"]
            "\\"" = 7
            """);
  }

  @Test
  void aTableThatOnlyItsChildrenNameGetsAHeader() {
    assertThat(edit("[a.b]\nx = 1", replace("a.y", "2"))).isEqualTo("[a.b]\nx = 1\n\n[a]\ny = 2\n");
  }

  @Test
  void arraysOfTablesGrowInPlace() {
    String result =
        edit(
            "[[n]]\nid = 1\n[n.sub]\nx = 1\n[[n]]\nid = 2\n# end\n",
            replace("n[0].sub.y", "2"),
            replace("n[0].more.z", "3"),
            replace("n[3].id", "4"),
            replace("n.*.all", "true"),
            replace("n[1].list[0].k", "v"));
    assertThat(result)
        .isEqualTo(
            """
            [[n]]
            id = 1
            all = true
            [n.sub]
            x = 1
            y = 2

            [n.more]
            z = 3
            [[n]]
            id = 2
            all = true

            [[n.list]]
            k = "v"
            # end

            [[n]]
            all = true

            [[n]]
            id = 4
            all = true
            """);
  }

  @Test
  void arraysKeepTheirLayout() {
    String result =
        edit(
            """
            one = []
            two = [ 1, 2 ]
            lines = [
              "a", # first
              "b"  # second
            ]
            comma = [
              1,
              2, # last
            ]
            """,
            replace("one[1]", "x"),
            replace("two[2]", "3"),
            replace("lines[2]", "c"),
            replace("comma[2]", "3"),
            replace("comma.*", "0"));
    assertThat(result)
        .isEqualTo(
            """
            one = [{}, "x"]
            two = [ 1, 2, 3 ]
            lines = [
              "a", # first
              "b",  # second
              "c"
            ]
            comma = [
              0,
              0, # last
              0,
            ]
            """);
  }

  @Test
  void inlineTablesAreReachable() {
    String result =
        edit(
            "a = {x = 1, y.z = 2}\nb = {}\nc = { list = [{k = 1}] }\n",
            replace("a.x", "9"),
            replace("a.y.w", "8"),
            replace("a.new.deep", "7"),
            replace("b.k", "v"),
            replace("c.list[1]", "2"));
    assertThat(result)
        .isEqualTo(
            "a = {x = 9, y.z = 2, y.w = 8, new = { deep = 7 }}\nb = { k = \"v\" }\n"
                + "c = { list = [{k = 1}, 2] }\n");
  }

  @Test
  void whatIsInTheWayIsReplaced() {
    assertThat(edit("a = 1\nb = 2\n", replace("a.x", "1"))).isEqualTo("b = 2\n\n[a]\nx = 1\n");
    assertThat(edit("b = 2\n# c\n[a]\nx = 1\n[a.y]\nz = 1\n", replace("a", "1")))
        .isEqualTo("b = 2\na = 1\n# c\n");
    assertThat(edit("[[a]]\nx = 1\n[b]\n", replace("a.x", "2"))).isEqualTo("[b]\n\n[a]\nx = 2\n");
    assertThat(edit("a = 1\n", replace("a[0].x", "2"))).isEqualTo("\n[[a]]\nx = 2\n");
    assertThat(edit("a.b = 1\na.c = 2\n", replace("a", "3"))).isEqualTo("a = 3\n");
    assertThat(edit("i = { a.b = 1, c = 2 }\n", replace("i.a", "3")))
        .isEqualTo("i = { c = 2, a = 3 }\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "array[0][1]",
        "[0]",
        "array[0].x",
        "tables[0]",
        "inline.t[0].x",
        "array.*.x",
        "missing.*.x",
        "a.*.b.*.c",
        "scalar.*",
        "tables.*",
        ""
      })
  void pathsThatTomlCannotHoldChangeNothing(String match) {
    String content = "array = [1]\nscalar = 1\ninline = {}\n[[tables]]\n";
    assertThat(edit(content, replace(match, "x"))).isEqualTo(content);
  }

  @Test
  void theGateSeesTheValueWithoutDecoration() {
    String result =
        edit(
            "hex = 0x10 # c\ns = \"a\\tb\"\nlist = [ 1, 'x' ]\nf = 1.50\n",
            replaceIf("hex", "0x10", "1"),
            replaceIf("s", "a\tb", "2"),
            replaceIf("list", "[1,\"x\"]", "3"),
            replaceIf("f", "regex:5", "25"),
            replaceIf("absent.x", "", "4"),
            keep("s", "5"),
            insert("never", "6", false));
    assertThat(result).isEqualTo("hex = 1 # c\ns = 2\nlist = 3\nf = 1.250\n");
  }

  @Test
  void aSubstitutionInAStringStaysAString() {
    assertThat(edit("s = \"v7\"\n", replaceIf("s", "regex:v", ""))).isEqualTo("s = \"7\"\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x\nop = true",
        "x\r\nop = true",
        "x\rop",
        "\"\nop = true",
        "\"\"\"\nop = true\n",
        "'",
        "''' # x",
        "\\",
        "x # y",
        "]\n[evil]",
        "a\u2028b\u2029\u0085c",
        "\u0000\u001b\u007f",
        "\uD83D\uDE00",
        "Gr\u00fc\u00dfe"
      })
  @Proves("CP-03")
  void aVariableChangesExactlyOneKey(String hostile) {
    var server = new EggServer(root).variable("V", hostile);
    for (String present : List.of("\"old\"", "'old'", "'''old'''", "[1]")) {
      String text =
          server.rewritten(
              "toml",
              "op = false\nmotd = " + present + " # c\n[end]\n",
              replace("motd", "v{{env.V}}"));

      assertThat(TomlParser.parse(text).content())
          .isEqualTo(
              Map.of(
                  "op", TomlDocument.content(TomlScalar.bool(false)),
                  "motd", TomlDocument.content(TomlScalar.string("v" + hostile)),
                  "end", Map.of()));
      assertThat(text.split("\\R")).hasSize(3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[1,\n2]", "{ a = \"\"\"x\ny\"\"\" }", "\"\"\"\nx\n[evil]\n\"\"\"", "[ # c\n]"})
  @Proves("CP-03")
  void aVariableThatIsAValueOfSeveralLinesIsWrittenOnOne(String value) {
    var server = new EggServer(root).variable("V", value);
    assertThat(server.rewritten("toml", "a = 1\nb = 2\n", replace("a", "{{env.V}}")).lines())
        .hasSize(2)
        .endsWith("b = 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = 1\na = 2\n",
        "[a]\n[a]\n",
        "a = 1\n[a]\n",
        "[[a]]\n[a]\n",
        "a = [1]\n[[a]]\n",
        "a = {}\na.b = 1\n",
        "a.b = 1\n[a]\n",
        "[a.b]\n[a]\nb.c = 1\n",
        "a = {b = 1}\n[a.c]\n",
        "a = 01\n",
        "a = 1__0\n",
        "a = .5\n",
        "a = 'x\n'\n",
        "a = \"\\q\"\n",
        "a = \"\\ud800\"\n",
        "a = \"\u0001\"\n",
        "a = 1 b = 2\n",
        "a\n",
        "= 1\n",
        "a = \n",
        "a = [1 2]\n",
        "a = [1\n",
        "a = {b\n",
        "[a\n",
        "a = 2020-13-01\n",
        "a = 1\rb = 2\n",
        "a = \"\"\"x\n"
      })
  @Proves("CP-02")
  void whatIsNoTomlStaysAsItIs(String content) {
    var server = new EggServer(root);
    server.put("config", content);
    assertThat(server.rewrite(file("config", "toml", replace("k", "v"))))
        .singleElement()
        .asString()
        .contains("no valid TOML in line");
    assertThat(server.get("config")).isEqualTo(content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{a=", "a.", "[[[["})
  @Proves("CP-01")
  void deepDocumentsAreLeftAlone(String open) {
    var server = new EggServer(root);
    String content = "k = " + open.repeat(10_000);
    for (String deep :
        List.of(content, "[" + "a.".repeat(10_000) + "a]", "a.".repeat(100) + "a=1")) {
      server.put("config", deep);
      assertThat(server.rewrite(file("config", "toml", replace("k", "v")))).hasSize(1);
      assertThat(server.get("config")).isEqualTo(deep);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a[2000000000]", "a[99999999999999999999].b", "a[10001]"})
  @Proves("CP-01")
  void hugeIndexesAreRefused(String match) {
    var server = new EggServer(root);
    server.put("config", "a = [1]\n");
    assertThat(server.rewrite(file("config", "toml", replace(match, "v"))))
        .singleElement()
        .asString()
        .contains("index");
    assertThat(server.get("config")).isEqualTo("a = [1]\n");
  }

  @Test
  @Proves("CP-01")
  void whatReplacementsCreateIsBounded() {
    var server = new EggServer(root);
    server.put("config", "");
    Replacement[] many = new Replacement[20];
    for (int i = 0; i < many.length; i++) {
      many[i] = replace("a" + i + "[9999].x", "v");
    }
    assertThat(server.rewrite(file("config", "toml", many)))
        .singleElement()
        .asString()
        .contains("100000 values");
    assertThat(server.get("config")).isEmpty();
  }
}
