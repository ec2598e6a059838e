package dev.wings.docker.internal.container;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// A framed log as the plain bytes of it. Closes the stream below.
final class LogStream extends InputStream {
  private final InputStream framed;
  private final FrameDecoder decoder = new FrameDecoder();
  private final byte[] input = new byte[8192];
  private ByteBuffer output = ByteBuffer.allocate(0);

  LogStream(InputStream framed) {
    this.framed = framed;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (!output.hasRemaining()) {
      int count = framed.read(input, 0, input.length);
      if (count < 0) {
        return -1;
      }
      ByteBuffer payload = ByteBuffer.allocate(count);
      decoder.decode(ByteBuffer.wrap(input, 0, count), payload::put);
      output = payload.flip();
    }
    int count = Math.min(length, output.remaining());
    output.get(target, offset, count);
    return count;
  }

  @Override
  public void close() throws IOException {
    framed.close();
  }
}
