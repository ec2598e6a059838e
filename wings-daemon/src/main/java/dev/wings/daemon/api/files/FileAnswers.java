package dev.wings.daemon.api.files;

import dev.wings.core.server.Server;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Response;
import dev.wings.fs.send.OpenedFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;

/// Answers whose body is a file. The body is produced on a thread for file work, which may wait for
/// the client.
final class FileAnswers {
  private FileAnswers() {}

  /// Work that fails with what file work fails with.
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /// A part of a file, padded with zeros when it has become shorter.
  static Response part(
      Server server,
      int status,
      Map<String, String> headers,
      Path file,
      long position,
      long count) {
    return new Response.Stream(
        status,
        headers,
        OptionalLong.of(count),
        out ->
            onTransfer(
                server,
                () -> {
                  try (OpenedFile opened = OpenedFile.open(file)) {
                    out.send(opened, position, count);
                  }
                }));
  }

  static void onTransfer(Server server, Work work) throws IOException {
    try {
      server.onFiles(
          FileWork.Kind.TRANSFER,
          () -> {
            work.run();
            return true;
          });
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending a file");
    }
  }
}
