package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import org.tukaani.xz.ArrayCache;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.FinishableOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/// The LZMA family: a stream of an xz file, a member of an lzip file, or chunks of LZMA2 for each
/// block.
final class LzmaCodec implements BlockCodec {
  private final Form form;
  private final LZMA2Options options;
  private final Pieces pieces = new Pieces();

  /// Keeps the encoder's tables from one block to the next.
  private final ArrayCache tables = new BasicArrayCache();

  private enum Form {
    XZ,
    LZIP,
    LZMA2
  }

  private LzmaCodec(Form form, LZMA2Options options) {
    this.form = form;
    this.options = options;
  }

  static LzmaCodec xz(LZMA2Options options) {
    return new LzmaCodec(Form.XZ, options);
  }

  static LzmaCodec lzip(LZMA2Options options) {
    return new LzmaCodec(Form.LZIP, options);
  }

  /// Without the byte that ends a stream: chunks begin with a reset of the dictionary, so those of
  /// several blocks can follow each other.
  static LzmaCodec lzma2(LZMA2Options options) {
    return new LzmaCodec(Form.LZMA2, options);
  }

  @Override
  public void compress(ByteBuffer in, ByteBuffer out, Progress progress) throws IOException {
    switch (form) {
      case XZ -> {
        try (XZOutputStream codec =
            new XZOutputStream(new BlockOutput(out), options, XZ.CHECK_CRC64, tables)) {
          pieces.feed(in, codec, progress);
        }
      }
      case LZIP -> lzip(in, out, progress);
      case LZMA2 -> {
        try (FinishableOutputStream codec = options.getOutputStream(new BlockOutput(out), tables)) {
          pieces.feed(in, codec, progress);
        }
        out.position(out.position() - 1);
      }
    }
  }

  /// See the format's description in the manual of lzip, "File format".
  private void lzip(ByteBuffer in, ByteBuffer out, Progress progress) throws IOException {
    int start = out.position();
    CRC32 crc = new CRC32();
    crc.update(in.duplicate());
    out.put(new byte[] {'L', 'Z', 'I', 'P', 1});
    out.put((byte) (31 - Integer.numberOfLeadingZeros(options.getDictSize()))); // a power of two
    try (LZMAOutputStream codec =
        new LZMAOutputStream(new BlockOutput(out), options, /* useEndMarker= */ true, tables)) {
      pieces.feed(in, codec, progress);
    }
    ByteOrder order = out.order();
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putInt((int) crc.getValue()).putLong(in.remaining());
    out.putLong(out.position() + 8 - start);
    out.order(order);
  }
}
