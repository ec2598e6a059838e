package dev.wings.fs.revision;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.util.Arrays;

/// How contents are packed: whole, or against an older content that serves as the dictionary, so
/// that only the difference takes space. Both are ordinary zstd frames.
final class Payload {
  /// What a database may claim at most about the size of a content.
  private static final int MAX_CONTENT_BYTES = 256 << 20;

  private Payload() {}

  /// @param level of zstd, 1 to 22; others are brought into the range
  static byte[] whole(byte[] content, int level) {
    return Zstd.compress(content, level(level));
  }

  /// @throws ZstdException when `base` cannot serve as a dictionary, because it happens to begin
  ///   like one of zstd's own format
  static byte[] delta(byte[] content, byte[] base, int level) {
    byte[] target = new byte[Math.toIntExact(Zstd.compressBound(content.length))];
    long size = Zstd.compressUsingDict(target, 0, content, 0, base, level(level));
    return Arrays.copyOf(target, checked(size));
  }

  private static int level(int level) {
    return Math.clamp(level, 1, Zstd.maxCompressionLevel());
  }

  static byte[] unpackWhole(byte[] payload, long size) throws DamagedRevisionException {
    byte[] content = new byte[contentSize(size)];
    return complete(content, Zstd.decompress(content, payload));
  }

  static byte[] unpackDelta(byte[] payload, byte[] base, long size)
      throws DamagedRevisionException {
    byte[] content = new byte[contentSize(size)];
    return complete(
        content, Zstd.decompressUsingDict(content, 0, payload, 0, payload.length, base));
  }

  private static int contentSize(long size) throws DamagedRevisionException {
    if (size < 0 || size > MAX_CONTENT_BYTES) {
      throw new DamagedRevisionException("size of a revision: " + size);
    }
    return (int) size;
  }

  private static byte[] complete(byte[] content, long result) throws DamagedRevisionException {
    if (Zstd.isError(result)) {
      throw new DamagedRevisionException(Zstd.getErrorName(result));
    }
    if (result != content.length) {
      throw new DamagedRevisionException("content of another size");
    }
    return content;
  }

  private static int checked(long result) {
    if (Zstd.isError(result)) {
      throw new ZstdException(result);
    }
    return Math.toIntExact(result);
  }
}
