package dev.wings.fs.archive.read;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.archive.read.ArchiveType.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/// The entries of an archive one by one, for looking into it without extracting (`filesystem.md`
/// 16). Contents are found by an entry's reference, in any order and by any number of threads.
public interface ArchiveEntries extends Closeable {
  /// What an entry is.
  enum Type {
    FILE,
    DIRECTORY,
    /// Its content is what it leads to.
    SYMBOLIC_LINK
  }

  /// One entry.
  ///
  /// @param reference names it in this archive
  /// @param path relative, the bytes of the names as Latin-1, separated by single slashes
  /// @param depth number of names, at least 1
  /// @param compressedBytes 0 when unknown
  /// @param mode the nine `rwx` bits
  /// @param created empty when the archive does not say
  record Entry(
      long reference,
      String path,
      int depth,
      Type type,
      long size,
      long compressedBytes,
      OptionalInt mode,
      Instant modified,
      Optional<Instant> created) {
    public Entry {
      requireNonNull(path, "path");
    }
  }

  /// Takes entries.
  @FunctionalInterface
  interface Visitor {
    void entry(Entry entry) throws IOException;
  }

  /// Opens a zip or 7z file.
  ///
  /// @param channel closed with the result, also when this fails
  /// @param name of the file
  /// @throws ArchiveException when it is neither a zip nor a 7z file, or damaged
  static ArchiveEntries open(SeekableByteChannel channel, String name) throws IOException {
    ArchiveFile file = ArchiveFile.of(channel, name);
    boolean done = false;
    try {
      Kind kind = ArchiveType.of(file.head(), name).kind();
      ArchiveEntries entries =
          switch (kind) {
            case ZIP -> new ZipEntries(file);
            case SEVEN_ZIP -> new SevenZipEntries(file);
            case TAR, RAR, DDUP, PXAR, SINGLE ->
                throw new ArchiveException(kind.label() + " files cannot be browsed");
          };
      done = true;
      return entries;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  /// How many there are, at most.
  long count();

  /// Goes through all entries that have a place below the root; others, and special files, are left
  /// out.
  void forEach(Visitor visitor) throws IOException;

  /// Reads an entry again.
  ///
  /// @param reference of an entry of this archive
  Entry entry(long reference) throws IOException;

  /// Opens the content of a file or link. It holds memory until it is closed.
  InputStream content(long reference) throws IOException;

  /// Opens the content of a file for reading at any place.
  ///
  /// @return empty when it can be read from front to back only
  default Optional<SeekableByteChannel> channel(long reference) throws IOException {
    return Optional.empty();
  }
}
