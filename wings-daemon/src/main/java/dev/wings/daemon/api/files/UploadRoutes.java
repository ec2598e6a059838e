package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.server.Server;
import dev.wings.core.token.Token;
import dev.wings.core.upload.Uploads;
import dev.wings.core.upload.Uploads.Upload;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.upload.StagedUpload;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Uploads by signed links, whole or slice by slice (`http-api.md` 14.6).
final class UploadRoutes {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final String OFFSET = "upload-offset";
  private static final String PATH = "/upload/file";

  private final FileContext context;
  private final SignedLinks links;

  UploadRoutes(FileContext context, SignedLinks links) {
    this.context = context;
    this.links = links;
  }

  List<Route> routes() {
    return List.of(
        Route.post(PATH)
            .access(links.upload())
            .body(Route.Body.STREAM)
            .query("token", "directory", "total_size")
            .summary("Uploads files as a form")
            .handle(this::form),
        Route.head(PATH)
            .access(links.slice())
            .query("token", "directory", "file")
            .summary("How much of a file has arrived")
            .handle(this::offset),
        Route.patch(PATH)
            .access(links.slice())
            .body(Route.Body.STREAM)
            .query("token", "directory", "file")
            .summary("Uploads the next slice of a file")
            .handle(this::slice),
        Route.delete(PATH)
            .access(links.slice())
            .query("token", "directory", "file")
            .summary("Throws away what has arrived of a file")
            .handle(this::discard));
  }

  /// One request: who uploads, into which server.
  private final class Call {
    final Request request;
    final Token.Upload token;
    final Server server;
    final FileRequest files;
    final String directory;

    Call(Request request) {
      this.request = request;
      token = links.uploadToken(request);
      server = links.server(token.server());
      files =
          FileRequest.of(
              context,
              server,
              SignedLinks.ignored(server, token.ignoredFiles(), token.user()),
              "file not found");
      directory = request.query("directory").orElse("");
    }

    /// Where a file of that name goes.
    Location target(String name) {
      FileRequest.checkNamesFile(name);
      StagedUpload.checkName(name.substring(name.lastIndexOf('/') + 1));
      Location target = files.fileForWriting(directory + "/" + name);
      if (target.root()) { // of a mount
        throw WingsException.impossible("file has no parent");
      }
      return target;
    }

    void admit(Location target) throws IOException {
      Optional<Location> parent = target.parent();
      if (target.hidden() || (parent.isPresent() && parent.get().hidden())) {
        throw files.notFound();
      }
      if (!target.view().writable()) {
        throw WingsException.impossible("filesystem is read-only");
      }
    }

    Uploads.Begin begin(Location target, @Nullable Long total, boolean resumable) {
      return new Uploads.Begin(
          target.parent().map(Location::clientPath).orElse(""),
          requireNonNull(target.path().getFileName()).toString(),
          token.user(),
          token.userName(),
          total,
          resumable);
    }

    void uploaded(String name) {
      ObjectNode metadata = JsonNodeFactory.instance.objectNode();
      metadata.putArray("files").add(name);
      metadata.put("directory", directory);
      server.record(
          new Actor(token.user(), request.clientAddress(), null), "server:file.uploaded", metadata);
    }
  }

  /// The largest file that may be uploaded.
  private long maxBytes() {
    long mebibytes = context.config().current().api().uploadLimit();
    return mebibytes <= 0 || mebibytes > Long.MAX_VALUE >> 20 ? Long.MAX_VALUE : mebibytes << 20;
  }

  private WingsException tooLarge() {
    return WingsException.impossible("file size is larger than " + (maxBytes() >> 20) + "MiB");
  }

  private static WingsException noSpace() {
    return WingsException.impossible("file size is larger than the server's available disk space");
  }

  /// The disk limit counts on the volume itself only.
  private void checkTotal(Server server, Location place, OptionalLong total) {
    if (total.isEmpty()) {
      return;
    }
    if (total.getAsLong() > maxBytes()) {
      throw tooLarge();
    }
    long limit = place.view().primary() ? server.volume().limitBytes() : 0;
    if (limit > 0 && total.getAsLong() > limit - server.volume().usedBytes()) {
      throw noSpace();
    }
  }

  // Forms

  private Response form(Request request) throws IOException, InterruptedException {
    Call call = new Call(request);
    return call.server.onFiles(FileWork.Kind.TRANSFER, () -> form(call));
  }

  private Response form(Call call) throws IOException, InterruptedException {
    Location directory = call.files.locateForWriting(call.directory);
    if (directory.hidden()) {
      throw call.files.notFound();
    }
    if (Files.exists(directory.path()) && !Files.isDirectory(directory.path())) {
      throw WingsException.impossible("directory is not a directory");
    }
    checkTotal(
        call.server, directory, Queries.decimal(call.request.query("total_size").orElse("")));
    MultipartReader parts =
        new MultipartReader(
            call.request.bodyStream(), call.request.header("content-type").orElse(""));
    for (Optional<MultipartReader.Part> part = parts.next();
        part.isPresent();
        part = parts.next()) {
      String name =
          part.get()
              .fileName()
              .filter(text -> !text.isEmpty())
              .orElseThrow(() -> WingsException.impossible("file name not found"));
      receive(call, name, part.get().content());
    }
    return Response.done();
  }

