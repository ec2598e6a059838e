package dev.wings.core.egg;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The worked examples of `panel-remote-api.md` 6, and what hostile files and values do.
class EggConfigFilesTest {
  @TempDir Path root;

  private static final String REPLACE = "{\"match\":\"%s\",\"replace_with\":%s%s}";

  private static String replace(String match, String json, String extra) {
    return REPLACE.formatted(match, json, extra.isEmpty() ? "" : "," + extra);
  }

  private static String replace(String match, String json) {
    return replace(match, json, "");
  }

  private ServerDefinition definition(String file, String parser, String... replacements)
      throws IOException {
    ObjectNode document =
        PanelSamples.exchanges("remote/server-definition-bare")
            .getFirst()
            .path("response_body")
            .deepCopy();
    ObjectNode settings = (ObjectNode) document.get("settings");
    settings.set(
        "environment",
        Json.mapper().readTree("{\"SLOTS\":\"32\",\"NAME\":\"lobby\",\"EVIL\":\"x\\nop=me\"}"));
    settings.set(
        "allocations",
        Json.mapper()
            .readTree(
                "{\"force_outgoing_ip\":false,\"default\":{\"ip\":\"192.0.2.1\",\"port\":25565},\"mappings\":{}}"));
    ((ObjectNode) settings.get("build")).put("memory_limit", 2048);
    document.set(
        "process_configuration",
        Json.mapper()
            .readTree(
                "{\"configs\":[{\"file\":\""
                    + file
                    + "\",\"parser\":\""
                    + parser
                    + "\",\"create_new\":true,\"replace\":["
                    + String.join(",", replacements)
                    + "]}]}"));
    return DefinitionReader.read(document);
  }

  private String edit(String parser, String content, String... replacements) throws IOException {
    Files.writeString(root.resolve("f"), content);
    List<String> problems =
        new EggConfigFiles().rewrite(root, definition("f", parser, replacements), "172.18.0.1");
    assertThat(problems).isEmpty();
    return Files.readString(root.resolve("f"));
  }

  @Test
  void textLinesAreReplacedWhole() throws IOException {
    assertThat(
            edit(
                "file",
                "# limits\nmax_users 10\nmotd=old\n",
                replace("max_users", "\"max_users {{env.SLOTS}}\""),
                replace("motd=", "\"-\"", "\"update_existing\":false"),
                replace("lan", "\"lan off\"", "\"insert_new\":true")))
        .isEqualTo("# limits\nmax_users 32\nmotd=old\nlan off\n");
    assertThat(
            edit(
                "file",
                "run -Xmx512M app\n",
                replace(
                    "run",
                    "\"-Xmx{{server.build.memory}}M\"",
                    "\"if_value\":\"regex:-Xmx\\\\d+M\"")))
        .isEqualTo("run -Xmx2048M app\n");
  }

  @Test
  void propertiesKeepOrderAndComments() throws IOException {
    assertThat(
            edit(
                "properties",
                "# server\nserver-port = 1\nmotd: Caf\\u00e9\npvp=true\n",
                replace("server-port", "\"{{server.build.default.port}}\""),
                replace("pvp", "\"false\"", "\"if_value\":\"no\""),
                replace("query.port", "25565", "\"insert_new\":true"),
                replace("level", "\"x\"", "\"insert_new\":false")))
        .isEqualTo("# server\nserver-port=25565\nmotd=Caf\\u00e9\npvp=true\nquery.port=25565\n");
  }

  @Test
  void iniTouchesOnlyWhatItChanges() throws IOException {
    assertThat(
            edit(
                "ini",
                "name = a ; note\n[net]\nhost = 0.0.0.0 ; bind\n[misc]\nx=1\n",
                replace("net.host", "\"10.0.0.1\"", "\"if_value\":\"0.0.0.0\""),
                replace("net.port", "\"7777\"", "\"insert_new\":true"),
                replace("[my.sec].k", "\"v\"", "\"insert_new\":true"),
                replace("name", "\"b\"")))
        .isEqualTo("name = b\n[net]\nhost = 10.0.0.1\nport=7777\n[misc]\nx=1\n\n[my.sec]\nk=v\n");
  }

  @Test
  void jsonPathsWildcardsAndTypes() throws IOException {
    String result =
        edit(
            "json",
            "{\"host\":\"0.0.0.0\",\"listeners\":[{\"p\":1},{\"p\":2,\"n\":\"x\"}],\"keep\":null}",
            replace("host", "\"{{config.docker.interface}}\""),
            replace("listeners.*.p", "\"{{server.build.default.port}}\""),
            replace("opts.list[1]", "\"on\"", "\"insert_new\":true"),
            replace("tag", "\"\\\"1.20\\\"\"", "\"insert_new\":true"));

    assertThat(Json.mapper().readTree(result))
        .isEqualTo(
            Json.mapper()
                .readTree(
                    "{\"host\":\"172.18.0.1\",\"listeners\":[{\"p\":25565},{\"p\":25565,\"n\":\"x\"}],\"keep\":null,"
                        + "\"opts\":{\"list\":[null,\"on\"]},\"tag\":\"1.20\"}"));
    assertThat(result).startsWith("{\n  \"host\"").doesNotEndWith("\n");
  }

