package dev.wings.fs.archive.write;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/// Where an archive goes. Gathers small writes; large ones pass through. A failure of the target is
/// told apart from those of the files that are read by its type.
final class Target {
  private static final int GATHER_BYTES = 256 * 1024;

  private final WritableByteChannel channel;
  private final ByteBuffer gathered =
      ByteBuffer.allocate(GATHER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long written;

  /// The target failed, not a source. Carries the failure past code that copes with unreadable
  /// files.
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final IOException failure;

    Failure(IOException failure) {
      super(failure);
      this.failure = failure;
    }

    IOException failure() {
      return failure;
    }
  }

  Target(WritableByteChannel channel) {
    this.channel = channel;
  }

  /// Wraps a stream, copying in large steps.
  static WritableByteChannel channel(OutputStream out) {
    return new WritableByteChannel() {
      private final byte[] step = new byte[64 * 1024];

      @Override
      public int write(ByteBuffer source) throws IOException {
        int length = source.remaining();
        while (source.hasRemaining()) {
          int part = Math.min(step.length, source.remaining());
          source.get(step, 0, part);
          out.write(step, 0, part);
        }
        return length;
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  /// Bytes so far.
  long written() {
    return written;
  }

  /// Takes all of `source`.
  void write(ByteBuffer source) {
    written += source.remaining();
    if (source.remaining() > gathered.remaining()) {
      flush();
    }
    if (source.remaining() > gathered.capacity()) {
      writeAll(source);
    } else {
      gathered.put(source);
    }
  }

  void write(byte[] bytes) {
    write(ByteBuffer.wrap(bytes));
  }

  void flush() {
    writeAll(gathered.flip());
    gathered.clear();
  }

  private void writeAll(ByteBuffer source) {
    try {
      while (source.hasRemaining()) {
        channel.write(source);
      }
    } catch (IOException e) {
      throw new Failure(e);
    }
  }
}
