package dev.wings.fs.sandbox;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/// A channel that asks the [SpaceGate] before the file grows. A write is charged with what lies
/// past the highest position so far, an appending one with all its bytes; what was charged and then
/// not written is given back. Truncating gives back what is cut off.
final class ChargedFileChannel extends FileChannel {
  /// Largest step of [#transferFrom], the most that is reserved ahead.
  private static final long BATCH_BYTES = 1 << 20;

  private final FileChannel channel;
  private final SpaceGate gate;
  private final boolean append;

  /// Guards [#highest] and, for relative writes, the channel's position.
  private final Object lock = new Object();

  private long highest;

  ChargedFileChannel(FileChannel channel, SpaceGate gate, boolean append, long size) {
    this.channel = channel;
    this.gate = gate;
    this.append = append;
    this.highest = size;
  }

  @FunctionalInterface
  private interface Write {
    long run() throws IOException;
  }

  /// Reserves, writes, gives back the rest. Holds the lock: two writers past the same end must not
  /// both be charged for it, or neither.
  private long write(long position, long bytes, Write write) throws IOException {
    synchronized (lock) {
      long before = append ? 0 : highest;
      long reserved = append ? bytes : Math.max(0, saturatedSum(position, bytes) - before);
      if (reserved > 0) {
        gate.reserve(reserved);
      }
      long grown = 0;
      try {
        long written = Math.max(0, write.run());
        grown = append ? written : Math.max(0, position + written - before);
        return written;
      } finally {
        if (!append) {
          highest = before + grown;
        }
        if (reserved > grown) {
          gate.release(reserved - grown);
        }
      }
    }
  }

  private static long saturatedSum(long position, long bytes) {
    long sum = position + bytes;
    return sum < 0 ? Long.MAX_VALUE : sum;
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
    long done = 0;
    while (done < count) {
      long at = position + done;
      long step = Math.min(BATCH_BYTES, count - done);
      long moved = write(at, step, () -> channel.transferFrom(source, at, step));
      done += moved;
      if (moved < step) {
        break;
      }
    }
    return done;
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    synchronized (lock) {
      long before = channel.size();
      channel.truncate(size);
      if (size < before) {
        gate.release(before - size);
        highest = append ? 0 : Math.min(highest, size);
      }
    }
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
    channel.close();
  }
}
