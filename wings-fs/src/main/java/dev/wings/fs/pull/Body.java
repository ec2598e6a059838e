package dev.wings.fs.pull;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;

/// The bytes of an answer, as they came: nothing is decompressed. Ends where the answer says it
/// does; a connection that ends before that is an error.
abstract sealed class Body extends InputStream {
  private static final int MAX_CHUNK_LINE = 4096;
  private static final int MAX_TRAILER_BYTES = 64 * 1024;
  private static final int MAX_SIZE_DIGITS = 15;

  final Wire wire;

  private Body(Wire wire) {
    this.wire = wire;
  }

  static Body of(Wire wire, ResponseHead head) throws FetchException {
    if (head.chunked()) {
      return new Chunks(wire);
    }
    OptionalLong length = head.contentLength();
    return length.isPresent() ? new Fixed(wire, length.getAsLong()) : new UntilClose(wire);
  }

  static FetchException truncated() {
    return new FetchException("the remote server ended the transfer early");
  }

  @Override
  public abstract int read(byte[] target, int offset, int length) throws IOException;

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /// As many bytes as were announced.
  private static final class Fixed extends Body {
    private long left;

    Fixed(Wire wire, long length) {
      super(wire);
      left = length;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int count = wire.read(target, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw truncated();
      }
      left -= count;
      return count;
    }
  }

  /// Everything until the server closes the connection.
  private static final class UntilClose extends Body {
    UntilClose(Wire wire) {
      super(wire);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return wire.read(target, offset, length);
    }
  }

  /// The chunked coding (RFC 9112, 7.1).
  private static final class Chunks extends Body {
    private long left;
    private boolean first = true;
    private boolean finished;

    Chunks(Wire wire) {
      super(wire);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      try {
        if (!finished && left == 0) {
          nextChunk();
        }
        if (finished) {
          return -1;
        }
        int count = wire.read(target, offset, (int) Math.min(length, left));
        if (count < 0) {
          throw truncated();
        }
        left -= count;
        return count;
      } catch (EOFException early) {
        throw truncated();
      }
    }

    private void nextChunk() throws IOException {
      if (!first && !wire.line(2).isEmpty()) {
        throw malformed();
      }
      first = false;
      String line = wire.line(MAX_CHUNK_LINE);
      int extension = line.indexOf(';');
      String size = (extension < 0 ? line : line.substring(0, extension)).strip();
      if (size.length() > MAX_SIZE_DIGITS || !size.matches("[0-9A-Fa-f]+")) {
        throw malformed();
      }
      left = Long.parseLong(size, 16);
      if (left == 0) {
        wire.lines(MAX_TRAILER_BYTES);
        finished = true;
      }
    }

    private static FetchException malformed() {
      return new FetchException("the answer of the remote server is not valid HTTP");
    }
  }
}
