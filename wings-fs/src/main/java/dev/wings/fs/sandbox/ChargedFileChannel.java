package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicLong;

/// A channel that asks the [SpaceGate] before the file grows, by way of the file's [InodeSpace].
final class ChargedFileChannel extends FileChannel {
  private static final int APPEND = -1;
  private static final int COPY_BYTES = 64 << 10;

  private final FileChannel channel;
  private final SpaceLedger ledger;
  private final InodeSpace space;
  private final Descriptor file;
  private final boolean append;

  /// Guards the channel's position for relative writes.
  private final Object lock = new Object();

  private final AtomicLong written = new AtomicLong();

  /// @param channel closed with this one, as `file`
  /// @param space taken from the ledger and given back on closing
  /// @param file the same file
  ChargedFileChannel(
      FileChannel channel, SpaceLedger ledger, InodeSpace space, Descriptor file, boolean append) {
    this.channel = channel;
    this.ledger = ledger;
    this.space = space;
    this.file = file;
    this.append = append;
  }

  private long write(long position, long bytes, InodeSpace.Write write) throws IOException {
    long done = space.write(file, append ? APPEND : position, bytes, written.get(), write);
    written.addAndGet(done);
    return done;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    synchronized (lock) {
      return (int) write(channel.position(), source.remaining(), () -> channel.write(source));
    }
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    long bytes = 0;
    for (int i = offset; i < offset + length; i++) {
      bytes += sources[i].remaining();
    }
    synchronized (lock) {
      return write(channel.position(), bytes, () -> channel.write(sources, offset, length));
    }
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    return (int) write(position, source.remaining(), () -> channel.write(source, position));
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count)
      throws IOException {
    if (!append && position > channel.size()) {
      return 0; // as the JDK's channel
    }
    return source instanceof FileChannel from
        ? transferFromFile(from, position, count)
        : transferThroughMemory(source, position, count);
  }

  /// Leaves the copying to the kernel.
  private long transferFromFile(FileChannel source, long position, long count) throws IOException {
    long done = 0;
    while (done < count) {
      long at = position + done;
      long left = source.size() - source.position();
      long step = Math.min(InodeSpace.BATCH_BYTES, Math.min(left, count - done));
      long moved = step <= 0 ? 0 : write(at, step, () -> channel.transferFrom(source, at, step));
      done += moved;
      if (moved <= 0) {
        break;
      }
    }
    return done;
  }

  /// Reads first: nobody is kept from the file while the source has nothing yet, and exactly what
  /// came is charged.
  private long transferThroughMemory(ReadableByteChannel source, long position, long count)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(COPY_BYTES, count));
    long done = 0;
    while (done < count) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), count - done));
      if (source.read(buffer) <= 0) {
        break;
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        done += write(buffer, position + done);
      }
    }
    return done;
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    space.truncate(channel, file, size);
    return this;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return channel.read(target);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    return channel.read(targets, offset, length);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return channel.read(target, position);
  }

  @Override
  public long position() throws IOException {
    return channel.position();
  }

  @Override
  public FileChannel position(long newPosition) throws IOException {
    channel.position(newPosition);
    return this;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void force(boolean metaData) throws IOException {
    channel.force(metaData);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return channel.transferTo(position, count, target);
  }

  /// Only for reading: what is written through a mapping could not be charged.
  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    if (!mode.equals(MapMode.READ_ONLY)) {
      throw new UnsupportedOperationException("mode: " + mode + " (expected: READ_ONLY)");
    }
    return channel.map(mode, position, size);
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return channel.lock(position, size, shared);
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return channel.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    try (file) {
      try {
        channel.close();
      } finally {
        ledger.close(space, file);
      }
    }
  }
}
