package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.server.Server;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.revision.FileRevision;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// Earlier contents of edited files (`http-api.md` 8.27, 8.28).
final class RevisionRoutes {
  private static final String NOT_FOUND = "revision not found";

  private final FileContext context;

  RevisionRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.get(FileRoutes.FILES + "/revisions")
            .access(Access.NODE_TOKEN)
            .query("file", "ignored")
            .summary("Earlier contents of a file that are on record")
            .handle(this::list),
        Route.get(FileRoutes.FILES + "/revisions/{revision}")
            .access(Access.NODE_TOKEN)
            .query("file", "ignored")
            .summary("One earlier content of a file")
            .handle(this::content));
  }

  private Response list(Request request) throws IOException, InterruptedException {
    FileRequest files = FileRequest.ofQuery(context, request, "file not found");
    String file = Queries.required(request, "file");
    Server server = request.server();
    List<FileRevision> found = server.onFiles(() -> list(server, files, file));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.set("revisions", Response.array(found.stream().map(RevisionRoutes::json).toList()));
    return Response.ok(answer);
  }

  /// What does not exist, is hidden or cannot be a name has no revisions.
  private List<FileRevision> list(Server server, FileRequest files, String file)
      throws IOException {
    Optional<Location> location = files.find(file);
    return location.isPresent() && visible(location.get())
        ? context.revisions().list(server.id(), key(location.get()))
        : List.of();
  }

  private static ObjectNode json(FileRevision revision) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", revision.id())
        .put("size", revision.size())
        .put("stored_size", revision.storedSize())
        .put("user", revision.user().map(UUID::toString).orElse(null))
        .put("is_snapshot", revision.snapshot())
        .put("created", revision.created().toString());
  }

  private Response content(Request request) throws IOException, InterruptedException {
    FileRequest files = FileRequest.ofQuery(context, request, NOT_FOUND);
    long revision = number(request.pathVariable("revision"));
    Server server = request.server();
    byte[] content =
        server
            .onFiles(() -> content(server, files, revision, request.query("file")))
            .orElseThrow(() -> WingsException.notFound(NOT_FOUND));
    return new Response.Stream(
        200,
        Map.of("x-content-type-options", "nosniff"),
        OptionalLong.of(content.length),
        out -> out.write(content));
  }

  /// @param file the one that the revision must belong to, empty for any
  private Optional<byte[]> content(
      Server server, FileRequest files, long revision, Optional<String> file) throws IOException {
    Optional<String> named =
        file.isPresent() ? file : context.revisions().path(server.id(), revision);
    if (named.isEmpty()) {
      return Optional.empty();
    }
    Location location = files.locate(named.get());
    return visible(location)
        ? context.revisions().content(server.id(), key(location), revision)
        : Optional.empty();
  }

  private static boolean visible(Location location) throws IOException {
    try {
      return location.view().primary() && !location.root() && !location.hiddenFromReading();
    } catch (NoSuchFileException circle) {
      return false;
    }
  }

  private static String key(Location location) {
    return Revisions.key(location.view().root(), location.path());
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException notANumber) {
      throw WingsException.notFound(NOT_FOUND);
    }
  }
}
