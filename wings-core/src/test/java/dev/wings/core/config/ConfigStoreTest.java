package dev.wings.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigStoreTest {
  @TempDir Path directory;

  private Path write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("config.yml"), yaml);
  }

  private ConfigStore open(String yaml, Map<String, String> environment) throws IOException {
    return ConfigStore.open(write(yaml), environment);
  }

  private static final String MINIMAL = "remote: https://panel.example\ntoken: t\n";

  @Test
  void absentKeysHaveTheirDefaultsAndTheSeedsDirectories() throws IOException {
    WingsConfig config = open(MINIMAL, Map.of()).current();

    assertThat(config.api().port()).isEqualTo(8080);
    assertThat(config.system().rootDirectory()).isEqualTo("/var/lib/pterodactyl");
    assertThat(config.system().data()).isEqualTo("/var/lib/pterodactyl/volumes");
    assertThat(config.system().tmpDirectory()).isEqualTo("/tmp/pterodactyl");
    assertThat(config.docker().containerPidLimit()).isEqualTo(5120);
    assertThat(config.docker().logConfig().config()).containsEntry("max-size", "5m");
    assertThat(config.docker().network().interfaces().v6().gateway())
        .isEqualTo("fdba:17c8:6c94::1011");
    assertThat(config.throttles().lineResetInterval()).isEqualTo(100);
  }

  @Test
  @Proves("ST-04")
  void unknownKeysSurviveAtEveryLevelAndPlaceholdersStayUnresolved() throws IOException {
    ConfigStore store =
        open(MINIMAL + "mine: 1\nsystem: {mine: 2, root_directory: /r}\n", Map.of());

    store.save();

    JsonNode written = ConfigStore.parse(Files.readAllBytes(directory.resolve("config.yml")));
    assertThat(written.path("mine").asInt()).isEqualTo(1);
    assertThat(written.at("/system/mine").asInt()).isEqualTo(2);
    assertThat(written.at("/system/data").asText()).isEqualTo("{root_directory}/volumes");
    assertThat(store.current().system().data()).isEqualTo("/r/volumes");
  }

  @Test
  void aFileThatMeansTheSameIsNotWrittenAgainAndModesStay() throws IOException {
    ConfigStore store = open(MINIMAL, Map.of());
    store.save();
    Path file = directory.resolve("config.yml");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Files.setLastModifiedTime(file, FileTime.fromMillis(5_000_000));

    ConfigStore.open(file, Map.of()).save();
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(FileTime.fromMillis(5_000_000));

    ConfigStore.open(file, Map.of()).update(document -> document.put("debug", true));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
  }

  @Test
  void theEnvironmentWins() throws IOException {
    ConfigStore store =
        open(
            MINIMAL + "api: {port: 1}\n",
            Map.of(
                "CALAGOPUS_API_PORT", "9000",
                "CALAGOPUS_ALLOWED_ORIGINS", "[\"https://a\"]",
                "CALAGOPUS_TOKEN", "12345",
                "CALAGOPUS_NO_SUCH_KEY", "x",
                "OTHER", "y"));

    assertThat(store.current().api().port()).isEqualTo(9000);
    assertThat(store.current().allowedOrigins()).containsExactly("https://a");
    assertThat(store.current().token()).isEqualTo("12345");
    assertThat(store.overrides().unknown()).containsExactly("CALAGOPUS_NO_SUCH_KEY");
  }

  @Test
  void olderAndPterodactylFilesAreUnderstood() throws IOException {
    WingsConfig config =
        open(
                MINIMAL
                    + "api: {server_remote_download_limit: 0}\n"
                    + "docker: {network: {network_mode: host}}\n"
                    + "system: {backups: {compression_level: none}}\n",
                Map.of())
            .current();

    assertThat(config.api().disableRemoteDownload()).isTrue();
    assertThat(config.docker().network().mode()).isEqualTo("host");
    assertThat(config.system().backups().compressionLevel())
        .isEqualTo(SystemConfig.CompressionLevel.BEST_SPEED);
  }

  @Test
  void whatDoesNotFitNamesTheKey() throws IOException {
    assertThatThrownBy(() -> open("api: {port: many}\n", Map.of()))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("api.port");
    assertThatThrownBy(() -> open("system: {disk_limiter_mode: floppy}\n", Map.of()))
        .hasMessageContaining("disk_limiter_mode");
    assertThatThrownBy(() -> open("- a\n", Map.of())).hasMessageContaining("not a mapping");
    assertThatThrownBy(() -> open("a: 1\na: 2\n", Map.of())).isInstanceOf(WingsException.class);
  }

  @Test
  @Proves({"CF-05", "CT-02"})
  void thePanelChangesNothingThatNobodyListed() throws IOException {
    ConfigStore store = open(MINIMAL + "system: {user: {uid: 5, gid: 5}}\n", Map.of());
    ObjectNode before = store.panelDocument();
    ObjectNode patch = Json.mapper().createObjectNode();
    for (String path : PanelPatch.FORBIDDEN) {
      ObjectNode at = patch;
      String[] keys = path.split("\\.");
      for (int i = 0; i < keys.length - 1; i++) {
        at = at.withObjectProperty(keys[i]);
      }
      at.put(keys[keys.length - 1], "hijacked");
    }
    patch.put("brand_new_key", 1);

    ConfigStore.Patched result = store.patch(patch);

    assertThat(store.panelDocument()).isEqualTo(before);
    assertThat(result.refused()).containsAll(PanelPatch.FORBIDDEN).contains("brand_new_key");
    store.patch(Json.mapper().createObjectNode().putNull("system"));
    assertThat(store.panelDocument()).isEqualTo(before);
  }

  @Test
  void aPatchIsMergedAndNullBringsTheDefaultBack() throws IOException {
    ConfigStore store = open(MINIMAL + "throttles: {lines: 5}\n", Map.of());

    store.patch(
        Json.mapper()
            .readTree("{\"throttles\":{\"lines\":null,\"enabled\":false},\"app_name\":\"X\"}"));

    assertThat(store.current().throttles().lines()).isEqualTo(2000);
    assertThat(store.current().throttles().enabled()).isFalse();
    assertThat(store.current().appName()).isEqualTo("X");
    assertThatThrownBy(
            () -> store.patch(Json.mapper().readTree("{\"throttles\":{\"lines\":\"x\"}}")))
        .isInstanceOf(WingsException.class);
    assertThat(store.current().throttles().lines()).isEqualTo(2000);
  }

  @Test
  void theAnswerForThePanelHoldsEveryRecordedKey() throws IOException {
    ObjectNode document = open(MINIMAL, Map.of()).panelDocument();

    assertThat(document.at("/api/server_remote_download_limit").asInt()).isEqualTo(3);
    for (JsonNode exchange : PanelSamples.exchanges("node-api/system-config")) {
      if (exchange.path("note").asText().contains("complete")) {
        exchange
            .path("response_body")
            .fieldNames()
            .forEachRemaining(key -> assertThat(document.has(key)).as(key).isTrue());
      }
    }
  }

  @Test
  void joinDataOfTheRealPanelConfiguresANode() throws IOException {
    JsonNode sample = PanelSamples.read("registration/join-data").path("samples").get(0);
    String base64 = sample.path("command").asText().replaceFirst(".*--join-data ", "");
    Path file = directory.resolve("new/config.yml");

    ConfigStore.configure(file, ConfigStore.parse(Base64.getDecoder().decode(base64)));

    WingsConfig config = ConfigStore.open(file, Map.of()).current();
    assertThat(config.uuid()).hasToString(sample.at("/configuration/uuid").asText());
    assertThat(config.token()).isEqualTo(sample.at("/configuration/token").asText());
    assertThat(config.api().port()).isEqualTo(sample.at("/configuration/api/port").asInt());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  @Proves("LG-04")
  void secretsAreNotPrinted() throws IOException {
    WingsConfig config =
        open(
                MINIMAL.replace("token: t", "token: s3cret")
                    + "docker: {registries: {r: {username: u, password: p4ss}}}\n",
                Map.of())
            .current();

    assertThat(config.toString()).doesNotContain("s3cret");
    assertThat(config.docker().toString()).doesNotContain("p4ss");
  }
}
