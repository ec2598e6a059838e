package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.listing.DirectoryEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is in a server's directories (`http-api.md` 8.1, 8.2, 8.21, 8.22, 8.24).
final class ListingRoutes {
  private final FileContext context;

  ListingRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.post(FileRoutes.FILES + "/stat")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Some entries of a server's files")
            .handle(this::stat));
  }

  /// @param root what the names are relative to
  record Stat(@Nullable String root, @Nullable List<String> files) {
    Stat {
      root = root == null ? "" : root;
      if (files == null) {
        throw WingsException.invalid("missing field files");
      }
    }
  }

  private Response stat(Request request) throws IOException, InterruptedException {
    Stat body = request.body(Stat.class);
    FileRequest files = FileRequest.ofBody(context, request, "file not found");
    List<DirectoryEntry> found =
        request
            .server()
            .onFiles(() -> {
              List<DirectoryEntry> entries = new ArrayList<>();
              for (String name : requireNonNull(body.files())) {
                context
                    .entries()
                    .find(files.locate(body.root() + "/" + name))
                    .ifPresent(entry -> entries.add(entry.named(name)));
              }
              return entries;
            });
    List<ObjectNode> documents = found.stream().map(DirectoryEntry::toJson).toList();
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.set("entries", Response.array(documents));
    return Response.ok(answer);
  }
}
