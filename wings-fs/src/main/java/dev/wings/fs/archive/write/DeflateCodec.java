package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import dev.wings.fs.linux.LibDeflate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/// Deflate: members of a gzip file, and the bodies of zip entries. libdeflate does it where it is
/// installed, the JDK elsewhere. libdeflate cannot end a block without ending the stream, so bodies
/// that are longer than a block are always the JDK's.
final class DeflateCodec implements BlockCodec {
  private static final int GZIP_MAGIC = 0x1f8b_0800; // with method 8 and no flags
  private static final int GZIP_SYSTEM = 3; // Unix

  private final @Nullable LibDeflate fast;
  private final Deflater deflater;

  private DeflateCodec(int level, Optional<LibDeflate> fast) {
    this.fast = fast.orElse(null);
    this.deflater = new Deflater(level, /* nowrap= */ true);
  }

  static DeflateCodec gzip(int level) {
    return new DeflateCodec(level, LibDeflate.open(level));
  }

  /// Never with libdeflate.
  static DeflateCodec gzipByJdk(int level) {
    return new DeflateCodec(level, Optional.empty());
  }

  /// One member.
  @Override
  public void compress(ByteBuffer in, ByteBuffer out, Progress progress) throws IOException {
    if (fast != null) {
      if (!fast.gzip(in, out)) {
        throw new IOException("compressed block is too long");
      }
      return;
    }
    CRC32 crc = new CRC32();
    crc.update(in.duplicate());
    ByteOrder order = out.order();
    out.order(ByteOrder.BIG_ENDIAN).putInt(GZIP_MAGIC).putInt(0).put((byte) 0);
    out.put((byte) GZIP_SYSTEM);
    deflateAll(in.duplicate(), out);
    out.order(ByteOrder.LITTLE_ENDIAN).putInt((int) crc.getValue()).putInt(in.remaining());
    out.order(order);
  }

  /// A whole body as one stream.
  ///
  /// @return false when it would not become shorter, `out` is then as before
  boolean deflate(ByteBuffer in, ByteBuffer out) {
    ByteBuffer room = out.slice(out.position(), Math.min(out.remaining(), in.remaining() - 1));
    boolean fits = fast != null ? fast.deflate(in, room) : deflateInto(in.duplicate(), room);
    if (fits) {
      out.position(out.position() + room.position());
    }
    return fits;
  }

  private boolean deflateInto(ByteBuffer in, ByteBuffer room) {
    deflater.reset();
    deflater.setInput(in);
    deflater.finish();
    deflater.deflate(room);
    return deflater.finished();
  }

  private void deflateAll(ByteBuffer in, ByteBuffer out) throws IOException {
    if (!deflateInto(in, out)) {
      throw new IOException("compressed block is too long");
    }
  }

  /// A part of a body that ends on a byte's border, so that parts made by different threads can
  /// follow each other in one stream.
  void deflatePart(ByteBuffer in, ByteBuffer out, boolean last) throws IOException {
    if (last) {
      deflateAll(in.duplicate(), out);
      return;
    }
    deflater.reset();
    deflater.setInput(in.duplicate());
    deflater.deflate(out, Deflater.SYNC_FLUSH);
    if (!out.hasRemaining()) {
      throw new IOException("compressed block is too long");
    }
  }

  @Override
  public void close() {
    deflater.end();
    if (fast != null) {
      fast.close();
    }
  }
}
