package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.http.UpgradeRequest;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The daemon's own log files (`http-api.md` 6.6, 6.7).
final class NodeLogRoutes {
  /// Lines that a follower without `lines` starts with.
  private static final long DEFAULT_TAIL = 100;

  private final LiveConfig config;

  NodeLogRoutes(LiveConfig config) {
    this.config = config;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/system/logs")
            .access(Access.NODE_TOKEN)
            .summary("The daemon's log files")
            .handle(_ -> Response.ok(list())),
        Route.get("/api/system/logs/{file}")
            .access(Access.NODE_TOKEN)
            .query("lines")
            .summary("One log file, or its last lines")
            .handle(this::read),
        Route.get("/api/system/logs/{file}/ws")
            .access(Access.NODE_TOKEN)
            .query("lines")
            .summary("Follows a log file")
            .upgrade(this::follow));
  }

  private LogDirectory directory() {
    return new LogDirectory(Path.of(config.current().system().logDirectory()));
  }

  private ObjectNode list() throws IOException {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode files = document.putArray("log_files");
    for (LogDirectory.Entry file : directory().list()) {
      files
          .addObject()
          .put("name", file.name())
          .put("compression_type", file.compression())
          .put("size", file.size())
          .put("last_modified", file.modified().truncatedTo(ChronoUnit.SECONDS).toString());
    }
    return document;
  }

  private Response read(Request request) {
    OptionalLong lines = request.queryUnsigned("lines");
    Optional<InputStream> content = directory().open(request.pathVariable("file"), lines);
    return Response.text(content.orElseThrow(NodeLogRoutes::missing));
  }

  /// Runs on the request's virtual thread for as long as the socket is open.
  private void follow(UpgradeRequest request) {
    long lines = request.query("lines").map(NodeLogRoutes::number).orElse(DEFAULT_TAIL);
    LogFollower follower =
        directory().follow(request.pathVariable("file"), lines).orElseThrow(NodeLogRoutes::missing);
    ChannelFuture open = request.accept(PushSocket.MAX_FRAME_BYTES, PushSocket.quiet());
    open.awaitUninterruptibly();
    follower.run(request.channel());
  }

  private static long number(String text) {
    try {
      return Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException notANumber) {
      throw new ApiException(400, "invalid query string: lines is not an unsigned number");
    }
  }

  private static WingsException missing() {
    return WingsException.notFound("log file not found");
  }
}
