package dev.wings.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
  private static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final List<String> SECRETS =
      List.of(
          "canary-token-0123456789-0123456789",
          "canary-token-id",
          "canary\\\"registry\"",
          "canary-header",
          "canary-restic");

  @TempDir Path directory;
  private Path config;
  private TestHost host;

  @BeforeEach
  void open() throws IOException {
    host = new TestHost(directory);
    config =
        Files.writeString(
            directory.resolve("config.yml"),
            """
            uuid: 11111111-2222-3333-4444-555555555555
            token_id: canary-token-id
            token: canary-token-0123456789-0123456789
            remote: https://panel.example:8443/base
            remote_headers: { X-Access: canary-header }
            api: { host: 192.0.2.17, port: 1, ssl: { cert: /etc/tls/node.pem, key: /etc/tls/node.key } }
            system:
              root_directory: %1$s/root
              log_directory: %1$s/log
              backups: { restic: { environment: { RESTIC_PASSWORD: canary-restic } } }
            docker:
              socket: %1$s/no.sock
              registries: { r.example: { username: bot, password: 'canary\\"registry"' } }
            """
                .formatted(directory));
    Files.createDirectory(directory.resolve("log"));
  }

  private int run(String... arguments) {
    List<String> all = new java.util.ArrayList<>(List.of("--config", config.toString()));
    all.addAll(List.of(arguments));
    return host.run(all.toArray(String[]::new));
  }

  private void log(String... lines) throws IOException {
    Files.write(directory.resolve("log/wings.log"), List.of(lines));
  }

  @Test
  void versionNamesTheProgramAndItsTarget() {
    assertThat(host.run("version")).isZero();
    assertThat(host.out())
        .matches(
            "(?s)Wings for the JVM \\d+\\.\\d+\\.\\d+ \\(.+-linux, Java 25.*\\)\\nCopyright.*");
  }

  @Test
  void aPasswordIsHashedFromStandardInput() {
    host.reading("correct horse\n");
    assertThat(run("sftp-password", "--stdin")).isZero();

    assertThat(host.out()).startsWith("$argon2id$").doesNotContain("horse");

    host.reading("short\n");
    assertThat(run("sftp-password", "--stdin")).isEqualTo(1);
    assertThat(host.err()).contains("at least 8").doesNotContain("short\n");
  }

  @Test
  void versionAndHelpAreOptionsToo() {
    assertThat(host.run("--version")).isZero();
    assertThat(host.out()).startsWith("wings " + Version.current());
    assertThat(host.run("--help")).isZero();
    assertThat(host.out()).contains("configure", "diagnostics", "service-install");
  }

  @Test
  void completionsAreAScript() {
    assertThat(host.run("completions", "zsh")).isZero();
    assertThat(host.out()).contains("complete", "service-install");
    assertThat(host.run("completions", "fish")).isEqualTo(1);
    assertThat(host.err()).contains("'fish' (expected: bash or zsh)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "--nonsense", "token", "token x", "diagnostics -l x"})
  void wrongArgumentsEndWithTwo(String arguments) {
    assertThat(host.run(arguments.split(" "))).isEqualTo(2);
    assertThat(host.err()).contains("Usage: wings");
  }

  @Test
  void theConfigurationMayBeNamedBeforeAndAfterTheSubCommand() {
    assertThat(host.run("token", SERVER.toString(), "-c", config.toString())).isZero();
    assertThat(host.run("token", SERVER.toString(), "--config-path=" + config)).isZero();
  }

  @Test
  void withoutAConfigurationCommandsThatNeedOneFail() {
    String absent = directory.resolve("absent.yml").toString();
    for (String command : List.of("diagnostics", "token " + SERVER, "console " + SERVER)) {
      assertThat(host.run(("-c " + absent + " " + command).split(" "))).isEqualTo(1);
    }
    assertThat(host.err()).contains("no configuration at " + absent).doesNotContain("\tat ");
  }

  @Test
  void aTokenIsForOneServerAndShort() throws IOException {
    assertThat(run("token", SERVER.toString(), "--minutes", "5", "--permissions", "a.b,c.d"))
        .isZero();

    JsonNode claims =
        Json.mapper().readTree(Base64.getUrlDecoder().decode(host.out().strip().split("\\.")[1]));
    assertThat(claims.path("server_uuid").asText()).isEqualTo(SERVER.toString());
    assertThat(claims.path("permissions").toString()).isEqualTo("[\"a.b\",\"c.d\"]");
    assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(300);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1441"})
  void aTokensLifetimeIsBounded(String minutes) {
    assertThat(run("token", SERVER.toString(), "--minutes=" + minutes)).isEqualTo(1);
    assertThat(host.out()).isEmpty();
  }

  @Test
  void aConsoleWithoutADaemonIsAnError() throws IOException {
    Files.writeString(
        config, Files.readString(config).replace("host: 192.0.2.17", "host: 127.0.0.1"));

    assertThat(run("console", SERVER.toString())).isEqualTo(1);

    assertThat(host.err()).contains("the console cannot be reached").doesNotContain("\tat ");
  }

  @Test
  void aConsoleCannotUseAUnixSocket() throws IOException {
    Files.writeString(
        config, Files.readString(config).replace("host: 192.0.2.17", "host: /run/w.sock"));

    assertThat(run("console", SERVER.toString())).isEqualTo(1);

    assertThat(host.err()).contains("is a Unix socket");
  }

  @Test
  @Proves("LG-04")
  void diagnosticsHoldNoSecretAsTextOrJson() throws IOException {
    log(
        "a line with canary-token-0123456789-0123456789 and canary-restic",
        "Bearer canary-token-id.canary-token-0123456789-0123456789",
        "pull as bot:canary\\\"registry\" with canary-header");

    assertThat(run("diagnostics")).isZero();
    assertThat(run("diagnostics", "--json", "--include-endpoints")).isZero();

    assertThat(host.out())
        .contains("a line with {redacted} and {redacted}")
        .contains("Bearer {redacted}.{redacted}")
        .doesNotContain("canary");
    assertThat(SECRETS).allSatisfy(secret -> assertThat(host.out()).doesNotContain(secret));
  }

  @Test
  void endpointsAreInTheReportOnlyWhenAskedFor() throws IOException {
    log("listening address=192.0.2.17:1 panel=panel.example");

    assertThat(run("diagnostics")).isZero();
    assertThat(host.out())
        .doesNotContain("192.0.2.17", "panel.example", "/etc/tls/node")
        .contains("panel: https://{redacted}:8443/base")
        .contains("listening address={redacted}:1 panel={redacted}");

    TestHost again = host;
    host = new TestHost(directory);
    assertThat(run("diagnostics", "--include-endpoints")).isZero();
    assertThat(host.out()).contains("192.0.2.17:1", "panel.example", "/etc/tls/node.pem");
    assertThat(again.err()).isEmpty();
  }

  @Test
  void diagnosticsAsJsonHaveTheLastLinesWithoutColours() throws IOException {
    log("one", "two", "\u001b[31mthree\u001b[0m");

    assertThat(run("diagnostics", "--json", "-l", "2")).isZero();

    JsonNode report = Json.mapper().readTree(host.out());
    assertThat(report.path("log").toString()).isEqualTo("[\"two\",\"three\"]");
    assertThat(report.at("/versions/wings").asText()).isEqualTo(Version.current());
    assertThat(report.at("/versions/engine").asText()).startsWith("not available");
    assertThat(report.at("/daemon/running").asText()).startsWith("no answer");
    assertThat(report.at("/configuration/data").asText()).endsWith("root/volumes");
  }

  @Test
  void diagnosticsWorkWithoutALogAndWithOneThatIsNoText() throws IOException {
    assertThat(run("diagnostics")).isZero();
    Files.write(directory.resolve("log/wings.log"), new byte[] {'a', (byte) 0xff, 'b', '\n'});
    assertThat(run("diagnostics")).isZero();
    assertThat(host.out()).contains("a\ufffdb");
  }

  @Test
  void labelsAreAlignedToTheRight() {
    assertThat(run("diagnostics")).isZero();
    assertThat(host.out()).contains("\n               wings: ", "\n           time zone: ");
  }

  private Path unit(String name) {
    return directory.resolve(name);
  }

  @Test
  void theSystemdServiceIsWrittenEnabledAndStarted() throws IOException {
    Files.createDirectories(directory.resolve("run/systemd/system"));
    Files.createDirectories(directory.resolve("etc/systemd/system"));

    assertThat(run("service-install")).isZero();

    assertThat(unit("etc/systemd/system/wings.service"))
        .content()
        .contains("ExecStart=/opt/wings/bin/wings --config " + config + "\n")
        .contains("PartOf=docker.service", "KillMode=process", "WantedBy=multi-user.target")
        .contains("Restart=on-failure\n", "MemoryMax=1G\n"); // memory: threats.md JV-04
    assertThat(host.programs)
        .containsExactly("systemctl daemon-reload", "systemctl enable --now wings.service");
  }

  @Test
  void theOpenRcServiceIsAnExecutableScript() throws IOException {
    Files.createDirectories(directory.resolve("run/openrc"));
    Files.createDirectories(directory.resolve("etc/init.d"));

    assertThat(run("service-install")).isZero();

    Path script = unit("etc/init.d/wings");
    assertThat(script)
        .content()
        .startsWith("#!/sbin/openrc-run\n")
        .contains("command=\"/opt/wings/bin/wings\"\n")
        .contains("command_args='--config " + config + "'\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(script)))
        .isEqualTo("rwxr-xr-x");
    assertThat(host.programs)
        .containsExactly("rc-update add wings default", "rc-service wings start");
  }

  @Test
  void aBrokenConfigurationIsEnabledButNotStarted() throws IOException {
    Files.createDirectories(directory.resolve("etc/systemd/system"));
    Files.writeString(config, "a: [");

    assertThat(run("service-install", "--init", "systemd")).isZero();

    assertThat(host.programs).contains("systemctl enable wings.service");
    assertThat(host.err()).contains("The configuration is not usable");
  }

  @Test
  void aNodeWithoutAConfigurationIsStartedToWaitForPairing() throws IOException {
    Files.createDirectories(directory.resolve("etc/systemd/system"));
    Files.delete(config);

    assertThat(run("service-install", "-i", "systemd")).isZero();

    assertThat(host.programs).contains("systemctl enable --now wings.service");
    assertThat(host.out()).contains("waits to be connected with a Panel");
  }

  @Test
  void anExistingServiceIsReplacedOnlyOnDemand() throws IOException {
    Path unit = unit("etc/systemd/system/wings.service");
    Files.createDirectories(unit.getParent());
    Files.writeString(unit, "mine");

    assertThat(run("service-install", "-i", "systemd")).isEqualTo(1);
    assertThat(host.err()).contains("add --override");
    assertThat(unit).hasContent("mine");
    assertThat(host.programs).isEmpty();

    assertThat(run("service-install", "-i", "systemd", "-o")).isZero();
    assertThat(unit).content().contains("ExecStart=");
  }

  @Test
  void whatIsMissingForAServiceIsNamed() throws IOException {
    assertThat(run("service-install")).isEqualTo(1);
    assertThat(host.err()).contains("neither systemd nor OpenRC");
    assertThat(run("service-install", "-i", "openrc")).isEqualTo(1);
    assertThat(host.err()).contains("init.d does not exist");
    host.withoutLauncher();
    assertThat(run("service-install", "-i", "systemd")).isEqualTo(1);
    assertThat(host.err()).contains("no bin/wings");
    assertThat(run("service-install", "-i", "upstart")).isEqualTo(2);
  }

  @Test
  void aHelperThatCannotBeStartedIsAnError() throws IOException {
    Files.createDirectories(directory.resolve("etc/systemd/system"));
    host.without("systemctl");

    assertThat(run("service-install", "-i", "systemd")).isEqualTo(1);

    assertThat(host.err()).contains("systemctl: not found");
  }
}
