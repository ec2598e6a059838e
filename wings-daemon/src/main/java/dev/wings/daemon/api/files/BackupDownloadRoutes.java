package dev.wings.daemon.api.files;

import dev.wings.backup.BackupService;
import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.driver.Download;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.core.token.Token;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.ResponseBody;
import dev.wings.daemon.http.Route;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.send.OpenedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Downloads of backups by signed links (`http-api.md` 14.5, `backups.md` 11). A backup that is one
/// file is sent as it is, also in ranges; others become an archive on the way out.
final class BackupDownloadRoutes {
  private static final String FAILED = "failed to download backup";
  private static final Logger log = LoggerFactory.getLogger(BackupDownloadRoutes.class);

  private final BackupService backups;
  private final SignedLinks links;
  private final Servers servers;

  BackupDownloadRoutes(BackupService backups, SignedLinks links, Servers servers) {
    this.backups = backups;
    this.links = links;
    this.servers = servers;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/download/backup")
            .access(links.backup())
            .query("token", "archive_format")
            .summary("A backup as an archive")
            .handle(this::download));
  }

  private Response download(Request request) {
    Token.BackupDownload token = links.backupToken(request);
    ArchiveFormat format =
        ArchiveFormat.parse(request.query("archive_format").orElse(ArchiveFormat.TAR_GZ.wireName()))
            .orElseThrow(
                () -> new ApiException(400, "invalid query string: unknown archive_format"));
    UUID tenant = token.server();
    Optional<Server> server = tenant == null ? Optional.empty() : Optional.of(links.server(tenant));
    if (token.database()) {
      throw WingsException.notFound("backup not found"); // this build keeps none of databases
    }
    try {
      Optional<Server> owner =
          server.or(
              () -> backups.entry(token.backup()).map(CatalogEntry::server).flatMap(servers::find));
      return switch (backups.download(server, token.backup(), format)) {
        case Download.Stored stored -> stored(request, stored, owner);
        case Download.Streamed streamed -> streamed(streamed, owner);
      };
    } catch (WingsException refused) {
      if (refused.kind() == ErrorKind.NOT_FOUND || FAILED.equals(refused.getMessage())) {
        throw refused;
      }
      throw failed(token.backup(), refused);
    } catch (IOException | RuntimeException failure) {
      throw failed(token.backup(), failure);
    }
  }

  private static WingsException failed(UUID backup, Exception cause) {
    log.atWarn().addKeyValue("backup", backup).setCause(cause).log("backup cannot be downloaded");
    return WingsException.impossible(FAILED);
  }

  private static Map<String, String> headers(Download download) {
    Map<String, String> headers = new HashMap<>();
    headers.put("content-type", download.contentType());
    headers.put("content-disposition", "attachment; filename=" + download.fileName());
    headers.put("x-content-type-options", "nosniff");
    return headers;
  }

  private static Response stored(Request request, Download.Stored stored, Optional<Server> owner)
      throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(stored.file(), BasicFileAttributes.class);
    long size = attributes.size();
    Map<String, String> headers = headers(stored);
    String modified = DownloadRoutes.httpDate(attributes.lastModifiedTime().toInstant());
    headers.put("accept-ranges", "bytes");
    headers.put("last-modified", modified);
    Optional<ByteRange> range =
        request
            .header("range")
            .filter(_ -> request.header("if-range").map(modified::equals).orElse(true))
            .flatMap(header -> ByteRange.parse(header, size));
    if (range.isEmpty()) {
      return new Response.Stream(
          200, headers, OptionalLong.of(size), out -> part(owner, stored, out, 0, size));
    }
    ByteRange part = range.get();
    if (!part.satisfiable(size)) {
      throw WingsException.impossible(FAILED);
    }
    headers.put("content-range", "bytes " + part.first() + "-" + part.last() + "/" + size);
    return new Response.Stream(
        206,
        headers,
        OptionalLong.of(part.count()),
        out -> part(owner, stored, out, part.first(), part.count()));
  }

  private static void part(
      Optional<Server> owner, Download.Stored stored, ResponseBody out, long position, long count)
      throws IOException {
    onTransfer(
        owner,
        () -> {
          try (OpenedFile opened = OpenedFile.open(stored.file())) {
            out.send(opened, position, count);
          }
        });
  }

  private static Response streamed(Download.Streamed streamed, Optional<Server> owner) {
    if (!streamed.format().streamable()) {
      throw WingsException.impossible(FAILED);
    }
    return new Response.Stream(
        200,
        headers(streamed),
        OptionalLong.empty(),
        out -> onTransfer(owner, () -> streamed.writer().write(out, new Progress())));
  }

  /// On the server's threads for transfers, or, for a backup whose server this node does not have,
  /// on one of its own: a request's virtual thread is not for disks.
  private static void onTransfer(Optional<Server> owner, FileAnswers.Work work) throws IOException {
    if (owner.isPresent()) {
      FileAnswers.onTransfer(owner.get(), work);
      return;
    }
    var _ =
        OwnThread.run(
            "wings-backup-download",
            () -> {
              work.run();
              return true;
            },
            () -> {});
  }
}
