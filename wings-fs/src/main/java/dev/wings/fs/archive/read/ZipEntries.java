package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;

/// Entries of a zip file by the position of their record. Nothing is kept in memory.
final class ZipEntries implements ArchiveEntries {
  private final ArchiveFile file;
  private final ZipFileReader zip;

  ZipEntries(ArchiveFile file) throws IOException {
    this.file = file;
    this.zip = ZipFileReader.open(file, Meter.NONE);
  }

  @Override
  public long count() {
    return zip.entries();
  }

  @Override
  public void forEach(Visitor visitor) throws IOException {
    ZipFileReader.Records records = zip.records();
    while (true) {
      Optional<ZipRecord> next = records.next();
      if (next.isEmpty()) {
        return;
      }
      ZipRecord record = next.get();
      Optional<EntryName> name = name(record);
      if (name.isPresent() && !name.get().top() && !record.special()) {
        visitor.entry(entry(record, name.get()));
      }
    }
  }

  private static Optional<EntryName> name(ZipRecord record) {
    try {
      return EntryName.parse(record.name());
    } catch (ArchiveException tooLong) {
      return Optional.empty();
    }
  }

  private static Entry entry(ZipRecord record, EntryName name) {
    Type type =
        record.directory()
            ? Type.DIRECTORY
            : record.symbolicLink() ? Type.SYMBOLIC_LINK : Type.FILE;
    return new Entry(
        record.position(),
        name.key(),
        name.depth(),
        type,
        type == Type.DIRECTORY ? 0 : record.size(),
        type == Type.DIRECTORY ? 0 : record.compressedSize(),
        record.mode(),
        record.modified(),
        Optional.of(record.created()).filter(time -> !time.equals(Instant.EPOCH)));
  }

  @Override
  public Entry entry(long reference) throws IOException {
    ZipRecord record = zip.record(reference);
    return entry(record, EntryName.parse(record.name()).orElseThrow());
  }

  @Override
  public InputStream content(long reference) throws IOException {
    return zip.open(zip.record(reference), Decompressor.DEFAULT_MEMORY_BYTES);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
