package dev.wings.fs.archive.tree;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.jspecify.annotations.Nullable;

/// A content with a position: going forward decompresses and drops, going back begins anew. For one
/// thread at a time.
final class ArchiveChannel implements SeekableByteChannel {
  private static final int BUFFER_BYTES = 32 << 10;

  private final Content content;
  private final long size;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private @Nullable InputStream stream;
  private long streamPosition;
  private long position;
  private boolean open = true;

  /// Opens the content at its beginning.
  @FunctionalInterface
  interface Content {
    InputStream open() throws IOException;
  }

  ArchiveChannel(Content content, long size) {
    this.content = content;
    this.size = size;
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    checkOpen();
    if (position >= size) {
      return -1;
    }
    if (!target.hasRemaining()) {
      return 0;
    }
    InputStream in = at(position);
    int most = (int) Math.min(Math.min(buffer.length, target.remaining()), size - position);
    int count = in.read(buffer, 0, most);
    if (count < 0) {
      throw new IOException("the content ends before its size");
    }
    target.put(buffer, 0, count);
    position += count;
    streamPosition = position;
    return count;
  }

  private InputStream at(long wanted) throws IOException {
    InputStream in = stream;
    if (in == null || streamPosition > wanted) {
      if (in != null) {
        in.close();
      }
      in = content.open();
      stream = in;
      streamPosition = 0;
    }
    while (streamPosition < wanted) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, wanted - streamPosition));
      if (count < 0) {
        throw new IOException("the content ends before its size");
      }
      streamPosition += count;
    }
    return in;
  }

  private void checkOpen() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public synchronized SeekableByteChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("position: " + newPosition + " (expected: >= 0)");
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    checkOpen();
    return size;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long newSize) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public synchronized void close() throws IOException {
    open = false;
    InputStream in = stream;
    stream = null;
    if (in != null) {
      in.close();
    }
  }
}
