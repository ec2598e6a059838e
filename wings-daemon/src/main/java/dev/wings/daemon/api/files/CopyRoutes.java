package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.Operations;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.change.Causes;
import dev.wings.fs.change.FileCopy;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Copies within a server and to another one of this node (`http-api.md` 8.6 to 8.8). Each is an
/// operation, whether somebody waits for it or not.
final class CopyRoutes {
  private final FileContext context;
  private final Servers servers;

  CopyRoutes(FileContext context, Servers servers) {
    this.context = context;
    this.servers = servers;
  }

  List<Route> routes() {
    return List.of(
        Route.post(FileRoutes.FILES + "/copy")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Copies a file or a directory")
            .handle(this::copy),
        Route.post(FileRoutes.FILES + "/copy-many")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Copies several files and directories")
            .handle(this::copyMany),
        Route.post(FileRoutes.FILES + "/copy-remote")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Copies files to another server")
            .handle(this::copyRemote));
  }

  record Copy(
      @JsonAlias("location") @Nullable String path,
      @Nullable String name,
      @Nullable Boolean overwrite,
      @Nullable Boolean foreground) {
    Copy {
      BodyFields.required(path, "path");
    }
  }

  record CopyMany(
      @Nullable String root,
      @Nullable List<ChangeRoutes.Pair> files,
      @Nullable Boolean overwrite,
      @Nullable Boolean foreground) {
    CopyMany {
      root = requireNonNullElse(root, "");
      files = List.copyOf(BodyFields.required(files, "files"));
    }
  }

  /// @param url of the other node, empty for this one
  record CopyRemote(
      @Nullable String url,
      @Nullable String root,
      @Nullable List<ChangeRoutes.Pair> files,
      @Nullable UUID destinationServer,
      @Nullable String destinationPath,
      @Nullable List<String> destinationIgnored,
      @Nullable Boolean foreground) {
    CopyRemote {
      BodyFields.required(url, "url");
      root = requireNonNullElse(root, "");
      files = List.copyOf(BodyFields.required(files, "files"));
      BodyFields.required(destinationServer, "destination_server");
      BodyFields.required(destinationPath, "destination_path");
      destinationIgnored = destinationIgnored == null ? List.of() : List.copyOf(destinationIgnored);
    }
  }

  private FileCopy copier(Progress progress) {
    return new FileCopy(context.config().current().api().fileCopyThreads(), progress);
  }

  private Response copy(Request request) throws IOException, InterruptedException {
    Copy body = request.body(Copy.class);
    boolean overwrite = BodyFields.flag(body.overwrite(), false);
    FileRequest files = FileRequest.ofBody(context, request, "file not found");
    FileCopy.Pair pair =
        request
            .server()
            .onFiles(() -> {
              Location source = files.file(requireNonNull(body.path()));
              boolean copied =
                  !source.hiddenFromReading()
                      && (Files.isRegularFile(source.path()) || Files.isDirectory(source.path()));
              if (!copied) {
                throw files.notFound();
              }
              return new FileCopy.Pair(source, destination(files, body, source, overwrite));
            });
    Operations.Running<Boolean> running =
        request
            .server()
            .operations()
            .start(
                new Operation.Copy(pair.from().clientPath(), pair.to().clientPath()),
                progress -> {
                  progress.expect(FileCopy.expectedBytes(pair.from()));
                  copier(progress).copy(pair.from(), pair.to(), overwrite);
                  return true;
                });
    if (!BodyFields.flag(body.foreground(), true)) {
      return OperationAnswers.accepted(running);
    }
    OperationAnswers.await(
        running,
        "file copy aborted by another source",
        failure -> "failed to copy file: " + Causes.of(failure));
    return Response.ok(request.server().onFiles(() -> context.entries().of(pair.to())).toJson());
  }

  private Location destination(FileRequest files, Copy body, Location source, boolean overwrite)
      throws IOException {
    String path = requireNonNull(body.path());
    Location target;
    if (body.name() == null) {
      Path name = requireNonNull(source.path().getFileName(), "source has a name");
      Location beside = files.locateForWriting(path + "/..");
      target = FileCopy.automaticName(beside, name.toString(), context.clock().instant());
    } else {
      requireFileName(body.name());
      target =
          files.locateForWriting(
              body.name().startsWith("/") ? body.name() : path + "/../" + body.name());
    }
    Location parent =
        target.parent().orElseThrow(() -> WingsException.impossible("destination has no parent"));
    if (parent.pruned()) {
      throw WingsException.impossible("parent directory not found");
    }
    if (target.hidden() || (Files.isDirectory(source.path()) && target.hiddenAsDirectory())) {
      throw WingsException.impossible("destination file not found");
    }
    if (!overwrite && Files.exists(target.path(), LinkOption.NOFOLLOW_LINKS)) {
      throw WingsException.conflict("a file with that name already exists");
    }
    return target;
  }

  private static void requireFileName(String name) {
    String[] names = name.split("/");
    String last = names.length == 0 ? "" : names[names.length - 1];
    if (last.equals("..") || last.equals(".")) {
      throw WingsException.impossible("invalid destination file name");
    }
    if (last.isEmpty()) {
      throw WingsException.impossible("destination has no parent");
    }
  }

  /// What a list of pairs comes to.
  private record Plan(
      List<FileCopy.Pair> pairs, List<ChangeRoutes.Pair> asked, ArrayNode skipped) {}

