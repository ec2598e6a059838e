package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;

/// Bzip2, a stream for each block, as pbzip2 does.
final class Bzip2Codec implements BlockCodec {
  private final int level;
  private final Pieces pieces = new Pieces();

  Bzip2Codec(int level) {
    this.level = level;
  }

  @Override
  public void compress(ByteBuffer in, ByteBuffer out, Progress progress) throws IOException {
    try (BZip2CompressorOutputStream codec =
        new BZip2CompressorOutputStream(new BlockOutput(out), level)) {
      pieces.feed(in, codec, progress);
    }
  }
}
