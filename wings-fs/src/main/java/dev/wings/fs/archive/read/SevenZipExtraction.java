package dev.wings.fs.archive.read;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;

/// Extracts a 7z file in the order of its data. Small files are written by other threads while the
/// archive is decompressed on.
final class SevenZipExtraction {
  private static final int SMALL_BYTES = 256 << 10;
  private static final int COPY_BYTES = 256 << 10;

  private final SevenZipReader archive;
  private final Target target;
  private final Guard guard;
  private final Workers workers;

  private SevenZipExtraction(SevenZipReader archive, Target target, Workers workers) {
    this.archive = archive;
    this.target = target;
    this.guard = target.guard();
    this.workers = workers;
  }

  static void run(ArchiveFile file, Target target, int threads) throws IOException {
    Guard guard = target.guard();
    try (SevenZipReader archive = SevenZipReader.open(file, guard, guard.limits().decoderBytes());
        Workers workers = new Workers(Math.max(1, threads - 1), guard)) {
      inspect(archive, guard);
      new SevenZipExtraction(archive, target, workers).run();
      workers.finish();
    }
  }

  private static void inspect(SevenZipReader archive, Guard guard) throws IOException {
    NameSet names = new NameSet();
    long total = 0;
    long count = 0;
    for (SevenZArchiveEntry entry : archive.entries()) {
      guard.announced(++count);
      guard.kept(NameSet.MOST_BYTES_PER_NAME);
      total = total + entry.getSize() < 0 ? Long.MAX_VALUE : total + entry.getSize();
      Optional<EntryName> name = EntryName.parse(name(entry));
      if (!entry.isDirectory() && name.isPresent() && !names.add(name.get().key())) {
        throw new ArchiveException(
            "the archive has two entries '%s'".formatted(name.get().display()));
      }
    }
    guard.progress().expect(total);
  }

  /// A leading backslash makes a name absolute for the programs that write it.
  private static byte[] name(SevenZArchiveEntry entry) {
    String name = entry.getName() == null ? "" : entry.getName();
    return (name.startsWith("\\") ? "/" + name : name).getBytes(StandardCharsets.UTF_8);
  }

  private void run() throws IOException {
    while (true) {
      Optional<SevenZArchiveEntry> next = archive.next();
      if (next.isEmpty()) {
        return;
      }
      SevenZArchiveEntry entry = next.get();
      Optional<EntryName> name = target.name(name(entry));
      if (name.isEmpty()) {
        continue;
      }
      if (SevenZipReader.special(entry)) {
        target.dropped();
      } else if (entry.isDirectory()) {
        target.alone(
            name.get(), () -> target.directory(name.get(), SevenZipReader.attributes(entry)));
      } else {
        file(entry, name.get());
      }
    }
  }

  private void file(SevenZArchiveEntry entry, EntryName name) throws IOException {
    EntryAttributes attributes = SevenZipReader.attributes(entry);
    if (entry.getSize() <= SMALL_BYTES) {
      byte[] content = content((int) entry.getSize());
      workers.submitSmall(
          name.key(), () -> target.alone(name, () -> target.write(name, attributes, content)));
      return;
    }
    Optional<FileSink> sink = target.file(name, attributes);
    if (sink.isEmpty()) {
      return;
    }
    try (FileSink file = sink.get()) {
      byte[] buffer = new byte[COPY_BYTES];
      while (true) {
        int count = archive.read(buffer);
        if (count < 0) {
          break;
        }
        file.write(buffer, 0, count);
        guard.progress().addBytes(count);
      }
      target.commit(file, name);
    }
  }

  private byte[] content(int size) throws IOException {
    byte[] content = new byte[size];
    for (int done = 0; done < size; ) {
      byte[] part = done == 0 ? content : new byte[size - done];
      int count = archive.read(part);
      if (count < 0) {
        throw new ArchiveException("the 7z file is truncated");
      }
      if (done > 0) {
        System.arraycopy(part, 0, content, done, count);
      }
      done += count;
    }
    guard.progress().addBytes(size);
    return content;
  }
}
