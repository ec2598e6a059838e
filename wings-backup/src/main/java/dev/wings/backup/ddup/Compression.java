package dev.wings.backup.ddup;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.brotli.dec.BrotliInputStream;

/// How a chunk or a list of chunks is compressed (`backups.md` A.2).
enum Compression {
  NONE(0),
  GZIP(1),
  DEFLATE(2),
  BROTLI(3);

  private static final int BUFFER_BYTES = 32 << 10;

  private final int code;

  Compression(int code) {
    this.code = code;
  }

  /// The number in files.
  int code() {
    return code;
  }

  static Optional<Compression> ofCode(int code) {
    for (Compression compression : values()) {
      if (compression.code == code) {
        return Optional.of(compression);
      }
    }
    return Optional.empty();
  }

  /// Reads what was compressed. Closing it gives memory back and closes `in`.
  ///
  /// @throws IOException when it does not even begin like that
  InputStream decoder(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(in, BUFFER_BYTES);
      case DEFLATE -> inflater(in);
      case BROTLI -> new BrotliInputStream(in, BUFFER_BYTES);
    };
  }

  /// Raw deflate.
  static InputStream inflater(InputStream in) {
    return new InflaterInputStream(in, new Inflater(/* nowrap= */ true), BUFFER_BYTES) {
      private boolean closed;

      @Override
      public void close() throws IOException {
        if (!closed) {
          closed = true;
          inf.end(); // the stream only does so for an inflater of its own
          super.close();
        }
      }
    };
  }
}
