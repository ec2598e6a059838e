package dev.wings.daemon.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import dev.wings.daemon.panel.TestAuthority;
import dev.wings.fs.pull.AddressPolicy;
import dev.wings.fs.pull.Connector;
import dev.wings.fs.pull.FetchTimings;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// All addresses lead to one server of the test, whatever is asked for; which of them may be asked
/// for is up to the configuration.
@Timeout(60)
class PullRoutesTest {
  private static final JsonNode KEYS = PanelSamples.read("tokens/keys");
  private static final UUID ID = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final UUID OTHER = UUID.fromString("9670d343-aa0d-43bc-8e88-82eee8c5c7b8");
  private static final String FILES = "/api/servers/" + ID + "/files";

  @TempDir private Path host;
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer origin;
  private Volume volume;
  private Path files;
  private FakeServer server;
  private TestConfig config;
  private ApiFixture api;

  @BeforeEach
  void start() throws IOException {
    origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    origin.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    origin.createContext("/", this::answer);
    origin.start();
    Volumes volumes = new Volumes(VolumeSettings.of(host, 4711, 4712));
    volume = volumes.of(ID);
    volume.prepare();
    files = Path.of(volume.hostPath());
    server = new FakeServer(FakeServer.definition(ID, "one"), volume, InstantSource.system());
    config = new TestConfig().set("api.remote_download_blocked_cidrs", List.of());
    api = fixture(config, SSLContext::getDefault);
  }

  @FunctionalInterface
  private interface Tls {
    SSLContext context() throws Exception;
  }

  private ApiFixture fixture(TestConfig current, Tls tls) throws IOException {
    GuardedHttpClient client =
        new GuardedHttpClient(
            new AddressPolicy(
                () -> current.current().api().remoteDownloadBlockedCidrs(),
                AddressPolicy.Surroundings.NONE),
            _ -> List.of(InetAddress.ofLiteral("93.184.216.34")),
            (_, limit) -> Connector.DIRECT.connect(origin.getAddress(), limit),
            () -> {
              try {
                return tls.context();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            },
            FetchTimings.STANDARD);
    ApiFixture made = new ApiFixture(current, "", Pulls.of(current, client, new Random(1)));
    made.servers.add(server);
    return made;
  }

  @AfterEach
  void stop() throws IOException {
    server.operations().abortAll();
    end.countDown();
    api.close();
    origin.stop(0);
    volume.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      switch (exchange.getRequestURI().getPath()) {
        case "/slow" -> {
          exchange.sendResponseHeaders(200, 1000);
          OutputStream body = exchange.getResponseBody();
          body.write(new byte[10]);
          body.flush();
          end.await();
        }
        case "/gone" -> exchange.sendResponseHeaders(404, -1);
        case "/short" -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write(new byte[10]);
          exchange.getResponseBody().flush();
        }
        case "/named" -> {
          exchange
              .getResponseHeaders()
              .add("Content-Disposition", "attachment; filename=\"x y.zip\"");
          exchange.sendResponseHeaders(200, 7);
          exchange.getResponseBody().write("content".getBytes(ISO_8859_1));
        }
        default -> {
          exchange.sendResponseHeaders(200, 7);
          exchange.getResponseBody().write("content".getBytes(ISO_8859_1));
        }
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(path -> String.valueOf(path.getFileName())).toList();
    }
  }

  private JsonNode call(String method, String target, String body, int status) throws IOException {
    RawClient.Answer answer = api.call(method, target, body);
    JsonNode document = api.document(answer);
    assertThat(answer.status()).as(target + body + document).isEqualTo(status);
    return document;
  }

  private JsonNode pull(String body, int status) throws IOException {
    return call("POST", FILES + "/pull", body, status);
  }

  private String refusal(String body) throws IOException {
    return pull(body, 417).path("error").asText();
  }

  @Test
  void aForegroundPullIsDoneWhenItIsAnswered() throws IOException {
    JsonNode answer =
        pull(
            "{\"directory\":\"/mods\",\"url\":\"http://files.example/a.jar\",\"foreground\":true}",
            200);
    assertThat(answer.toString()).isEqualTo("{}");
    assertThat(files.resolve("mods/a.jar")).hasContent("content");
  }

