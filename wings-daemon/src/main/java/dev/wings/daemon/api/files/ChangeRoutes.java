package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.change.Causes;
import dev.wings.fs.change.FileChanges;
import dev.wings.fs.change.FileChanges.Outcome;
import dev.wings.fs.change.FileHistory;
import dev.wings.fs.change.ModeChange;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Changes of entries that exist or are made empty: rename, delete, chmod, directories and links
/// (`http-api.md` 8.5, 8.9 to 8.12). What a list names and cannot be done is passed over; the
/// counts tell.
final class ChangeRoutes {
  private final FileContext context;
  private final Optional<FileHistory> history;

  /// @param history told about files that are renamed and deleted
  ChangeRoutes(FileContext context, Optional<FileHistory> history) {
    this.context = context;
    this.history = history;
  }

  List<Route> routes() {
    return List.of(
        Route.put(FileRoutes.FILES + "/rename")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Renames and moves entries")
            .handle(this::rename),
        Route.post(FileRoutes.FILES + "/delete")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Deletes entries, directories with everything in them")
            .handle(this::delete),
        Route.post(FileRoutes.FILES + "/chmod")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Changes permissions")
            .handle(this::chmod),
        Route.post(FileRoutes.FILES + "/create-directory")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Creates a directory")
            .handle(this::createDirectory),
        Route.post(FileRoutes.FILES + "/create-symlink")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Creates a symbolic link")
            .handle(this::createSymlink));
  }

  /// One name and the one that it gets.
  record Pair(@Nullable String from, @Nullable String to) {
    Pair {
      BodyFields.required(from, "files.from");
      BodyFields.required(to, "files.to");
    }
  }

  record Rename(
      @Nullable String root, @Nullable List<Pair> files, @Nullable Boolean createDirectories) {
    Rename {
      root = requireNonNullElse(root, "");
      files = List.copyOf(BodyFields.required(files, "files"));
    }
  }

  record Delete(@Nullable String root, @Nullable List<String> files) {
    Delete {
      root = requireNonNullElse(root, "");
      files = List.copyOf(BodyFields.required(files, "files"));
    }
  }

  record Mode(@Nullable String file, @Nullable String mode, @Nullable Boolean recursive) {
    Mode {
      BodyFields.required(file, "files.file");
      BodyFields.required(mode, "files.mode");
    }
  }

  record Chmod(@Nullable String root, @Nullable List<Mode> files) {
    Chmod {
      root = requireNonNullElse(root, "");
      files = List.copyOf(BodyFields.required(files, "files"));
    }
  }

  record Directory(@JsonAlias("path") @Nullable String root, @Nullable String name) {
    Directory {
      BodyFields.required(root, "root");
      BodyFields.required(name, "name");
    }
  }

  record Symlink(
      @JsonAlias("path") @Nullable String root, @Nullable String link, @Nullable String target) {
    Symlink {
      BodyFields.required(root, "root");
      BodyFields.required(link, "link");
      BodyFields.required(target, "target");
    }
  }

  private FileChanges changes(Request request, Progress progress) {
    return new FileChanges(request.server().id(), history, progress);
  }

  private static <T> T heavy(Request request, Progress progress, Callable<T> work)
      throws IOException, InterruptedException {
    return request
        .server()
        .onFiles(FileWork.Kind.HEAVY, () -> progress.files() + progress.bytes(), work);
  }

  private static Response count(String name, long value) {
    return Response.ok(JsonNodeFactory.instance.objectNode().put(name, value));
  }

  private Response rename(Request request) throws IOException, InterruptedException {
    Rename body = request.body(Rename.class);
    boolean createDirectories = body.createDirectories() == null || body.createDirectories();
    NamedEntries entries =
        new NamedEntries(
            FileRequest.ofBody(context, request, "file not found"), requireNonNull(body.root()));
    Progress progress = new Progress();
    FileChanges changes = changes(request, progress);
    return count(
        "renamed",
        heavy(
            request,
            progress,
            () -> {
              long renamed = 0;
              for (Pair pair : requireNonNull(body.files())) {
                Optional<Location> from = entries.forWriting(requireNonNull(pair.from()));
                Optional<Location> to = entries.forWriting(requireNonNull(pair.to()));
                if (from.isPresent()
                    && to.isPresent()
                    && changes.rename(from.get(), to.get(), createDirectories) == Outcome.DONE) {
                  renamed++;
                }
              }
              return renamed;
            }));
  }

