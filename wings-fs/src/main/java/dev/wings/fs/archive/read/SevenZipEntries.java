package dev.wings.fs.archive.read;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;

/// Entries of a 7z file by their number. The format has one index that must be read as a whole;
/// what is kept of it is a name and some numbers for each entry. The library reads for one thread
/// only, so each content has a reader of its own.
final class SevenZipEntries implements ArchiveEntries {
  private static final int MOST_ENTRIES = 200_000;

  private final ArchiveFile file;
  private final List<Optional<Entry>> entries = new ArrayList<>();

  SevenZipEntries(ArchiveFile file) throws IOException {
    this.file = file;
    try (SevenZipReader reader = reader()) {
      for (SevenZArchiveEntry entry : reader.entries()) {
        if (entries.size() == MOST_ENTRIES) {
          throw new ArchiveLimitException(
              "7z files with more than %d entries cannot be browsed".formatted(MOST_ENTRIES));
        }
        entries.add(described(entry, entries.size()));
      }
    }
  }

  private SevenZipReader reader() throws IOException {
    return SevenZipReader.open(file, Meter.NONE, Decompressor.DEFAULT_MEMORY_BYTES);
  }

  private static Optional<Entry> described(SevenZArchiveEntry entry, int number) {
    String name = entry.getName() == null ? "" : entry.getName();
    if (name.startsWith("\\") || SevenZipReader.special(entry)) {
      return Optional.empty();
    }
    Optional<EntryName> parsed;
    try {
      parsed = EntryName.parse(name.getBytes(StandardCharsets.UTF_8));
    } catch (ArchiveException tooLong) {
      return Optional.empty();
    }
    return parsed
        .filter(place -> !place.top())
        .map(place ->
            new Entry(
                number,
                place.key(),
                place.depth(),
                entry.isDirectory() ? Type.DIRECTORY : Type.FILE,
                entry.isDirectory() ? 0 : entry.getSize(),
                0,
                OptionalInt.empty(),
                entry.getHasLastModifiedDate()
                    ? entry.getLastModifiedTime().toInstant()
                    : Instant.EPOCH,
                entry.getHasCreationDate()
                    ? Optional.of(entry.getCreationTime().toInstant())
                    : Optional.empty()));
  }

  @Override
  public long count() {
    return entries.size();
  }

  @Override
  public void forEach(Visitor visitor) throws IOException {
    for (Optional<Entry> entry : entries) {
      if (entry.isPresent()) {
        visitor.entry(entry.get());
      }
    }
  }

  @Override
  public Entry entry(long reference) {
    return entries.get((int) reference).orElseThrow();
  }

  @Override
  public InputStream content(long reference) throws IOException {
    SevenZipReader reader = reader();
    boolean done = false;
    try {
      long number = 0;
      for (SevenZArchiveEntry entry : reader.entries()) {
        if (number++ == reference) {
          InputStream content = new Content(reader, entry);
          done = true;
          return content;
        }
      }
      throw new ArchiveException("the 7z file has changed");
    } finally {
      if (!done) {
        reader.close();
      }
    }
  }

  /// Closes its reader.
  private static final class Content extends FilterInputStream {
    private final SevenZipReader reader;

    Content(SevenZipReader reader, SevenZArchiveEntry entry) throws IOException {
      super(entry.hasStream() ? reader.open(entry) : InputStream.nullInputStream());
      this.reader = reader;
    }

    @Override
    public void close() throws IOException {
      try (reader) {
        super.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
