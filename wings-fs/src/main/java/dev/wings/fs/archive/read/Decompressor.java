package dev.wings.fs.archive.read;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.wings.fs.archive.Compression;
import java.io.IOException;
import java.io.InputStream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.XZInputStream;

/// Opens compressed files. All parts of files that are made of several (gzip and lzip members, xz
/// streams, zstd and lz4 frames, bzip2 streams) come out one after the other.
///
/// A stream fails with an [ArchiveException] when its data is damaged or cut off, and with an
/// [ArchiveLimitException] when it would take more memory than allowed. It holds native memory
/// until it is closed.
public final class Decompressor {
  /// Memory that one stream may take; enough for what each format's own tool makes at its highest
  /// level.
  public static final long DEFAULT_MEMORY_BYTES = 160L << 20;

  private static final int LZ4_BLOCKS_INDEPENDENT = 0x20;
  private static final int LZ4_FLAGS_OFFSET = 4;

  private Decompressor() {}

  /// Decompresses a stream.
  ///
  /// @param in closed with the result, also when this fails
  /// @return `in` itself for [Compression#NONE]
  public static InputStream open(InputStream in, Compression compression) throws IOException {
    return open(in, compression, DEFAULT_MEMORY_BYTES);
  }

  /// The same with another limit.
  ///
  /// @param memoryBytes at least 1 MiB
  public static InputStream open(InputStream in, Compression compression, long memoryBytes)
      throws IOException {
    if (compression == Compression.NONE) {
      return in;
    }
    boolean done = false;
    try {
      InputStream result = decoder(new BufferedInput(in), compression, memoryBytes);
      done = true;
      return result;
    } finally {
      if (!done) {
        in.close();
      }
    }
  }

  private static InputStream decoder(BufferedInput in, Compression compression, long memoryBytes)
      throws IOException {
    if (in.peek(0) < 0) {
      throw new ArchiveException("the file is empty");
    }
    return switch (compression) {
      case NONE -> in;
      case GZ -> new GzipReader(in);
      case LZIP -> DecoderStream.open("lzip", memoryBytes, () -> new LzipReader(in, memoryBytes));
      case XZ ->
          DecoderStream.open(
              "xz",
              memoryBytes,
              () ->
                  new XZInputStream(
                      in,
                      (int) (memoryBytes >> 10),
                      /* verifyCheck= */ true,
                      new BasicArrayCache()));
      case BZ2 ->
          DecoderStream.open(
              "bzip2",
              memoryBytes,
              () -> new BZip2CompressorInputStream(in, /* decompressConcatenated= */ true));
      case LZ4 -> DecoderStream.open("lz4", memoryBytes, () -> lz4(in));
      case ZSTD -> DecoderStream.open("zstd", memoryBytes, () -> zstd(in, memoryBytes));
    };
  }

  static InputStream zstd(InputStream in, long memoryBytes) throws IOException {
    int windowBits = 63 - Long.numberOfLeadingZeros(memoryBytes);
    return new ZstdInputStreamNoFinalizer(in).setLongMax(Math.min(27, windowBits));
  }

  /// The fast native decoder cannot read blocks that refer to earlier ones; those go to a slower
  /// one.
  private static InputStream lz4(BufferedInput in) throws IOException {
    int flags = in.peek(LZ4_FLAGS_OFFSET);
    if (flags >= 0 && (flags & LZ4_BLOCKS_INDEPENDENT) == 0) {
      return new FramedLZ4CompressorInputStream(in, /* decompressConcatenated= */ true);
    }
    return new LZ4FrameInputStream(
        in,
        LZ4Factory.fastestInstance().safeDecompressor(),
        XXHashFactory.fastestInstance().hash32(),
        /* readSingleFrame= */ false);
  }

  static ArchiveLimitException tooMuchMemory(String label, long needed, long allowed) {
    return new ArchiveLimitException(
        "the %s data needs %d MiB of memory, %d MiB are allowed"
            .formatted(label, needed >> 20, allowed >> 20));
  }
}
