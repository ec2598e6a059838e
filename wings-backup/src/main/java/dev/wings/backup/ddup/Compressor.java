package dev.wings.backup.ddup;

import dev.wings.core.WingsException;
import dev.wings.fs.linux.LibBrotli;
import dev.wings.fs.linux.LibDeflate;
import dev.wings.fs.linux.OffHeap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/// Compresses chunks and lists of chunks, which are small enough for memory. For one thread.
final class Compressor implements AutoCloseable {
  /// zlib's own default, which the format names.
  private static final int LEVEL = 6;

  /// Calagopus takes 11, which is many times slower and makes little difference to readers.
  private static final int BROTLI_QUALITY = 6;

  private static final int BROTLI_WINDOW_BITS = 22;

  private static final int ROOM = 4096;

  private final Compression compression;
  private final OffHeap memory = new OffHeap();
  private final ByteBuffer in;
  private final ByteBuffer out;
  private final Optional<LibDeflate> deflate;

  /// @param most bytes that are compressed at a time
  /// @throws WingsException when this machine cannot write it
  Compressor(Compression compression, int most) {
    check(compression);
    this.compression = compression;
    boolean unused = compression == Compression.NONE;
    in = memory.allocate(unused ? 0 : most);
    out = memory.allocate(unused ? 0 : most + ROOM);
    deflate =
        compression == Compression.DEFLATE || compression == Compression.GZIP
            ? LibDeflate.open(LEVEL)
            : Optional.empty();
  }

  /// @throws WingsException when this machine cannot write it
  static void check(Compression compression) {
    if (compression == Compression.BROTLI && !LibBrotli.available()) {
      throw new WingsException(
          dev.wings.core.ErrorKind.UNSUPPORTED,
          "system.backups.ddup_bak.compression_format is brotli, which needs the system library"
              + " libbrotlienc (package libbrotli1 of Debian and Ubuntu) on this node");
    }
  }

  Compression compression() {
    return compression;
  }

  /// Compresses a part of an array.
  ///
  /// @return valid until the next call; empty when it would not become smaller
  Optional<ByteBuffer> compress(byte[] data, int offset, int length) throws IOException {
    if (compression == Compression.NONE || length == 0) {
      return Optional.empty();
    }
    in.clear().put(data, offset, length).flip();
    out.clear().limit(Math.min(out.capacity(), length + ROOM));
    boolean fits =
        compression == Compression.BROTLI
            ? LibBrotli.compress(in, out, BROTLI_QUALITY, BROTLI_WINDOW_BITS)
            : deflated(data, offset);
    out.flip();
    return fits && out.remaining() < length ? Optional.of(out) : Optional.empty();
  }

  private boolean deflated(byte[] data, int offset) throws IOException {
    if (deflate.isPresent()) {
      return compression == Compression.GZIP
          ? deflate.get().gzip(in, out)
          : deflate.get().deflate(in, out);
    }
    ByteArrayOutputStream result = new ByteArrayOutputStream(in.remaining() / 2);
    Deflater deflater = new Deflater(LEVEL, /* nowrap= */ true);
    try (OutputStream compressing =
        compression == Compression.GZIP
            ? new GZIPOutputStream(result)
            : new DeflaterOutputStream(result, deflater)) {
      compressing.write(data, offset, in.remaining());
    } finally {
      deflater.end();
    }
    if (result.size() > out.remaining()) {
      return false;
    }
    out.put(result.toByteArray());
    return true;
  }

  @Override
  public void close() {
    deflate.ifPresent(LibDeflate::close);
    memory.close();
  }
}
