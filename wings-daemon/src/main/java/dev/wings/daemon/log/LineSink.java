package dev.wings.daemon.log;

import java.io.IOException;

/// Where encoded lines go. Used by one thread.
interface LineSink extends AutoCloseable {
  /// @param line with its end; a failure costs this line and is never thrown
  void append(byte[] line);

  @Override
  default void close() throws IOException {}
}
