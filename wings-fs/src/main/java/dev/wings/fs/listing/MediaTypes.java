package dev.wings.fs.listing;

import dev.wings.fs.listing.DirectoryEntry.Content;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Media types of files (`filesystem.md` 11.2), from their first bytes and their names.
public final class MediaTypes {
  /// Bytes of a file that are looked at.
  public static final int HEAD_BYTES = 64;

  private static final int CUT_CHARACTER_BYTES = 3;

  private static final Set<String> STREAM_COMPRESSIONS =
      Set.of(
          "application/gzip",
          "application/x-xz",
          "application/x-lzip",
          "application/x-bzip2",
          "application/x-lz4",
          "application/zstd");

  private static final Set<String> TEXTUAL =
      Set.of(
          "application/json",
          "application/javascript",
          "application/xml",
          "application/x-yaml",
          "application/yaml",
          "application/toml",
          "application/sql",
          "application/x-sh",
          "application/x-httpd-php",
          "image/svg+xml");

  /// Media type, then the extensions that stand for it.
  private static final String TABLE =
      """
      text/plain txt log conf cfg ini properties lang env list md5 sha1 sha256 text def
      text/markdown md markdown
      text/html html htm
      text/css css
      text/csv csv
      text/tab-separated-values tsv
      text/x-java java
      text/x-kotlin kt kts
      text/x-lua lua
      text/x-python py
      text/x-ruby rb
      text/x-go go
      text/x-rust rs
      text/x-c c h
      text/x-c++ cpp cc hpp
      text/x-csharp cs
      text/x-gradle gradle
      text/x-vcard vcf
      text/x-batch bat cmd
      text/x-powershell ps1
      text/x-sk sk
      text/typescript ts
      text/calendar ics
      text/x-diff diff patch
      application/json json json5 mcmeta map
      application/javascript js mjs cjs
      application/xml xml xsd xsl
      application/yaml yml yaml
      application/toml toml
      application/sql sql
      application/x-sh sh bash
      application/x-httpd-php php
      application/java-archive jar war ear
      application/java-vm class
      application/zip zip mcpack mcworld mcaddon
      application/gzip gz tgz
      application/x-bzip2 bz2 tbz tbz2
      application/x-xz xz txz
      application/x-lzip lz tlz
      application/x-lz4 lz4 tlz4
      application/zstd zst tzst
      application/x-tar tar
      application/x-7z-compressed 7z
      application/vnd.rar rar
      application/vnd.sqlite3 sqlite sqlite3
      application/x-sqlite3 db db3
      application/pdf pdf
      application/wasm wasm
      application/vnd.microsoft.portable-executable exe dll
      application/x-sharedlib so
      image/svg+xml svg
      image/png png
      image/jpeg jpg jpeg
      image/gif gif
      image/webp webp
      image/bmp bmp
      image/tiff tif tiff
      image/avif avif
      image/vnd.microsoft.icon ico
      image/vnd-ms.dds dds
      audio/mpeg mp3
      audio/x-wav wav
      audio/ogg ogg oga
      audio/flac flac
      audio/aac aac
      audio/m4a m4a
      audio/midi mid midi
      video/mp4 mp4
      video/webm webm
      video/x-matroska mkv
      video/x-msvideo avi
      video/quicktime mov
      font/ttf ttf
      font/otf otf
      font/woff woff
      font/woff2 woff2
      """;

  private static final Map<String, String> BY_EXTENSION = byExtension();

  private MediaTypes() {}

  private static Map<String, String> byExtension() {
    Map<String, String> result = new HashMap<>();
    TABLE
        .lines()
        .forEach(line -> {
          String[] words = line.split(" ");
          for (int i = 1; i < words.length; i++) {
            result.put(words[i], words[0]);
          }
        });
    return Map.copyOf(result);
  }

  /// What the first bytes of a file tell, whatever its name is.
  ///
  /// @param mime the format that they give away, if any
  /// @param text whether they are UTF-8
  public record Head(Optional<String> mime, boolean text) {
    /// Of a file without any bytes.
    public static final Head EMPTY = new Head(Optional.of(Content.EMPTY.mime()), true);

    /// @param length bytes that are there
    public static Head of(byte[] bytes, int length) {
      return length == 0 ? EMPTY : new Head(sniff(bytes, length), isText(bytes, length));
    }
  }

  /// Judges a regular file.
  ///
  /// @param name its last component
  public static Content content(String name, Head head) {
    String mime =
        head.mime()
            .or(() -> byName(name))
            .orElse(head.text() ? Content.EMPTY.mime() : Content.UNKNOWN.mime());
    boolean inner =
        STREAM_COMPRESSIONS.contains(mime)
            && byName(withoutExtension(name)).filter(MediaTypes::isTextual).isPresent();
    return new Content(mime, head.text(), inner);
  }

  /// The format that the first bytes give away.
  public static Optional<String> sniff(byte[] head, int length) {
    return Magic.mime(head, length);
  }

  /// The media type that a name suggests by its last extension.
  public static Optional<String> byName(String name) {
    int dot = name.lastIndexOf('.');
    return dot < 0
        ? Optional.empty()
        : Optional.ofNullable(BY_EXTENSION.get(name.substring(dot + 1).toLowerCase(Locale.ROOT)));
  }

  private static String withoutExtension(String name) {
    int dot = name.lastIndexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }

  private static boolean isTextual(String mime) {
    return mime.startsWith("text/") || TEXTUAL.contains(mime);
  }

  /// Whether the bytes are UTF-8. Up to three bytes at the end may be the beginning of a character
  /// that was cut off.
  public static boolean isText(byte[] head, int length) {
    int valid = validUtf8(head, length);
    return valid == length
        || (length - valid <= CUT_CHARACTER_BYTES && isBeginning(head, valid, length));
  }

  /// Number of bytes before the first one that does not belong to a whole, valid character.
  private static int validUtf8(byte[] head, int length) {
    int position = 0;
    while (position < length) {
      int size = characterBytes(head[position]);
      if (size == 0 || position + size > length || !isBeginning(head, position, position + size)) {
        return position;
      }
      position += size;
    }
    return length;
  }

  /// Length of the character that a byte begins, 0 when none begins with it.
  private static int characterBytes(byte first) {
    int b = Byte.toUnsignedInt(first);
    if (b < 0x80) {
      return 1;
    }
    if (b < 0xC2 || b > 0xF4) {
      return 0;
    }
    return b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
  }

  /// Whether the bytes are a character or the beginning of one (The Unicode Standard, table 3-7).
  private static boolean isBeginning(byte[] head, int from, int to) {
    int size = characterBytes(head[from]);
    if (size < to - from || size == 0) {
      return false;
    }
    int first = Byte.toUnsignedInt(head[from]);
    for (int i = from + 1; i < to; i++) {
      int b = Byte.toUnsignedInt(head[i]);
      int low = 0x80;
      int high = 0xBF;
      if (i == from + 1) {
        low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
        high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
      }
      if (b < low || b > high) {
        return false;
      }
    }
    return true;
  }
}
