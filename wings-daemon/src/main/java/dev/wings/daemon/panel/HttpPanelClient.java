package dev.wings.daemon.panel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.ActivityJson;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.panel.SftpAttempt;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Panel over HTTP (`panel-remote-api.md` 1 and 2). Safe for use by many threads; at most
/// [#MAX_CONCURRENT_CALLS] requests are under way at once, so that a node never floods a Panel that
/// comes back (`threats.md` PN-05).
public final class HttpPanelClient implements PanelClient, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpPanelClient.class);

  /// Total time of one request; the protocol fixes it.
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(15);

  private static final int MAX_CONCURRENT_CALLS = 16;
  private static final int MAX_ERROR_TEXT = 200;

  private final PanelOptions options;
  private final HttpClient http;
  private final RetryPolicy retries;
  private final BackupCalls backups;
  private final ClockObserver clockObserver;
  private final InstantSource clock;
  private final Semaphore callsUnderWay = new Semaphore(MAX_CONCURRENT_CALLS);

  /// Told the Panel's idea of the time with each answer (`threats.md` CK-02).
  @FunctionalInterface
  public interface ClockObserver {
    /// @param panelTime the `Date` header of an answer, whole seconds
    void observed(Instant panelTime);
  }

  public HttpPanelClient(
      PanelOptions options, RandomGenerator random, ClockObserver clockObserver) {
    this(options, random, clockObserver, InstantSource.system(), Thread::sleep, null);
  }

  HttpPanelClient(
      PanelOptions options,
      RandomGenerator random,
      ClockObserver clockObserver,
      InstantSource clock,
      RetryPolicy.Pause pause,
      @Nullable SSLContext trust) {
    this.options = options;
    this.clock = clock;
    this.clockObserver = clockObserver;
    this.retries = new RetryPolicy(options.retryLimit(), random, pause);
    this.backups = new BackupCalls(new Calls(), retries);
    this.http = PanelHttp.client(options, REQUEST_TIMEOUT, trust);
  }

  @Override
  public List<ServerDefinition> servers() {
    List<ServerDefinition> servers = new ArrayList<>();
    for (int page = 1; ; page++) {
      String path = "/servers?page=" + page + "&per_page=" + options.perPage();
      JsonNode answer = retries.call(() -> json("GET", path, null));
      for (JsonNode entry : answer.path("data")) {
        readEntry(entry).ifPresent(servers::add);
      }
      JsonNode meta = answer.path("meta");
      if (meta.path("current_page").asInt(page) >= meta.path("last_page").asInt(0)) {
        return List.copyOf(servers);
      }
    }
  }

  /// One entry that cannot be read costs that server only, never the page.
  private static Optional<ServerDefinition> readEntry(JsonNode entry) {
    try {
      return Optional.of(DefinitionReader.read(entry));
    } catch (WingsException invalid) {
      log.atWarn()
          .addKeyValue("server", entry.path("settings").path("uuid").asText("unknown"))
          .addKeyValue("reason", invalid.getMessage())
          .log("the panel sent a server definition that cannot be read, it is skipped");
      return Optional.empty();
    }
  }

  @Override
  public Optional<ServerDefinition> server(UUID server) {
    try {
      JsonNode answer = retries.call(() -> json("GET", "/servers/" + server, null));
      return Optional.of(DefinitionReader.read(answer));
    } catch (PanelException refused) {
      if (refused.status() == 404) {
        return Optional.empty();
      }
      throw refused;
    }
  }

  @Override
  public void resetServers() {
    retries.call(() -> send("POST", "/servers/reset", null));
  }

  @Override
  public InstallationScript installationScript(UUID server) {
    return DefinitionReader.script(
        retries.call(() -> json("GET", "/servers/" + server + "/install", null)));
  }

  @Override
  public void reportInstallation(UUID server, boolean successful, boolean reinstall) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("successful", successful).put("reinstall", reinstall);
    send("POST", "/servers/" + server + "/install", body);
  }

  @Override
  public void reportActivity(List<Activity> batch) {
    ObjectNode body = Json.mapper().createObjectNode();
    ArrayNode data = body.putArray("data");
    batch.forEach(activity -> data.add(ActivityJson.write(activity)));
    send("POST", "/activity", body);
  }

  @Override
  public SftpAccess sftpAuth(SftpAttempt attempt) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("type", attempt.kind().wireName())
        .put("username", attempt.userName())
        .put("password", attempt.secret());
    return retries.impatient().call(() -> SftpAccess.read(json("POST", "/sftp/auth", body)));
  }

  @Override
  public void reportBackup(UUID backup, boolean successful, BackupResult result) {
    backups.reportBackup(backup, successful, result);
  }

  @Override
  public void reportRestore(UUID server, UUID backup, boolean successful) {
    backups.reportRestore(server, backup, successful);
  }

  @Override
  public void reportDeletion(UUID backup, boolean successful) {
    backups.reportDeletion(backup, successful);
  }

  @Override
  public PartUrls parts(UUID backup, int fromPart) {
    return backups.parts(backup, fromPart);
  }

  @Override
  public PartUrls allParts(UUID backup, long size) {
    return backups.allParts(backup, size);
  }

  @Override
  public ResticRepository restic(UUID backup) {
    return backups.restic(backup);
  }

  private JsonNode json(String method, String path, @Nullable JsonNode body) {
    HttpResponse<byte[]> response = send(method, path, body);
    try {
      return response.headers().firstValue("Content-Type").orElse("").contains("msgpack")
          ? MessagePack.read(response.body())
          : Json.mapper().readTree(response.body());
    } catch (IOException | WingsException unreadable) {
      // a proxy's error page or a truncated answer: worth another try, like a 5xx
      throw new PanelException(0, List.of("answer is not JSON"), unreadable);
    }
  }

  private HttpResponse<byte[]> send(String method, String path, @Nullable JsonNode body) {
    HttpRequest request = request(method, path, body);
    boolean acquired = false;
    try {
      callsUnderWay.acquire();
      acquired = true;
      HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
      observeClock(response);
      if (response.statusCode() >= 400) {
        throw refusal(response);
      }
      return response;
    } catch (IOException unreachable) {
      throw new PanelException(0, List.of(describe(unreachable)), unreachable);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new PanelException(0, List.of("interrupted"), interrupted);
    } finally {
      if (acquired) {
        callsUnderWay.release();
      }
    }
  }

  private HttpRequest request(String method, String path, @Nullable JsonNode body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(options.base() + path))
            .timeout(REQUEST_TIMEOUT)
            .setHeader("Authorization", options.credential())
            .setHeader("User-Agent", options.userAgent())
            .setHeader("Accept", "application/vnd.pterodactyl.v1+json");
    BodyPublisher publisher = BodyPublishers.noBody();
    if (body != null) {
      request.setHeader("Content-Type", "application/json");
      publisher = BodyPublishers.ofByteArray(encode(body));
    }
    options.extraHeaders().forEach((name, value) -> addHeader(request, name, value));
    return request.method(method, publisher).build();
  }

  private static void addHeader(HttpRequest.Builder request, String name, String value) {
    try {
      request.setHeader(name, value);
    } catch (IllegalArgumentException invalid) {
      log.atDebug().addKeyValue("header", name).log("an extra panel header is invalid, skipped");
    }
  }

  private static byte[] encode(JsonNode body) {
    try {
      return Json.mapper().writeValueAsBytes(body);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a JSON tree could not be written", impossible);
    }
  }

  private void observeClock(HttpResponse<?> response) {
    response
        .headers()
        .firstValue("Date")
        .ifPresent(date -> {
          try {
            clockObserver.observed(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from));
          } catch (DateTimeParseException malformed) {
            log.atDebug().addKeyValue("date", date).log("panel sent a malformed date");
          }
        });
  }

  private PanelException refusal(HttpResponse<byte[]> response) {
    return new PanelException(
        response.statusCode(),
        PanelErrors.read(response.body()),
        RetryAfter.read(response.headers(), clock),
        null);
  }

  private static String describe(IOException failure) {
    return TlsFailures.describe(failure).orElseGet(() -> name(failure));
  }

  private static String name(IOException failure) {
    String message = failure.getMessage();
    String text = failure.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    return text.substring(0, Math.min(text.length(), MAX_ERROR_TEXT));
  }

  /// One attempt each.
  private final class Calls implements BackupCalls.Transport {
    @Override
    public void send(String method, String path, @Nullable JsonNode body) {
      HttpPanelClient.this.send(method, path, body);
    }

    @Override
    public JsonNode json(String method, String path, @Nullable JsonNode body) {
      return HttpPanelClient.this.json(method, path, body);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