  private Response delete(Request request) throws IOException, InterruptedException {
    Delete body = request.body(Delete.class);
    NamedEntries entries =
        new NamedEntries(
            FileRequest.ofBody(context, request, "file not found"), requireNonNull(body.root()));
    int threads = context.config().current().api().fileDeleteThreads();
    Progress progress = new Progress();
    FileChanges changes = changes(request, progress);
    Map<Outcome, Integer> outcomes =
        heavy(
            request,
            progress,
            () -> {
              Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
              for (String name : requireNonNull(body.files())) {
                entries
                    .forWriting(name)
                    .ifPresent(
                        place -> counts.merge(changes.delete(place, threads), 1, Integer::sum));
              }
              return counts;
            });
    int failed = outcomes.getOrDefault(Outcome.FAILED, 0);
    if (failed > 0) {
      throw new ApiException(
          417, "failed to delete " + failed + (failed == 1 ? " file" : " files"));
    }
    return count("deleted", outcomes.getOrDefault(Outcome.DONE, 0));
  }

  private Response chmod(Request request) throws IOException, InterruptedException {
    Chmod body = request.body(Chmod.class);
    NamedEntries entries =
        new NamedEntries(
            FileRequest.ofBody(context, request, "file not found"), requireNonNull(body.root()));
    WingsConfig config = context.config().current();
    int threads = config.system().checkPermissionsOnBootThreads();
    Progress progress = new Progress();
    return count(
        "updated",
        heavy(
            request,
            progress,
            () -> {
              long updated = 0;
              for (Mode mode : requireNonNull(body.files())) {
                OptionalInt bits = ModeChange.parse(requireNonNull(mode.mode()));
                Optional<Location> place = entries.forWriting(requireNonNull(mode.file()));
                boolean recursive = mode.recursive() != null && mode.recursive();
                if (bits.isPresent() && place.isPresent()) {
                  updated +=
                      ModeChange.apply(place.get(), bits.getAsInt(), recursive, threads, progress);
                }
              }
              return updated;
            }));
  }

  private Response createDirectory(Request request) throws IOException, InterruptedException {
    Directory body = request.body(Directory.class);
    FileRequest files = FileRequest.ofBody(context, request, "path not found");
    request
        .server()
        .onFiles(() -> {
          Location root = files.locateForWriting(requireNonNull(body.root()));
          if (root.hiddenFromReading()) {
            throw files.notFound();
          }
          if (exists(root) && !Files.isDirectory(root.path())) {
            throw WingsException.impossible("path is not a directory");
          }
          Location directory = files.locateForWriting(body.root() + "/" + body.name());
          if (directory.hiddenAsDirectory()) {
            throw WingsException.impossible("destination not found");
          }
          try {
            changes(request, new Progress()).createDirectory(directory);
          } catch (IOException failure) {
            throw new ApiException(500, Causes.of(failure));
          }
          return true;
        });
    return Response.done();
  }

  private static boolean exists(Location place) {
    return Files.exists(place.path(), LinkOption.NOFOLLOW_LINKS);
  }

  private Response createSymlink(Request request) throws IOException, InterruptedException {
    Symlink body = request.body(Symlink.class);
    FileRequest files = FileRequest.ofBody(context, request, "path not found");
    request
        .server()
        .onFiles(() -> {
          link(request, files, body);
          return true;
        });
    return Response.done();
  }

  private void link(Request request, FileRequest files, Symlink body) throws IOException {
    Location root = files.locateForWriting(requireNonNull(body.root()));
    if (root.hiddenFromReading()) {
      throw files.notFound();
    }
    if (!Files.isDirectory(root.path())) {
      throw WingsException.impossible("path is not a directory");
    }
    Location link = files.locateForWriting(body.root() + "/" + body.link());
    Location target = target(link, requireNonNull(body.target()));
    if (target.hidden() || !Files.exists(target.path())) {
      throw WingsException.notFound("target not found");
    }
    if (link.hidden()) {
      throw WingsException.impossible("destination not found");
    }
    try {
      changes(request, new Progress()).createSymbolicLink(link, target);
    } catch (FileAlreadyExistsException taken) {
      throw WingsException.impossible("destination already exists");
    } catch (IOException failure) {
      throw WingsException.impossible("failed to create symlink: " + Causes.of(failure));
    }
  }

  /// From the server's root, or from the directory of the link.
  private static Location target(Location link, String target) {
    Location start =
        target.startsWith("/")
            ? new Location(link.view(), link.view().root())
            : link.parent().orElse(link);
    try {
      return start.resolve(target);
    } catch (InvalidPathException impossible) {
      throw WingsException.notFound("target not found");
    }
  }
}
