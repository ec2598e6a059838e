package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/// Feeds a block to a codec on the heap in pieces, so that a slow one can be interrupted.
final class Pieces {
  private static final int BYTES = 32 * 1024;

  private final byte[] piece = new byte[BYTES];

  void feed(ByteBuffer in, OutputStream codec, Progress progress) throws IOException {
    ByteBuffer rest = in.duplicate();
    while (rest.hasRemaining()) {
      progress.check();
      int length = Math.min(piece.length, rest.remaining());
      rest.get(piece, 0, length);
      codec.write(piece, 0, length);
    }
  }
}
