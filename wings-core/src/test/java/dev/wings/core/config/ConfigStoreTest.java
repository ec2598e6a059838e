package dev.wings.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
                    + "docker: {network: {network_mode: host}} # old\n"
                    + "system: {backups: {compression_level: none}}\n",
                Map.of())
            .current();

    assertThat(config.api().disableRemoteDownload()).isTrue();
    assertThat(config.docker().network().mode()).isEqualTo("host");
    assertThat(config.system().backups().compressionLevel())
        .isEqualTo(SystemConfig.CompressionLevel.BEST_SPEED);
  }

  @Test
  @Proves("ST-04")
  void oldKeysMoveToTheirNewPlacesInTheFile() throws IOException {
    ConfigStore store =
        open(
            MINIMAL
                + "api:\n  server_remote_download_limit: 7 # old\n  port: 1\n"
                + "docker: {network: {network_mode: pterodactyl_nw}}\n",
            Map.of());

    store.save();

    assertThat(store.current().limits().serverConcurrentPulls()).isEqualTo(7);
    assertThat(Files.readString(store.file()))
        .doesNotContain("server_remote_download_limit", "network_mode")
        .contains("mode: pterodactyl_nw", "server_concurrent_pulls: 7");
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
  void anEmptyPlaceMeansTheDefaultAtEveryLevel() throws IOException {
    WingsConfig config =
        open(MINIMAL + "docker: \nthrottles: {lines: }\napi: {ssl: {enabled: true}}\n", Map.of())
            .current();

    assertThat(config.docker().network().name()).isEqualTo("calagopus_nw");
    assertThat(config.throttles().lines()).isEqualTo(2000);
    assertThat(config.api().ssl().enabled()).isTrue();
    assertThat(config.api().ssl().cert()).isEmpty();
  }

  @Test
  void aPresentMapReplacesTheDefaultMapEntirelyAndMultipliersAscend() throws IOException {
    DockerConfig docker =
        open(
                MINIMAL
                    + "docker:\n  log_config: {config: {}}\n"
                    + "  overhead: {multipliers: {4096: 1.10, 1024: 1.25, 512: 2}}\n",
                Map.of())
            .current()
            .docker();

    assertThat(docker.logConfig().config()).isEmpty();
    assertThat(docker.overhead().multipliers())
        .containsExactly(Map.entry("512", 2.0), Map.entry("1024", 1.25), Map.entry("4096", 1.10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          api: {port: x}                                       | api.port
          api: {port: 65536}                                   | api.port
          api: {port: -1}                                      | api.port
          api: {port: "80"}                                    | api.port
          api: {port: 80.5}                                    | api.port
          api: {file_copy_threads: 99999999999}                | api.file_copy_threads
          api: {upload_limit: 99999999999999999999}            | api.upload_limit
          api: []                                              | api
          api: {redirects: 5}                                  | api.redirects
          api: {trusted_proxies: [10.0.0.0/33]}                | api.trusted_proxies[0]
          api: {trusted_proxies: [localhost]}                  | api.trusted_proxies[0]
          api: {server_remote_download_limit: x}               | api.server_remote_download_limit
          debug: yes                                           | debug
          uuid: 1-2-3-4-5                                      | uuid
          system: {disk_limiter_mode: btrfs}                   | none, btrfs_subvolume, zfs_dataset
          system: {sftp: {bind_address: localhost}}            | system.sftp.bind_address
          docker: {cfs_burst: {multiple: .nan}}                | docker.cfs_burst.multiple
          docker: {registries: {r: {username: u}}}             | docker.registries.r.password
          docker: {overhead: {multipliers: {many: 1}}}         | docker.overhead.multipliers.many
          allowed_mounts: [~]                                  | allowed_mounts[0]
          """)
  void aValueThatDoesNotFitIsRefusedByTheNameOfItsKey(String line, String named) {
    assertThatThrownBy(() -> open(MINIMAL + line, Map.of()))
        .hasMessageContaining("config.yml")
        .hasMessageContaining(named)
        .asInstanceOf(type(WingsException.class))
        .extracting(WingsException::kind)
        .isEqualTo(ErrorKind.INVALID);
  }

  @Test
  void aVariableThatDoesNotFitIsNamed() {
    assertThatThrownBy(() -> open(MINIMAL, Map.of("CALAGOPUS_API_PORT", "many")))
        .hasMessageContaining("api.port")
        .hasMessageContaining("CALAGOPUS_API_PORT");
  }

  @Test
  @Proves("ST-04")
  void writingBackKeepsCommentsOrderAndQuotingAndACopyAndIsIdempotent() throws IOException {
    String text =
        """
        # our node
        remote: 'https://panel.example.com' # the panel

        token: "0123"
        plugin_key: {deep: [1, two]}
        system:
          # owner of the files
          user: {uid: 988, gid: 988, note: mine}
          openat_mode: auto
        """;
    ConfigStore store = open(text, Map.of());
    store.save();
    Path file = store.file();
    String first = Files.readString(file);

    assertThat(first)
        .contains(
            "# our node\nremote: 'https://panel.example.com' # the panel\n",
            "plugin_key: {deep: [1, two]}\n",
            "token: \"0123\"\n",
            "  # owner of the files\n  user: {uid: 988, gid: 988, note: mine, rootless: {",
            "  openat_mode: auto\n",
            "  data: \"{root_directory}/volumes\"\n",
            "\ndocker:\n  socket: /var/run/docker.sock\n");
    assertThat(directory.resolve("config.yml.bak")).hasContent(text);

    Object inode = Files.getAttribute(file, "unix:ino");
    ConfigStore again = ConfigStore.open(file, Map.of());
    again.save();

    assertThat(file).hasContent(first);
    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
    assertThat(directory.resolve("config.yml.bak")).hasContent(text);
    assertThat(again.current()).isEqualTo(store.current());
    JsonNode written = ConfigStore.parse(Files.readAllBytes(file));
    for (PinnedKeys pinned : PinnedKeys.all()) {
      boolean missing = PinnedKeys.at(written, pinned.key()).isMissingNode();
      assertThat(missing).as(pinned.key()).isFalse();
    }
  }

  @Test
  @Proves("ST-04")
  void whatAnOperatorWritesMeanwhileIsNotLost() throws IOException {
    ConfigStore store = open(MINIMAL, Map.of());
    store.save();
    Path file = store.file();
    Files.writeString(
        file,
        Files.readString(file)
            .replace("bind_port: 2022", "bind_port: 2222 # moved")
            .replace("app_name: Calagopus\n", ""));

    store.update(
        document -> ((ObjectNode) document.at("/docker/network")).put("interface", "172.19.0.1"));

    assertThat(Files.readString(file))
        .contains("bind_port: 2222 # moved", "interface: 172.19.0.1")
        .doesNotContain("app_name");
    assertThat(store.current().system().sftp().bindPort()).isEqualTo(2022);
    assertThat(ConfigStore.open(file, Map.of()).current().system().sftp().bindPort())
        .isEqualTo(2222);

    store.update(document -> document.put("debug", true));
    assertThat(Files.readString(file)).contains("bind_port: 2222 # moved", "debug: true");
  }

  @Test
  void aFileThatWasDamagedMeanwhileIsNotOverwritten() throws IOException {
    ConfigStore store = open(MINIMAL, Map.of());
    store.save();
    Files.writeString(store.file(), "remote: [");

    assertThatThrownBy(() -> store.update(document -> document.put("debug", true)))
        .hasMessageContaining("damaged")
        .asInstanceOf(type(WingsException.class))
        .extracting(WingsException::kind)
        .isEqualTo(ErrorKind.INTERNAL);
    assertThat(store.file()).hasContent("remote: [");
    assertThat(store.current().debug()).isFalse();
  }

  @Test
  @Proves("ST-04")
  void aReaderSeesTheOldOrTheNewFileAndNothingIsLeftBehind() throws Exception {
    ConfigStore store = open(MINIMAL, Map.of());
    store.save();
    AtomicBoolean done = new AtomicBoolean();
    List<String> torn = new CopyOnWriteArrayList<>();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                try {
                  ConfigStore.open(store.file(), Map.of());
                } catch (WingsException failure) {
                  torn.add(failure.getMessage());
                }
              }
            });
    for (int i = 1; i <= 60; i++) {
      int port = i;
      store.update(document -> ((ObjectNode) document.get("api")).put("port", port));
    }
    done.set(true);
    reader.join();

    assertThat(torn).isEmpty();
    assertThat(ConfigStore.open(store.file(), Map.of()).current().api().port()).isEqualTo(60);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("config.yml", "config.yml.bak");
    }
  }

  @Test
  void aLinkStaysALinkAndNobodyElseMayReadTheFile() throws IOException {
    Path real = Files.writeString(directory.resolve("real.yml"), MINIMAL);
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r--r--"));
    Path link = Files.createSymbolicLink(directory.resolve("config.yml"), real);

    ConfigStore.open(link, Map.of()).save();

    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(Files.readString(real)).contains("api:");
    for (String name : List.of("real.yml", "real.yml.bak")) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))))
          .isEqualTo("rw-r-----");
    }
  }

  @Test
  void configuringKeepsWhatTheFileSays() throws IOException {
    Path file = write("# mine\n" + MINIMAL + "plugin: 1\n");

    ConfigStore.configure(
        file, (ObjectNode) PinnedKeys.json("{\"token\":\"new\",\"api\":{\"port\":9000}}"));

    assertThat(Files.readString(file))
        .startsWith("# mine\nremote: https://panel.example\n")
        .contains("token: new", "  port: 9000", "plugin: 1");
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
                    + "docker: {registries: {r: {username: u, password: p4ss}}}\n"
                    + "system: {backups: {restic: {environment: {RESTIC_PASSWORD: r35tic}}}}\n",
                Map.of())
            .current();

    assertThat(config.toString()).doesNotContain("s3cret");
    assertThat(config.docker().toString()).doesNotContain("p4ss");
    assertThat(config.system().toString()).doesNotContain("r35tic");
  }
}
