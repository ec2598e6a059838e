package dev.wings.daemon.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// A request's body as it arrives. Reading waits for the client.
public abstract class RequestBody extends InputStream {
  /// Takes what has arrived, without a copy of its own.
  @FunctionalInterface
  public interface Sink {
    /// @param part valid during this call only; everything that remains in it counts as taken
    void take(ByteBuffer part) throws IOException;
  }

  /// Hands everything to the sink, part by part.
  ///
  /// @return number of bytes
  /// @throws IOException what the sink throws, or when the client went away or was too slow
  public abstract long drainTo(Sink sink) throws IOException;
}
