package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.Operations;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveReport;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.archive.write.Measurement;
import dev.wings.fs.listing.DirectoryEntry;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.time.ZonedDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Making archives of a server's files (`http-api.md` 8.13).
final class ArchiveRoutes {
  private static final Logger log = LoggerFactory.getLogger(ArchiveRoutes.class);
  private static final String ROOT_NOT_FOUND = "root not found";

  private final FileContext context;

  ArchiveRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.post(FileRoutes.FILES + "/compress")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Makes an archive of some entries")
            .handle(this::compress));
  }

  /// @param format null is `tar_gz`
  /// @param name of the archive, relative to `root`; null makes one of the time
  /// @param root what `files` are relative to
  record Compress(
      @Nullable String format,
      @Nullable String name,
      @Nullable String root,
      @Nullable List<String> files,
      @Nullable Boolean foreground) {
    Compress {
      root = root == null ? "" : root;
      files = List.copyOf(BodyFields.required(files, "files"));
      archiveFormat(format);
    }

    ArchiveFormat archiveFormat() {
      return archiveFormat(format);
    }

    private static ArchiveFormat archiveFormat(@Nullable String format) {
      return format == null
          ? ArchiveFormat.TAR_GZ
          : ArchiveFormat.parse(format)
              .filter(ArchiveFormat::writable)
              .orElseThrow(() -> WingsException.invalid("format is unknown"));
    }
  }

  private Response compress(Request request) throws IOException, InterruptedException {
    Compress body = request.body(Compress.class);
    ArchiveFormat format = body.archiveFormat();
    FileRequest files = FileRequest.ofBody(context, request, ROOT_NOT_FOUND);
    String root = requireNonNull(body.root());
    String name =
        body.name() == null ? format.fileName(ZonedDateTime.now(context.clock())) : body.name();
    Server server = request.server();
    record Places(Location source, Location target) {}
    Places places =
        server.onFiles(() -> {
          Places found = new Places(files.locate(root), files.fileForWriting(root + "/" + name));
          check(found.source(), found.target());
          return found;
        });
    Location source = places.source();
    Location target = places.target();

    WingsConfig config = context.config().current();
    ArchiveSettings settings =
        new ArchiveSettings(
            format,
            config.system().backups().compressionLevel(),
            config.api().fileCompressionThreads());
    List<String> names = requireNonNull(body.files());
    ArchiveSource chosen =
        ArchiveSource.of(source.path())
            .only(names)
            .hiding(source.view().filter(), source.view().root());
    Operations.Running<DirectoryEntry> running =
        server
            .operations()
            .start(
                new Operation.Compress(source.clientPath(), names, target.clientPath()),
                progress -> make(server, chosen, settings, target, progress));
    return BodyFields.flag(body.foreground(), true)
        ? Response.ok(result(running).toJson())
        : OperationAnswers.accepted(running);
  }

  private static void check(Location source, Location target) throws IOException {
    if (source.hiddenFromReading() || !Files.exists(source.path())) {
      throw WingsException.notFound(ROOT_NOT_FOUND);
    }
    if (!Files.isDirectory(source.path())) {
      throw WingsException.impossible("root is not a directory");
    }
    if (target.root()) {
      throw WingsException.impossible("file has no parent");
    }
    if (!target.view().writable()) {
      throw WingsException.impossible("filesystem is read-only");
    }
    if (target.hidden()) {
      throw WingsException.impossible("file not found");
    }
  }

  private DirectoryEntry make(
      Server server,
      ArchiveSource source,
      ArchiveSettings settings,
      Location target,
      Progress progress)
      throws IOException {
    try (Measurement _ = Measurement.start(source.without(target.path()), progress)) {
      ArchiveReport report =
          context.archives().writeFile(source, settings, target.path(), progress);
      if (report.troubles() > 0) {
        log.atInfo()
            .addKeyValue("server", server.id())
            .addKeyValue("entries", report.troubles())
            .addKeyValue("first", report.findings().getFirst().trouble())
            .log("files changed while they were archived");
      }
    }
    return context.entries().of(target);
  }

  private static DirectoryEntry result(Operations.Running<DirectoryEntry> running)
      throws InterruptedException {
    return OperationAnswers.await(
        running,
        "archive compression aborted by another source",
        failure -> "failed to compress files: " + ArchiveCauses.of(failure));
  }
}
