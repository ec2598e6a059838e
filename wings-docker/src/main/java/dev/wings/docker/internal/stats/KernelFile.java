package dev.wings.docker.internal.stats;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file of `/proc` or a control group that is kept open and read again and again: the kernel
/// makes the content anew at each read from offset 0. A removed control group answers with an
/// error.
final class KernelFile implements AutoCloseable {
  private static final int MAX_LENGTH = 64 * 1024;

  private final FileChannel channel;
  private ByteBuffer buffer = ByteBuffer.allocate(1024);

  private KernelFile(FileChannel channel) {
    this.channel = channel;
  }

  static KernelFile open(Path path) throws IOException {
    return new KernelFile(FileChannel.open(path, StandardOpenOption.READ));
  }

  String read() throws IOException {
    buffer.clear();
    while (true) {
      int count = channel.read(buffer, buffer.position());
      if (count <= 0) {
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
      }
      if (!buffer.hasRemaining()) {
        if (buffer.capacity() >= MAX_LENGTH) {
          throw new IOException("kernel file longer than " + MAX_LENGTH + " bytes");
        }
        buffer = ByteBuffer.allocate(buffer.capacity() * 2).put(buffer.flip());
      }
    }
  }

  /// A file that holds one number; `max` is -1.
  long readLong() throws IOException {
    String text = read().strip();
    return text.equals("max") ? -1 : parse(text);
  }

  /// The number after a key in a file of `key value` lines, -1 when there is none.
  static long value(String content, String key) throws IOException {
    for (String line : content.split("\n")) {
      if (line.startsWith(key)
          && line.length() > key.length()
          && line.charAt(key.length()) == ' ') {
        return parse(line.substring(key.length() + 1).strip());
      }
    }
    return -1;
  }

  private static long parse(String text) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("not a number in a kernel file: " + text, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // only ever read; the descriptor is released either way
    }
  }
}
