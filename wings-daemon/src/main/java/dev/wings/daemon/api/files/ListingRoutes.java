package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.server.Server;
import dev.wings.core.upload.UploadEntry;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Representation;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.listing.DirectoryEntry;
import dev.wings.fs.listing.Listing;
import dev.wings.fs.listing.ListingSort;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What is in a server's directories (`http-api.md` 8.1, 8.2, 8.24).
final class ListingRoutes {
  private static final int STAT_BATCH = 512;

  /// All entries of an answer are held until their number is known.
  private static final int MAX_STAT = 16_384;

  private final FileContext context;

  ListingRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.get(FileRoutes.FILES + "/list")
            .access(Access.NODE_TOKEN)
            .query("directory", "ignored", "per_page", "page", "sort")
            .summary("One page of a directory")
            .handle(this::list),
        Route.get(FileRoutes.FILES + "/list-directory")
            .access(Access.NODE_TOKEN)
            .query("directory", "ignored")
            .summary("A directory, for Pterodactyl Panels")
            .handle(this::listDirectory),
        Route.post(FileRoutes.FILES + "/stat")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Some entries of a server's files")
            .handle(this::stat));
  }

  private Response list(Request request) throws IOException, InterruptedException {
    ListingSort sort =
        request
            .query("sort")
            .map(name ->
                ListingSort.fromWire(name)
                    .orElseThrow(() -> new ApiException(400, "invalid query string: sort")))
            .orElse(ListingSort.NAME_ASC);
    long perPage = request.queryUnsigned("per_page").orElseGet(this::entryLimit);
    long page = Math.max(1, request.queryUnsigned("page").orElse(1));
    long limit = perPage == 0 ? Long.MAX_VALUE : perPage;
    long offset =
        Math.unsignedMultiplyHigh(page - 1, limit) != 0 || (page - 1) * limit < 0
            ? Long.MAX_VALUE
            : (page - 1) * limit;
    FileRequest files = FileRequest.ofQuery(context, request, "directory not found");
    Pages pages = open(request, files, sort, offset, limit);
    FileView view = pages.directory().view();
    return answer(
        request.representation(),
        pages,
        JsonNodeFactory.instance
            .objectNode()
            .put("total", pages.listing().total())
            .put("filesystem_primary", view.primary())
            .put("filesystem_writable", view.writable())
            .put("filesystem_fast", view.fast())
            .set("uploads", uploads(request.server(), pages.directory())));
  }

  /// Uploads into the directory that the acting user may know of.
  private static ArrayNode uploads(Server server, Location directory) {
    ArrayNode result = JsonNodeFactory.instance.arrayNode();
    if (!directory.view().primary()) {
      return result;
    }
    String path = directory.relative();
    for (UploadEntry upload : server.uploads().list()) {
      if (upload.directory().equals(path)
          && !directory.view().filter().hides(upload.target(), false)) {
        result.add(upload.toJson());
      }
    }
    return result;
  }

  private Response listDirectory(Request request) throws IOException, InterruptedException {
    long limit = entryLimit();
    FileRequest files = FileRequest.ofQuery(context, request, "directory not found");
    Pages pages =
        open(request, files, ListingSort.NAME_EXACT, 0, limit == 0 ? Long.MAX_VALUE : limit);
    return answer(request.representation(), pages, null);
  }

  private long entryLimit() {
    return context.config().current().api().directoryEntryLimit();
  }

  /// The parameter has a newer name.
  static String directory(Request request) {
    return request.query("directory").or(() -> request.query("root")).orElse("");
  }

  /// A listing, and the way to its next batch on the threads for files.
  private record Pages(Server server, Location directory, Listing listing) {
    List<DirectoryEntry> next() throws IOException {
      try {
        return server.onFiles(FileWork.Kind.CONTROL, listing::progress, listing::next);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("listing was interrupted");
      }
    }
  }

  private Pages open(Request request, FileRequest files, ListingSort sort, long offset, long limit)
      throws IOException, InterruptedException {
    AtomicLong steps = new AtomicLong();
    BooleanSupplier cancelled =
        () -> {
          steps.incrementAndGet();
          return request.clientGone();
        };
    Server server = request.server();
    try {
      return server.onFiles(
          FileWork.Kind.CONTROL,
          steps::get,
          () -> {
            Location directory = files.locateDirectory(directory(request));
            if (directory.hiddenFromReading()) {
              throw new NoSuchFileException(directory.relative());
            }
            Map<String, Location> mounted = files.views().mountsIn(directory);
            Listing listing =
                context.entries().list(directory, sort, offset, limit, mounted, cancelled);
            return new Pages(server, directory, listing);
          });
    } catch (NoSuchFileException missing) {
      throw WingsException.notFound("path not found");
    } catch (NotDirectoryException file) {
      throw WingsException.impossible("path not a directory");
    }
  }

  /// A page that is held in memory anyway is looked at before the answer begins, so that its number
  /// of entries is known; a larger one is sent batch by batch.
  ///
  /// @param members what stands before the entries; null for a bare array
  private static Response answer(Representation form, Pages pages, @Nullable ObjectNode members)
      throws IOException {
    List<DirectoryEntry> known = new ArrayList<>();
    if (!pages.listing().large()) {
      for (List<DirectoryEntry> batch = pages.next(); !batch.isEmpty(); batch = pages.next()) {
        known.addAll(batch);
      }
    }
    long count = pages.listing().large() ? pages.listing().size() : known.size();
    return Response.streamed(
        form,
        out -> {
          EntryWriter writer = EntryWriter.of(form, out);
          if (members == null) {
            writer.array(count);
          } else {
            writer.object(members, "entries", count);
          }
          writer.entries(known);
          for (List<DirectoryEntry> batch = pages.next(); !batch.isEmpty(); batch = pages.next()) {
            writer.entries(batch);
          }
          writer.close();
        });
  }

  /// @param root what the names are relative to
  record Stat(@Nullable String root, @Nullable List<String> files) {
    Stat {
      root = root == null ? "" : root;
      if (files == null) {
        throw WingsException.invalid("missing field files");
      }
      if (files.size() > MAX_STAT) {
        throw WingsException.invalid("files: more than " + MAX_STAT);
      }
      files = List.copyOf(files);
    }
  }

  private Response stat(Request request) throws IOException, InterruptedException {
    Stat body = request.body(Stat.class);
    FileRequest files = FileRequest.ofBody(context, request, "file not found");
    List<String> names = requireNonNull(body.files());
    List<DirectoryEntry> found = new ArrayList<>();
    for (int from = 0; from < names.size() && !request.clientGone(); from += STAT_BATCH) {
      List<String> batch = names.subList(from, Math.min(names.size(), from + STAT_BATCH));
      found.addAll(request.server().onFiles(() -> stat(files, body.root() + "/", batch)));
    }
    Representation form = request.representation();
    return Response.streamed(
        form,
        out -> {
          EntryWriter writer = EntryWriter.of(form, out);
          writer.object(JsonNodeFactory.instance.objectNode(), "entries", found.size());
          writer.entries(found);
          writer.close();
        });
  }

  /// A name that cannot be one counts as missing.
  private List<DirectoryEntry> stat(FileRequest files, String root, List<String> names)
      throws IOException {
    List<DirectoryEntry> found = new ArrayList<>();
    for (String name : names) {
      try {
        context
            .entries()
            .find(files.locate(root + name))
            .ifPresent(entry -> found.add(entry.named(name)));
      } catch (WingsException impossible) {
        if (impossible.kind() != ErrorKind.NOT_FOUND) {
          throw impossible;
        }
      }
    }
    return found;
  }
}
