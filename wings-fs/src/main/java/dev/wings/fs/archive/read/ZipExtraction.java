package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/// Extracts a zip file: looks through its directory first, and refuses what cannot be extracted
/// before anything is written; then several threads decompress and write.
final class ZipExtraction {
  private static final int COPY_BYTES = 128 << 10;
  private static final int MAX_LINK_BYTES = 2048;

  /// Where an entry begins and ends, and its name.
  private static final int TABLE_BYTES_PER_ENTRY = 2 * Long.BYTES + NameSet.MOST_BYTES_PER_NAME;

  private final ZipFileReader zip;
  private final Target target;
  private final Guard guard;

  private ZipExtraction(ZipFileReader zip, Target target) {
    this.zip = zip;
    this.target = target;
    this.guard = target.guard();
  }

  static void run(ArchiveFile file, Target target, int threads) throws IOException {
    Guard guard = target.guard();
    ZipFileReader zip = ZipFileReader.open(file, guard);
    guard.announced(zip.entries());
    guard.metadata(zip.directoryBytes());
    ZipExtraction extraction = new ZipExtraction(zip, target);
    extraction.inspect();
    try (Workers workers = new Workers(threads, guard)) {
      extraction.extract(workers);
      workers.finish();
    }
  }

  private void inspect() throws IOException {
    int count = Math.toIntExact(zip.entries());
    guard.kept((long) TABLE_BYTES_PER_ENTRY * count);
    long[] starts = new long[count];
    long[] ends = new long[count];
    NameSet names = new NameSet();
    ZipFileReader.Records records = zip.records();
    long total = 0;
    for (int i = 0; i < count; i++) {
      ZipRecord record = records.next().orElseThrow();
      guard.check();
      if (record.encrypted()) {
        throw new ArchiveException("'%s' is encrypted".formatted(ZipFileReader.display(record)));
      }
      if (!ZipMethod.supported(record.method())) {
        throw new ArchiveException(
            "'%s' is compressed by %s, which is not supported"
                .formatted(ZipFileReader.display(record), ZipMethod.name(record.method())));
      }
      Optional<EntryName> name = target.place(record.name());
      if (!record.directory() && name.isPresent() && !names.add(name.get().key())) {
        throw new ArchiveException(
            "the archive has two entries '%s'".formatted(name.get().display()));
      }
      starts[i] = zip.start(record);
      ends[i] = starts[i] + ZipFileReader.leastBytes(record);
      total = total + record.size() < 0 ? Long.MAX_VALUE : total + record.size();
    }
    refuseOverlap(starts, ends);
    guard.progress().expect(total);
  }

  /// Entries that share compressed data are how small files expand without end. Parts are disjoint
  /// if, and only if, their starts and ends alternate when both are sorted.
  private static void refuseOverlap(long[] starts, long[] ends) throws ArchiveException {
    Arrays.sort(starts);
    Arrays.sort(ends);
    for (int i = 1; i < starts.length; i++) {
      if (starts[i] < ends[i - 1]) {
        throw new ArchiveLimitException("entries of the zip file overlap");
      }
    }
  }

  private void extract(Workers workers) throws IOException {
    ZipFileReader.Records records = zip.records();
    while (true) {
      Optional<ZipRecord> next = records.next();
      if (next.isEmpty()) {
        return;
      }
      ZipRecord record = next.get();
      Optional<EntryName> name = target.name(record.name());
      if (name.isEmpty()) {
        continue;
      }
      if (record.special()) {
        target.dropped();
      } else if (record.directory()) {
        target.alone(name.get(), () -> target.directory(name.get(), record.attributes()));
      } else if (record.symbolicLink()) {
        target.alone(name.get(), () -> link(record, name.get()));
      } else {
        workers.submit(
            name.get().key(), () -> target.alone(name.get(), () -> file(record, name.get())));
      }
    }
  }

  private void link(ZipRecord record, EntryName name) throws IOException {
    if (record.size() < 1 || record.size() > MAX_LINK_BYTES) {
      target.dropped();
      return;
    }
    try (InputStream in = zip.open(record, guard.limits().decoderBytes())) {
      target.symbolicLink(name, in.readAllBytes(), record.attributes());
    }
  }

  private void file(ZipRecord record, EntryName name) throws IOException {
    Optional<FileSink> sink = target.file(name, record.attributes());
    if (sink.isEmpty()) {
      return;
    }
    try (FileSink file = sink.get();
        InputStream in = zip.open(record, guard.limits().decoderBytes())) {
      byte[] buffer = new byte[Math.clamp(record.size() + 1, 512, COPY_BYTES)];
      while (true) {
        int count = in.read(buffer, 0, buffer.length);
        if (count < 0) {
          break;
        }
        file.write(buffer, 0, count);
        guard.progress().addBytes(count);
      }
      target.commit(file, name);
    }
  }
}
