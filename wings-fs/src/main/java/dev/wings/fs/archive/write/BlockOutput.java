package dev.wings.fs.archive.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.tukaani.xz.FinishableOutputStream;

/// A buffer as the stream that codecs on the heap write to.
final class BlockOutput extends FinishableOutputStream {
  private final ByteBuffer out;

  BlockOutput(ByteBuffer out) {
    this.out = out;
  }

  @Override
  public void write(int value) throws IOException {
    room(1);
    out.put((byte) value);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    room(length);
    out.put(bytes, offset, length);
  }

  private void room(int length) throws IOException {
    if (length > out.remaining()) {
      throw new IOException("compressed block is too long");
    }
  }
}