  @Test
  void yamlChangesInPlace() throws IOException {
    String result =
        edit(
            "yaml",
            "listeners:\n"
                + "  one: {host: 0.0.0.0}\n"
                + "  two:\n"
                + "    host: 1.2.3.4\n"
                + "online: true   # keep\n",
            replace("listeners.*.host", "\"10.0.0.1\"", "\"if_value\":\"0.0.0.0\""),
            replace("online", "\"false\""),
            replace("list[0].name", "\"{{env.NAME}}\"", "\"insert_new\":true"));

    assertThat(dev.wings.core.json.Yaml.read(result))
        .isEqualTo(
            Json.mapper()
                .readTree(
                    "{\"listeners\":{\"one\":{\"host\":\"10.0.0.1\"},\"two\":{\"host\":\"1.2.3.4\"}},\"online\":false,"
                        + "\"list\":[{\"name\":\"lobby\"}]}"));
  }

  @Test
  void xmlElementsAndAttributes() throws IOException {
    String result =
        edit(
            "xml",
            "<cfg><net><host>0.0.0.0</host></net><w><a p=\"0\"/><b p=\"0\"/></w></cfg>",
            replace("net.host", "\"10.0.0.1\""),
            replace("net.port", "\"27015\"", "\"insert_new\":true"),
            replace("w.*", "\"@p=1\""),
            replace("log.level", "\"info\"", "\"insert_new\":true"));

    assertThat(result.replaceAll(">\\s+<", "><"))
        .contains(
            "<cfg><net><host>10.0.0.1</host><port>27015</port></net><w><a p=\"1\"/><b"
                + " p=\"1\"/></w><log><level>info</level></log></cfg>");
  }

  @Test
  @Proves("CP-04")
  void nothingOfTheDaemonsConfigurationResolves() throws IOException {
    for (String key :
        List.of("token", "token_id", "remote", "docker.registries", "system.data", "uuid")) {
      assertThat(edit("file", "k\n", replace("k", "\"k {{ config." + key + " }}\"")))
          .isEqualTo("k {{config." + key + "}}\n");
    }
  }

  @Test
  @Proves("CP-03")
  void valuesCannotAddLines() throws IOException {
    for (String parser : List.of("file", "ini")) {
      Files.writeString(root.resolve("f"), "k=1\n");
      List<String> problems =
          new EggConfigFiles()
              .rewrite(root, definition("f", parser, replace("k", "\"k={{env.EVIL}}\"")), "i");
      assertThat(problems).hasSize(1);
      assertThat(root.resolve("f")).hasContent("k=1\n");
    }
    assertThat(edit("properties", "k=1\n", replace("k", "\"{{env.EVIL}}\"")))
        .isEqualTo("k=x\\nop=me\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "json|{\"a\":",
        "yaml|a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b",
        "xml|<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><r>&e;</r>",
        "xml|<r><a></r>"
      })
  @Proves("CP-02")
  void whatCannotBeParsedStaysAsItIs(String sample) throws IOException {
    String parser = sample.substring(0, sample.indexOf('|'));
    String content = sample.substring(sample.indexOf('|') + 1);
    Files.writeString(root.resolve("f"), content);

    List<String> problems =
        new EggConfigFiles()
            .rewrite(root, definition("f", parser, replace("x", "1", "\"insert_new\":true")), "i");

    assertThat(problems).hasSize(1);
    assertThat(Files.readString(root.resolve("f"))).isEqualTo(content);
  }

  @Test
  @Proves("CP-01")
  void hugeAndDeepFilesAreLeftAlone() throws IOException {
    for (String content :
        List.of(
            "x".repeat(65 << 20),
            "k=" + "x".repeat(100_000),
            "[".repeat(10_000),
            "<a>".repeat(10_000))) {
      String parser =
          content.startsWith("[") ? "json" : content.startsWith("<") ? "xml" : "properties";
      Files.writeString(root.resolve("f"), content);

      List<String> problems =
          new EggConfigFiles()
              .rewrite(
                  root, definition("f", parser, replace("k", "1", "\"insert_new\":true")), "i");

      assertThat(problems).hasSize(1);
      assertThat(Files.size(root.resolve("f"))).isEqualTo(content.length());
    }
  }

  @Test
  @Proves("CP-06")
  void directoriesAndEscapesAreNotTouched() throws IOException {
    Files.createDirectory(root.resolve("dir"));
    Path outside = root.resolveSibling("outside-" + root.getFileName());

    assertThat(
            new EggConfigFiles()
                .rewrite(root, definition("dir", "file", replace("k", "\"v\"")), "i"))
        .singleElement()
        .asString()
        .contains("no regular file");
    new EggConfigFiles()
        .rewrite(
            root,
            definition(
                "../" + outside.getFileName(),
                "file",
                replace("k", "\"v\"", "\"insert_new\":true")),
            "i");

    assertThat(outside).doesNotExist();
    assertThat(root.resolve(outside.getFileName())).hasContent("v");
  }

  @Test
  void unchangedFilesAreNotWritten() throws IOException {
    Path file = root.resolve("f");
    Files.writeString(file, "port : 25565\n");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));

    new EggConfigFiles()
        .rewrite(root, definition("f", "properties", replace("port", "25565")), "i");

    assertThat(Files.getLastModifiedTime(file)).isEqualTo(FileTime.fromMillis(1_000_000));
  }

  @Test
  void anUnknownParserDoesNotKeepTheOthersFromWorking() throws IOException {
    assertThat(new EggConfigFiles().rewrite(root, definition("f", "cfg", replace("k", "1")), "i"))
        .singleElement()
        .asString()
        .contains("cfg");
  }
}
