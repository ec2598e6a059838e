package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;
import dev.wings.core.server.Server;
import dev.wings.daemon.http.Request;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.view.FileViews;
import dev.wings.fs.view.Location;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A request about the files of a server: turns the paths that it names into places, and knows what
/// its user may see (`http-api.md` 4.1 to 4.3). Finding a place may open an archive or a mount, so
/// it belongs inside `Server.onFiles`, as [Location#hidden] and its like do.
final class FileRequest {
  private final Server server;
  private final FileViews views;
  private final String notFound;

  private FileRequest(Server server, FileViews views, String notFound) {
    this.server = server;
    this.views = views;
    this.notFound = notFound;
  }

  /// For a route with query parameters; the ignore list is the repeated parameter `ignored`.
  ///
  /// @param notFound the endpoint's text for what does not exist, such as `file not found`
  /// @throws WingsException kind NOT_FOUND when the ignore list cannot be understood, so that
  ///   nothing is shown by mistake
  static FileRequest ofQuery(FileContext context, Request request, String notFound) {
    return of(context, request.server(), request.queryAll("ignored"), notFound);
  }

  /// For a route with a document; the ignore list is its member `ignored`.
  static FileRequest ofBody(FileContext context, Request request, String notFound) {
    JsonNode member = request.document().path("ignored");
    List<String> ignored = new ArrayList<>();
    if (member.isArray()) {
      for (JsonNode pattern : member) {
        if (!pattern.isTextual()) {
          throw WingsException.notFound(notFound);
        }
        ignored.add(pattern.textValue());
      }
    } else if (!member.isMissingNode() && !member.isNull()) {
      throw WingsException.notFound(notFound); // whatever it means, it is meant to hide something
    }
    return of(context, request.server(), ignored, notFound);
  }

  /// @param ignored patterns of the acting user, beside the deny list of the egg
  static FileRequest of(FileContext context, Server server, List<String> ignored, String notFound) {
    PathFilter list =
        IgnoreList.compile(ignored).orElseThrow(() -> WingsException.notFound(notFound));
    return new FileRequest(server, context.views().of(server, list), notFound);
  }

  Server server() {
    return server;
  }

  FileViews views() {
    return views;
  }

  /// The refusal for what does not exist or is hidden.
  WingsException notFound() {
    return WingsException.notFound(notFound);
  }

  /// Where reading leads; the path of a directory or of anything.
  ///
  /// @throws WingsException kind NOT_FOUND for what cannot be the name of a file
  Location locate(String path) {
    return find(path).orElseThrow(this::notFound);
  }

  /// As [#locate]; empty for what cannot be the name of a file.
  Optional<Location> find(String path) {
    try {
      return Optional.of(views.locate(path));
    } catch (InvalidPathException impossible) {
      return Optional.empty();
    }
  }

  /// Where reading leads when the path names a directory to look into; an archive counts as one.
  Location locateDirectory(String path) {
    try {
      return views.locateDirectory(path);
    } catch (InvalidPathException impossible) {
      throw notFound();
    }
  }

  /// Where writing leads.
  Location locateForWriting(String path) {
    try {
      return views.locateForWriting(path);
    } catch (InvalidPathException impossible) {
      throw notFound();
    }
  }

  /// Where reading leads for an endpoint that addresses one file.
  ///
  /// @throws WingsException kind IMPOSSIBLE for the root and for a path without a last name
  Location file(String path) {
    checkNamesFile(path);
    return locate(path);
  }

  /// Where writing leads for an endpoint that addresses one file.
  Location fileForWriting(String path) {
    checkNamesFile(path);
    return locateForWriting(path);
  }

  /// The path as it was sent decides, before it is folded (`http-api.md` 4.1).
  static void checkNamesFile(String path) {
    String trimmed = path;
    while (trimmed.endsWith("/") || trimmed.endsWith("/.")) {
      trimmed = trimmed.substring(0, trimmed.lastIndexOf('/'));
    }
    if (trimmed.isEmpty()) {
      throw WingsException.impossible("file has no parent");
    }
    String last = trimmed.substring(trimmed.lastIndexOf('/') + 1);
    if (last.equals("..") || last.equals(".")) {
      throw WingsException.impossible("invalid file name");
    }
  }
}