  @Test
  void aBackgroundPullIsShownAndAborted() throws IOException {
    String id =
        pull("{\"root\":\"d\",\"url\":\"http://files.example/slow\"}", 202)
            .path("identifier")
            .asText();
    Awaitility.await()
        .until(
            () -> call("GET", FILES + "/pull", "", 200).at("/downloads/0/progress").asLong() == 10);

    JsonNode download = call("GET", FILES + "/pull", "", 200).at("/downloads/0");
    assertThat(download.toString())
        .isEqualTo(
            "{\"identifier\":\"%s\",\"destination\":\"/d/slow\",\"progress\":10,\"total\":1000}"
                .formatted(id));
    JsonNode operation = call("GET", FILES + "/operations", "", 200).at("/operations/0");
    assertThat(operation.path("type").asText()).isEqualTo("pull");
    assertThat(operation.path("destination_path").asText()).isEqualTo("d/slow");
    assertThat(operation.path("bytes_processed").asLong()).isEqualTo(10);
    assertThat(operation.path("bytes_total").asLong()).isEqualTo(1000);
    assertThat(operation.path("identifier").asText()).isEqualTo(id);
    assertThat(operation.has("files_processed")).isFalse();

    assertThat(call("DELETE", FILES + "/pull/" + id, "", 200).toString()).isEqualTo("{}");

    Awaitility.await().until(() -> server.operations().list().isEmpty());
    assertThat(call("DELETE", FILES + "/pull/" + id, "", 404).path("error").asText())
        .isEqualTo("pull not found");
    assertThat(call("DELETE", FILES + "/operations/" + id, "", 404).path("error").asText())
        .isEqualTo("operation not found");
    assertThat(call("GET", FILES + "/pull", "", 200).toString()).isEqualTo("{\"downloads\":[]}");
    assertThat(call("DELETE", FILES + "/operations/x", "", 400).path("error").asText())
        .isEqualTo("invalid path parameter: operation is not a uuid");
    Awaitility.await().until(() -> names(files.resolve("d")).isEmpty());
  }

  @Test
  void anAbortedForegroundPullTellsItsCaller() throws Exception {
    Thread aborting =
        Thread.ofVirtual()
            .start(() ->
                Awaitility.await()
                    .until(() ->
                        server.operations().list().stream()
                            .anyMatch(running -> server.operations().abort(running.id()))));
    assertThat(refusal("{\"url\":\"http://files.example/slow\",\"foreground\":true}"))
        .isEqualTo("pull aborted by another source");
    aborting.join();
  }

  @Test
  void causesAreToldAsTheProtocolSays() throws IOException {
    Files.writeString(files.resolve("file"), "x");
    Files.createDirectory(files.resolve("dir"));
    String url = "\"url\":\"http://files.example/a\"";

    assertThat(refusal("{\"root\":\"file\"," + url + "}")).isEqualTo("root is not a directory");
    assertThat(refusal("{\"file_name\":\"dir\"," + url + "}")).isEqualTo("file is not a file");
    assertThat(refusal("{\"file_name\":\"a/b\"," + url + "}"))
        .isEqualTo("failed to create pull: invalid file name");
    assertThat(refusal("{\"url\":\"ftp://files.example/a\"}"))
        .isEqualTo("failed to create pull: failed to parse download URL");
    assertThat(refusal("{\"url\":\"http://files.example/gone\"}"))
        .isEqualTo("failed to create pull: failed to download file: code 404");
    assertThat(refusal("{\"url\":\"http://169.254.169.254/latest\"}"))
        .isEqualTo("failed to create pull: IP address 169.254.169.254 is blocked");
    assertThat(refusal("{\"url\":\"http://files.example/short\",\"foreground\":true}"))
        .isEqualTo("the remote server ended the transfer early");
    assertThat(pull("{}", 400).path("error").asText()).contains("missing field url");
    assertThat(
            pull("{\"root\":\"secret\",\"ignored\":[\"secret\"]," + url + "}", 404)
                .path("error")
                .asText())
        .isEqualTo("path not found");
    assertThat(refusal("{\"ignored\":[\"*.jar\"],\"url\":\"http://files.example/a.jar\"}"))
        .isEqualTo("failed to create pull: file not found");
    config.set("api.disable_remote_download", true);
    assertThat(refusal("{" + url + "}")).isEqualTo("remote pulling is disabled");
    assertThat(call("POST", FILES + "/pull/query", "{" + url + "}", 417).path("error").asText())
        .isEqualTo("remote pulling is disabled");
    assertThat(names(files)).containsExactlyInAnyOrder("file", "dir");
  }

  @Test
  void theFourthPullIsRefused() throws IOException {
    for (int i = 0; i < 3; i++) {
      pull("{\"url\":\"http://files.example/slow\",\"file_name\":\"" + i + "\"}", 202);
    }
    assertThat(refusal("{\"url\":\"http://files.example/a\"}"))
        .isEqualTo("too many concurrent pulls");
  }

