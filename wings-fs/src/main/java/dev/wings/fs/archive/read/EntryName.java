package dev.wings.fs.archive.read;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Where an entry of an archive belongs below the directory it is extracted into. Made only of
/// names that can stand in a directory: nothing leads up or to a root (`filesystem.md` 15.2,
/// `threats.md` AR-01). Backslashes are ordinary bytes (AR-02).
///
/// @param key the bytes as Latin-1, names separated by single slashes; empty for the directory
///   itself
/// @param depth number of names
record EntryName(String key, int depth) {
  /// The directory that is extracted into.
  static final EntryName TOP = new EntryName("", 0);

  private static final int MAX_NAME_BYTES = 255;
  private static final int MAX_PATH_BYTES = 4096;

  /// Checks the name that an archive gives an entry.
  ///
  /// @return empty when the entry is to be skipped
  /// @throws ArchiveException when no file can have such a name
  static Optional<EntryName> parse(byte[] raw) throws ArchiveException {
    return hasDrive(new String(raw, StandardCharsets.ISO_8859_1))
        ? Optional.empty()
        : parseOwn(raw);
  }

  /// The same for an archive that the daemon has made itself: what looks like a drive is none.
  static Optional<EntryName> parseOwn(byte[] raw) throws ArchiveException {
    if (raw.length > MAX_PATH_BYTES) {
      throw new ArchiveException(
          "an entry's name is longer than %d bytes".formatted(MAX_PATH_BYTES));
    }
    String name = new String(raw, StandardCharsets.ISO_8859_1);
    if (name.startsWith("/") || name.indexOf('\0') >= 0) {
      return Optional.empty();
    }
    StringBuilder key = new StringBuilder(name.length());
    int depth = 0;
    for (int from = 0; from <= name.length(); ) {
      int slash = name.indexOf('/', from);
      int to = slash < 0 ? name.length() : slash;
      String part = name.substring(from, to);
      from = to + 1;
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        return Optional.empty();
      }
      if (part.length() > MAX_NAME_BYTES) {
        throw new ArchiveException(
            "an entry has a name longer than %d bytes".formatted(MAX_NAME_BYTES));
      }
      key.append(depth == 0 ? "" : "/").append(part);
      depth++;
    }
    return Optional.of(depth == 0 ? TOP : new EntryName(key.toString(), depth));
  }

  private static boolean hasDrive(String name) {
    if (name.length() < 2 || name.charAt(1) != ':') {
      return false;
    }
    char letter = name.charAt(0);
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
  }

  boolean top() {
    return depth == 0;
  }

  /// The directory that holds it; not for the top.
  EntryName parent() {
    int slash = key.lastIndexOf('/');
    return slash < 0 ? TOP : new EntryName(key.substring(0, slash), depth - 1);
  }

  /// The last name as bytes.
  byte[] lastName() {
    return key.substring(key.lastIndexOf('/') + 1).getBytes(StandardCharsets.ISO_8859_1);
  }

  /// For messages: bytes that are not UTF-8 are replaced, control characters too.
  String display() {
    String text = new String(key.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
