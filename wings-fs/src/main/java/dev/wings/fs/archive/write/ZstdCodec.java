package dev.wings.fs.archive.write;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Zstandard, a frame for each block.
final class ZstdCodec implements BlockCodec {
  /// From here on a block takes seconds: it is fed in pieces.
  private static final int SLOW_LEVEL = 12;

  private static final int PIECE = 128 * 1024;

  private final ZstdCompressCtx context = new ZstdCompressCtx();
  private final boolean slow;

  ZstdCodec(int level) {
    context.setLevel(level).setChecksum(true);
    this.slow = level >= SLOW_LEVEL;
  }

  @Override
  public void compress(ByteBuffer in, ByteBuffer out, Progress progress) throws IOException {
    try {
      if (!slow) {
        int written =
            context.compressDirectByteBuffer(
                out, out.position(), out.remaining(), in, in.position(), in.remaining());
        out.position(out.position() + written);
        return;
      }
      context.reset();
      context.setPledgedSrcSize(in.remaining());
      ByteBuffer rest = in.duplicate();
      int end = rest.limit();
      boolean done = false;
      while (!done) {
        progress.check();
        rest.limit(Math.min(end, rest.position() + PIECE));
        boolean last = rest.limit() == end;
        done =
            context.compressDirectByteBufferStream(
                    out, rest, last ? EndDirective.END : EndDirective.CONTINUE)
                && last;
      }
    } catch (ZstdException e) {
      throw new IOException("zstd: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
