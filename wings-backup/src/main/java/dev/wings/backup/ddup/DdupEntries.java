package dev.wings.backup.ddup;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.read.ArchiveEntries;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The entries of an archive in any order, for looking into it. They are kept in a file without a
/// name, as they can be read from front to back only; an entry's reference is its place in there.
final class DdupEntries implements ArchiveEntries {
  private static final int PERMISSIONS = 0777;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int FIRST_BYTES = 1024;

  private final DdupArchive archive;
  private final ChunkNames names;
  private final Chunks chunks;
  private final FileChannel spool;
  private long count;

  /// @param archive closed with this, as the rest
  private DdupEntries(DdupArchive archive, ChunkNames names, Chunks chunks, FileChannel spool) {
    this.archive = archive;
    this.names = names;
    this.chunks = chunks;
    this.spool = spool;
  }

  /// @param archive closed with the result, also when this fails
  static DdupEntries open(DdupArchive archive, Repository repository) throws IOException {
    ChunkNames names = null;
    FileChannel spool = null;
    boolean done = false;
    try {
      names = ChunkNames.of(archive, repository);
      spool = EntrySpool.unnamed(repository.scratch());
      DdupEntries entries = new DdupEntries(archive, names, repository.chunks(), spool);
      entries.copy();
      done = true;
      return entries;
    } finally {
      if (!done) {
        if (names != null) {
          names.close();
        }
        try (archive;
            FileChannel _ = spool) {
          // both end here
        }
      }
    }
  }

  private void copy() throws IOException {
    DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Channels.newOutputStream(spool), BUFFER_BYTES));
    List<String> levels = new ArrayList<>();
    levels.add("");
    Scan.entries(
        archive,
        new Progress(),
        entry -> {
          while (levels.size() > entry.depth()) {
            levels.removeLast();
          }
          String path = levels.getLast() + new String(entry.name(), StandardCharsets.ISO_8859_1);
          if (entry.directory()) {
            levels.add(path + "/");
          }
          write(out, entry, path.getBytes(StandardCharsets.ISO_8859_1));
          count++;
        });
    out.flush();
  }

  private static void write(DataOutputStream out, ArchiveEntry entry, byte[] path)
      throws IOException {
    ArchiveEntry.Content content = entry.content();
    out.writeInt(RECORD_BYTES + path.length + entry.target().length);
    out.writeByte(entry.type().code());
    out.writeByte(entry.depth() - 1);
    out.writeShort(entry.mode());
    out.writeLong(entry.modified());
    out.writeLong(entry.size());
    out.writeByte(content.compression().code());
    out.writeLong(content.bytes());
    out.writeLong(content.stored());
    out.writeLong(content.offset());
    out.writeInt(path.length);
    out.write(path);
    out.write(entry.target());
  }

  private static final int RECORD_BYTES = 1 + 1 + 2 + 8 + 8 + 1 + 8 + 8 + 8 + 4;

  private record Found(ArchiveEntry entry, String path) {}

  private Found record(long reference) throws IOException {
    byte[] head = bytes(reference, FIRST_BYTES);
    int length = ByteBuffer.wrap(head).getInt();
    byte[] all = length + Integer.BYTES <= head.length ? head : bytes(reference, length + 4);
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(all, Integer.BYTES, length))) {
      ArchiveEntry.Type type = ArchiveEntry.Type.ofCode(in.readUnsignedByte());
      int depth = in.readUnsignedByte() + 1;
      int mode = in.readUnsignedShort();
      long modified = in.readLong();
      long size = in.readLong();
      Compression compression = Compression.ofCode(in.readUnsignedByte()).orElseThrow();
      var content =
          new ArchiveEntry.Content(compression, in.readLong(), in.readLong(), in.readLong());
      byte[] path = in.readNBytes(in.readInt());
      ArchiveEntry entry =
          new ArchiveEntry(depth, path, type, mode, modified, 0, size, content, in.readAllBytes());
      return new Found(entry, new String(path, StandardCharsets.ISO_8859_1));
    }
  }

  private byte[] bytes(long at, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    while (buffer.hasRemaining() && spool.read(buffer, at + buffer.position()) > 0) {
      // the last records may be shorter than what was asked for
    }
    if (buffer.position() < Integer.BYTES) {
      throw new IllegalArgumentException("reference: " + at + " (expected: one of an entry)");
    }
    return buffer.array();
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public void forEach(Visitor visitor) throws IOException {
    long at = 0;
    for (long i = 0; i < count; i++) {
      Found record = record(at);
      visitor.entry(entry(at, record));
      at += Integer.BYTES + RECORD_BYTES + record.path().length() + record.entry().target().length;
    }
  }

  @Override
  public Entry entry(long reference) throws IOException {
    return entry(reference, record(reference));
  }

  private static Entry entry(long reference, Found record) {
    ArchiveEntry entry = record.entry();
    return new Entry(
        reference,
        record.path(),
        entry.depth(),
        switch (entry.type()) {
          case FILE -> Type.FILE;
          case DIRECTORY -> Type.DIRECTORY;
          case LINK -> Type.SYMBOLIC_LINK;
        },
        entry.size(),
        0,
        OptionalInt.of(entry.mode() & PERMISSIONS),
        entry.time(),
        Optional.of(Instant.EPOCH));
  }

  @Override
  public InputStream content(long reference) throws IOException {
    ArchiveEntry entry = record(reference).entry();
    return entry.type() == ArchiveEntry.Type.LINK
        ? new ByteArrayInputStream(entry.target())
        : new FileContent(archive, names, new ChunkReader(chunks), entry);
  }

  @Override
  public Optional<SeekableByteChannel> channel(long reference) throws IOException {
    return Optional.of(
        new ContentChannel(archive, names, new ChunkReader(chunks), record(reference).entry()));
  }

  @Override
  public void close() throws IOException {
    try (archive;
        spool) {
      names.close();
    }
  }
}
