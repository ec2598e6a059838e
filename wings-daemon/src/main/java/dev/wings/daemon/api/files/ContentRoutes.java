package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.server.Server;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.content.ContentLimitException;
import dev.wings.fs.content.FileContent;
import dev.wings.fs.content.FileContent.Lines;
import dev.wings.fs.revision.Edit;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.upload.Replacement;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// Reading and writing whole files (`http-api.md` 8.3, 8.4, 8.23).
final class ContentRoutes {
  private static final long MAX_LINES = 10_000;
  private static final long MAX_LINE_BYTES = 1 << 20;
  private static final long MAX_SCANNED_BYTES = 64 << 20;

  private final FileContext context;

  ContentRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.get(FileRoutes.FILES + "/contents")
            .access(Access.NODE_TOKEN)
            .query("file", "download", "max_size", "ignored")
            .summary("Contents of a file; a compressed one is decompressed")
            .handle(this::contents),
        Route.get(FileRoutes.FILES + "/lines")
            .access(Access.NODE_TOKEN)
            .query("file", "start_line", "end_line", "max_size", "ignored")
            .summary("Some lines of a text file")
            .handle(this::lines),
        Route.post(FileRoutes.FILES + "/write")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STREAM)
            .query("file", "user", "ignored")
            .summary("Replaces a file by the body")
            .handle(this::write));
  }

  private Response contents(Request request) throws IOException, InterruptedException {
    FileRequest files = FileRequest.ofQuery(context, request, "file not found");
    String path = Queries.required(request, "file");
    OptionalLong maxSize = request.queryUnsigned("max_size");
    boolean download = Queries.flag(request, "download");
    Server server = request.server();
    FileContent content = server.onFiles(() -> FileLook.content(files, files.file(path)));
    if (maxSize.isPresent() && content.size() > maxSize.getAsLong()) {
      throw new ApiException(413, "file size exceeds maximum allowed size");
    }
    if (content.archive()) {
      throw WingsException.impossible("file is an archive, cannot view contents");
    }
    Map<String, String> headers = new HashMap<>(Map.of("x-content-type-options", "nosniff"));
    if (download) {
      headers.put("content-type", "application/octet-stream");
      headers.put("content-disposition", Attachment.header(content.name()));
    }
    return content.compressed()
        ? decompressed(server, content, maxSize.orElse(Long.MAX_VALUE), headers)
        : FileAnswers.part(server, 200, headers, content.path(), 0, content.size());
  }

  private static Response decompressed(
      Server server, FileContent content, long maxSize, Map<String, String> headers) {
    return new Response.Stream(
        200,
        headers,
        OptionalLong.empty(),
        out ->
            FileAnswers.onTransfer(
                server,
                () -> {
                  try (InputStream in = content.open()) {
                    copy(in, out, maxSize);
                  }
                }));
  }

  private static void copy(InputStream in, OutputStream out, long limit) throws IOException {
    byte[] buffer = new byte[64 << 10];
    for (long left = limit; left > 0; ) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        return;
      }
      out.write(buffer, 0, count);
      left -= count;
    }
  }

  private Response lines(Request request) throws IOException, InterruptedException {
    FileRequest files = FileRequest.ofQuery(context, request, "file not found");
    String path = Queries.required(request, "file");
    long first = Queries.requiredNumber(request, "start_line");
    long last = Queries.requiredNumber(request, "end_line");
    if (first == 0 || last < first) {
      throw WingsException.invalid("invalid line range");
    }
    if (last - first >= MAX_LINES) {
      throw WingsException.invalid("line range exceeds maximum allowed lines");
    }
    long maxBytes =
        Math.min(MAX_LINE_BYTES, request.queryUnsigned("max_size").orElse(MAX_LINE_BYTES));
    Lines found =
        request
            .server()
            .onFiles(
                FileWork.Kind.TRANSFER,
                () -> readLines(FileLook.content(files, files.file(path)), first, last, maxBytes));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    if (found.count() > 0) {
      answer.put("start_line", first).put("end_line", first + found.count() - 1);
    } else {
      answer.putNull("start_line").putNull("end_line");
    }
    return Response.ok(answer.put("content", found.text()).put("eof", found.end()));
  }

  private static Lines readLines(FileContent content, long first, long last, long maxBytes)
      throws IOException {
    if (content.archive()) {
      throw WingsException.impossible("file is an archive, cannot view contents");
    }
    try {
      return content.lines(first, last, maxBytes, MAX_SCANNED_BYTES);
    } catch (ContentLimitException tooMuch) {
      throw new ApiException(413, "line read exceeds maximum scan or content size");
    } catch (CharacterCodingException binary) {
      throw WingsException.impossible("selected lines are not valid UTF-8");
    }
  }

  private Response write(Request request) throws IOException, InterruptedException {
    FileRequest files = FileRequest.ofQuery(context, request, "file not found");
    String path = Queries.required(request, "file");
    Optional<UUID> user = request.query("user").map(text -> Queries.uuid(text, "user"));
    OptionalLong revision =
        request
            .server()
            .onFiles(
                FileWork.Kind.TRANSFER,
                () -> write(request, files, files.fileForWriting(path), user));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    return Response.ok(
        revision.isPresent()
            ? answer.put("revision_id", revision.getAsLong())
            : answer.putNull("revision_id"));
  }

  private OptionalLong write(
      Request request, FileRequest files, Location location, Optional<UUID> user)
      throws IOException {
    Path file = location.path();
    if (location.hidden()) {
      throw files.notFound();
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw WingsException.impossible("file is not a file");
    }
    WritablePlace.require(location);
    boolean fits =
        WritablePlace.requireSpace(
            request.server().volume(), location, Queries.number(request, "content-length"));
    WritablePlace.makeParents(location);
    Optional<Edit> edit = edit(request.server(), location);
    try (Replacement replacement = Replacement.of(file, fits)) {
      request
          .bodyStream()
          .drainTo(part -> {
            edit.ifPresent(open -> open.append(part));
            replacement.write(part);
          });
      replacement.commit();
    } catch (DiskLimitException full) {
      throw new ApiException(500, String.valueOf(full.getMessage()));
    }
    return edit.map(open -> open.complete(user)).orElse(OptionalLong.empty());
  }

  private Optional<Edit> edit(Server server, Location location) {
    return location.view().primary()
        ? context.revisions().begin(server.id(), location.view().root(), location.path())
        : Optional.empty();
  }
}
