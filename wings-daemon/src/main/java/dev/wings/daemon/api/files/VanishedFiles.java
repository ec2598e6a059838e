package dev.wings.daemon.api.files;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// Processes of servers change their files while they are looked at, so that what a check has seen
/// may not be there a moment later. That counts as never seen (`http-api.md` 4.1), in the handlers
/// of file routes and in the bodies that they send.
final class VanishedFiles {
  private VanishedFiles() {}

  /// The same route, which answers 404 for files that vanish.
  static Route tolerate(Route route) {
    return route.endpoint() instanceof Route.Endpoint.Waiting waiting
        ? route.handle(request -> {
          try {
            return tolerate(waiting.handler().handle(request));
          } catch (NoSuchFileException | NotDirectoryException | FileSystemLoopException gone) {
            throw notFound(gone);
          }
        })
        : route;
  }

  private static Response tolerate(Response response) {
    return response instanceof Response.Stream stream
        ? new Response.Stream(
            stream.status(),
            stream.headers(),
            stream.length(),
            out -> {
              try {
                stream.producer().writeTo(out);
              } catch (NoSuchFileException | NotDirectoryException | FileSystemLoopException gone) {
                throw notFound(gone);
              }
            })
        : response;
  }

  private static WingsException notFound(FileSystemException cause) {
    return new WingsException(ErrorKind.NOT_FOUND, "file not found", cause);
  }
}
