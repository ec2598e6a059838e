package dev.wings.daemon.api;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The collection of servers and each server's life (`http-api.md` 7).
final class ServerRoutes {
  private static final Logger log = LoggerFactory.getLogger(ServerRoutes.class);
  private static final String SERVER = "/api/servers/{server}";
  private static final long MAX_WAIT_SECONDS = Duration.ofDays(1).toSeconds();

  private final Servers servers;
  private final ServerDocuments documents = new ServerDocuments();
  private final GameVersions versions;

  ServerRoutes(Servers servers, GameVersions versions) {
    this.servers = servers;
    this.versions = versions;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/servers")
            .access(Access.NODE_TOKEN)
            .summary("Every server of the node")
            .handleInline(_ -> new Response.Prepared(200, documents.all(servers.all()))),
        Route.post("/api/servers")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Registers and installs a server")
            .handle(this::create),
        Route.post("/api/servers/power")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Power action for many servers")
            .handle(this::bulkPower),
        Route.get("/api/servers/utilization")
            .access(Access.NODE_TOKEN)
            .summary("What every server uses")
            .handle(_ -> Response.ok(ServerDocuments.utilizations(servers.all()))),
        Route.get("/api/servers/utilization/ws")
            .access(Access.NODE_TOKEN)
            .summary("What every server uses, once per second")
            .upgrade(PushSocket.everySecond(() -> ServerDocuments.utilizations(servers.all()))),
        Route.get(SERVER)
            .access(Access.NODE_TOKEN)
            .summary("One server")
            .handleInline(request -> new Response.Prepared(200, documents.one(request.server()))),
        Route.delete(SERVER)
            .access(Access.NODE_TOKEN)
            .summary("Deletes a server and its files")
            .handle(this::delete),
        Route.get(SERVER + "/utilization")
            .access(Access.NODE_TOKEN)
            .summary("What one server uses")
            .handleInline(ServerRoutes::utilization),
        Route.post(SERVER + "/power")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Starts, stops, restarts or kills a server")
            .handle(ServerRoutes::power),
        Route.post(SERVER + "/commands")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Writes console commands")
            .handle(ServerRoutes::commands),
        Route.post(SERVER + "/sync")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.LENIENT)
            .summary("Replaces the definition of a server")
            .handle(ServerRoutes::sync),
        Route.post(SERVER + "/reinstall")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.LENIENT)
            .summary("Installs a server again")
            .handle(ServerRoutes::reinstall),
        Route.post(SERVER + "/install/abort")
            .access(Access.NODE_TOKEN)
            .summary("Ends a running installation")
            .handle(request -> {
              request.server().abortInstallation();
              return Response.accepted();
            }),
        Route.post(SERVER + "/script")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Runs a one-off script and streams its output")
            .handle(ServerRoutes::script),
        Route.get(SERVER + "/logs")
            .access(Access.NODE_TOKEN)
            .query("lines")
            .summary("Log of the container")
            .handle(request -> Response.text(request.server().log(lines(request)))),
        Route.get(SERVER + "/logs/install")
            .access(Access.NODE_TOKEN)
            .query("lines")
            .summary("Log of the last installation")
            .handle(ServerRoutes::installLog),
        Route.get(SERVER + "/version")
            .access(Access.NODE_TOKEN)
            .query("game")
            .summary("Hash of the game's program")
            .handle(this::version));
  }

  private Response create(Request request) {
    Bodies.CreateServer body = request.body(Bodies.CreateServer.class);
    servers.create(
        requireNonNull(body.uuid()),
        Bodies.flag(body.startOnCompletion()),
        Bodies.flag(body.skipScripts()));
    return Response.done();
  }

  private Response delete(Request request) {
    servers.delete(request.server().id());
    return Response.done();
  }

  private Response bulkPower(Request request) {
    Bodies.BulkPower body = request.body(Bodies.BulkPower.class);
    List<Server> selected = select(requireNonNull(body.servers()));
    selected.forEach(server -> power(server, body.powerAction(), body.waitSeconds()));
    return new Response.Structured(
        202, JsonNodeFactory.instance.objectNode().put("affected", selected.size()));
  }

  private List<Server> select(Bodies.ServerSelector selector) {
    List<UUID> ids = selector.uuids();
    return ids == null || "all".equals(selector.type())
        ? servers.all()
        : ids.stream().distinct().map(servers::find).flatMap(Optional::stream).toList();
  }

  private static Response utilization(Request request) {
    return Response.ok(
        JsonNodeFactory.instance
            .objectNode()
            .set("utilization", ServerDocuments.utilization(request.server().usage())));
  }

  private static Response power(Request request) {
    Bodies.Power body = request.body(Bodies.Power.class);
    power(request.server(), body.powerAction(), body.waitSeconds());
    return Response.accepted();
  }

  /// Runs in the background; what goes wrong reaches the log and the websocket (7.8).
  private static void power(Server server, PowerAction action, @Nullable Long waitSeconds) {
    Duration patience =
        Duration.ofSeconds(waitSeconds == null ? 0 : Math.min(waitSeconds, MAX_WAIT_SECONDS));
    server
        .power(PowerRequest.unchecked(action, patience))
        .whenComplete((_, failure) -> reportPower(server, action, failure));
  }

  private static void reportPower(Server server, PowerAction action, @Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    var line =
        cause instanceof WingsException
            ? log.atInfo().addKeyValue("reason", String.valueOf(cause.getMessage()))
            : log.atError().setCause(cause);
    line.addKeyValue("server", server.id())
        .addKeyValue("action", action.wireName())
        .log("power action failed");
  }

  /// A command that cannot be delivered after another one was is not worth an error (7.9).
  private static Response commands(Request request) {
    List<String> commands = requireNonNull(request.body(Bodies.Commands.class).commands());
    boolean delivered = false;
    for (String command : commands) {
      try {
        request.server().sendCommand(command, Actor.PANEL);
        delivered = true;
      } catch (WingsException refused) {
        if (!delivered || refused.kind() == ErrorKind.INVALID) {
          throw refused;
        }
        log.atDebug()
            .addKeyValue("server", request.server().id())
            .addKeyValue("reason", refused.getMessage())
            .log("command not delivered");
      }
    }
    return Response.done();
  }

  private static Response sync(Request request) {
    Server server = request.server();
    Optional<ServerDefinition> pushed =
        decode(request.document().path("server"), DefinitionReader::read)
            .filter(definition -> definition.uuid().equals(server.id()));
    if (pushed.isPresent()) {
      server.sync(pushed.get());
    } else {
      server.syncFromPanel();
    }
    return Response.done();
  }

  private static Response reinstall(Request request) {
    Bodies.Reinstall body = reinstallBody(request);
    JsonNode script = body.installationScript();
    request
        .server()
        .reinstall(
            Bodies.flag(body.truncateDirectory()),
            script == null ? null : decode(script, DefinitionReader::script).orElse(null),
            Bodies.flag(body.startOnCompletion()));
    return Response.accepted();
  }

  private static Bodies.Reinstall reinstallBody(Request request) {
    try {
      return request.body(Bodies.Reinstall.class);
    } catch (ApiException undecodable) {
      log.atDebug()
          .addKeyValue("reason", undecodable.getMessage())
          .log("reinstall without usable body, defaults are taken");
      return Bodies.Reinstall.DEFAULTS;
    }
  }

  private static Response script(Request request) {
    InstallationScript script = DefinitionReader.script(request.document());
    Server server = request.server();
    return new Response.Stream(
        200,
        Map.of("content-type", "text/plain; charset=utf-8", "x-content-type-options", "nosniff"),
        OptionalLong.empty(),
        out -> run(server, script, out));
  }

  private static void run(Server server, InstallationScript script, OutputStream out)
      throws IOException {
    try {
      server.runScript(script, out);
    } catch (WingsException failure) {
      if (failure.kind() == ErrorKind.UPSTREAM) {
        throw new WingsException(ErrorKind.UPSTREAM, "failed to run server script", failure);
      }
      throw failure;
    }
  }

  private static Response installLog(Request request) {
    return request
        .server()
        .installLog(lines(request))
        .map(Response::text)
        .orElseThrow(() -> WingsException.notFound("unable to find installation log file"));
  }

  private Response version(Request request) throws IOException {
    String game = request.query("game").orElse("");
    if (!game.equals("minecraft_java")) {
      throw new ApiException(400, "invalid query string: game must be minecraft_java");
    }
    String hash =
        versions
            .minecraftJava(request.server())
            .orElseThrow(() -> WingsException.notFound("version not found"));
    return Response.ok(JsonNodeFactory.instance.objectNode().put("hash", hash));
  }

  static OptionalInt lines(Request request) {
    OptionalLong lines = request.queryUnsigned("lines");
    return lines.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.min(lines.getAsLong(), Integer.MAX_VALUE));
  }

  private static <T> Optional<T> decode(JsonNode node, Function<JsonNode, T> reader) {
    if (!node.isObject()) {
      return Optional.empty();
    }
    try {
      return Optional.of(reader.apply(node));
    } catch (WingsException undecodable) {
      log.atDebug().addKeyValue("reason", undecodable.getMessage()).log("document not usable");
      return Optional.empty();
    }
  }
}
