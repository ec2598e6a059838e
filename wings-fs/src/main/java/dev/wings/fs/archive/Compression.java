package dev.wings.fs.archive;

import dev.wings.core.config.SystemConfig.CompressionLevel;
import java.util.Arrays;
import java.util.Optional;

/// A stream compression (`http-api.md` Appendix B, `CompressionType`).
public enum Compression {
  NONE("none", "", "application/octet-stream", 0, 0, 0, 0),
  GZ("gz", "gz", "application/gzip", 1, 4, 6, 9),
  XZ("xz", "xz", "application/x-xz", 1, 4, 6, 9),
  LZIP("lzip", "lz", "application/x-lzip", 1, 4, 6, 9),
  BZ2("bz2", "bz2", "application/x-bzip2", 1, 4, 6, 9),
  LZ4("lz4", "lz4", "application/x-lz4", 1, 5, 8, 12),
  ZSTD("zstd", "zst", "application/zstd", 1, 8, 14, 22);

  private final String wireName;
  private final String extension;
  private final String contentType;

  @SuppressWarnings("ImmutableEnumChecker") // never written
  private final int[] levels;

  Compression(String wireName, String extension, String contentType, int... levels) {
    this.wireName = wireName;
    this.extension = extension;
    this.contentType = contentType;
    this.levels = levels;
  }

  /// The value in requests and in the configuration.
  public String wireName() {
    return wireName;
  }

  /// Last part of a file name, without a dot; empty for [#NONE].
  public String extension() {
    return extension;
  }

  /// Media type of a compressed stream.
  public String contentType() {
    return contentType;
  }

  /// The codec's own number for a level (`filesystem.md` 14); 0 for [#NONE]. Deflate in zip files
  /// has those of [#GZ], LZMA2 in 7z files those of [#XZ].
  public int level(CompressionLevel level) {
    return levels[
        switch (level) {
          case BEST_SPEED -> 0;
          case GOOD_SPEED -> 1;
          case GOOD_COMPRESSION -> 2;
          case BEST_COMPRESSION -> 3;
        }];
  }

  /// The one of a wire name.
  public static Optional<Compression> parse(String wireName) {
    return Arrays.stream(values()).filter(c -> c.wireName.equals(wireName)).findFirst();
  }
}
