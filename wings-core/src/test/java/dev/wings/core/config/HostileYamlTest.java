package dev.wings.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

class HostileYamlTest {
  @TempDir Path directory;

  private static ConfigText parse(String text) {
    return ConfigText.parse(text);
  }

  static Stream<Arguments> hostile() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      laughs.append("a%d: &a%d [".formatted(i, i));
      laughs.append(("*a" + (i - 1) + ", ").repeat(9)).append("*a").append(i - 1).append("]\n");
    }
    return Stream.of(
        Arguments.of(laughs.toString(), "values"),
        Arguments.of("a: " + "[".repeat(500) + "]".repeat(500), "64 levels"),
        Arguments.of("a: " + "{b: ".repeat(500) + "1" + "}".repeat(500), "64 levels"),
        Arguments.of("a: [" + "1,".repeat(200_000) + "1]", "100000 values"),
        Arguments.of("a: &a [*a]", "*a"),
        Arguments.of("a: &a {b: *a}", "*a"),
        Arguments.of("a: *nowhere", "*nowhere"),
        Arguments.of("token: !!javax.script.ScriptEngineManager [1]", "token: the tag"),
        Arguments.of("token: !!python/object:os.system x", "token: the tag"),
        Arguments.of("token: !custom x", "token: the tag"),
        Arguments.of("api: {port: !!int x}", "api.port"),
        Arguments.of("!!set {a, b}: 1", "line 1"),
        Arguments.of("debug: true\ndebug: false", "line 2: debug: is there twice"),
        Arguments.of("api: {port: 1, port: 2}", "api.port: is there twice"),
        Arguments.of("api:\n  <<: {port: 1}", "line 2: api: merge keys"),
        Arguments.of("? [a, b]\n: 1", "line 1"),
        Arguments.of("--- {}\n--- {}", "line 2: more than one"),
        Arguments.of("- a\n- b", "not a mapping"),
        Arguments.of("just text", "not a mapping"),
        Arguments.of("a: \"\\x\"", "line 1"),
        Arguments.of("a: \u0007", "not YAML"),
        Arguments.of("x".repeat(YamlParser.MAX_CHARACTERS + 1), "larger"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  @Proves({"JV-03", "JV-02"})
  void aHostileFileIsRefusedWithItsNameAndTheKey(String text, String named) throws IOException {
    Path file = Files.writeString(directory.resolve("config.yml"), text);

    assertThatThrownBy(() -> ConfigStore.open(file, Map.of()))
        .hasMessageContaining("config.yml")
        .hasMessageContaining(named)
        .asInstanceOf(type(WingsException.class))
        .extracting(WingsException::kind)
        .isEqualTo(ErrorKind.INVALID);
    assertThat(file).hasContent(text);
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Path file = Files.write(directory.resolve("config.yml"), new byte[] {'a', ':', ' ', -1});

    assertThatThrownBy(() -> ConfigStore.open(file, Map.of())).hasMessageContaining("not UTF-8");
  }

  @Test
  void harmlessAliasesAndStandardTagsAreRead() {
    ObjectNode tree =
        parse("x: &n [a, b]\nallowed_origins: *n\ntoken: !!str 5\napi: {port: !!int 5}").tree();

    assertThat(tree.path("allowed_origins").toString()).isEqualTo("[\"a\",\"b\"]");
    assertThat(tree.path("token").textValue()).isEqualTo("5");
    assertThat(tree.path("api").path("port").intValue()).isEqualTo(5);
  }

  @Test
  void whereTheKeyIsATextAScalarStaysAsItIsWritten() {
    ObjectNode tree =
        parse(
                """
                token: 0123
                app_name: 1e5
                remote_headers: {X-Id: 007, X-Yes: true}
                docker: {log_config: {config: {max-file: 3}}, network: {dns: [1.1]}}
                uuid: 11111111-2222-3333-4444-555555555555
                """)
            .tree();

    WingsConfig config = ConfigDocument.bind(ConfigDocument.complete(tree));
    assertThat(config.token()).isEqualTo("0123");
    assertThat(config.appName()).isEqualTo("1e5");
    assertThat(config.remoteHeaders()).isEqualTo(Map.of("X-Id", "007", "X-Yes", "true"));
    assertThat(config.docker().logConfig().config()).isEqualTo(Map.of("max-file", "3"));
    assertThat(config.docker().network().dns()).containsExactly("1.1");
  }

  @Test
  void anEmptyFileIsAnEmptyDocument() {
    for (String text : List.of("", "# nothing\n", "~", "---\n", "{}", "\ufeff# mark\n")) {
      assertThat(parse(text).tree().isEmpty()).as(text).isTrue();
    }
  }

  /// Many a mutated file cannot be edited, and each is one warning.
  @BeforeEach
  void silence() {
    ((Logger) LoggerFactory.getLogger(YamlEditor.class)).setLevel(Level.ERROR);
  }

  @AfterEach
  void speakAgain() {
    ((Logger) LoggerFactory.getLogger(YamlEditor.class)).setLevel(null);
  }

  @Test
  @Proves("JV-03")
  void mutatedFilesAreReadOrRefusedAndEditedRightly() {
    long seed = Long.getLong("wings.test.seed", 20261125L);
    Random random = new Random(seed);
    String base =
        """
        debug: false # c
        api: {port: 80, ssl: {cert: "a"}}
        system:
          # own
          data: |
            x

          user: {uid: 5}
        allowed_origins:
          - a
          - &x b
        x: *x
        """;
    String alphabet = "{}[]&*!|>%@`\"'#-?:, \n\r\t\u0000\u2028\ud83d\ude00a0~";
    for (int round = 0; round < 3000; round++) {
      StringBuilder text = new StringBuilder(base);
      for (int edits = random.nextInt(0, 6); edits > 0; edits--) {
        int at = random.nextInt(text.length());
        text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        ConfigText parsed = parse(text.toString());
        ObjectNode wanted = parsed.tree().deepCopy();
        change(wanted, random);
        assertThat(parsed.with(wanted).says(wanted)).as("seed %d, %s", seed, text).isTrue();
      } catch (WingsException refused) {
        assertThat(refused.kind()).isEqualTo(ErrorKind.INVALID);
      }
    }
  }

  private static void change(ObjectNode document, Random random) {
    for (String name : List.of("debug", "api", "system", "allowed_origins", "x", "uuid")) {
      switch (random.nextInt(4)) {
        case 0 -> document.remove(name);
        case 1 -> document.set(name, TextNode.valueOf("a: #" + random.nextInt()));
        case 2 -> {
          JsonNode old = document.get(name);
          ObjectNode below = old instanceof ObjectNode object ? object : document.putObject(name);
          below.put("key " + random.nextInt(3), random.nextInt());
        }
        default -> {}
      }
    }
  }
}
