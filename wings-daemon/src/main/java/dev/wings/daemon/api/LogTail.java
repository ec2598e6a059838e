package dev.wings.daemon.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// Finds the last lines of a text in constant memory.
final class LogTail {
  private static final int BLOCK_BYTES = 32 << 10;

  private LogTail() {}

  /// Position where the last `lines` of a file begin; its size when `lines` is 0. A last line
  /// without a line feed counts.
  static long start(FileChannel file, long lines) throws IOException {
    long end = file.size();
    if (lines <= 0) {
      return end;
    }
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    long feeds = 0;
    long position = end;
    while (position > 0) {
      int length = (int) Math.min(BLOCK_BYTES, position);
      position -= length;
      block.clear().limit(length);
      while (block.hasRemaining()) {
        if (file.read(block, position + block.position()) < 0) {
          return 0; // truncated meanwhile
        }
      }
      for (int i = length - 1; i >= 0; i--) {
        boolean last = position + i == end - 1;
        if (block.get(i) == '\n' && !last && ++feeds == lines) {
          return position + i + 1;
        }
      }
    }
    return 0;
  }

  /// Number of lines that are left; a last one without a line feed counts.
  static long count(InputStream text) throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    long lines = 0;
    int previous = '\n';
    for (int count = text.read(block); count >= 0; count = text.read(block)) {
      for (int i = 0; i < count; i++) {
        if (block[i] == '\n') {
          lines++;
        }
      }
      if (count > 0) {
        previous = block[count - 1];
      }
    }
    return previous == '\n' ? lines : lines + 1;
  }

  /// Reads on until so many lines are behind.
  static void skipLines(InputStream text, long lines) throws IOException {
    long left = lines;
    while (left > 0) {
      int c = text.read();
      if (c < 0) {
        return;
      }
      if (c == '\n') {
        left--;
      }
    }
  }
}
