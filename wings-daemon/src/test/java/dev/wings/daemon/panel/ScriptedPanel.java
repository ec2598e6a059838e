package dev.wings.daemon.panel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A Panel with a script, over real HTTP. It is as strict as the real one (`panel-remote-api.md` 1
/// and 2, and the recorded answers): a call that the real Panel would refuse is refused here too
/// and kept in [#violations].
public final class ScriptedPanel implements AutoCloseable {
  public static final String TOKEN_ID = "pNh5D4K3Z49j6UwI";
  public static final String TOKEN =
      "8Ss0kA4v3Pt8oX2x99RGdCckLUej9vjcyHl4OMgwVT1cJmMladG5QRW8etDa2d5H";

  private static final Pattern SERVER_PATH =
      Pattern.compile("/api/remote/servers/([^/]+)(/install)?");

  private static final Pattern BACKUP_PATH =
      Pattern.compile("/api/remote/backups/([^/]+)(/restore|/deletion)?");

  private final Map<UUID, ObjectNode> definitions =
      java.util.Collections.synchronizedMap(new LinkedHashMap<>());
  private final Map<UUID, ObjectNode> scripts = new ConcurrentHashMap<>();
  private final Map<String, ObjectNode> logins = new ConcurrentHashMap<>();
  private final List<JsonNode> activity = new CopyOnWriteArrayList<>();
  private final List<InstallResult> installResults = new CopyOnWriteArrayList<>();
  private final List<BackupReport> backupReports = new CopyOnWriteArrayList<>();
  private final AtomicInteger backupsNotYet = new AtomicInteger();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> violations = new CopyOnWriteArrayList<>();
  private final int port;
  private HttpServer http;
  private volatile int forcedStatus;
  private volatile Map<String, String> forcedHeaders = Map.of();
  private volatile int installNotYet;
  private volatile String truncatedAnswer = "";

  /// @param successful as reported
  public record InstallResult(UUID server, boolean successful, boolean reinstall) {}

  /// A result about a backup that was accepted.
  ///
  /// @param kind `backup`, `restore` or `deletion`
  public record BackupReport(String kind, UUID backup, boolean successful, JsonNode body) {}

  private record Refusal(int status, String message) {}

  private static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Refusal refusal;

    RefusedException(int status, String message) {
      super(message);
      this.refusal = new Refusal(status, message);
    }
  }

  public ScriptedPanel() throws IOException {
    http = listen(0);
    port = http.getAddress().getPort();
  }

  private HttpServer listen(int onPort) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), onPort), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
    return server;
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /// Puts a server on the node.
  public void define(ObjectNode definition) {
    definitions.put(UUID.fromString(definition.at("/settings/uuid").asText()), definition);
  }

  public void undefine(UUID server) {
    definitions.remove(server);
  }

  public void script(UUID server, ObjectNode script) {
    scripts.put(server, script);
  }

  /// What a secret opens from now on: a password, or algorithm and base64 of a key.
  public void login(String userName, String secret, ObjectNode access) {
    logins.put(login(userName, secret), access);
  }

  /// Nobody listens any more, as when the Panel's machine is down.
  public void goAway() {
    http.stop(0);
  }

  public void comeBack() throws IOException {
    http = listen(port);
  }

  /// Every answer has this status until it is 0 again.
  public void answerEverythingWith(int status) {
    answerEverythingWith(status, Map.of());
  }

  /// As [#answerEverythingWith(int)], with more headers.
  public void answerEverythingWith(int status, Map<String, String> headers) {
    forcedHeaders = Map.copyOf(headers);
    forcedStatus = status;
  }

  /// The next `times` installation results are refused with 417, as by a Panel that has not
  /// committed its own side yet.
  public void refuseInstallResults(int times) {
    installNotYet = times;
  }

  /// The next `times` results about backups are refused with 417, as by a Panel that has not
  /// committed its own side yet.
  public void refuseBackupReports(int times) {
    backupsNotYet.set(times);
  }

  public List<BackupReport> backupReports() {
    return List.copyOf(backupReports);
  }

  /// Answers every list with this text instead of the list; empty switches it off.
  public void answerListWith(String text) {
    truncatedAnswer = text;
  }

  public List<InstallResult> installResults() {
    return List.copyOf(installResults);
  }

  public List<JsonNode> activity() {
    return List.copyOf(activity);
  }

  public List<String> activityEvents() {
    return activity.stream().map(entry -> entry.path("event").asText()).toList();
  }

  /// Method and path of every request so far.
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /// What the real Panel would have refused.
  public List<String> violations() {
    return List.copyOf(violations);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String call = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    requests.add(call);
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      if (forcedStatus != 0) {
        forcedHeaders.forEach(exchange.getResponseHeaders()::set);
        answer(exchange, forcedStatus, errors("scripted failure"));
        return;
      }
      try {
        checkHeaders(exchange, body);
        answer(exchange, 200, route(exchange, body));
      } catch (RefusedException refused) {
        if (refused.refusal.status() == 400
            || refused.refusal.status() == 401
            || refused.refusal.status() == 405) {
          violations.add(call + ": " + refused.refusal.message());
        }
        answer(exchange, refused.refusal.status(), errors(refused.refusal.message()));
      }
    }
  }

  private static void checkHeaders(HttpExchange exchange, byte[] body) {
    String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    if (!authorization.equals("Bearer " + TOKEN_ID + "." + TOKEN)) {
      throw new RefusedException(401, "invalid authorization");
    }
    String agent = String.valueOf(exchange.getRequestHeaders().getFirst("User-Agent"));
    if (!agent.matches("calagopus wings/v\\S+ \\(id:" + TOKEN_ID + "\\)")) {
      throw new RefusedException(400, "unexpected user agent " + agent);
    }
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (body.length > 0 != "application/json".equals(type)) {
      throw new RefusedException(400, "content type " + type + " for " + body.length + " bytes");
    }
  }

  private Object route(HttpExchange exchange, byte[] body) throws IOException {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    switch (method + " " + path) {
      case "GET /api/remote/servers" -> {
        return truncatedAnswer.isEmpty() ? page(exchange.getRequestURI()) : truncatedAnswer;
      }
      case "POST /api/remote/servers/reset" -> {
        return empty();
      }
      case "POST /api/remote/sftp/auth" -> {
        return login(read(body));
      }
      case "POST /api/remote/activity" -> {
        return takeActivity(read(body));
      }
      default -> {
        return routeServer(method, path, body);
      }
    }
  }

  private ObjectNode login(JsonNode body) {
    String type = body.path("type").asText();
    require(type.equals("password") || type.equals("public_key"), "unknown variant " + type);
    require(body.path("username").isTextual() && body.path("password").isTextual(), "login");
    ObjectNode access =
        logins.get(login(body.path("username").asText(), body.path("password").asText()));
    if (access == null) {
      throw new RefusedException(417, "user not found");
    }
    return access;
  }

  private static String login(String userName, String secret) {
    return userName.toLowerCase(Locale.ROOT) + '\n' + secret;
  }

  private Object routeServer(String method, String path, byte[] body) throws IOException {
    Matcher backup = BACKUP_PATH.matcher(path);
    if (method.equals("POST") && backup.matches()) {
      return takeBackupReport(uuid(backup.group(1)), backup.group(2), read(body));
    }
    Matcher matcher = SERVER_PATH.matcher(path);
    if (!matcher.matches()) {
      throw new RefusedException(405, "no such route");
    }
    UUID server = uuid(matcher.group(1));
    ObjectNode definition = definitions.get(server);
    if (definition == null) {
      throw new RefusedException(404, "server not found");
    }
    if (matcher.group(2) == null) {
      require(method.equals("GET"), "method");
      return definition;
    }
    if (method.equals("GET")) {
      return scripts.getOrDefault(server, emptyScript());
    }
    return takeInstallResult(server, read(body));
  }

  private ObjectNode page(URI uri) {
    int page = number(uri, "page");
    int perPage = number(uri, "per_page");
    require(page >= 1 && perPage >= 1 && perPage <= 100, "page or per_page out of range");
    List<ObjectNode> all;
    synchronized (definitions) {
      all = new ArrayList<>(definitions.values());
    }
    ObjectNode answer = empty();
    ArrayNode data = answer.putArray("data");
    all.stream().skip((long) (page - 1) * perPage).limit(perPage).forEach(data::add);
    answer
        .putObject("meta")
        .put("current_page", page)
        .put("last_page", (all.size() + perPage - 1) / perPage)
        .put("total", all.size());
    return answer;
  }

  private ObjectNode takeInstallResult(UUID server, JsonNode body) {
    require(body.path("successful").isBoolean(), "successful");
    require(body.path("reinstall").isBoolean(), "reinstall");
    if (installNotYet > 0) {
      installNotYet--;
      throw new RefusedException(417, "server is not installing");
    }
    installResults.add(
        new InstallResult(
            server, body.path("successful").asBoolean(), body.path("reinstall").asBoolean()));
    return empty();
  }

  private ObjectNode takeBackupReport(UUID backup, @Nullable String kind, JsonNode body) {
    require(body.path("successful").isBoolean(), "successful");
    if (kind == null) {
      require(
          body.path("checksum").isTextual() && body.path("checksum_type").isTextual(), "checksum");
      require(
          body.path("size").isIntegralNumber() && body.path("files").isIntegralNumber(), "size");
      require(
          body.path("browsable").isBoolean() && body.path("streaming").isBoolean(), "browsable");
      require(body.path("parts").isArray(), "parts");
    }
    if (backupsNotYet.getAndUpdate(times -> Math.max(0, times - 1)) > 0) {
      throw new RefusedException(417, "server is not restoring a backup");
    }
    backupReports.add(
        new BackupReport(
            kind == null ? "backup" : kind.substring(1),
            backup,
            body.path("successful").asBoolean(),
            body));
    return empty();
  }

  private ObjectNode takeActivity(JsonNode body) {
    require(body.path("data").isArray(), "data");
    List<JsonNode> batch = new ArrayList<>();
    for (JsonNode entry : body.path("data")) {
      uuid(entry.path("server").asText());
      require(entry.path("event").isTextual(), "event");
      require(entry.path("user").isNull() || entry.path("user").isTextual(), "user");
      String ip = entry.path("ip").asText("");
      require(entry.path("ip").isNull() || !ip.matches(".*\\.\\d+:\\d+"), "ip with port");
      try {
        OffsetDateTime.parse(entry.path("timestamp").asText());
      } catch (DateTimeParseException malformed) {
        throw new RefusedException(400, "timestamp");
      }
      batch.add(entry);
    }
    activity.addAll(batch);
    return empty();
  }

  private static JsonNode read(byte[] body) throws IOException {
    return Json.mapper().readTree(body);
  }

  private static UUID uuid(String text) {
    try {
      UUID id = UUID.fromString(text);
      require(id.toString().equals(text), "uuid " + text);
      return id;
    } catch (IllegalArgumentException malformed) {
      throw new RefusedException(400, "invalid uuid " + text);
    }
  }

  private static int number(URI uri, String name) {
    Matcher matcher =
        Pattern.compile("(?:^|&)" + name + "=(\\d+)(?:&|$)")
            .matcher(String.valueOf(uri.getRawQuery()));
    require(matcher.find(), name + " missing");
    return Integer.parseInt(matcher.group(1));
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new RefusedException(400, "invalid payload: " + what);
    }
  }

  private static ObjectNode empty() {
    return Json.mapper().createObjectNode();
  }

  private static ObjectNode emptyScript() {
    ObjectNode script = empty();
    script.put("container_image", "unused").put("entrypoint", "sh").put("script", "");
    script.putObject("environment");
    return script;
  }

  private static ObjectNode errors(String message) {
    ObjectNode errors = empty();
    errors.putArray("errors").add(message);
    return errors;
  }

  private static void answer(HttpExchange exchange, int status, Object content) {
    try {
      byte[] bytes = content.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.getResponseHeaders().set("Vary", "Accept");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
