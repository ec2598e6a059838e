package dev.wings.daemon.api.files;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePackWriter;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Representation;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.listing.DirectoryEntry;
import dev.wings.fs.listing.DirectoryUsage;
import dev.wings.fs.listing.DirectoryUsage.Parts;
import dev.wings.fs.quota.UsageTree;
import dev.wings.fs.view.Location;
import dev.wings.fs.volume.Volume;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What takes the space of a server (`http-api.md` 8.21, 8.22), answered from the last scan.
final class SizeRoutes {
  private static final int DEFAULT_DEPTH = 2;
  private static final int MAX_DEPTH = 4;

  private final FileContext context;

  SizeRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.get(FileRoutes.FILES + "/largest-directories")
            .access(Access.NODE_TOKEN)
            .query("directory", "ignored")
            .summary("The directories that hold most")
            .handle(this::largest),
        Route.get(FileRoutes.FILES + "/directory-sizes")
            .access(Access.NODE_TOKEN)
            .query("directory", "depth", "ignored")
            .summary("What a directory's bytes consist of")
            .handle(this::sizes));
  }

  /// A directory of the volume that the last scan has seen.
  private record Known(Location directory, String path, UsageTree.Node node) {}

  /// @return empty for a directory that is not known, or hidden
  private static Optional<Known> find(FileRequest files, String directory) throws IOException {
    Location place = files.locateDirectory(directory);
    if (!place.view().primary() || !(files.server().volume() instanceof Volume volume)) {
      throw WingsException.impossible("filesystem does not support this operation");
    }
    try {
      if (place.hiddenFromReading()) {
        return Optional.empty();
      }
      String path = place.view().root().relativize(place.realPath()).toString();
      return volume.usage().node(path).map(node -> new Known(place, path, node));
    } catch (NoSuchFileException circle) {
      return Optional.empty();
    }
  }

  private Response largest(Request request) throws IOException, InterruptedException {
    FileRequest files = FileRequest.ofQuery(context, request, "directory not found");
    String directory = ListingRoutes.directory(request);
    List<DirectoryEntry> largest =
        request
            .server()
            .onFiles(() -> {
              Known known = find(files, directory).orElseThrow(files::notFound);
              List<DirectoryEntry> entries = new ArrayList<>();
              for (String path :
                  new DirectoryUsage(known.directory().view().filter())
                      .largest(known.node(), known.path())) {
                context
                    .entries()
                    .find(known.directory().resolve(path))
                    .filter(DirectoryEntry::directory) // what took its place since is not meant
                    .ifPresent(entry -> entries.add(entry.named(path)));
              }
              entries.sort(Comparator.comparingLong(DirectoryEntry::size).reversed());
              return entries;
            });
    return Response.ok(Response.array(largest.stream().map(DirectoryEntry::toJson).toList()));
  }

  private Response sizes(Request request) throws IOException, InterruptedException {
    FileRequest files = FileRequest.ofQuery(context, request, "directory not found");
    String directory = ListingRoutes.directory(request);
    int depth = Math.clamp(request.queryUnsigned("depth").orElse(DEFAULT_DEPTH), 1, MAX_DEPTH);
    Parts parts =
        request
            .server()
            .onFiles(() ->
                find(files, directory)
                    .map(known ->
                        new DirectoryUsage(known.directory().view().filter())
                            .parts(known.node(), known.path(), directory, depth))
                    .orElseGet(() -> Parts.unknown(directory)));
    Representation form = request.representation();
    return Response.streamed(
        form,
        out -> {
          switch (form) {
            case JSON -> {
              JsonGenerator json = Json.mapper().getFactory().createGenerator(out);
              write(json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET), parts);
              json.close();
            }
            case MESSAGE_PACK -> {
              MessagePackWriter packed = new MessagePackWriter(4096);
              write(packed, parts);
              out.write(packed.toByteArray());
            }
          }
        });
  }

  private static void write(JsonGenerator out, Parts parts) throws IOException {
    out.writeStartObject();
    out.writeStringField("name", parts.name());
    out.writeNumberField("size", parts.size());
    out.writeNumberField("size_physical", parts.sizePhysical());
    out.writeNumberField("files_size", parts.filesSize());
    out.writeNumberField("inaccessible_size", parts.inaccessibleSize());
    out.writeNumberField("other_size", parts.otherSize());
    out.writeNumberField("other_count", parts.otherCount());
    out.writeBooleanField("truncated", parts.truncated());
    out.writeArrayFieldStart("children");
    for (Parts child : parts.children()) {
      write(out, child);
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private static void write(MessagePackWriter out, Parts parts) {
    out.mapHeader(9);
    out.string("name").string(parts.name());
    out.string("size").integer(parts.size());
    out.string("size_physical").integer(parts.sizePhysical());
    out.string("files_size").integer(parts.filesSize());
    out.string("inaccessible_size").integer(parts.inaccessibleSize());
    out.string("other_size").integer(parts.otherSize());
    out.string("other_count").integer(parts.otherCount());
    out.string("truncated").bool(parts.truncated());
    out.string("children").arrayHeader(parts.children().size());
    parts.children().forEach(child -> write(out, child));
  }
}
