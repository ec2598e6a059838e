package dev.wings.core.config;

import static dev.wings.core.config.PinnedKeys.json;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class PanelPatchTest {
  @TempDir Path directory;
  private final Logger logger = (Logger) LoggerFactory.getLogger(PanelPatch.class);
  private final ListAppender<ILoggingEvent> audit = new ListAppender<>();
  private Path file;
  private ConfigStore store;

  static List<PinnedKeys> keys() {
    return PinnedKeys.all();
  }

  @BeforeEach
  void open() throws IOException {
    file = directory.resolve("config.yml");
    Files.writeString(
        file,
        """
        uuid: 11111111-2222-3333-4444-555555555555
        token_id: abcdefghijklmnop
        token: secret
        remote: https://panel.example.com
        system: {user: {uid: 988, gid: 988}}
        allowed_mounts: [/srv/shared]
        """);
    store = ConfigStore.open(file, Map.of());
    logger.setAdditive(false);
    logger.addAppender(audit);
    audit.start();
  }

  @AfterEach
  void detach() {
    logger.detachAppender(audit);
    logger.setAdditive(true);
  }

  private static ObjectNode nested(String key, JsonNode value) {
    ObjectNode root = Json.mapper().createObjectNode();
    PinnedKeys.set(root, key, value);
    return root;
  }

  private String audited(Level level) {
    StringBuilder text = new StringBuilder();
    for (ILoggingEvent event : audit.list) {
      if (event.getLevel() == level) {
        text.append(event.getFormattedMessage()).append(event.getKeyValuePairs());
      }
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("keys")
  @Proves({"CF-05", "CT-02"})
  void onlyListedKeysCanBeChangedAndOthersAreReportedAndAudited(PinnedKeys pinned) {
    JsonNode before = PinnedKeys.at(store.panelDocument(), pinned.key());
    JsonNode value =
        switch (pinned.key()) { // values that are refused for what they do, tested below
          case "docker.log_config.type" -> json("\"journald\"");
          case "docker.container_apply_seccomp" -> json("true");
          default ->
              PinnedKeys.another(
                  pinned.key(), requireNonNull(ConfigSchema.leaves().get(pinned.key())));
        };

    ConfigStore.Patched patched = store.patch(nested(pinned.key(), value));

    JsonNode after = PinnedKeys.at(store.panelDocument(), pinned.key());
    assertThat(patched.applied()).isTrue();
    if (pinned.panel()) {
      assertThat(patched.refused()).isEmpty();
      assertThat(after).isNotNull();
      assertThat(SameContent.of(after, before)).isEqualTo(SameContent.of(value, before));
    } else {
      assertThat(patched.refused()).containsExactly(pinned.key());
      assertThat(after).isEqualTo(before);
      assertThat(audited(Level.WARN)).contains("may not change").contains(pinned.key());
    }
  }

  @Test
  @Proves("CF-05")
  void theListNamesKeysOfTheSchemaOnlyAndThoseTheSpecificationAllows() {
    TreeSet<String> allowed = new TreeSet<>();
    keys().stream().filter(PinnedKeys::panel).map(PinnedKeys::key).forEach(allowed::add);
    allowed.add("api.server_remote_download_limit");

    assertThat(new TreeSet<>(PanelPatch.listed())).isEqualTo(allowed);
  }

  @ParameterizedTest
  @MethodSource("keys")
  @Proves("CF-05")
  void noSectionThatHoldsAKeyOfTheOperatorCanBeResetOrReplaced(PinnedKeys pinned) {
    if (pinned.panel()) {
      return;
    }
    JsonNode before = store.panelDocument();
    for (int dot = pinned.key().indexOf('.'); dot >= 0; dot = pinned.key().indexOf('.', dot + 1)) {
      String section = pinned.key().substring(0, dot);
      for (String value : List.of("null", "5", "\"x\"", "[]", "true")) {
        assertThat(store.patch(nested(section, json(value))).refused()).containsExactly(section);
        assertThat(store.panelDocument()).isEqualTo(before);
      }
    }
  }

  @Test
  @Proves("CF-05")
  void aKeyThatDoesNotExistIsRefusedAndNeverReachesTheFile() throws IOException {
    ConfigStore.Patched patched =
        store.patch(
            json(
                """
                {"evil": {"a": 1}, "api": {"new_key": 1}, "docker.evil": 1, "api.upload_limit": 1,
                 "system": {"sftp.bind_port": 1}, "debug": true}
                """));

    assertThat(patched.refused()) // a name with dots is no way to a listed key
        .containsExactly(
            "evil", "api.new_key", "docker.evil", "api.upload_limit", "system.sftp.bind_port");
    assertThat(store.current().debug()).isTrue();
    assertThat(Files.readString(file)).doesNotContain("evil", "new_key", "sftp.bind_port");
    assertThat(audited(Level.INFO)).contains("changed the configuration").contains("debug");
  }

  @Test
  @Proves("CF-05")
  void aLockedConfigurationIsNotChangedAtAll() {
    store.update(document -> document.put("ignore_panel_config_updates", true));
    JsonNode before = store.panelDocument();

    ConfigStore.Patched patched = store.patch(json("{\"debug\":true,\"token\":\"x\"}"));

    assertThat(patched.applied()).isFalse();
    assertThat(store.panelDocument()).isEqualTo(before);
    assertThat(audited(Level.INFO)).contains("locks");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"docker\":{\"network\":{\"mode\":\"host\"}}}",
        "{\"docker\":{\"network\":{\"mode\":\"container:0123\"}}}",
        "{\"docker\":{\"network\":{\"network_mode\":\" Host\"}}}",
        "{\"docker\":{\"network\":{\"driver\":\"host\"}}}",
        "{\"docker\":{\"network\":{\"name\":\"host\"}}}",
        "{\"docker\":{\"userns_mode\":\"host\"}}",
        "{\"docker\":{\"userns_mode\":\"ns:/proc/1/ns/user\"}}",
        "{\"docker\":{\"container_apply_seccomp\":false}}",
        "{\"docker\":{\"log_config\":{\"type\":\"syslog\"}}}",
        "{\"system\":{\"tcp_congestion_control\":\"x --dirname /tmp\"}}",
        "{\"system\":{\"backups\":{\"restic\":{\"environment\":{\"LD_PRELOAD\":\"/x\"}}}}}"
      })
  @Proves({"CF-05", "CT-02"})
  void valuesThatOnlyTheOperatorMayChooseAreRefused(String patch) {
    JsonNode before = store.panelDocument();

    assertThat(store.patch(json(patch)).refused()).hasSize(1);
    assertThat(store.panelDocument()).isEqualTo(before);
  }

  @Test
  @Proves({"CF-05", "CF-06"})
  void aPterodactylPanelThatPostsItsWholeNodeChangesNothingThatIsTheOperators() {
    ConfigStore.Patched patched =
        store.patch(
            json(
                """
                {"debug":true,"uuid":"11111111-2222-3333-4444-555555555555","token_id":"evil","token":"evil",
                 "api":{"host":"0.0.0.0","port":9000,"ssl":{"enabled":true,"cert":"/etc/shadow","key":"/etc/shadow"},"upload_limit":250},
                 "system":{"data":"/","sftp":{"bind_port":2122}},
                 "allowed_mounts":["/"],"remote":"https://evil.example"}
                """));

    assertThat(patched.refused()) // the UUID and the host are the ones in force
        .containsExactly(
            "token_id",
            "token",
            "api.port",
            "api.ssl.enabled",
            "api.ssl.cert",
            "api.ssl.key",
            "system.data",
            "allowed_mounts",
            "remote");
    WingsConfig after = store.current();
    assertThat(after.debug()).isTrue();
    assertThat(after.api().uploadLimit()).isEqualTo(250);
    assertThat(after.system().sftp().bindPort()).isEqualTo(2122);
    assertThat(after.token()).isEqualTo("secret");
    assertThat(after.remote()).isEqualTo("https://panel.example.com");
    assertThat(after.allowedMounts()).containsExactly("/srv/shared");
  }

  @Test
  void thePatchesThatThePanelReallySendsAreAppliedAndKept() {
    for (JsonNode exchange : PanelSamples.exchanges("node-api/update")) {
      assertThat(store.patch(exchange.path("request_body")))
          .isEqualTo(new ConfigStore.Patched(true, List.of()));
    }

    assertThat(store.current().debug()).isTrue();
    assertThat(ConfigStore.open(file, Map.of()).current()).isEqualTo(store.current());
  }

  @Test
  void nullBringsTheDefaultBackAndMapsMerge() {
    store.patch(
        json(
            "{\"api\":{\"upload_limit\":7},\"docker\":{\"container_sysctls\":{\"a\":\"1\",\"b\":\"2\"}}}"));
    assertThat(store.current().api().uploadLimit()).isEqualTo(7);

    store.patch(
        json(
            "{\"api\":{\"upload_limit\":null},\"docker\":{\"container_sysctls\":{\"a\":null,\"c\":\"3\"}},\"throttles\":null}"));

    assertThat(store.current().api().uploadLimit()).isEqualTo(100);
    assertThat(store.current().docker().containerSysctls()).isEqualTo(Map.of("b", "2", "c", "3"));
    assertThat(store.current().throttles().lines()).isEqualTo(2000);
    assertThat(ConfigStore.open(file, Map.of()).current()).isEqualTo(store.current());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"api\":{\"upload_limit\":\"7\"}}",
        "{\"api\":{\"upload_limit\":-1}}",
        "{\"app_name\":5}",
        "{\"throttles\":5}",
        "{\"system\":{\"disk_limiter_mode\":\"floppy\"}}",
        "{\"system\":{\"sftp\":{\"bind_port\":70000}}}",
        "{\"api\":{\"server_remote_download_limit\":\"x\"}}",
        "{\"api\":{\"server_remote_download_limit\":-1}}",
        "{\"allowed_origins\":\"*\"}"
      })
  @Proves("JV-02")
  void aPatchThatDoesNotFitIsInvalidAndChangesNothing(String patch) throws IOException {
    JsonNode before = store.panelDocument();
    String text = Files.readString(file);

    assertThatThrownBy(() -> store.patch(json(patch)))
        .asInstanceOf(type(WingsException.class))
        .extracting(WingsException::kind)
        .isEqualTo(ErrorKind.INVALID);
    assertThat(store.panelDocument()).isEqualTo(before);
    assertThat(file).hasContent(text);
  }

  @Test
  void whatCannotBeWrittenIsNotInForce() throws IOException {
    Files.delete(file);
    Files.createDirectory(file);

    assertThatThrownBy(() -> store.patch(json("{\"debug\":true}")))
        .asInstanceOf(type(WingsException.class))
        .extracting(WingsException::kind)
        .isEqualTo(ErrorKind.INTERNAL);
    assertThat(store.current().debug()).isFalse();
  }

  @Test
  void theDocumentHasEveryKeyThatThePanelDecodes() {
    JsonNode accepted =
        PanelSamples.exchanges("node-api/system-config").stream()
            .filter(e -> e.path("note").asText().equals("accept: system config appendix C"))
            .findFirst()
            .orElseThrow()
            .path("response_body");

    assertShape("", accepted, store.panelDocument());
  }

  private static void assertShape(String path, JsonNode accepted, JsonNode ours) {
    for (Map.Entry<String, JsonNode> entry : accepted.properties()) {
      String key = path + "." + entry.getKey();
      JsonNode value = ours.path(entry.getKey());
      assertThat(value.getNodeType()).as(key).isEqualTo(entry.getValue().getNodeType());
      assertThat(value.isIntegralNumber()).as(key).isEqualTo(entry.getValue().isIntegralNumber());
      assertShape(key, entry.getValue(), value);
    }
  }

  @Test
  void aPanelThatSendsItsCopyBackChangesNothing() {
    store.update(document -> {
      PinnedKeys.set(document, "system.backups.ddup_bak.compression_format", json("\"zstd\""));
      PinnedKeys.set(document, "limits.server_concurrent_pulls", json("0"));
    });
    WingsConfig before = store.current();

    assertThat(store.patch(store.panelDocument()).refused()).isEmpty();

    assertThat(store.current()).isEqualTo(before);
  }

  @Test
  void theLegacyDownloadLimitChangesTheNewKeyAndZeroForbidsDownloads() {
    store.patch(json("{\"api\":{\"server_remote_download_limit\":5}}"));
    assertThat(store.current().limits().serverConcurrentPulls()).isEqualTo(5);
    assertThat(store.current().api().disableRemoteDownload()).isFalse();

    store.patch(json("{\"api\":{\"server_remote_download_limit\":0}}"));
    assertThat(store.current().api().disableRemoteDownload()).isTrue();
    assertThat(store.current().limits().serverConcurrentPulls()).isEqualTo(5);
    assertThat(store.panelDocument().at("/api/server_remote_download_limit").asInt()).isZero();
  }
}
