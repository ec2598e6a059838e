package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.core.token.Token;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// Downloads by signed links (`http-api.md` 14.2 to 14.4).
final class DownloadRoutes {
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /// A token without a user has no list of its own.
  private static final UUID NOBODY = new UUID(0, 0);

  private final FileContext context;
  private final SignedLinks links;

  DownloadRoutes(FileContext context, SignedLinks links) {
    this.context = context;
    this.links = links;
  }

  /// As in the header `Last-Modified`.
  static String httpDate(Instant time) {
    return HTTP_DATE.format(time);
  }

  List<Route> routes() {
    return List.of(
        Route.get("/download/file")
            .access(links.download())
            .query("token", "archive_format")
            .summary("One file, or a part of it")
            .handle(this::file),
        Route.get("/download/directory")
            .access(links.download())
            .query("token", "archive_format")
            .summary("A directory as an archive")
            .handle(this::directory),
        Route.get("/download/files")
            .access(links.download())
            .query("token", "archive_format")
            .summary("Some entries of a directory as an archive")
            .handle(this::several));
  }

  private Response file(Request request) throws IOException, InterruptedException {
    Token.FileDownload token = links.downloadToken(request);
    Server server = links.server(token.server());
    FileRequest files = request(server, token, "file not found");
    record Found(Path file, BasicFileAttributes attributes) {}
    Found found =
        server.onFiles(() -> {
          Location location = files.file(token.filePath());
          return new Found(location.path(), FileLook.regular(files, location));
        });
    return answer(request, server, found.file(), found.attributes());
  }

  private Response directory(Request request) throws IOException, InterruptedException {
    Token.FileDownload token = links.downloadToken(request);
    ArchiveFormat format = format(request);
    Server server = links.server(token.server());
    FileRequest files = request(server, token, "directory not found");
    Location location =
        server.onFiles(() -> {
          Location place = files.locateDirectory(token.filePath());
          if (place.root() && place.view().primary()) {
            throw WingsException.notFound("file not found");
          }
          FileLook.directory(files, place);
          return place;
        });
    String name = lastName(token.filePath());
    return archive(
        server,
        ArchiveSource.of(location.path()).hiding(location.view().filter(), location.view().root()),
        format,
        Attachment.ascii(name) + "." + format.extension());
  }

  private Response several(Request request) throws IOException, InterruptedException {
    Token.FileDownload token = links.downloadToken(request);
    ArchiveFormat format = format(request);
    Server server = links.server(token.server());
    FileRequest files = request(server, token, "directory not found");
    Location location =
        server.onFiles(() -> {
          Location place = files.locateDirectory(token.filePath());
          FileLook.directory(files, place);
          return place;
        });
    List<String> names = token.filePaths();
    return archive(
        server,
        ArchiveSource.of(location.path())
            .only(names == null ? List.of() : names)
            .hiding(location.view().filter(), location.view().root()),
        format,
        format.fileName(ZonedDateTime.now(context.clock())));
  }

  private static String lastName(String path) {
    return path.replaceFirst("/+$", "").replaceFirst(".*/", "");
  }

  /// @throws ApiException 400 for what is unknown or cannot be sent while it is made
  private static ArchiveFormat format(Request request) {
    String name = request.query("archive_format").orElse(ArchiveFormat.TAR_GZ.wireName());
    return ArchiveFormat.parse(name)
        .map(ArchiveFormat::substitute)
        .filter(ArchiveFormat::streamable)
        .orElseThrow(() -> new ApiException(400, "invalid query string: unknown archive_format"));
  }

  private Response archive(
      Server server, ArchiveSource source, ArchiveFormat format, String fileName) {
    WingsConfig config = context.config().current();
    ArchiveSettings settings =
        new ArchiveSettings(
            format,
            config.system().backups().compressionLevel(),
            config.api().fileCompressionThreads());
    return new Response.Stream(
        200,
        Map.of(
            "content-type", format.contentType(),
            "content-disposition", Attachment.header(fileName),
            "x-content-type-options", "nosniff"),
        OptionalLong.empty(),
        out ->
            FileAnswers.onTransfer(
                server, () -> context.archives().write(source, settings, out, new Progress())));
  }

  private FileRequest request(Server server, Token.FileDownload token, String notFound) {
    return FileRequest.of(
        context,
        server,
        SignedLinks.ignored(server, token.ignoredFiles(), token.user().orElse(NOBODY)),
        notFound);
  }

  private static Response answer(
      Request request, Server server, Path file, BasicFileAttributes attributes) {
    long size = attributes.size();
    Map<String, String> headers = new HashMap<>();
    String modified = httpDate(attributes.lastModifiedTime().toInstant());
    headers.put("content-type", "application/octet-stream");
    headers.put("x-content-type-options", "nosniff");
    headers.put("accept-ranges", "bytes");
    headers.put("last-modified", modified);
    headers.put(
        "content-disposition",
        Attachment.header(requireNonNull(file.getFileName(), "name").toString()));
    Optional<ByteRange> range =
        request
            .header("range")
            .filter(_ -> request.header("if-range").map(modified::equals).orElse(true))
            .flatMap(header -> ByteRange.parse(header, size));
    if (range.isEmpty()) {
      return FileAnswers.part(server, 200, headers, file, 0, size);
    }
    ByteRange part = range.get();
    if (!part.satisfiable(size)) {
      throw WingsException.notFound("file not found");
    }
    headers.put("content-range", "bytes " + part.first() + "-" + part.last() + "/" + size);
    return FileAnswers.part(server, 206, headers, file, part.first(), part.count());
  }
}
