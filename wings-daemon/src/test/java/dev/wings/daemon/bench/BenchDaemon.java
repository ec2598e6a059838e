package dev.wings.daemon.bench;

import dev.wings.core.json.Json;
import dev.wings.core.token.TokenIssuer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The packaged daemon in stand-alone mode, with a number of stopped servers and the console
/// throttle off.
final class BenchDaemon implements AutoCloseable {
  private static final Path LAUNCHER = Path.of("target/wings/bin/wings").toAbsolutePath();
  static final String IMAGE = "wings-demo:bench";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path directory;
  private final int port;
  private @Nullable Process process;
  private String token = "";

  BenchDaemon(Path directory, int servers) throws IOException {
    this.directory = directory;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Files.createDirectories(directory.resolve("servers"));
    Files.createDirectories(directory.resolve("results"));
    for (int i = 0; i < servers; i++) {
      UUID id = id(i);
      Files.writeString(directory.resolve("servers/" + i + ".yml"), definition(id));
      Files.writeString(directory.resolve("results/" + id + ".json"), "{\"installed\":true}");
    }
  }

  static UUID id(int number) {
    return new UUID(0x5ca1ab1e00004000L, 0x8000000000000000L + number);
  }

  private static String definition(UUID id) {
    return """
    settings:
      uuid: %s
      meta: { name: bench, description: "" }
      suspended: false
      invocation: /demo/game
      skip_egg_scripts: false
      environment: {}
      allocations: { force_outgoing_ip: false, mappings: {} }
      build: { memory_limit: 256, swap: 0, cpu_limit: 0, disk_space: 0, oom_disabled: false }
      mounts: []
      egg: { id: 5ca1ab1e-0000-4000-8000-0000000000ee, file_denylist: [] }
      container: { image: "%s~" }
    process_configuration:
      startup: { done: [Ready to play] }
      stop: { type: command, value: stop }
    """
        .formatted(id, IMAGE);
  }

  /// Starts it and returns the time until the first answer.
  Duration start() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(LAUNCHER.toString(), "--standalone", directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile());
    builder.environment().put("CALAGOPUS_API_PORT", Integer.toString(port));
    builder.environment().put("CALAGOPUS_THROTTLES_ENABLED", "false");
    builder.environment().put("CALAGOPUS_SYSTEM_SFTP_ENABLED", "false");
    long begin = System.nanoTime();
    Process started = builder.start();
    process = started;
    while (!listening()) {
      if (!started.isAlive() || System.nanoTime() - begin > 60_000_000_000L) {
        throw new IOException("did not start: " + Files.readString(directory.resolve("out")));
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    if (token.isEmpty()) {
      token = Json.mapper().readTree(configAsJson()).path("token").asText();
    }
    return time;
  }

  private byte[] configAsJson() throws IOException {
    var yaml = new com.fasterxml.jackson.dataformat.yaml.YAMLMapper();
    return Json.mapper()
        .writeValueAsBytes(yaml.readTree(Files.readAllBytes(directory.resolve("config.yml"))));
  }

  private boolean listening() {
    try (java.net.Socket socket = new java.net.Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  void stop() throws InterruptedException {
    if (process != null) {
      process.destroy();
      process.waitFor();
    }
  }

  long pid() {
    return java.util.Objects.requireNonNull(process).pid();
  }

  int port() {
    return port;
  }

  String token() {
    return token;
  }

  /// Resident memory in KiB.
  long residentKib() throws IOException {
    return status("VmRSS:");
  }

  /// The largest resident memory so far in KiB.
  long peakKib() throws IOException {
    return status("VmHWM:");
  }

  private long status(String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no " + name);
  }

  /// The directory of a server's files.
  Path volume(UUID server) {
    return directory.resolve("data/volumes").resolve(server.toString());
  }

  /// Processor time used so far, in seconds.
  double cpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
  }

  String get(String path) throws IOException, InterruptedException {
    return http.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString()).body();
  }

  void post(String path, String json) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) {
      throw new IOException(path + ": " + response.statusCode() + " " + response.body());
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .header("Authorization", "Bearer " + token);
  }

  void awaitState(UUID server, String state) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + 40_000_000_000L;
    while (!get("/api/servers/" + server).contains("\"state\":\"" + state + "\"")) {
      if (System.nanoTime() > deadline) {
        throw new IOException(server + " never became " + state);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  LineCounter console(UUID server) throws IOException {
    String websocketToken =
        new TokenIssuer(token, InstantSource.system())
            .websocket(
                new UUID(1, 1),
                "bench",
                server,
                List.of("*", "websocket.connect"),
                List.of(),
                Duration.ofMinutes(10));
    return new LineCounter(port, "/api/servers/" + server + "/ws", websocketToken);
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
