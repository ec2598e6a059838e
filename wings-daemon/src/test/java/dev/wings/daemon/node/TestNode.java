package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.daemon.panel.ScriptedPanel;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A node under test: one directory, one configuration, and the packaged daemon, which can be
/// killed and started again.
final class TestNode implements AutoCloseable {
  private static final Path LAUNCHER = Path.of("target/wings/bin/wings").toAbsolutePath();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Path directory;
  private final int port;
  private final ScriptedPanel panel;
  private final List<UUID> servers = new ArrayList<>();
  private final List<String> prefix = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private @Nullable Process process;

  TestNode(Path directory, ScriptedPanel panel) throws IOException {
    this(directory, panel, _ -> {});
  }

  /// @param adjust changes the configuration before it is written
  TestNode(Path directory, ScriptedPanel panel, Consumer<ObjectNode> adjust) throws IOException {
    this.directory = directory;
    this.panel = panel;
    this.port = freePort();
    ObjectNode config = configuration();
    adjust.accept(config);
    Files.writeString(config(), config.toPrettyString()); // JSON is YAML
  }

  private ObjectNode configuration() {
    ObjectNode config = Json.mapper().createObjectNode();
    config.put("uuid", "8f3eef00-ffef-44af-92f8-d586396e9a00");
    config.put("token_id", ScriptedPanel.TOKEN_ID).put("token", ScriptedPanel.TOKEN);
    config.put("remote", panel.url().toString());
    config.putObject("api").put("host", "127.0.0.1").put("port", port);
    ObjectNode system = config.putObject("system");
    system.put("root_directory", directory.resolve("root").toString());
    system.put("log_directory", directory.resolve("log").toString());
    system.put("tmp_directory", directory.resolve("tmp").toString());
    system.put("timezone", "UTC").put("activity_send_interval", 1);
    system.putObject("sftp").put("enabled", false);
    ObjectNode network = config.putObject("docker").putObject("network");
    network.put("name", "wings_test").put("mode", "wings_test");
    network.putObject("interfaces").putObject("v6").put("enabled", false);
    config.putObject("remote_query").put("retry_limit", 3);
    return config;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  Path config() {
    return directory.resolve("config.yml");
  }

  Path volume(UUID server) {
    return directory.resolve("root/volumes").resolve(server.toString());
  }

  Path root() {
    return directory.resolve("root");
  }

  int port() {
    return port;
  }

  ScriptedPanel panel() {
    return panel;
  }

  /// Starts the daemon and waits until it answers.
  TestNode start() throws IOException {
    Process started = launch();
    await("the daemon answers")
        .atMost(Duration.ofSeconds(30))
        .until(() -> !started.isAlive() || answers());
    assertThat(started.isAlive()).as("daemon alive; output:%n%s", output()).isTrue();
    return this;
  }

  /// Later starts run the daemon by this command, which must become it, in its environment.
  TestNode startBy(List<String> command, Map<String, String> variables) {
    prefix.clear();
    prefix.addAll(command);
    environment.clear();
    environment.putAll(variables);
    return this;
  }

  /// Starts the daemon without waiting.
  Process launch() throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(LAUNCHER.toString(), "--config", config().toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("out").toFile()));
    builder.environment().putAll(environment);
    process = builder.start();
    return process;
  }

  Process process() {
    return java.util.Objects.requireNonNull(process, "not started");
  }

  String output() throws IOException {
    Path out = directory.resolve("out");
    return Files.exists(out) ? Files.readString(out) : "";
  }

  private boolean answers() {
    try {
      return get("/api/system").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /// `kill -9`.
  void kill() throws InterruptedException {
    process().destroyForcibly().waitFor();
  }

  /// SIGTERM; returns the exit status.
  int terminate() throws InterruptedException {
    process().destroy();
    assertThat(process().waitFor(10, TimeUnit.SECONDS)).as("ended within 10 s").isTrue();
    return process().exitValue();
  }

  HttpResponse<String> get(String path) throws IOException {
    return send(request(path).GET());
  }

  HttpResponse<String> post(String path, String json) throws IOException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  HttpResponse<String> delete(String path) throws IOException {
    return send(request(path).DELETE());
  }

  /// `DELETE` with a document, as the Panel deletes backups.
  HttpResponse<String> delete(String path, String json) throws IOException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .method("DELETE", HttpRequest.BodyPublishers.ofString(json)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(40))
        .header("Authorization", "Bearer " + ScriptedPanel.TOKEN);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  JsonNode json(HttpResponse<String> response) throws IOException {
    return Json.mapper().readTree(response.body());
  }

  /// Creates a server on the node as the Panel does and waits for its installation to be reported.
  UUID createServer(ObjectNode definition, ObjectNode script) throws IOException {
    UUID id = UUID.fromString(definition.at("/settings/uuid").asText());
    servers.add(id);
    panel.define(definition);
    panel.script(id, script);
    int before = panel.installResults().size();
    HttpResponse<String> created =
        post(
            "/api/servers",
            "{\"uuid\":\"" + id + "\",\"start_on_completion\":false,\"skip_scripts\":false}");
    assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
    await("installation reported")
        .atMost(Duration.ofSeconds(60))
        .until(() -> panel.installResults().size() > before);
    return id;
  }

  void power(UUID server, String action) throws IOException {
    HttpResponse<String> response =
        post("/api/servers/" + server + "/power", "{\"action\":\"" + action + "\"}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
  }

  void command(UUID server, String command) throws IOException {
    ObjectNode body = Json.mapper().createObjectNode();
    body.putArray("commands").add(command);
    HttpResponse<String> response = post("/api/servers/" + server + "/commands", body.toString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  String state(UUID server) throws IOException {
    return json(get("/api/servers/" + server)).path("state").asText();
  }

  void awaitState(UUID server, String state) {
    await("state " + state)
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(() -> state(server).equals(state));
  }

  String log(UUID server) throws IOException {
    return get("/api/servers/" + server + "/logs").body();
  }

  void awaitLog(UUID server, String text) {
    await("log contains " + text)
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> log(server).contains(text));
  }

  @Override
  public void close() throws Exception {
    if (process != null && process.isAlive()) {
      kill();
    }
    for (UUID server : servers) {
      Engine.removeAll(server.toString());
    }
  }
}
