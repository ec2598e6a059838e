package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.core.server.Server;
import dev.wings.core.token.Token;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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

  List<Route> routes() {
    return List.of(
        Route.get("/download/file")
            .access(links.download())
            .query("token", "archive_format")
            .summary("One file, or a part of it")
            .handle(this::file));
  }

  private Response file(Request request) throws IOException, InterruptedException {
    Token.FileDownload token = links.downloadToken(request);
    Server server = links.server(token.server());
    FileRequest files = request(server, token, "file not found");
    Location location = files.file(token.filePath());
    BasicFileAttributes attributes = server.onFiles(() -> FileLook.regular(files, location));
    return answer(request, server, location.path(), attributes);
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
    String modified = HTTP_DATE.format(attributes.lastModifiedTime().toInstant());
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
