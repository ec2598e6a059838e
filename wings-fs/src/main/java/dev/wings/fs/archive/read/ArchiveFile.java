package dev.wings.fs.archive.read;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/// The bytes of an archive, read at any place by any number of threads. One that comes as a stream
/// can be read once, from front to back.
final class ArchiveFile implements Closeable {
  private final SeekableByteChannel channel;
  private final ReentrantLock moving = new ReentrantLock(); // for channels with only one position
  private final String name;
  private final long size;

  private ArchiveFile(SeekableByteChannel channel, String name, long size) {
    this.channel = channel;
    this.name = name;
    this.size = size;
  }

  /// An archive that comes as a stream. Only [#stream(Meter)] works, once.
  ///
  /// @param bytes announced, 0 when not known
  static ArchiveFile of(InputStream in, long bytes) {
    return new ArchiveFile(new Sequential(in), "", bytes);
  }

  static ArchiveFile open(Path path) throws IOException {
    return of(Files.newByteChannel(path), ArchiveType.nameOf(path));
  }

  /// @param channel closed with the result, also when this fails
  static ArchiveFile of(SeekableByteChannel channel, String name) throws IOException {
    boolean done = false;
    try {
      ArchiveFile file = new ArchiveFile(channel, name, channel.size());
      done = true;
      return file;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  /// Last name of its path.
  String name() {
    return name;
  }

  /// Bytes when it was opened.
  long size() {
    return size;
  }

  /// Reads some bytes at a place.
  ///
  /// @return -1 at the end
  int read(ByteBuffer target, long position) throws IOException {
    if (channel instanceof FileChannel file) {
      return file.read(target, position);
    }
    moving.lock();
    try {
      return channel.position(position).read(target);
    } finally {
      moving.unlock();
    }
  }

  /// Reads exactly so many bytes at a place.
  ///
  /// @throws ArchiveException when the file ends before
  byte[] bytes(long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    readFully(buffer, position);
    return buffer.array();
  }

  void readFully(ByteBuffer target, long position) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int read = at < 0 ? -1 : read(target, at);
      if (read < 0) {
        throw new ArchiveException("the archive is truncated");
      }
      at += read;
    }
  }

  byte[] head() throws IOException {
    return bytes(0, (int) Math.min(size, ArchiveType.HEAD_BYTES));
  }

  /// A part of the file as a stream. It ends early when the file does. Closing it does nothing.
  InputStream stream(long from, long length, Meter meter) {
    return new Range(from, length, meter);
  }

  /// The whole file as a stream.
  InputStream stream(Meter meter) {
    if (channel instanceof Sequential sequential) {
      return new MeteredStream(sequential.in, meter);
    }
    return new Range(0, Long.MAX_VALUE, meter);
  }

  /// The whole file as a channel with a position of its own. Closing it does nothing.
  SeekableByteChannel channel(Meter meter) {
    return new View(meter);
  }

  private final class View implements SeekableByteChannel {
    private final Meter meter;
    private long position;
    private boolean open = true;

    View(Meter meter) {
      this.meter = meter;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int read = ArchiveFile.this.read(target, position);
      if (read > 0) {
        position += read;
        meter.in(read);
      }
      return read;
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
      if (newPosition < 0) {
        throw new IllegalArgumentException("position: " + newPosition + " (expected: >= 0)");
      }
      position = newPosition;
      return this;
    }

    @Override
    public long size() {
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
    public void close() {
      open = false;
    }
  }

  private static final class MeteredStream extends FilterInputStream {
    private final Meter meter;

    MeteredStream(InputStream in, Meter meter) {
      super(in);
      this.meter = meter;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = in.read(target, offset, length);
      if (count > 0) {
        meter.in(count);
      }
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] sink = new byte[Math.clamp(count, 0, 8192)];
      return Math.max(0, read(sink, 0, sink.length));
    }

    /// As that of a part of a file.
    @Override
    public void close() {}
  }

  /// Stands for the place in a stream, which cannot be moved.
  private static final class Sequential implements SeekableByteChannel {
    private final InputStream in;

    Sequential(InputStream in) {
      this.in = in;
    }

    @Override
    public int read(ByteBuffer target) {
      throw immovable();
    }

    @Override
    public int write(ByteBuffer source) {
      throw new NonWritableChannelException();
    }

    @Override
    public long position() {
      throw immovable();
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
      throw immovable();
    }

    @Override
    public long size() {
      throw immovable();
    }

    private static UnsupportedOperationException immovable() {
      return new UnsupportedOperationException("a stream is read from front to back");
    }

    @Override
    public SeekableByteChannel truncate(long newSize) {
      throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private final class Range extends InputStream {
    private final Meter meter;
    private long position;
    private long left;

    Range(long position, long left, Meter meter) {
      this.position = position;
      this.left = left;
      this.meter = meter;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, target.length);
      if (length == 0) {
        return 0;
      }
      if (left <= 0 || position < 0) {
        return -1;
      }
      int most = (int) Math.min(length, left);
      int read = ArchiveFile.this.read(ByteBuffer.wrap(target, offset, most), position);
      if (read < 0) {
        return -1;
      }
      position += read;
      left -= read;
      meter.in(read);
      return read;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
