package dev.wings.fs.archive.write;

import dev.wings.core.config.SystemConfig.CompressionLevel;
import dev.wings.fs.archive.Compression;
import java.util.function.Supplier;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.UnsupportedOptionsException;

/// How a compression is done by blocks. Larger blocks cost memory for each worker and give the
/// codec more to look back on; one that looks back further than a block gains nothing, so windows
/// are cut to the block.
///
/// @param blockBytes uncompressed bytes of a block
/// @param outBytes room that a compressed block may need
/// @param workerBytes memory that one [BlockCodec] takes, without the blocks
record CodecPlan(int blockBytes, int outBytes, long workerBytes, Supplier<BlockCodec> codec) {
  private static final int MIB = 1 << 20;

  /// Blocks of the LZMA family. More than this and the dictionaries of a few workers fill the
  /// daemon's heap: the encoder takes twelve times its dictionary.
  private static final int LZMA_BLOCK = 2 * MIB;

  /// No compression at all: what was put together in the block is what is written.
  static CodecPlan none() {
    return new CodecPlan(MIB, 0, 0, () -> (_, _, _) -> {});
  }

  static CodecPlan of(Compression compression, CompressionLevel wanted) {
    int level = compression.level(wanted);
    return switch (compression) {
      case NONE -> none();
      case GZ -> new CodecPlan(MIB, bound(MIB), MIB, () -> DeflateCodec.gzip(level));
      case ZSTD -> zstd(level);
      case LZ4 -> new CodecPlan(MIB, bound(MIB), MIB, () -> new Lz4Codec(level));
      case BZ2 ->
          // a whole number of the codec's own blocks, less what runs of equal bytes can add
          new CodecPlan(
              level * 400_000, bound(level * 400_000), 8L * MIB, () -> new Bzip2Codec(level));
      case XZ ->
          new CodecPlan(
              LZMA_BLOCK, bound(LZMA_BLOCK), lzmaBytes(level), () -> LzmaCodec.xz(lzma(level)));
      case LZIP ->
          new CodecPlan(
              LZMA_BLOCK, bound(LZMA_BLOCK), lzmaBytes(level), () -> LzmaCodec.lzip(lzma(level)));
    };
  }

  /// LZMA2 chunks for 7z.
  static CodecPlan lzma2(CompressionLevel wanted) {
    int level = Compression.XZ.level(wanted);
    return new CodecPlan(
        LZMA_BLOCK, bound(LZMA_BLOCK), lzmaBytes(level), () -> LzmaCodec.lzma2(lzma(level)));
  }

  private static CodecPlan zstd(int level) {
    int block = level < 14 ? 2 * MIB : 4 * MIB;
    long worker = level < 14 ? 8L * MIB : 64L * MIB; // hash and chain tables of a 4 MiB window
    return new CodecPlan(block, bound(block), worker, () -> new ZstdCodec(level));
  }

  /// The encoder's settings, looking back no further than a block.
  static LZMA2Options lzma(int level) {
    try {
      LZMA2Options options = new LZMA2Options(level);
      options.setDictSize(Math.min(options.getDictSize(), LZMA_BLOCK));
      return options;
    } catch (UnsupportedOptionsException e) {
      throw new IllegalArgumentException("level: " + level, e);
    }
  }

  private static long lzmaBytes(int level) {
    return lzma(level).getEncoderMemoryUsage() * 1024L;
  }

  /// No format here makes incompressible data longer than this.
  private static int bound(int bytes) {
    return bytes + bytes / 64 + 4096;
  }
}