  @Test
  void aQueryTellsNameAndSize() throws IOException {
    JsonNode info =
        call("POST", FILES + "/pull/query", "{\"url\":\"http://files.example:80/named#x\"}", 200);
    assertThat(info.path("file_name").asText()).isEqualTo("x y.zip");
    assertThat(info.path("file_size").asLong()).isEqualTo(7);
    assertThat(info.path("final_url").asText()).isEqualTo("http://files.example/named");
    assertThat(info.at("/headers/content-length").asText()).isEqualTo("7");
    assertThat(
            call("POST", FILES + "/pull/query", "{\"url\":\"http://files.example/gone\"}", 417)
                .path("error")
                .asText())
        .isEqualTo("failed to query download URL: code 404");
  }

  @Test
  @Proves({"SR-02", "SR-04"})
  void overTlsTheCertificateMustBeForTheNameThatWasAskedFor() throws Exception {
    TestAuthority authority = new TestAuthority();
    HttpsServer secure =
        authority.server("files.example", Duration.ofDays(1), Duration.ofDays(1), this::answer);
    origin.stop(0);
    origin = secure;
    api.close();
    api = fixture(config, authority::trust);

    pull("{\"url\":\"https://files.example/tls.bin\",\"foreground\":true}", 200);
    assertThat(files.resolve("tls.bin")).hasContent("content");

    String untrusted = "failed to create pull: the certificate of the remote server is not trusted";
    assertThat(refusal("{\"url\":\"https://other.example/x\"}")).isEqualTo(untrusted);
    assertThat(refusal("{\"url\":\"https://93.184.216.34/x\"}")).isEqualTo(untrusted);
    api.close();
    api = fixture(config, SSLContext::getDefault);
    assertThat(refusal("{\"url\":\"https://files.example/x\"}")).isEqualTo(untrusted);

    pull("{\"url\":\"https://files.example/slow\"}", 417);
    api.close();
    api = fixture(config, authority::trust);
    String id = pull("{\"url\":\"https://files.example/slow\"}", 202).path("identifier").asText();
    Awaitility.await().until(() -> server.operations().list().getFirst().bytesProcessed() == 10);
    call("DELETE", FILES + "/operations/" + id, "", 200);
    Awaitility.await().until(() -> server.operations().list().isEmpty());
    Awaitility.await().until(() -> names(files).size() == 1);
  }

  @Test
  void recordedRequestsOfThePanelAreUnderstood() throws IOException {
    api.close();
    config.set("token", KEYS.at("/node/node_token").asText());
    api = fixture(config, SSLContext::getDefault);
    Volume second = new Volumes(VolumeSettings.of(host, 4711, 4712)).of(OTHER);
    second.prepare();
    api.servers.add(
        new FakeServer(FakeServer.definition(OTHER, "two"), second, InstantSource.system()));
    for (String route : List.of("files-pull", "files-pull-query", "files-operations-operation")) {
      for (JsonNode exchange : PanelSamples.exchanges("node-api/" + route)) {
        RawClient.Answer answer = replay(exchange);
        String what = route + exchange.path("note").asText();
        JsonNode document = MessagePack.read(answer.body());
        if (route.equals("files-operations-operation")) {
          assertThat(answer.status()).as(what).isEqualTo(404);
          assertThat(document.path("error").asText()).isEqualTo("operation not found");
          continue;
        }
        int expected =
            exchange.path("status").asInt() == 405 ? 200 : exchange.path("status").asInt();
        assertThat(answer.status()).as(what + document).isEqualTo(expected);
        if (exchange.path("answer_constructed").asBoolean()) {
          exchange
              .path("response_body")
              .fieldNames()
              .forEachRemaining(name -> assertThat(document.has(name)).as(name).isTrue());
        }
      }
    }
    Awaitility.await().until(() -> server.operations().list().isEmpty());
    assertThat(files.resolve("pulled.json")).hasContent("content");
    assertThat(files.resolve("d/settings")).hasContent("content");
    assertThat(files.resolve("pulled2.json")).hasContent("content");
    second.close();
  }

  private RawClient.Answer replay(JsonNode exchange) throws IOException {
    byte[] body = PanelSamples.bytes(exchange, "request_body_base64");
    StringBuilder head = new StringBuilder();
    head.append(exchange.path("method").asText())
        .append(' ')
        .append(exchange.path("path").asText())
        .append(" HTTP/1.1\r\nHost: node\r\nContent-Length: ")
        .append(body.length)
        .append("\r\n");
    exchange
        .path("request_headers")
        .properties()
        .forEach(header ->
            head.append(header.getKey())
                .append(": ")
                .append(
                    header
                        .getValue()
                        .asText()
                        .replace("{node_token}", KEYS.at("/node/node_token").asText()))
                .append("\r\n"));
    try (RawClient client = api.client()) {
      return client.send(head.append("\r\n").toString().getBytes(ISO_8859_1)).send(body).read();
    }
  }
}
