package dev.wings.daemon.http;

import dev.wings.fs.send.OpenedFile;
import java.io.IOException;
import java.io.OutputStream;

/// Where a handler writes the body of a streamed answer. Writing waits for a slow client.
public abstract class ResponseBody extends OutputStream {
  /// Sends a part of a file, without copying it where the connection allows that. What the file
  /// lacks by now is made up with zeros, so that the length is always the announced one
  /// (`http-api.md` 8.3). Blocks in the kernel: to be called on a thread for file work.
  public abstract void send(OpenedFile file, long position, long count) throws IOException;
}
