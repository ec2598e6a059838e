package dev.wings.backup.ddup;

import dev.wings.fs.sandbox.NameCodec;
import java.time.Instant;

/// One entry of an archive (`backups.md` A.3).
///
/// @param depth 1 for entries of the root
/// @param name its bytes, a single one
/// @param mode permission bits
/// @param modified seconds since the epoch
/// @param children entries that follow and are in this directory
/// @param size bytes of a file's content
/// @param content where the list of a file's chunks is
/// @param target contents of a link
@SuppressWarnings("ArrayRecordComponent") // lives for one step, never compared
record ArchiveEntry(
    int depth,
    byte[] name,
    Type type,
    int mode,
    long modified,
    long children,
    long size,
    Content content,
    byte[] target) {
  static final int MOST_NAME_BYTES = 255;
  static final int MOST_TARGET_BYTES = 4096;
  static final int MOST_DEPTH = 256;
  static final int MOST_IN_DIRECTORY = 10_000_000;

  static final byte[] NONE = {};

  enum Type {
    FILE(0),
    DIRECTORY(1),
    LINK(2);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Type ofCode(int code) {
      return switch (code) {
        case 0 -> FILE;
        case 1 -> DIRECTORY;
        case 2 -> LINK;
        default -> throw new IllegalArgumentException("code: " + code + " (expected: 0 to 2)");
      };
    }
  }

  /// The list of a file's chunks.
  ///
  /// @param bytes uncompressed
  /// @param stored bytes in the archive
  /// @param offset in the archive
  record Content(Compression compression, long bytes, long stored, long offset) {
    static final Content EMPTY = new Content(Compression.NONE, 0, 0, 0);
  }

  boolean directory() {
    return type == Type.DIRECTORY;
  }

  /// When it was changed. Times that no file system stores are moved into what all do.
  Instant time() {
    return Instant.ofEpochSecond(Math.clamp(modified, 0, 0x3_7fff_ffffL));
  }

  /// For messages and for `java.nio.file`.
  String text() {
    return NameCodec.decode(name);
  }
}
