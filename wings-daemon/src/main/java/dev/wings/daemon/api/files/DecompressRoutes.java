package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.WingsException;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.Operations;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.archive.read.Extraction;
import dev.wings.fs.archive.read.ExtractionLimits;
import dev.wings.fs.archive.read.ExtractionResult;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Extracting archives into a server's files (`http-api.md` 8.14).
final class DecompressRoutes {
  private static final Logger log = LoggerFactory.getLogger(DecompressRoutes.class);
  private static final String NO_FILE = "file not found";

  private final FileContext context;

  DecompressRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.post(FileRoutes.FILES + "/decompress")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Extracts an archive")
            .handle(this::decompress));
  }

  /// @param root directory that `file` is relative to, and that it is extracted into
  record Decompress(@Nullable String root, @Nullable String file, @Nullable Boolean foreground) {
    Decompress {
      root = root == null ? "" : root;
      BodyFields.required(file, "file");
    }
  }

  private Response decompress(Request request) throws IOException, InterruptedException {
    Decompress body = request.body(Decompress.class);
    FileRequest files = FileRequest.ofBody(context, request, NO_FILE);
    int threads = context.config().current().api().fileDecompressionThreads();
    Server server = request.server();
    record Places(Location archive, Location target) {}
    Places places =
        server.onFiles(() -> {
          Places found =
              new Places(
                  files.file(body.root() + "/" + body.file()),
                  files.locateForWriting(String.valueOf(body.root())));
          check(found.target());
          checkOpens(found.archive(), threads);
          return found;
        });
    Location archive = places.archive();
    Location target = places.target();
    Operations.Running<ExtractionResult> running =
        server
            .operations()
            .start(
                new Operation.Decompress(archive.clientPath(), target.clientPath()),
                progress -> extract(server, archive, target, threads, progress));
    if (!BodyFields.flag(body.foreground(), true)) {
      return OperationAnswers.accepted(running);
    }
    OperationAnswers.await(
        running,
        "archive decompression aborted by another source",
        failure -> "failed to decompress archive: " + ArchiveCauses.of(failure));
    return Response.ok(JsonNodeFactory.instance.objectNode());
  }

  private static void check(Location target) throws IOException {
    if (target.hidden() || !Files.exists(target.path())) {
      throw WingsException.notFound("root not found");
    }
    if (!Files.isDirectory(target.path())) {
      throw WingsException.impossible("root is not a directory");
    }
    if (!target.view().writable()) {
      throw WingsException.impossible("filesystem is read-only");
    }
  }

  /// Nothing stays open: an operation that is aborted before it begins would never close it.
  private static void checkOpens(Location archive, int threads) throws IOException {
    if (archive.hiddenFromReading()) {
      throw WingsException.notFound(NO_FILE);
    }
    try (Extraction _ = Extraction.open(archive.path(), threads, ExtractionLimits.DEFAULT)) {
      log.atDebug().log("archive can be opened");
    } catch (IOException failure) {
      throw WingsException.impossible("failed to open archive: " + ArchiveCauses.of(failure));
    }
  }

  private static ExtractionResult extract(
      Server server, Location archive, Location target, int threads, Progress progress)
      throws IOException {
    try (Extraction extraction =
        Extraction.open(archive.path(), threads, ExtractionLimits.DEFAULT)) {
      ExtractionResult result =
          extraction.run(target.path(), target.view().root(), target.view().filter(), progress);
      if (result.skipped() + result.dropped() > 0) {
        log.atInfo()
            .addKeyValue("server", server.id())
            .addKeyValue("skipped", result.skipped())
            .addKeyValue("dropped", result.dropped())
            .log("entries of an archive were left out");
      }
      return result;
    }
  }
}
