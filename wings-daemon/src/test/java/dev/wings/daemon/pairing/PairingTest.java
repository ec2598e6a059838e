package dev.wings.daemon.pairing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PairingTest {
  private static final String ANSWER =
      """
      {"uuid": "11111111-2222-3333-4444-555555555555", "token_id": "abcdefghijklmnop",
       "token": "a-secret-of-the-node", "remote": "https://panel.example", "allowed_origins": ["https://a.example"],
       "api_port": 9999, "sftp_port": 9998}\
      """;

  @TempDir Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private final List<String> redeemed = new ArrayList<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private final HttpClient http = HttpClient.newHttpClient();
  private boolean slow;
  private int status = 200;
  private Path file;
  private int port;
  private HttpServer panel;

  @BeforeEach
  void open() throws IOException {
    file = directory.resolve("etc/config.yml");
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    environment.put("CALAGOPUS_API_HOST", "127.0.0.1");
    environment.put("CALAGOPUS_API_PORT", Integer.toString(port));
    environment.put("CALAGOPUS_SYSTEM_ROOT_DIRECTORY", directory.resolve("lib").toString());
    panel = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    panel.createContext(
        "/api/remote/enroll",
        exchange -> {
          redeemed.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          if (slow) {
            awaitRelease();
          }
          byte[] body =
              (status == 200 ? ANSWER : "{\"errors\":[\"code is used\"]}").getBytes(UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    panel.start();
  }

  private void awaitRelease() {
    try {
      if (!release.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("never released");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void close() {
    release.countDown();
    panel.stop(0);
    http.close();
  }

  private Pairing pairing() {
    return new Pairing(
        file, environment, "1.2.3", new Random(7), new PrintStream(terminal, true, UTF_8));
  }

  private FutureTask<Void> start() {
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          pairing().run();
          return null;
        });
    Thread.ofVirtual().start(task);
    await().until(() -> terminal.toString(UTF_8).contains("waits to be paired"));
    return task;
  }

  private String code() {
    Matcher shown = Pattern.compile("Pairing code: (\\S+)").matcher(terminal.toString(UTF_8));
    String last = "";
    while (shown.find()) {
      last = shown.group(1);
    }
    return last.replace("-", "");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private HttpResponse<String> post(String path, String body, String code) throws Exception {
    return http.send(
        HttpRequest.newBuilder(uri(path))
            .header(
                "X-Pairing-Signature", PairingCode.sign(code, "POST", path, body.getBytes(UTF_8)))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String enrolment() {
    return "{\"panel_url\":\"http://127.0.0.1:"
        + panel.getAddress().getPort()
        + "/\",\"code\":\" ONE-TIME \"}";
  }

  private WingsConfig config() {
    return ConfigStore.open(file, Map.of()).current();
  }

  @Test
  void aPanelWithTheCodePairsTheNode() throws Exception {
    FutureTask<Void> running = start();

    assertThat(get("/").body()).contains("1.2.3");
    assertThat(get("/setup").body()).isEqualTo("{\"version\":\"1.2.3\",\"configured\":false}");
    assertThat(post("/setup/enroll", enrolment(), code()).statusCode()).isEqualTo(204);

    running.get(20, TimeUnit.SECONDS);
    assertThat(redeemed).containsExactly("{\"code\":\"ONE-TIME\"}");
    assertThat(config().token()).isEqualTo("a-secret-of-the-node");
    assertThat(config().remote()).isEqualTo("https://panel.example");
    assertThat(config().allowedOrigins()).containsExactly("https://a.example");
    assertThat(config().api().port()).as("ports stay").isEqualTo(8080);
    assertThat(terminal.toString(UTF_8)).doesNotContain("a-secret");
  }

  @Test
  void theProbeTellsWhatThePanelAsks() throws Exception {
    FutureTask<Void> running = start();

    JsonNode facts = Json.mapper().readTree(post("/setup/probe", "{}", code()).body());

    assertThat(facts.fieldNames())
        .toIterable()
        .containsExactly(
            "version",
            "container",
            "architecture",
            "cpu_count",
            "memory_bytes",
            "disk_bytes",
            "ips",
            "api_port",
            "sftp_port",
            "docker");
    assertThat(facts.path("disk_bytes").asLong()).isPositive();
    assertThat(facts.path("memory_bytes").asLong()).isPositive();
    assertThat(facts.path("api_port").asInt()).isEqualTo(port);
    assertThat(facts.path("docker").has("available")).isTrue();
    running.cancel(true);
  }

  @Test
  void withoutTheCodeNothingHappens() throws Exception {
    FutureTask<Void> running = start();
    String first = code();

    for (int i = 0; i < 5; i++) {
      assertThat(post("/setup/enroll", enrolment(), "WRONG234").statusCode()).isEqualTo(401);
    }

    assertThat(redeemed).isEmpty();
    assertThat(file).doesNotExist();
    assertThat(code()).isNotEqualTo(first);
    assertThat(post("/setup/probe", "", first).statusCode()).isEqualTo(401);
    running.cancel(true);
  }

  @Test
  void whatCannotBeEnrolledSaysWhyAndTheNodeWaitsOn() throws Exception {
    FutureTask<Void> running = start();

    assertThat(post("/setup/enroll", "{", code()).statusCode()).isEqualTo(400);
    assertThat(post("/setup/enroll", "{\"code\":\"x\"}", code()).statusCode()).isEqualTo(400);
    assertThat(
            post("/setup/enroll", "{\"panel_url\":\"ftp://x\",\"code\":\"x\"}", code())
                .statusCode())
        .isEqualTo(400);
    status = 404;
    HttpResponse<String> refused = post("/setup/enroll", enrolment(), code());
    assertThat(refused.statusCode()).isEqualTo(502);
    assertThat(refused.body()).contains("code is used");
    assertThat(file).doesNotExist();

    status = 200;
    assertThat(post("/setup/enroll", enrolment(), code()).statusCode()).isEqualTo(204);
    running.get(20, TimeUnit.SECONDS);
  }

  @Test
  void onlyOneEnrolmentRunsAtATime() throws Exception {
    slow = true;
    FutureTask<Void> running = start();
    FutureTask<Integer> first =
        new FutureTask<>(() -> post("/setup/enroll", enrolment(), code()).statusCode());
    Thread.ofVirtual().start(first);
    await().until(() -> redeemed.size() == 1);

    assertThat(post("/setup/enroll", enrolment(), code()).statusCode()).isEqualTo(409);

    release.countDown();
    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(204);
    running.get(20, TimeUnit.SECONDS);
    assertThat(redeemed).hasSize(1);
  }

  @Test
  void aCodeInTheEnvironmentNeedsNobody() throws Exception {
    environment.put("WINGS_ENROLL_PANEL_URL", "http://127.0.0.1:" + panel.getAddress().getPort());
    environment.put("WINGS_ENROLL_CODE", "ENV");

    pairing().run();

    assertThat(redeemed).containsExactly("{\"code\":\"ENV\"}");
    assertThat(config().token()).isEqualTo("a-secret-of-the-node");
  }

  @Test
  void aRefusedCodeInTheEnvironmentLeadsToPairing() throws Exception {
    environment.put("WINGS_ENROLL_PANEL_URL", "http://127.0.0.1:" + panel.getAddress().getPort());
    environment.put("WINGS_ENROLL_CODE", "ENV");
    status = 404;

    FutureTask<Void> running = start();

    assertThat(terminal.toString(UTF_8)).contains("code is used");
    running.cancel(true);
  }

  @Test
  void dataWithoutAConfigurationIsNotTakenForAFirstRun() throws Exception {
    Path data =
        Files.createDirectories(
            dev.wings.core.config.SystemPaths.of(
                    ConfigStore.withoutFile(file, environment).current().system())
                .data());
    Files.createDirectory(data.resolve("7f3a0000-0000-4000-8000-000000000001"));

    assertThatThrownBy(() -> pairing().run())
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("lost");
  }

  @Test
  void aSocketFileCannotPair() {
    environment.put("CALAGOPUS_API_HOST", directory.resolve("api.sock").toString());

    assertThatThrownBy(() -> pairing().run())
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("api.host");
  }

  @Test
  void evenABrokenLinkIsNoFirstRun() throws IOException {
    Path link = directory.resolve("link.yml");

    assertThat(Pairing.wanted(link)).isTrue();
    Files.createSymbolicLink(link, directory.resolve("nowhere"));
    assertThat(Pairing.wanted(link)).isFalse();
  }
}
