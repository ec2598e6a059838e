package dev.wings.core.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ServerSettings.AutoStart;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import dev.wings.core.json.Yaml;
import dev.wings.core.testing.PanelSamples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionTest {
  private static final String ID = "6f1c0c1e-93d0-4a60-9a3b-0d4b8f0a7c11";

  /// Every definition that the recorded Panel sent, in whichever format.
  static Stream<JsonNode> recordedDefinitions() throws IOException {
    List<JsonNode> entries = new ArrayList<>();
    for (String name : List.of("full", "live", "bare")) {
      for (JsonNode exchange : PanelSamples.exchanges("remote/server-definition-" + name)) {
        body(exchange, "response").ifPresentOrElse(entries::add, () -> {});
      }
    }
    for (JsonNode exchange : PanelSamples.exchanges("remote/servers-page")) {
      body(exchange, "response").ifPresent(page -> page.path("data").forEach(entries::add));
    }
    for (JsonNode exchange : PanelSamples.exchanges("node-api/server-sync")) {
      body(exchange, "request").ifPresent(body -> entries.add(body.path("server")));
    }
    return entries.stream();
  }

  private static Optional<JsonNode> body(JsonNode exchange, String side) throws IOException {
    byte[] bytes = PanelSamples.bytes(exchange, side + "_body_base64");
    String type = exchange.path(side + "_headers").path("content-type").asText();
    if (bytes.length == 0 || (side.equals("response") && exchange.path("status").asInt() != 200)) {
      return Optional.empty();
    }
    return switch (type) {
      case "application/msgpack" -> Optional.of(MessagePack.read(bytes));
      case "application/json" -> Optional.of(Json.mapper().readTree(bytes));
      default -> Optional.empty();
    };
  }

  @Test
  void thereAreRecordedDefinitionsOfBothFormats() throws IOException {
    assertThat(recordedDefinitions()).hasSizeGreaterThan(40);
  }

  @ParameterizedTest
  @MethodSource("recordedDefinitions")
  void recordedDefinitionsAreWrittenAsTheyWereRead(JsonNode entry) throws IOException {
    ServerDefinition definition = DefinitionReader.read(entry);

    ObjectNode written = DefinitionWriter.definition(definition);

    assertThat(normal(written)).isEqualTo(normal(entry));
    assertThat(DefinitionReader.read(written)).isEqualTo(definition);
  }

  /// The same tree with one kind of node per kind of value (int or long, double or decimal).
  private static JsonNode normal(JsonNode node) throws IOException {
    return Json.mapper().readTree(node.toString());
  }

  @Test
  void everyFieldOfTheFullSampleIsRead() {
    JsonNode entry =
        PanelSamples.exchanges("remote/server-definition-full").get(0).path("response_body");

    ServerDefinition definition = DefinitionReader.read(entry);

    ServerSettings settings = definition.settings();
    assertThat(definition.uuid())
        .isEqualTo(UUID.fromString("9670d343-aa0d-43bc-8e88-82eee8c5c7b8"));
    assertThat(settings.meta().name()).isEqualTo("Full é ✓");
    assertThat(settings.allocations().primary())
        .contains(new ServerSettings.Allocation("127.0.0.2", 26000));
    assertThat(settings.allocations().mappings())
        .containsExactly(
            Map.entry("127.0.0.1", List.of(25567, 25568)),
            Map.entry("127.0.0.2", List.of(26000, 26001)),
            Map.entry("::1", List.of(26100)));
    assertThat(settings.build())
        .isEqualTo(new ServerSettings.Build(2048, 128, -1, 500, 150, 10240, "0,1", false, null));
    assertThat(settings.mounts())
        .contains(new ServerSettings.Mount("/srv/rec-shared", "/mnt/shared", true));
    assertThat(settings.egg().fileDenylist()).containsExactly("*.key", "/secret/**", "!public.key");
    assertThat(settings.container().image()).isEqualTo("demo:1~");
    assertThat(settings.container().kvmPassthrough()).isTrue();
    assertThat(settings.autoKill()).isEqualTo(new ServerSettings.AutoKill(true, 45));
    assertThat(settings.autoStartBehavior()).isEqualTo(AutoStart.ALWAYS);
    ProcessConfiguration process = definition.process();
    assertThat(process.startup().done()).containsExactly("Done (", "Ready on port");
    assertThat(process.stop()).isEqualTo(new ProcessConfiguration.Stop("signal", "SIGINT"));
    assertThat(process.configs())
        .extracting(ProcessConfiguration.ConfigFile::parser)
        .containsExactly("properties", "yaml", "json", "toml", "ini", "xml", "file");
    assertThat(process.configs().get(2).replacements().get(2).replaceWith().longValue())
        .isEqualTo(9007199254740993L);
  }

  @Test
  void aDefinitionWithNothingButItsIdTakesAllDefaults() throws IOException {
    ServerDefinition definition = read("{'settings':{'uuid':'%s'}}");

    ServerSettings settings = definition.settings();
    assertThat(settings.startOnCompletion()).isNull();
    assertThat(settings.suspended()).isFalse();
    assertThat(settings.entrypoint()).isNull();
    assertThat(settings.environment()).isEmpty();
    assertThat(settings.allocations().primary()).isEmpty();
    assertThat(settings.build())
        .isEqualTo(new ServerSettings.Build(0, 0, 0, null, 0, 0, null, false, null));
    assertThat(settings.autoStartBehavior()).isEqualTo(AutoStart.UNLESS_STOPPED);
    assertThat(settings.autoKill().active()).isFalse();
    assertThat(definition.process().startup().done()).isNull();
    assertThat(definition.process().stop().type()).isEmpty();
    assertThat(definition.process().configs()).isEmpty();
  }

  @Test
  void readsPterodactylsForm() throws IOException {
    ServerDefinition definition =
        read(
            """
            {'uuid':'%1$s','settings':{'uuid':'%1$s','meta':[],'suspended':0,
             'environment':{'A':5,'B':null,'C':true},'labels':[],'crash_detection_enabled':true,
             'allocations':{'default':{'ip':'1.2.3.4','port':'25565'},'mappings':[]},
             'build':{'memory_limit':'1024','swap':-1,'io_weight':500,'disk_space':1.0e3,'threads':null},
             'egg':{'id':'%1$s','file_denylist':null},
             'container':{'image':'~a','oom_disabled':true,'requires_rebuild':false}},
             'process_configuration':{'startup':{'done':'Done','user_interaction':[]},
              'stop':{'type':'command','value':'stop'},
              'configs':[{'file':'a','parser':'file','replace':[{'match':'x','value':7},{'match':'y'},3]},7]}}
            """);

    ServerSettings settings = definition.settings();
    assertThat(settings.environment().toString()).isEqualTo("{A=5, B=null, C=true}");
    assertThat(settings.allocations().primary())
        .contains(new ServerSettings.Allocation("1.2.3.4", 25565));
    assertThat(settings.build())
        .isEqualTo(new ServerSettings.Build(1024, 0, -1, 500, 0, 1000, null, true, null));
    assertThat(definition.process().startup().done()).containsExactly("Done");
    ProcessConfiguration.ConfigFile config = definition.process().configs().get(0);
    assertThat(config.createNew()).isTrue();
    assertThat(config.replacements())
        .containsExactly(
            new ProcessConfiguration.Replacement(
                "x", JsonNodeFactory.instance.numberNode(7), null, null, true));
  }

  @Test
  void newerMembersSurviveTheRoundTrip() throws IOException {
    ServerDefinition definition =
        read(
            """
            {'settings':{'uuid':'%s','entrypoint':['a','b'],'start_on_completion':true,
             'labels':{'x':'y'},'build':{'bandwidth':{'upload':8,'download':0}},
             'devices':[{'source':'/dev/a','target':'/dev/b'}],'firewall':[{'action':'allow'}],
             'features':{'startup_cpu_boost':{'enabled':true},
              'runtime_cpu_boost':{'enabled':true,'threshold':90,'multiple':1.5}}},
             'process_configuration':{'startup':{'done':[]}}}
            """);

    assertThat(definition.settings().features().runtimeCpuBoost())
        .isEqualTo(new ServerSettings.RuntimeCpuBoost(true, 90L, null, null, null, 1.5));
    assertThat(definition.settings().devices())
        .containsExactly(new ServerSettings.Device("/dev/a", "/dev/b", "rwm"));
    assertThat(definition.process().startup().done()).isEmpty();
    JsonNode onDisk = normal(DefinitionWriter.definition(definition));
    assertThat(DefinitionReader.read(onDisk)).isEqualTo(definition);
  }

  @Test
  void limitsBeyondWhatBytesCanExpressAreCut() throws IOException {
    ServerSettings settings =
        read("{'settings':{'uuid':'%s','build':{'disk_space':18446744073709551615}}}").settings();

    assertThat(Math.multiplyExact(settings.build().diskSpace(), 1 << 20)).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "6f1c0c1e93d04a609a3b0d4b8f0a7c11",
        "../../etc/passwd",
        "6F1C0C1E-93D0-4A60-9A3B-0D4B8F0A7C11",
        "1-1-1-1-1",
        "6f1c0c1e-93d0-4a60-9a3b-0d4b8f0a7c1/"
      })
  void refusesIdsThatAreNotCanonical(String uuid) {
    assertThatThrownBy(() -> read("{'settings':{'uuid':'" + uuid + "'}}"))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("settings.uuid")
        .hasMessageContaining(uuid);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{'A=B':'c'}`|name",
        "`{'':'c'}`|name",
        "`{'A\\u0000':'c'}`|name",
        "`{'A B':'c'}`|name",
        "`{'A':'c\\u0000'}`|NUL"
      })
  void refusesVariablesThatWouldBreakTheEnvironment(String environment, String reason) {
    assertThatThrownBy(() -> read("{'settings':{'uuid':'%s','environment':" + environment + "}}"))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining(ID)
        .hasMessageContaining(reason);
  }

  @Test
  void refusesOversizedVariablesAndLabels() {
    String large = "x".repeat(200_000);
    assertThatThrownBy(() -> read("{'settings':{'uuid':'%s','environment':{'A':'" + large + "'}}}"))
        .hasMessageContaining("128 KiB");
    assertThatThrownBy(() -> read("{'settings':{'uuid':'%s','labels':{'A':'" + large + "'}}}"))
        .hasMessageContaining("4 KiB");
  }

  @Test
  void readsYaml() throws IOException {
    String json =
        PanelSamples.exchanges("remote/server-definition-full")
            .get(0)
            .path("response_body")
            .toString();
    JsonNode tree = Json.mapper().readTree(json);

    JsonNode yaml = Yaml.read(Yaml.write(tree));

    assertThat(DefinitionReader.read(yaml)).isEqualTo(DefinitionReader.read(tree));
  }

  @Test
  void recordedInstallationScriptsAreWrittenAsTheyWereRead() throws IOException {
    int read = 0;
    for (JsonNode exchange : PanelSamples.exchanges("remote/server-install")) {
      if (exchange.path("method").asText().equals("GET")) {
        JsonNode body = body(exchange, "response").orElseThrow();
        InstallationScript script = DefinitionReader.script(body);
        assertThat(script.script()).startsWith("#!/bin/sh");
        assertThat(DefinitionWriter.script(script)).isEqualTo(body);
        read++;
      }
    }
    assertThat(read).isGreaterThan(2);
  }

  @Test
  void aScriptThatIsNoTextIsEmpty() throws IOException {
    InstallationScript script =
        DefinitionReader.script(tree("{'container_image':'a','entrypoint':'sh','script':[1]}"));

    assertThat(script).isEqualTo(new InstallationScript("a", "sh", "", Map.of()));
    assertThatThrownBy(() -> DefinitionReader.script(tree("{'script':'a'}")))
        .hasMessageContaining("container_image");
  }

  private static ServerDefinition read(String json) throws IOException {
    return DefinitionReader.read(tree(json.replace("%s", ID).replace("%1$s", ID)));
  }

  private static JsonNode tree(String json) throws IOException {
    return Json.mapper().readTree(json.replace('\'', '"'));
  }
}
