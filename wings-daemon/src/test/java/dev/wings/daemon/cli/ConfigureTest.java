package dev.wings.daemon.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.WingsConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigureTest {
  private static final String JOIN =
      """
      uuid: 11111111-2222-3333-4444-555555555555
      token_id: abcdefghijklmnop
      token: a-secret-of-the-node
      remote: https://panel.example
      """;

  @TempDir Path directory;
  private final List<String> requests = new ArrayList<>();
  private Path file;
  private TestHost host;
  private HttpServer panel;
  private int status = 200;
  private String answer = "{}";

  @BeforeEach
  void open() throws IOException {
    file = directory.resolve("etc/config.yml");
    host = new TestHost(directory);
    panel = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    panel.createContext("/", this::answer);
    panel.start();
  }

  @AfterEach
  void close() {
    panel.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + (authorization == null ? "" : " " + authorization)
            + (body.isEmpty() ? "" : " " + body));
    byte[] bytes = answer.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String url() {
    return "http://127.0.0.1:" + panel.getAddress().getPort();
  }

  private int configure(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--config", file.toString(), "configure"));
    all.addAll(List.of(arguments));
    return host.run(all.toArray(String[]::new));
  }

  private WingsConfig config() {
    return ConfigStore.open(file, Map.of()).current();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private void existing(String yaml) throws IOException {
    Files.createDirectories(directory.resolve("etc"));
    Files.writeString(file, yaml);
  }

  @Test
  void joinDataMakesAPrivateFile() throws IOException {
    assertThat(configure("--join-data", base64(JOIN))).isZero();

    assertThat(config().token()).isEqualTo("a-secret-of-the-node");
    assertThat(config().remote()).isEqualTo("https://panel.example");
    assertThat(config().api().port()).isEqualTo(8080);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(host.out()).contains("Configuration written to " + file).doesNotContain("secret");
    assertThat(host.questions).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"***,not base64", "OiA6IDo=,no configuration", "WzEsMl0=,no configuration"})
  void badJoinDataIsRefused(String data, String reason) {
    assertThat(configure("--join-data", data)).isEqualTo(1);

    assertThat(host.err()).contains(reason);
    assertThat(file).doesNotExist();
  }

  @Test
  void anExistingFileIsMergedAfterAYes() throws IOException {
    existing(JOIN.replace("a-secret", "old") + "app_name: Mine\n");
    host.answering("y");

    assertThat(configure("-j", base64(JOIN))).isZero();

    assertThat(host.questions).containsExactly(file + " exists. Change it? [y/N]");
    assertThat(config().token()).isEqualTo("a-secret-of-the-node");
    assertThat(config().appName()).isEqualTo("Mine");
  }

  @ParameterizedTest
  @CsvSource({"n", "''", "x"})
  void anythingButYesLeavesTheFile(String answer) throws IOException {
    existing("app_name: Mine\n");
    host.answering(answer);

    assertThat(configure("-j", base64(JOIN))).isEqualTo(1);

    assertThat(file).hasContent("app_name: Mine\n");
  }

  @Test
  void withoutATerminalAnExistingFileNeedsTheOption() throws IOException {
    existing("app_name: Mine\n");

    assertThat(configure("-j", base64(JOIN))).isEqualTo(1);
    assertThat(host.err()).contains("add --override");
    assertThat(file).hasContent("app_name: Mine\n");

    assertThat(configure("-j", base64(JOIN), "--override")).isZero();
    assertThat(config().appName()).isEqualTo("Mine");
  }

  @Test
  void anUnreadableFileIsReplacedAndKeptAside() throws IOException {
    existing("a: [1\n");

    assertThat(configure("-j", base64(JOIN), "-o")).isZero();

    assertThat(host.err()).contains("its values will not be kept");
    assertThat(config().token()).isEqualTo("a-secret-of-the-node");
    assertThat(directory.resolve("etc/config.yml.unreadable")).hasContent("a: [1\n");
  }

  @Test
  void anEnrolmentCodeIsRedeemed() throws IOException {
    existing("allowed_origins: [https://mine.example]\n");
    answer =
        """
        {"uuid": "11111111-2222-3333-4444-555555555555", "token_id": "id", "token": "secret",
         "remote": "https://panel.example", "allowed_origins": ["https://panel.example"],
         "api_port": 8443, "sftp_port": 2023}
        """;

    assertThat(configure("-o", "--enroll", " CODE ", "--panel-url", url() + "/")).isZero();

    assertThat(requests).containsExactly("POST /api/remote/enroll {\"code\":\"CODE\"}");
    assertThat(config().tokenId()).isEqualTo("id");
    assertThat(config().api().port()).isEqualTo(8443);
    assertThat(config().system().sftp().bindPort()).isEqualTo(2023);
    assertThat(config().allowedOrigins())
        .containsExactly("https://mine.example", "https://panel.example");
  }

  @Test
  void anEnrolmentAnswerWithoutIdentityWritesNothing() {
    answer = "{\"uuid\": \"11111111-2222-3333-4444-555555555555\"}";

    assertThat(configure("--enroll", "CODE", "--panel-url", url())).isEqualTo(1);

    assertThat(host.err()).contains("token");
    assertThat(file).doesNotExist();
  }

  @Test
  void aRefusedCodeShowsThePanelsReason() {
    status = 422;
    answer = "{\"errors\": [\"invalid code\"]}";

    assertThat(configure("--enroll", "CODE", "--panel-url", url())).isEqualTo(1);

    assertThat(host.err()).contains("422: invalid code");
    assertThat(file).doesNotExist();
  }

  @Test
  void anApplicationKeyFetchesTheNodesConfiguration() {
    answer = "{\"token_id\": \"id\", \"token\": \"secret\", \"api\": {\"port\": 9000}}";

    assertThat(configure("-p", url(), "-t", "ptla_key", "-n", "7")).isZero();

    assertThat(requests)
        .containsExactly("GET /api/application/nodes/7/configuration Bearer ptla_key");
    assertThat(config().api().port()).isEqualTo(9000);
  }

  @Test
  void whatIsMissingIsAskedFor() {
    host.answering(url(), "ptla_key", "7");

    assertThat(configure()).isZero();

    assertThat(host.questions).containsExactly("panel-url:", "token:", "node:");
    assertThat(requests).hasSize(1);
  }

  @Test
  void whatIsMissingIsAnErrorWithoutATerminal() {
    assertThat(configure()).isEqualTo(1);
    assertThat(host.err()).contains("--panel-url is missing");
    assertThat(configure("-p", url())).isEqualTo(1);
    assertThat(host.err()).contains("--token is missing");
    assertThat(configure("-p", url(), "-t", "k")).isEqualTo(1);
    assertThat(host.err()).contains("--node is missing");
    assertThat(requests).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0", "-4", "seven", "99999999999"})
  void aNodeIsAPositiveNumber(String node) {
    assertThat(configure("-p", url(), "-t", "k", "--node=" + node)).isEqualTo(1);

    assertThat(host.err()).contains("--node: '" + node + "'").doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource({"panel.example", "ftp://panel.example", "https://", "'http://a b'"})
  void anAddressMustBeOneOfTheWeb(String address) {
    assertThat(configure("-p", address, "-t", "k", "-n", "1")).isEqualTo(1);

    assertThat(host.err()).contains("--panel-url: '" + address).doesNotContain("\tat ");
  }

  @Test
  void anAnswerThatIsNoJsonOrNoPanelIsAnError() {
    answer = "<html>";
    assertThat(configure("-p", url(), "-t", "k", "-n", "1")).isEqualTo(1);
    assertThat(host.err()).contains("not JSON");
    answer = "[]";
    assertThat(configure("-p", url(), "-t", "k", "-n", "1")).isEqualTo(1);
    assertThat(host.err()).contains("no configuration");
    panel.stop(0);
    assertThat(configure("-p", url(), "-t", "k", "-n", "1")).isEqualTo(1);
    assertThat(host.err()).contains("cannot be reached").doesNotContain("\tat ");
    assertThat(file).doesNotExist();
  }

  @Test
  void anUnknownOptionIsAUsageError() {
    assertThat(configure("--nonsense")).isEqualTo(2);
    assertThat(host.err()).contains("Usage: wings configure");
  }
}