  private Response copyMany(Request request) throws IOException, InterruptedException {
    CopyMany body = request.body(CopyMany.class);
    boolean overwrite = BodyFields.flag(body.overwrite(), false);
    FileRequest files = FileRequest.ofBody(context, request, "file not found");
    NamedEntries entries = new NamedEntries(files, requireNonNull(body.root()));
    Plan plan =
        request
            .server()
            .onFiles(() -> plan(entries, entries, requireNonNull(body.files()), overwrite));
    Operation operation = new Operation.CopyMany(entries.root().substring(1), pairs(plan.asked()));
    Operations.Running<Long> running =
        request
            .server()
            .operations()
            .start(operation, progress -> copyAll(plan.pairs(), overwrite, progress));
    if (!BodyFields.flag(body.foreground(), true)) {
      ObjectNode answer = OperationAnswers.identified(running);
      answer.set("skipped", plan.skipped());
      return new Response.Structured(202, answer);
    }
    long copied =
        OperationAnswers.await(
            running,
            "file copy operation was aborted",
            failure -> "file copy operation failed: " + Causes.of(failure));
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("copied", copied);
    answer.set("skipped", plan.skipped());
    return Response.ok(answer);
  }

  private static List<Operation.Pair> pairs(List<ChangeRoutes.Pair> asked) {
    return asked.stream()
        .map(pair -> new Operation.Pair(requireNonNull(pair.from()), requireNonNull(pair.to())))
        .toList();
  }

  private long copyAll(List<FileCopy.Pair> pairs, boolean overwrite, Progress progress)
      throws IOException {
    long total = 0;
    for (FileCopy.Pair pair : pairs) {
      total += Files.exists(pair.from().path()) ? FileCopy.expectedBytes(pair.from()) : 0;
    }
    progress.expect(total);
    return copier(progress).copyAll(pairs, overwrite);
  }

  private Plan plan(
      NamedEntries sources, NamedEntries targets, List<ChangeRoutes.Pair> asked, boolean overwrite)
      throws IOException {
    List<FileCopy.Pair> pairs = new ArrayList<>();
    List<ChangeRoutes.Pair> kept = new ArrayList<>();
    ArrayNode skipped = JsonNodeFactory.instance.arrayNode();
    for (ChangeRoutes.Pair names : asked) {
      Optional<Location> from = sources.forReading(requireNonNull(names.from()));
      Optional<Location> to = targets.forWriting(requireNonNull(names.to()));
      if (from.isEmpty() || to.isEmpty()) {
        continue;
      }
      FileCopy.Pair pair = new FileCopy.Pair(from.get(), to.get());
      if (pair.pointless()) {
        continue;
      }
      if (!overwrite && Files.exists(to.get().path(), LinkOption.NOFOLLOW_LINKS)) {
        skipped.add(context.entries().of(to.get()).named(names.to()).toJson());
        continue;
      }
      pairs.add(pair);
      kept.add(names);
    }
    return new Plan(pairs, kept, skipped);
  }

  private Response copyRemote(Request request) throws IOException, InterruptedException {
    CopyRemote body = request.body(CopyRemote.class);
    FileRequest files = FileRequest.ofBody(context, request, "path not found");
    request
        .server()
        .onFiles(() -> {
          Location root = files.locateDirectory(requireNonNull(body.root()));
          if (root.hiddenFromReading()) {
            throw files.notFound();
          }
          if (!Files.isDirectory(root.path())) {
            throw WingsException.impossible("path is not a directory");
          }
          return true;
        });
    if (!requireNonNull(body.url()).isEmpty()) {
      throw WingsException.impossible(
          "failed to copy to a remote: this node cannot send files to another node");
    }
    Server destination =
        servers
            .find(requireNonNull(body.destinationServer()))
            .orElseThrow(() -> WingsException.notFound("destination server not found"));
    FileRequest there =
        FileRequest.of(
            context, destination, requireNonNull(body.destinationIgnored()), "path not found");
    Operations.Running<Long> running =
        startRemote(request.server(), destination, files, there, body);
    if (!BodyFields.flag(body.foreground(), true)) {
      return OperationAnswers.accepted(running);
    }
    OperationAnswers.await(
        running,
        "copy process aborted by another source",
        failure -> "failed to copy to a remote: " + Causes.of(failure));
    return Response.done();
  }

  private Operations.Running<Long> startRemote(
      Server source, Server destination, FileRequest files, FileRequest there, CopyRemote body) {
    NamedEntries from = new NamedEntries(files, requireNonNull(body.root()));
    NamedEntries to = new NamedEntries(there, requireNonNull(body.destinationPath()));
    List<ChangeRoutes.Pair> asked = requireNonNull(body.files());
    Operation operation =
        new Operation.CopyRemote(
            source.id(),
            from.root().substring(1),
            asked.stream().map(pair -> requireNonNull(pair.from())).toList(),
            destination.id(),
            to.root().substring(1));
    Operations.Running<Long> running =
        source
            .operations()
            .start(
                operation,
                progress -> {
                  Plan plan = plan(from, to, asked, /* overwrite= */ true);
                  return copyAll(plan.pairs(), /* overwrite= */ true, progress);
                });
    destination.operations().mirror(operation, running);
    return running;
  }
}
