package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InputStream;

/// A buffer in front of a stream, without locks: decoders read single bytes from it. What a decoder
/// took too much can be given back.
final class BufferedInput extends InputStream {
  private static final int BUFFER_BYTES = 64 << 10;

  private final InputStream source;
  private final byte[] buffer;
  private int position;
  private int limit;

  BufferedInput(InputStream source) {
    this(source, BUFFER_BYTES);
  }

  BufferedInput(InputStream source, int bufferBytes) {
    this.source = source;
    this.buffer = new byte[bufferBytes];
  }

  /// Makes sure that at least one byte is in the buffer; false at the end.
  boolean fill() throws IOException {
    while (position == limit) {
      int count = source.read(buffer, 0, buffer.length);
      if (count < 0) {
        return false;
      }
      position = 0;
      limit = count;
    }
    return true;
  }

  /// The byte at a distance from the next one without taking anything, -1 past the end.
  ///
  /// @param distance less than the buffer holds
  int peek(int distance) throws IOException {
    while (remaining() <= distance) {
      System.arraycopy(buffer, position, buffer, 0, remaining());
      limit -= position;
      position = 0;
      int count = source.read(buffer, limit, buffer.length - limit);
      if (count < 0) {
        return -1;
      }
      limit += count;
    }
    return buffer[position + distance] & 0xff;
  }

  byte[] buffer() {
    return buffer;
  }

  int position() {
    return position;
  }

  int remaining() {
    return limit - position;
  }

  /// Takes what [#remaining] says. The bytes stay where they are until the next [#fill].
  void takeAll() {
    position = limit;
  }

  /// Gives back the last `count` bytes that were taken from the buffer.
  void giveBack(int count) {
    if (count < 0 || count > position) {
      throw new IllegalArgumentException("count: " + count + " (expected: 0 to " + position + ")");
    }
    position -= count;
  }

  @Override
  public int read() throws IOException {
    return position < limit || fill() ? buffer[position++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == limit && length >= buffer.length) {
      return source.read(target, offset, length);
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(buffer, position, target, offset, count);
    position += count;
    return count;
  }

  /// @throws ArchiveException at the end
  int readByte() throws IOException {
    int value = read();
    if (value < 0) {
      throw new ArchiveException("the file is truncated");
    }
    return value;
  }

  /// Bytes with the least significant first.
  long readLittleEndian(int bytes) throws IOException {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) readByte() << (8 * i);
    }
    return value;
  }

  @Override
  public int available() {
    return limit - position;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
