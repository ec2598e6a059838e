package dev.wings.backup.ddup;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.write.ArchiveReport.Trouble;
import dev.wings.fs.archive.write.Findings;
import dev.wings.fs.archive.write.OpenFile;
import dev.wings.fs.linux.OffHeap;
import dev.wings.fs.sandbox.NameCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Cuts files into chunks and stores them. Each file is read to the length that it had when it was
/// found, or to its end when that comes first. For one thread.
final class FileStore implements Workers.Tool {
  /// More than a chunk, so that what is left of one read is not moved for each.
  private static final int WINDOW_BYTES = FastCdc.MOST_BYTES + (2 << 20);

  private static final int READ_BYTES = 256 << 10;

  private final Repository.Session session;
  private final ArchiveOutput archive;
  private final Compressor compressor;
  private final Pace pace;
  private final Progress progress;
  private final Findings findings;
  private final OffHeap memory = new OffHeap();
  private final ByteBuffer read = memory.allocate(READ_BYTES);
  private final byte[] window = new byte[WINDOW_BYTES];
  private final IdList ids = new IdList();
  private int filled;
  private long position;

  /// What is left to read of the file.
  private long promised;

  FileStore(
      Repository.Session session,
      ArchiveOutput archive,
      Compression compression,
      Pace pace,
      Progress progress,
      Findings findings) {
    this.session = session;
    this.archive = archive;
    this.compressor = new Compressor(compression, FastCdc.MOST_BYTES);
    this.pace = pace;
    this.progress = progress;
    this.findings = findings;
  }

  /// What became of a file.
  record Stored(long size, ArchiveEntry.Content content) {}

  Stored store(OpenFile file) throws IOException {
    ids.clear();
    filled = 0;
    position = 0;
    promised = file.size();
    long size = 0;
    while (true) {
      fill(file);
      if (filled == 0) {
        return new Stored(size, list());
      }
      int from = 0;
      while (from < filled && (filled - from >= FastCdc.MOST_BYTES || position >= promised)) {
        int length = FastCdc.cut(window, from, filled - from);
        chunk(from, length);
        from += length;
        size += length;
      }
      filled -= from;
      System.arraycopy(window, from, window, 0, filled);
    }
  }

  private void fill(OpenFile file) throws IOException {
    while (filled < window.length && position < promised) {
      progress.check();
      long most = Math.min(window.length - filled, promised - position);
      read.clear().limit((int) Math.min(READ_BYTES, most));
      int count;
      try {
        count = file.read(read, position);
      } catch (IOException e) {
        throw new IOException("cannot be read to its end: " + NameCodec.decode(file.name()), e);
      }
      if (count <= 0) {
        findings.add(file.name(), Trouble.SHRANK);
        promised = position;
        return;
      }
      read.flip().get(window, filled, count);
      filled += count;
      position += count;
      progress.addBytes(count);
    }
  }

  private void chunk(int from, int length) throws IOException {
    ChunkHash hash = Blake2b.hash(window, from, length);
    ids.add(session.store(hash, length, (chunks, name) -> write(chunks, name, from, length)));
  }

  private void write(Chunks chunks, ChunkHash hash, int from, int length) throws IOException {
    Optional<ByteBuffer> smaller = compressor.compress(window, from, length);
    long bytes =
        smaller.isPresent()
            ? chunks.write(hash, compressor.compression(), smaller.get())
            : chunks.write(hash, Compression.NONE, ByteBuffer.wrap(window, from, length));
    pace.took(bytes, progress);
  }

  private ArchiveEntry.Content list() throws IOException {
    int bytes = ids.length();
    if (bytes == 0) {
      return ArchiveEntry.Content.EMPTY;
    }
    if (bytes <= FastCdc.MOST_BYTES) {
      Optional<ByteBuffer> smaller = compressor.compress(ids.array(), 0, bytes);
      if (smaller.isPresent()) {
        int stored = smaller.get().remaining();
        long offset = archive.append(smaller.get());
        return new ArchiveEntry.Content(compressor.compression(), bytes, stored, offset);
      }
    }
    long offset = archive.append(ids.array(), bytes);
    return new ArchiveEntry.Content(Compression.NONE, bytes, bytes, offset);
  }

  @Override
  public void close() {
    compressor.close();
    memory.close();
  }
}
