package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/// LZ4, a frame of one data block for each block (lz4_Frame_format.md 1.6).
final class Lz4Codec implements BlockCodec {
  private static final int MAGIC = 0x184D2204;
  private static final int VERSION_INDEPENDENT_CHECKED = 0x64; // version 01, content checksum
  private static final int BLOCKS_OF_ONE_MIB = 6 << 4;
  private static final int FIRST_HIGH_LEVEL = 3;
  private static final int STORED = 0x8000_0000;

  private final LZ4Compressor compressor;
  private final XXHash32 hash = XXHashFactory.fastestInstance().hash32();

  Lz4Codec(int level) {
    LZ4Factory factory = LZ4Factory.fastestInstance();
    this.compressor =
        level < FIRST_HIGH_LEVEL ? factory.fastCompressor() : factory.highCompressor(level);
  }

  @Override
  public void compress(ByteBuffer in, ByteBuffer out, Progress progress) {
    ByteOrder order = out.order();
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC);
    int descriptor = out.position();
    out.put((byte) VERSION_INDEPENDENT_CHECKED).put((byte) BLOCKS_OF_ONE_MIB);
    out.put((byte) (hash.hash(out, descriptor, 2, 0) >> 8));
    int sizeAt = out.position();
    int length = in.remaining();
    int written =
        compressor.compress(
            in, in.position(), length, out, sizeAt + 4, out.capacity() - sizeAt - 16);
    if (written < length) {
      out.putInt(sizeAt, written).position(sizeAt + 4 + written);
    } else {
      out.putInt(length | STORED).put(in.duplicate());
    }
    out.putInt(0); // end of the frame
    out.putInt(hash.hash(in, in.position(), length, 0));
    out.order(order);
  }
}
