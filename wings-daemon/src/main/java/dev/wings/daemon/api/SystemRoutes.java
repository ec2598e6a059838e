package dev.wings.daemon.api;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.json.Json;
import dev.wings.core.power.ServerState;
import dev.wings.core.server.Server;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.PreparedDocument;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.system.SystemProbe;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The node itself: facts, figures, configuration, users (`http-api.md` 6).
final class SystemRoutes {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final ApiPorts ports;
  private final UsedPorts usedPorts;
  private volatile @Nullable Facts facts;

  /// The answer of `/api/system` and what in it can change.
  private record Facts(
      boolean bandwidthWanted, Optional<String> bandwidthObstacle, PreparedDocument document) {}

  SystemRoutes(ApiPorts ports) {
    this.ports = ports;
    this.usedPorts = new UsedPorts(ports.engine(), ports.probe());
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/system")
            .access(Access.NODE_TOKEN)
            .summary("Platform and version")
            .handleInline(_ -> new Response.Prepared(200, system())),
        Route.get("/api/system/overview")
            .access(Access.NODE_TOKEN)
            .summary("Health of the node")
            .handle(_ -> Response.ok(overview())),
        Route.get("/api/system/config")
            .access(Access.NODE_TOKEN)
            .summary("The effective configuration, secrets included")
            .handle(_ -> Response.ok(ports.config().document())),
        Route.post("/api/update")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Merges a patch into the configuration")
            .handle(this::update),
        Route.get("/api/system/stats")
            .access(Access.NODE_TOKEN)
            .summary("Load of the node")
            .handle(_ -> Response.ok(NODES.objectNode().set("stats", stats()))),
        Route.get("/api/system/stats/ws")
            .access(Access.NODE_TOKEN)
            .summary("Load of the node, once per second")
            .upgrade(request -> {
              stats(); // waits for the first sample here rather than on the event loop
              PushSocket.everySecond(this::latestStats).upgrade(request);
            }),
        Route.post("/api/system/upgrade")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Replaces the daemon's program (refused)")
            .handle(this::upgrade),
        Route.get("/api/system/ips")
            .access(Access.NODE_TOKEN)
            .summary("Addresses that can be given to servers")
            .handle(_ -> Response.ok(addresses())),
        Route.get("/api/ports/used")
            .access(Access.NODE_TOKEN)
            .query("ip")
            .summary("Ports in use on some addresses")
            .handle(request ->
                Response.ok(NODES.objectNode().set("used", usedPorts.on(request.queryAll("ip"))))),
        Route.post("/api/deauthorize-user")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Takes a user's access to servers away")
            .handle(this::deauthorize));
  }

  private PreparedDocument system() {
    boolean wanted = ports.config().current().docker().bandwidth().enabled();
    Facts known = facts;
    Optional<String> obstacle = ports.engine().bandwidthObstacle();
    if (known != null
        && known.bandwidthWanted == wanted
        && known.bandwidthObstacle.equals(obstacle)) {
      return known.document;
    }
    ObjectNode document =
        NODES
            .objectNode()
            .put("architecture", SystemProbe.architecture())
            .put("cpu_count", SystemProbe.cpuCount())
            .put("kernel_version", SystemProbe.kernelVersion())
            .put("os", SystemProbe.operatingSystem())
            .put("version", ports.version());
    ObjectNode bandwidth =
        document
            .putObject("bandwidth")
            .put("enabled", wanted)
            .put("ready", wanted && obstacle.isEmpty());
    if (!wanted) {
      bandwidth.put("reason", "docker.bandwidth.enabled is false");
    } else {
      obstacle.ifPresent(reason -> bandwidth.put("reason", reason));
    }
    Facts built = new Facts(wanted, obstacle, PreparedDocument.of(document));
    facts = built;
    return built.document;
  }

  private ObjectNode overview() {
    SystemProbe.Processor cpu = ports.probe().processor();
    SystemProbe.MemoryUse memory = ports.probe().memory();
    List<Server> servers = ports.servers().all();
    long offline = servers.stream().filter(server -> server.state() == ServerState.OFFLINE).count();
    OffsetDateTime now = OffsetDateTime.now(ports.clock()).truncatedTo(ChronoUnit.MICROS);
    ObjectNode document =
        NODES
            .objectNode()
            .put("version", ports.version())
            .put("local_time", DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(now))
            .put("container_type", containerType());
    document
        .putObject("cpu")
        .put("name", cpu.name())
        .put("brand", cpu.brand())
        .put("vendor_id", cpu.vendorId())
        .put("frequency_mhz", cpu.frequencyMhz())
        .put("cpu_count", cpu.count());
    document
        .putObject("memory")
        .put("total_bytes", memory.total())
        .put("free_bytes", memory.free())
        .put("used_bytes", memory.used())
        .put("used_bytes_process", memory.usedByProcess());
    document
        .putObject("servers")
        .put("total", servers.size())
        .put("online", servers.size() - offline)
        .put("offline", offline);
    // the rest is not in the protocol; clients ignore members that they do not know
    long enforced = servers.stream().filter(server -> server.volume().enforcedByKernel()).count();
    document
        .putObject("disk_limiter")
        .put("mode", ports.config().current().system().diskLimiterMode().wireName())
        .put("enforced_servers", enforced);
    ArrayNode problems = document.putArray("problems");
    ports
        .health()
        .problems()
        .forEach(
            each -> problems.addObject().put("part", each.part()).put("problem", each.problem()));
    return document
        .put("architecture", SystemProbe.architecture())
        .put("kernel_version", SystemProbe.kernelVersion());
  }

  /// Only the three values that the Panel can decode; variants of the official image count as it.
  private String containerType() {
    String variable = ports.containerType();
    if (variable.isEmpty()) {
      return "none";
    }
    return variable.toLowerCase(Locale.ROOT).startsWith("official") ? "official" : "unknown";
  }

  private Response update(Request request) {
    JsonNode patch = request.document();
    if (!patch.isObject()) {
      throw new ApiException(400, "invalid payload: expected an object");
    }
    ConfigStore.Patched patched = ports.config().patch(patch);
    ObjectNode answer = NODES.objectNode().put("applied", patched.applied());
    if (!patched.refused().isEmpty()) {
      patched.refused().forEach(answer.putArray("refused")::add);
    }
    return Response.ok(answer);
  }

  private JsonNode stats() {
    return Json.mapper().valueToTree(ports.probe().stats());
  }

  private JsonNode latestStats() {
    return Json.mapper().valueToTree(ports.probe().latest());
  }

  /// The protocol's upgrade proves its download by a checksum from the same sender, which is not
  /// enough to run it as root (`threats.md` SC-03), and a Java daemon is no single file. So it is
  /// refused in the forms that the document gives.
  private Response upgrade(Request request) {
    request.body(Bodies.Upgrade.class);
    if (!containerType().equals("none")) {
      throw new ApiException(400, "upgrades are not supported in containerized environments (yet)");
    }
    if (ports.config().current().ignorePanelWingsUpgrades()) {
      return Response.ok(NODES.objectNode().put("applied", false));
    }
    throw new ApiException(
        400, "this daemon does not replace itself: upgrade it on the node, with its package");
  }

  private ObjectNode addresses() {
    ArrayNode addresses = NODES.arrayNode();
    if (containerType().equals("none")) {
      String network = ports.config().current().docker().network().name();
      ports.probe().addresses(network).forEach(addresses::add);
    }
    ObjectNode document = NODES.objectNode();
    document.set("ips", addresses);
    return document;
  }

  private Response deauthorize(Request request) {
    Bodies.DeauthorizeUser body = request.body(Bodies.DeauthorizeUser.class);
    ports.access().deauthorize(requireNonNull(body.user()), requireNonNull(body.servers()));
    return Response.done();
  }
}
