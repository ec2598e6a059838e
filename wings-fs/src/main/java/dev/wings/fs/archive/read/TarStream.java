package dev.wings.fs.archive.read;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;

/// A tar archive of this node's own programs, read entry by entry, for whoever does something else
/// with it than extract it. For one thread.
public final class TarStream implements Closeable {
  private final InputStream in;
  private final TarReader reader;
  private boolean holes;

  /// What an entry is.
  public enum Kind {
    FILE,
    DIRECTORY,
    SYMBOLIC_LINK,
    /// Hard links, and what is never extracted.
    OTHER
  }

  /// One entry.
  ///
  /// @param name bytes as in the archive
  /// @param mode the nine `rwx` bits
  /// @param size of a file's content, otherwise 0
  /// @param link contents of a symbolic link, empty for others
  @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
  public record Entry(byte[] name, Kind kind, int mode, Instant modified, long size, byte[] link) {
    public Entry {
      requireNonNull(name, "name");
      requireNonNull(kind, "kind");
      requireNonNull(modified, "modified");
      requireNonNull(link, "link");
    }
  }

  private TarStream(InputStream in, TarReader reader) {
    this.in = in;
    this.reader = reader;
  }

  /// @param in uncompressed, closed with the result
  /// @param progress only asked whether to end
  public static TarStream of(InputStream in, Progress progress) {
    Guard guard = new Guard(ExtractionLimits.OWN, 0, progress, System::nanoTime);
    return new TarStream(in, new TarReader(new BufferedInput(in), guard));
  }

  /// Goes on to the next entry, past what was not read of the one before; empty at the end.
  ///
  /// @throws ArchiveException when the archive is damaged or cut off
  public Optional<Entry> next() throws IOException {
    Optional<TarEntry> next = reader.next();
    holes = next.flatMap(TarEntry::sparse).isPresent();
    return next.map(TarStream::entry);
  }

  private static Entry entry(TarEntry entry) {
    Kind kind =
        switch (entry.type()) {
          case TarEntry.FILE -> Kind.FILE;
          case TarEntry.DIRECTORY -> Kind.DIRECTORY;
          case TarEntry.SYMBOLIC_LINK -> Kind.SYMBOLIC_LINK;
          default -> Kind.OTHER;
        };
    return new Entry(
        entry.name(),
        kind,
        entry.attributes().mode().orElse(0),
        entry.attributes().modified().orElse(Instant.EPOCH),
        kind == Kind.FILE ? entry.size() : 0,
        entry.link());
  }

  /// Reads content of the entry.
  ///
  /// @return -1 at its end
  /// @throws ArchiveException for a file with holes, which the programs in question do not store
  public int read(byte[] target, int offset, int length) throws IOException {
    if (holes) {
      throw new ArchiveException("a file with holes in the tar archive");
    }
    return reader.read(target, offset, length);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