  /// A file of a form is complete or not there at all: its client cannot go on later.
  private void receive(Call call, String name, InputStream content)
      throws IOException, InterruptedException {
    Location target = call.target(name);
    call.admit(target);
    StagedUpload staged = StagedUpload.to(target.path());
    Upload upload = call.server.uploads().begin(call.begin(target, null, false), 0);
    boolean complete = false;
    try {
      staged.discard();
      try (StagedUpload.Writer writer = staged.append()) {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
          take(upload, writer, ByteBuffer.wrap(buffer, 0, n));
        }
      }
      staged.complete();
      complete = true;
    } finally {
      try {
        if (!complete) {
          staged.discard();
        }
      } finally {
        upload.finish(); // else nobody could upload this file any more
      }
    }
    call.uploaded(name);
  }

  private void take(Upload upload, StagedUpload.Writer writer, ByteBuffer part) throws IOException {
    if (part.remaining() > maxBytes() - writer.position()) {
      throw tooLarge();
    }
    try {
      writer.write(part);
      upload.progress(writer.position());
    } catch (DiskLimitException full) {
      throw noSpace();
    } catch (OperationAbortedException aborted) {
      throw WingsException.impossible("upload aborted by another source");
    }
  }

  // Slices

  private Location sliceTarget(Call call) {
    return call.target(Queries.required(call.request, "file"));
  }

  private Response offset(Request request) throws IOException, InterruptedException {
    Call call = new Call(request);
    long length =
        call.server.onFiles(() -> {
          Location target = sliceTarget(call);
          call.admit(target);
          return StagedUpload.to(target.path()).length().orElse(0);
        });
    return new Response.Empty(200, Map.of(OFFSET, Long.toString(length)));
  }

  private Response slice(Request request) throws IOException, InterruptedException {
    Call call = new Call(request);
    OptionalLong offset = Queries.number(request, OFFSET);
    if (offset.isEmpty()) {
      throw WingsException.impossible("missing or invalid Upload-Offset header");
    }
    return call.server.onFiles(
        FileWork.Kind.TRANSFER, () -> slice(call, sliceTarget(call), offset.getAsLong()));
  }

  private Response slice(Call call, Location target, long offset)
      throws IOException, InterruptedException {
    call.admit(target);
    StagedUpload staged = StagedUpload.to(target.path());
    OptionalLong total = Queries.number(call.request, "upload-length");
    boolean last = call.request.header("upload-complete").orElse("").strip().equals("?1");
    Upload upload =
        call.server
            .uploads()
            .begin(
                call.begin(target, total.isPresent() ? total.getAsLong() : null, true),
                staged.length().orElse(0));
    boolean complete = false;
    try {
      long length = staged.length().orElse(0);
      if (length != offset) {
        return conflict(length);
      }
      checkTotal(call.server, target, total, offset);
      length = append(call, upload, staged);
      if (last) {
        complete(staged, length, total);
        complete = true;
        call.uploaded(Queries.required(call.request, "file"));
      }
      return new Response.Empty(200, Map.of(OFFSET, Long.toString(length)));
    } finally {
      leave(upload, staged, complete);
    }
  }

  /// What has left no byte is not remembered either, else requests without one would fill the list.
  private static void leave(Upload upload, StagedUpload staged, boolean complete)
      throws IOException {
    boolean nothing = complete;
    try {
      if (!complete && staged.length().orElse(0) == 0) {
        staged.discard();
        nothing = true;
      }
    } finally {
      if (nothing) {
        upload.finish();
      } else {
        upload.rest();
      }
    }
  }

  private void checkTotal(Server server, Location place, OptionalLong total, long offset) {
    if (offset == 0) {
      checkTotal(server, place, total);
    } else if (total.isPresent() && total.getAsLong() > maxBytes()) {
      throw tooLarge();
    }
  }

  private long append(Call call, Upload upload, StagedUpload staged) throws IOException {
    try (StagedUpload.Writer writer = staged.append()) {
      call.request.bodyStream().drainTo(part -> take(upload, writer, part));
      return writer.position();
    }
  }

  private static void complete(StagedUpload staged, long length, OptionalLong total)
      throws IOException {
    if (total.isPresent() && total.getAsLong() != length) {
      throw WingsException.impossible(
          "upload completed at " + length + " bytes but " + total.getAsLong() + " were expected");
    }
    staged.complete();
  }

  private static Response conflict(long length) {
    byte[] body =
        JsonNodeFactory.instance
            .objectNode()
            .put("error", "upload offset does not match the current file length")
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    return new Response.Stream(
        409,
        Map.of("content-type", "application/json", OFFSET, Long.toString(length)),
        OptionalLong.of(body.length),
        out -> out.write(body));
  }

  private Response discard(Request request) throws IOException, InterruptedException {
    Call call = new Call(request);
    return call.server.onFiles(
        FileWork.Kind.TRANSFER,
        () -> {
          Location target = sliceTarget(call);
          call.admit(target);
          discard(call, target);
          return Response.done();
        });
  }

  private static void discard(Call call, Location target) throws IOException, InterruptedException {
    StagedUpload staged = StagedUpload.to(target.path());
    Uploads.Begin mine = call.begin(target, null, true);
    Uploads uploads = call.server.uploads();
    if (uploads
        .owner(mine.directory(), mine.targetName())
        .filter(owner -> !owner.equals(call.token.user()))
        .isPresent()) {
      throw call.files.notFound();
    }
    Upload upload = uploads.begin(mine, staged.length().orElse(0));
    try {
      staged.discard();
    } finally {
      upload.finish();
    }
  }
}
