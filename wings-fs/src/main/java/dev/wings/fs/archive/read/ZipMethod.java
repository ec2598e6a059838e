package dev.wings.fs.archive.read;

/// Numbers of compression methods in zip files (APPNOTE 4.4.5).
final class ZipMethod {
  static final int STORE = 0;
  static final int DEFLATE = 8;
  static final int DEFLATE64 = 9;
  static final int BZIP2 = 12;
  static final int LZMA = 14;
  static final int ZSTD_OLD = 20;
  static final int ZSTD = 93;
  static final int XZ = 95;

  private ZipMethod() {}

  static boolean supported(int method) {
    return switch (method) {
      case STORE, DEFLATE, DEFLATE64, BZIP2, LZMA, ZSTD_OLD, ZSTD, XZ -> true;
      default -> false;
    };
  }

  static String name(int method) {
    return switch (method) {
      case STORE -> "store";
      case 1 -> "shrink";
      case 2, 3, 4, 5 -> "reduce";
      case 6 -> "implode";
      case DEFLATE -> "deflate";
      case DEFLATE64 -> "deflate64";
      case BZIP2 -> "bzip2";
      case LZMA -> "lzma";
      case ZSTD, ZSTD_OLD -> "zstd";
      case 94 -> "mp3";
      case XZ -> "xz";
      case 97 -> "wavpack";
      case 98 -> "ppmd";
      case 99 -> "aes encryption";
      default -> "method " + method;
    };
  }
}
