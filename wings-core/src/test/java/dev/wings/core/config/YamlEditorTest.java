package dev.wings.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.testing.Proves;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlEditorTest {
  private static ConfigText parse(String text) {
    return ConfigText.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String edit(String text, Consumer<ObjectNode> change) {
    ConfigText parsed = parse(text);
    ObjectNode wanted = parsed.tree().deepCopy();
    change.accept(wanted);
    ConfigText result = parsed.with(wanted);
    assertThat(result.says(wanted)).isTrue();
    return result.text();
  }

  @Test
  @Proves("ST-04")
  void everythingThatDidNotChangeStaysByteForByte() {
    String text =
        """
        # our node
        remote: 'https://panel.example.com'   # the panel

        token: "0123"
        plugin: {deep: [1, two]} # not ours
        system:
            # owner of the files
            user: {uid: 988, gid: 988, note: mine}
            data: >-
              /srv/a
        allowed_origins:
        - https://a # first
        # end
        """;

    String edited =
        edit(
            text,
            document -> {
              document.put("token", "new");
              document.put("debug", true);
              ((ObjectNode) document.at("/system/user")).put("uid", 5);
              document.withObjectProperty("system").put("timezone", "Europe/Berlin");
              document
                  .withObjectProperty("docker")
                  .withObjectProperty("network")
                  .put("mode", "x y");
              document.withArrayProperty("allowed_origins").add("https://b");
            });

    assertThat(edited)
        .isEqualTo(
            """
            # our node
            remote: 'https://panel.example.com'   # the panel
            debug: true

            token: new
            plugin: {deep: [1, two]} # not ours
            system:
                # owner of the files
                user: {uid: 5, gid: 988, note: mine}
                data: >-
                  /srv/a
                timezone: Europe/Berlin
            docker:
              network:
                mode: "x y"
            allowed_origins: ["https://a", "https://b"] # first
            # end
            """);
  }

  @Test
  void keysAreCutWithTheirLinesOrTheirCommas() {
    String text =
        """
        api:
          port: 1
          old: # gone
            - a
          host: h # stays
        docker: {a: 1, b: 2, c: 3}
        """;

    String edited =
        edit(
            text,
            document -> {
              document.withObjectProperty("api").remove("old");
              document.withObjectProperty("docker").remove("a");
              document.withObjectProperty("docker").remove("c");
            });

    assertThat(edited)
        .isEqualTo(
            """
            api:
              port: 1
              host: h # stays
            docker: {b: 2}
            """);
  }

  @Test
  void aTextKeepsItsLineEndsAndWhatIsNotAscii() {
    String edited =
        edit(
            "# \ud83d\ude00 Gr\u00fc\u00dfe\r\ndebug: false # \ud83d\ude00\r\napp_name: x",
            document -> document.put("debug", true).put("token", "t\u0007\"\\\ud83d\ude00"));

    assertThat(edited)
        .isEqualTo(
            "# \ud83d\ude00 Gr\u00fc\u00dfe\r\ndebug: true # \ud83d\ude00\r\napp_name: x\r\n"
                + "token: \"t\\u0007\\\"\\\\\ud83d\ude00\"");
  }

  @Test
  void changingOneUseOfAnAliasLeavesTheOtherAlone() {
    String edited =
        edit(
            "x: &n [a, b] # shared\nallowed_origins: *n\nallowed_mounts: *n\n",
            document -> document.putArray("allowed_mounts").add("c"));

    assertThat(edited)
        .isEqualTo("x: &n [a, b] # shared\nallowed_origins: *n\nallowed_mounts: [c]\n");
  }

  @Test
  void aLayoutThatCannotBeEditedIsWrittenAnew() {
    String edited =
        edit("x: &n [a] # shared\ny: *n\n", document -> document.putArray("x").add("b"));

    assertThat(edited).isEqualTo("x: [b]\n\"y\": [a]\n");
  }

  /// What another YAML reader, one of YAML 1.1 included, would take for something else.
  @ParameterizedTest
  @CsvSource({
    "no, '\"no\"'",
    "Null, '\"Null\"'",
    "0123, '\"0123\"'",
    "1e5, '\"1e5\"'",
    "22:22, '\"22:22\"'",
    "'', '\"\"'",
    "' a', '\" a\"'",
    "a: b, '\"a: b\"'",
    "-, '\"-\"'",
    "y, '\"y\"'",
    "yes1, yes1",
    "172.18.0.0/16, 172.18.0.0/16",
    "/srv/a-b_c.d, /srv/a-b_c.d",
    "{root}, '\"{root}\"'"
  })
  void textsAreQuotedWhereNeeded(String text, String written) {
    assertThat(YamlWriter.text(text)).isEqualTo(written);
  }
}
