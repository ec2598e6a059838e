package dev.wings.fs.listing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Recognises formats by the first bytes of a file. A tape archive cannot be told that way: its
/// mark lies behind the head that is read.
final class Magic {
  /// Signature bytes at a place. Formats that share a prefix are told apart by their order.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Signature(String mime, int offset, byte[] bytes, int secondOffset, byte[] second) {
    boolean matches(byte[] head, int length) {
      return at(head, length, offset, bytes) && at(head, length, secondOffset, second);
    }

    private static boolean at(byte[] head, int length, int offset, byte[] bytes) {
      int end = offset + bytes.length;
      return end <= length && Arrays.equals(head, offset, end, bytes, 0, bytes.length);
    }
  }

  private static final List<Signature> SIGNATURES =
      List.of(
          hex("application/zip", "504b0304"),
          hex("application/zip", "504b0506"),
          hex("application/zip", "504b0708"),
          hex("application/gzip", "1f8b08"),
          hex("application/x-bzip2", "425a68"),
          hex("application/x-xz", "fd377a585a00"),
          hex("application/x-lzip", "4c5a4950"),
          hex("application/zstd", "28b52ffd"),
          hex("application/x-lz4", "04224d18"),
          hex("application/x-7z-compressed", "377abcaf271c"),
          hex("application/vnd.rar", "526172211a07"),
          text("application/vnd.sqlite3", "SQLite format 3\0"),
          hex("application/x-compress", "1f9d"),
          text("application/vnd.ms-cab-compressed", "MSCF\0\0\0\0"),
          text("application/vnd.debian.binary-package", "!<arch>\ndebian-binary"),
          text("application/x-unix-archive", "!<arch>"),
          hex("application/x-rpm", "edabeedb"),
          hex("application/x-executable", "7f454c46"),
          text("application/vnd.microsoft.portable-executable", "MZ"),
          hex("application/java-vm", "cafebabe"),
          hex("application/x-mach-binary", "cffaedfe"),
          hex("application/x-mach-binary", "cefaedfe"),
          hex("application/wasm", "0061736d01000000"),
          text("application/pdf", "%PDF"),
          text("application/postscript", "%!"),
          text("application/rtf", "{\\rtf"),
          hex("application/x-ole-storage", "d0cf11e0a1b11ae1"),
          hex("image/jpeg", "ffd8ff"),
          hex("image/png", "89504e470d0a1a0a"),
          text("image/gif", "GIF87a"),
          text("image/gif", "GIF89a"),
          both("image/webp", "RIFF", 8, "WEBP"),
          text("image/vnd.adobe.photoshop", "8BPS"),
          hex("image/tiff", "49492a00"),
          hex("image/tiff", "4d4d002a"),
          hex("image/vnd.microsoft.icon", "00000100"),
          both("image/avif", 4, "ftyp", 8, "avif"),
          both("image/heif", 4, "ftyp", 8, "heic"),
          both("image/heif", 4, "ftyp", 8, "mif1"),
          hex("image/jxl", "0000000c4a584c200d0a870a"),
          both("audio/x-wav", "RIFF", 8, "WAVE"),
          both("video/x-msvideo", "RIFF", 8, "AVI "),
          text("audio/ogg", "OggS"),
          text("audio/flac", "fLaC"),
          text("audio/midi", "MThd"),
          text("audio/mpeg", "ID3"),
          hex("audio/aac", "fff1"),
          hex("audio/aac", "fff9"),
          hex("audio/mpeg", "fffb"),
          hex("audio/mpeg", "fff3"),
          hex("audio/mpeg", "fff2"),
          both("audio/m4a", 4, "ftyp", 8, "M4A"),
          both("video/quicktime", 4, "ftyp", 8, "qt  "),
          both("video/mp4", 4, "ftyp", 8, ""),
          both("video/webm", hexBytes("1a45dfa3"), 24, "webm"),
          both("video/webm", hexBytes("1a45dfa3"), 31, "webm"),
          hex("video/x-matroska", "1a45dfa3"),
          text("video/x-flv", "FLV\1"),
          hex("video/mpeg", "000001ba"),
          hex("video/mpeg", "000001b3"),
          text("font/woff", "wOFF"),
          text("font/woff2", "wOF2"),
          text("font/otf", "OTTO"),
          hex("font/ttf", "0001000000"),
          text("text/x-shellscript", "#!"));

  private static final List<String> HTML =
      List.of("<!doctype html", "<html", "<head", "<body", "<script");

  private Magic() {}

  /// @param length bytes of `head` that are there
  static Optional<String> mime(byte[] head, int length) {
    for (Signature signature : SIGNATURES) {
      if (signature.matches(head, length)) {
        return Optional.of(signature.mime());
      }
    }
    if (isBitmap(head, length)) {
      return Optional.of("image/bmp");
    }
    return markup(head, length);
  }

  /// Two letters alone would make pictures of many texts: the reserved words must be 0 as well.
  private static boolean isBitmap(byte[] head, int length) {
    return length >= 14
        && head[0] == 'B'
        && head[1] == 'M'
        && head[6] == 0
        && head[7] == 0
        && head[8] == 0
        && head[9] == 0;
  }

  private static Optional<String> markup(byte[] head, int length) {
    String start = new String(head, 0, length, ISO_8859_1).stripLeading().toLowerCase(Locale.ROOT);
    if (start.startsWith("<?xml")) {
      return Optional.of("text/xml");
    }
    return HTML.stream().anyMatch(start::startsWith) ? Optional.of("text/html") : Optional.empty();
  }

  private static Signature hex(String mime, String bytes) {
    return new Signature(mime, 0, hexBytes(bytes), 0, new byte[0]);
  }

  private static byte[] hexBytes(String bytes) {
    return HexFormat.of().parseHex(bytes);
  }

  private static Signature text(String mime, String start) {
    return new Signature(mime, 0, start.getBytes(ISO_8859_1), 0, new byte[0]);
  }

  private static Signature both(String mime, String first, int offset, String second) {
    return both(mime, 0, first, offset, second);
  }

  private static Signature both(
      String mime, int offset, String first, int secondOffset, String second) {
    return new Signature(
        mime, offset, first.getBytes(ISO_8859_1), secondOffset, second.getBytes(ISO_8859_1));
  }

  private static Signature both(String mime, byte[] first, int offset, String second) {
    return new Signature(mime, 0, first, offset, second.getBytes(ISO_8859_1));
  }
}
