package dev.wings.fs.archive.write;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Bytes that are gathered first and written last, such as the directory of a zip archive. Kept
/// compressed: that of a million entries, which differ little from each other, takes some 20 MiB.
final class Spool implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;

  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, /* nowrap= */ true);
  private final List<byte[]> chunks = new ArrayList<>();
  private byte[] last = new byte[CHUNK];
  private int filled;
  private long length;

  void add(byte[] bytes) {
    length += bytes.length;
    deflater.setInput(bytes);
    pull();
  }

  /// Uncompressed bytes.
  long length() {
    return length;
  }

  private void pull() {
    while (true) {
      int made = deflater.deflate(last, filled, last.length - filled);
      filled += made;
      if (filled == last.length) {
        chunks.add(last);
        last = new byte[CHUNK];
        filled = 0;
      } else if (made == 0) {
        return;
      }
    }
  }

  /// Hands everything on in order, in pieces; once.
  void drain(Consumer<ByteBuffer> to) {
    deflater.finish();
    pull();
    chunks.add(Arrays.copyOf(last, filled));
    byte[] piece = new byte[CHUNK];
    try (Inflater inflater = new Inflater(/* nowrap= */ true)) {
      for (byte[] chunk : chunks) {
        inflater.setInput(chunk);
        int made = inflater.inflate(piece);
        while (made > 0) {
          to.accept(ByteBuffer.wrap(piece, 0, made));
          made = inflater.inflate(piece);
        }
      }
    } catch (DataFormatException e) {
      throw new IllegalStateException("spooled data is damaged", e);
    }
  }

  @Override
  public void close() {
    deflater.end();
  }
}
