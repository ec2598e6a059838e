package dev.wings.fs.archive.read;

import dev.wings.fs.archive.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Extracts a tar archive in one pass. Small files are written by other threads while the archive
/// is decompressed on, large ones at once.
final class TarExtraction {
  private static final int SMALL_BYTES = 256 << 10;
  private static final int COPY_BYTES = 256 << 10;

  private final TarReader tar;
  private final Target target;
  private final Workers workers;
  private final byte[] buffer = new byte[COPY_BYTES];

  private TarExtraction(TarReader tar, Target target, Workers workers) {
    this.tar = tar;
    this.target = target;
    this.workers = workers;
  }

  static void run(ArchiveFile file, Compression compression, Target target, int threads)
      throws IOException {
    Guard guard = target.guard();
    guard.progress().expect(file.size());
    Meter meter =
        bytes -> {
          guard.in(bytes);
          guard.progress().addBytes(bytes);
        };
    try (InputStream in =
            Decompressor.open(file.stream(meter), compression, guard.limits().decoderBytes());
        InputStream buffered = new BufferedInput(in);
        Workers workers = new Workers(Math.max(1, threads - 1), guard)) {
      new TarExtraction(new TarReader(buffered, guard), target, workers).run();
      workers.finish();
    }
  }

  private void run() throws IOException {
    while (true) {
      Optional<TarEntry> entry = tar.next();
      if (entry.isEmpty()) {
        return;
      }
      extract(entry.get());
    }
  }

  private void extract(TarEntry entry) throws IOException {
    switch (entry.type()) {
      case TarEntry.FILE, TarEntry.DIRECTORY, TarEntry.SYMBOLIC_LINK, TarEntry.HARD_LINK -> {
        Optional<EntryName> name = target.name(entry.name());
        if (name.isPresent()) {
          extract(entry, name.get());
        }
      }
      default -> {
        target.name(entry.name());
        target.dropped();
      }
    }
  }

  private void extract(TarEntry entry, EntryName name) throws IOException {
    switch (entry.type()) {
      case TarEntry.DIRECTORY ->
          target.alone(name, () -> target.directory(name, entry.attributes()));
      case TarEntry.SYMBOLIC_LINK -> {
        workers.await(name.key()); // the file of this name came first
        target.alone(name, () -> target.symbolicLink(name, entry.link(), entry.attributes()));
      }
      case TarEntry.HARD_LINK -> {
        workers.await(name.key());
        target.alone(name, () -> target.hardLink(name, entry.link()));
      }
      default -> file(entry, name);
    }
  }

  private void file(TarEntry entry, EntryName name) throws IOException {
    if (entry.sparse().isEmpty() && entry.size() <= SMALL_BYTES) {
      byte[] content = content((int) entry.size());
      workers.submitSmall(
          name.key(),
          () -> target.alone(name, () -> target.write(name, entry.attributes(), content)));
      return;
    }
    workers.await(name.key());
    Opening opening = new Opening();
    target.alone(name, () -> opening.sink = target.file(name, entry.attributes()));
    if (opening.sink.isEmpty()) {
      return;
    }
    try (FileSink file = opening.sink.get()) {
      if (entry.sparse().isPresent()) {
        copySparse(entry.sparse().get(), entry.size(), file);
      } else {
        copy(Long.MAX_VALUE, file);
      }
      target.commit(file, name);
    }
  }

  /// A large file whose place may be refused; failures of its data come later and end everything.
  private static final class Opening {
    private Optional<FileSink> sink = Optional.empty();
  }

  private byte[] content(int size) throws IOException {
    byte[] content = new byte[size];
    for (int done = 0; done < size; ) {
      done += tar.read(content, done, size - done);
    }
    return content;
  }

  /// @param most bytes of stored data; all when there are fewer
  private void copy(long most, FileSink file) throws IOException {
    for (long rest = most; rest > 0; ) {
      int count = tar.read(buffer, 0, (int) Math.min(buffer.length, rest));
      if (count < 0) {
        return;
      }
      file.write(buffer, 0, count);
      rest -= count;
    }
  }

  private void copySparse(SparseMap map, long size, FileSink file) throws IOException {
    for (int i = 0; i < map.count(); i++) {
      file.skip(map.offset(i) - file.position());
      copy(map.length(i), file);
    }
    file.skip(size - file.position());
  }
}
