package dev.wings.docker.internal.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Takes the frames off the output of a container without a terminal: an eight-byte header (stream
/// number, three zero bytes, length in network order) before each piece. Stdout and stderr are
/// merged. Keeps its place across reads; not thread-safe.
final class FrameDecoder {
  private static final int HEADER = 8;

  private final byte[] header = new byte[HEADER];
  private int headerBytes;
  private long payloadLeft;

  /// Passes on the payload in `input`, which is consumed whole. Pieces are slices of `input`.
  ///
  /// @throws IOException when this cannot be a framed stream
  void decode(ByteBuffer input, Consumer<ByteBuffer> output) throws IOException {
    while (input.hasRemaining()) {
      if (payloadLeft > 0) {
        int count = (int) Math.min(payloadLeft, input.remaining());
        ByteBuffer piece = input.slice(input.position(), count);
        input.position(input.position() + count);
        payloadLeft -= count;
        output.accept(piece);
      } else {
        header[headerBytes++] = input.get();
        if (headerBytes == HEADER) {
          headerBytes = 0;
          payloadLeft = length();
        }
      }
    }
  }

  private long length() throws IOException {
    if (header[0] < 0 || header[0] > 3 || header[1] != 0 || header[2] != 0 || header[3] != 0) {
      throw new IOException("the engine's output stream is not framed");
    }
    return ByteBuffer.wrap(header).getInt(4) & 0xffffffffL;
  }
}
