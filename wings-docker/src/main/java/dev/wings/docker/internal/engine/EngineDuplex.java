package dev.wings.docker.internal.engine;

import java.io.IOException;
import java.nio.ByteBuffer;

/// An upgraded connection: raw bytes in both directions. One thread reads, another may write,
/// anyone may close.
public final class EngineDuplex implements AutoCloseable {
  private final EngineConnection connection;

  EngineDuplex(EngineConnection connection) {
    this.connection = connection;
  }

  /// Reads what is there, at least one byte; -1 when the engine ended the stream.
  public int read(ByteBuffer target) throws IOException {
    return connection.read(target);
  }

  /// Writes all of it, waiting as long as the other side takes.
  public void write(ByteBuffer bytes) throws IOException {
    connection.write(bytes);
  }

  @Override
  public void close() {
    connection.close();
  }
}
