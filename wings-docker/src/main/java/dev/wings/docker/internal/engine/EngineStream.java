package dev.wings.docker.internal.engine;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The body of an answer, read as it arrives. Belongs to one reading thread; [#close] may come from
/// any thread and ends a read in progress with an [IOException].
public final class EngineStream extends InputStream {
  private enum Framing {
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  private final EngineConnection connection;
  private final Deadlines deadlines;
  private final Framing framing;
  private long left; // of the body or of the chunk
  private boolean firstChunk = true;
  private boolean ended;
  private @Nullable Duration idleLimit;

  EngineStream(EngineConnection connection, EngineConnection.Head head, Deadlines deadlines)
      throws ProtocolException {
    this.connection = connection;
    this.deadlines = deadlines;
    if (head.status() == 204 || head.status() == 304) {
      framing = Framing.LENGTH;
      ended = true;
    } else if (head.chunked()) {
      framing = Framing.CHUNKED;
    } else if (head.contentLength() >= 0) {
      framing = Framing.LENGTH;
      left = head.contentLength();
      ended = left == 0;
    } else {
      framing = Framing.UNTIL_CLOSE;
    }
  }

  /// Closes the stream when one read brings nothing for this long.
  public void idleLimit(Duration limit) {
    idleLimit = limit;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return read(ByteBuffer.wrap(target, offset, length));
  }

  /// Reads what is there, at least one byte; -1 at the end of the body.
  public int read(ByteBuffer target) throws IOException {
    if (ended) {
      return -1;
    }
    Duration limit = idleLimit;
    if (limit == null) {
      return readBody(target);
    }
    try (Deadlines.Guard guard = deadlines.guard(connection, limit)) {
      return guard.run(() -> readBody(target));
    }
  }

  private int readBody(ByteBuffer target) throws IOException {
    if (framing == Framing.UNTIL_CLOSE) {
      int count = connection.read(target);
      ended = count < 0;
      return count;
    }
    if (framing == Framing.CHUNKED && left == 0 && !nextChunk()) {
      ended = true;
      return -1;
    }
    int wanted = (int) Math.min(left, target.remaining());
    int limit = target.limit();
    target.limit(target.position() + wanted);
    int count = connection.read(target);
    target.limit(limit);
    if (count < 0) {
      throw new EOFException("the engine cut its answer short");
    }
    left -= count;
    ended = framing == Framing.LENGTH && left == 0;
    return count;
  }

  private boolean nextChunk() throws IOException {
    if (!firstChunk && !connection.readLine().isEmpty()) {
      throw new ProtocolException("bad chunk end in the engine's answer");
    }
    firstChunk = false;
    String line = connection.readLine();
    int semicolon = line.indexOf(';');
    String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
    try {
      left = Long.parseLong(size, 16);
    } catch (NumberFormatException e) {
      throw new ProtocolException("bad chunk size in the engine's answer");
    }
    if (left < 0) {
      throw new ProtocolException("bad chunk size in the engine's answer");
    }
    return left > 0;
  }

  @Override
  public void close() {
    connection.close();
  }
}
