package dev.wings.daemon.pairing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.json.Json;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.panel.PanelSetup;
import dev.wings.daemon.system.SystemProbe;
import dev.wings.docker.DockerEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/// The routes of a node that waits to be paired (`configuration.md` 15.2).
final class PairingRoutes {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int MAX_BODY = 64 << 10;
  private static final long ENGINE_SECONDS = 5;

  private final ConfigStore defaults;
  private final Map<String, String> environment;
  private final String version;
  private final PairingCode code;
  private final Enrolment enrolment;
  private final Runnable paired;
  private final AtomicBoolean enrolling = new AtomicBoolean();

  /// Redeems a code at a Panel and stores what it says.
  @FunctionalInterface
  interface Enrolment {
    void enroll(URI panel, String code) throws IOException;
  }

  PairingRoutes(
      ConfigStore defaults,
      Map<String, String> environment,
      String version,
      PairingCode code,
      Enrolment enrolment,
      Runnable paired) {
    this.defaults = defaults;
    this.environment = environment;
    this.version = version;
    this.code = code;
    this.enrolment = enrolment;
    this.paired = paired;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/").access(Access.PUBLIC).summary("What this is").handle(_ -> notice()),
        Route.get("/setup")
            .access(Access.PUBLIC)
            .summary("Whether the node is configured")
            .handle(_ ->
                Response.ok(NODES.objectNode().put("version", version).put("configured", false))),
        Route.post("/setup/probe")
            .access(Access.PUBLIC)
            .body(Route.Body.STREAM)
            .summary("Facts of the node; signed with the pairing code")
            .handle(this::probe),
        Route.post("/setup/enroll")
            .access(Access.PUBLIC)
            .body(Route.Body.STREAM)
            .summary("Pairs the node; signed with the pairing code")
            .handle(this::enroll));
  }

  private Response notice() {
    byte[] text =
        ("Wings for the JVM " + version + " waits to be paired with a Panel.\n")
            .getBytes(StandardCharsets.UTF_8);
    return new Response.Stream(
        200,
        Map.of("content-type", "text/plain; charset=utf-8"),
        OptionalLong.of(text.length),
        out -> out.write(text));
  }

  /// The raw body, once its signature is right.
  private byte[] signedBody(Request request, String path) throws IOException {
    byte[] body = request.bodyStream().readNBytes(MAX_BODY + 1);
    if (body.length > MAX_BODY) {
      throw new ApiException(413, "payload too large");
    }
    String signature = request.header("x-pairing-signature").orElse("");
    if (!code.verify("POST", path, body, signature)) {
      throw new ApiException(401, "invalid pairing signature");
    }
    return body;
  }

  private Response probe(Request request) throws IOException {
    signedBody(request, "/setup/probe");
    WingsConfig config = defaults.current();
    boolean contained = !environment.getOrDefault("OCI_CONTAINER", "").isEmpty();
    ObjectNode answer =
        NODES
            .objectNode()
            .put("version", version)
            .put("container", contained)
            .put("architecture", SystemProbe.architecture())
            .put("cpu_count", SystemProbe.cpuCount());
    ArrayNode addresses = NODES.arrayNode();
    try (SystemProbe probe = new SystemProbe()) {
      answer.put("memory_bytes", probe.memory().total());
      if (!contained) {
        probe.addresses(config.docker().network().name()).forEach(addresses::add);
      }
    }
    answer.put("disk_bytes", diskBytes(SystemPaths.of(config.system()).data()));
    answer.set("ips", addresses);
    answer.put("api_port", config.api().port());
    answer.put("sftp_port", config.system().sftp().bindPort());
    answer.set("docker", engine());
    return Response.ok(answer);
  }

  /// Size of the file system that holds a directory or the first of its parents that exists.
  private static long diskBytes(Path directory) throws IOException {
    Path existing = directory.toAbsolutePath();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return Files.getFileStore(existing).getTotalSpace();
  }

  private ObjectNode engine() {
    CompletableFuture<String> asked = new CompletableFuture<>();
    Thread asking =
        Thread.ofVirtual()
            .name("pairing-engine")
            .start(() -> {
              try (DockerEngine engine = DockerEngine.connect(defaults)) {
                asked.complete(engine.info().version());
              } catch (WingsException unavailable) {
                asked.completeExceptionally(unavailable);
              }
            });
    ObjectNode docker = NODES.objectNode();
    try {
      String known = asked.get(ENGINE_SECONDS, TimeUnit.SECONDS);
      return docker.put("available", true).put("version", known);
    } catch (ExecutionException | TimeoutException unavailable) {
      asking.interrupt();
      return docker.put("available", false).putNull("version");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiException(503, "the node is stopping");
    }
  }

  private Response enroll(Request request) throws IOException {
    byte[] body = signedBody(request, "/setup/enroll");
    JsonNode document = document(body);
    String panel = text(document, "panel_url");
    String enrolmentCode = text(document, "code");
    URI address;
    try {
      address = PanelSetup.address(panel);
    } catch (WingsException invalid) {
      throw new ApiException(400, "invalid payload: panel_url: " + invalid.getMessage());
    }
    if (!enrolling.compareAndSet(false, true)) {
      throw new ApiException(409, "another enrolment is running");
    }
    try {
      enrolment.enroll(address, enrolmentCode);
    } catch (WingsException refused) {
      throw new ApiException(502, refused.getMessage());
    } catch (IOException unwritable) {
      throw new ApiException(
          500, "the configuration cannot be written: " + unwritable.getMessage());
    } finally {
      enrolling.set(false);
    }
    paired.run();
    return new Response.Empty(204, Map.of());
  }

  private static JsonNode document(byte[] body) {
    try {
      return Json.mapper().readTree(body);
    } catch (IOException malformed) {
      throw new ApiException(400, "invalid payload: not JSON");
    }
  }

  private static String text(JsonNode document, String name) {
    JsonNode value = document.path(name);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw new ApiException(400, "invalid payload: " + name + " is missing");
    }
    return value.textValue().strip();
  }
}
