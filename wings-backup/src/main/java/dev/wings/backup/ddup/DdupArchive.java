package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/// A `.ddup` file that is read (`backups.md` A.3). Nothing of it is held: entries come from a
/// stream, lists of chunks from their place. Safe for use by many threads; each cursor is for one.
///
/// Archives that were made here also hold the hash and the length of each chunk, between the lists
/// and the entries, where other programs do not look. With them a backup is read without the
/// repository's index, and what an index that was lost has said can be found again.
final class DdupArchive implements Closeable {
  static final byte[] SIGNATURE = "DDUPBAK".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;
  static final int TRAILER_BYTES = 16;

  /// Stands at the end of the table of chunks, after the table's own offset.
  static final byte[] TABLE_SIGNATURE = "WINGSCHK".getBytes(StandardCharsets.US_ASCII);

  static final int TABLE_TRAILER_BYTES = 16;

  private static final int HEADER_BYTES = 8;
  private static final int PERMISSIONS = 07777;
  private static final int MODE_BITS = 0xffff;

  private final FileChannel channel;
  private final long size;
  private final long topEntries;
  private final long entries;

  private DdupArchive(FileChannel channel, long size, long topEntries, long entries) {
    this.channel = channel;
    this.size = size;
    this.topEntries = topEntries;
    this.entries = entries;
  }

  /// @throws java.nio.file.NoSuchFileException when there is none
  /// @throws DamagedBackupException when it cannot be one
  static DdupArchive open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    boolean done = false;
    try {
      DdupArchive archive = read(channel);
      done = true;
      return archive;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private static DdupArchive read(FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < HEADER_BYTES + TRAILER_BYTES) {
      throw new DamagedBackupException("the archive is truncated");
    }
    byte[] head = new byte[HEADER_BYTES];
    read(channel, ByteBuffer.wrap(head), 0);
    if (!Arrays.equals(head, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
      throw new DamagedBackupException("the file is no ddup-bak archive");
    }
    if (head[SIGNATURE.length] != VERSION) {
      throw new DamagedBackupException(
          "the archive has version %d (expected: %d)".formatted(head[SIGNATURE.length], VERSION));
    }
    ByteBuffer trailer = ByteBuffer.allocate(TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    read(channel, trailer, size - TRAILER_BYTES);
    long topEntries = trailer.getLong(0);
    long entries = trailer.getLong(8);
    if (entries < HEADER_BYTES || entries > size - TRAILER_BYTES) {
      throw new DamagedBackupException("the archive's table of entries lies outside of it");
    }
    if (topEntries < 0 || topEntries > ArchiveEntry.MOST_IN_DIRECTORY) {
      throw new DamagedBackupException("the archive has an impossible number of entries");
    }
    return new DdupArchive(channel, size, topEntries, entries);
  }

  private static void read(FileChannel channel, ByteBuffer target, long position)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int read = channel.read(target, at);
      if (read < 0) {
        throw new DamagedBackupException("the archive is truncated");
      }
      at += read;
    }
  }

  long size() {
    return size;
  }

  /// A part of the file. Closing it does nothing.
  private InputStream range(long from, long length) {
    return new Range(channel, from, length);
  }

  private static final class Range extends InputStream {
    private final FileChannel channel;
    private long position;
    private long left;

    Range(FileChannel channel, long position, long left) {
      this.channel = channel;
      this.position = position;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      ByteBuffer wanted = ByteBuffer.wrap(target, offset, (int) Math.min(length, left));
      int read = channel.read(wanted, position);
      if (read > 0) {
        position += read;
        left -= read;
      }
      return read;
    }
  }

  /// Begins at the first entry.
  Cursor cursor() {
    return new Cursor();
  }

  /// All entries in order, each directory followed by what is in it.
  final class Cursor implements Closeable {
    private final Input in =
        new Input(Compression.inflater(range(entries, size - TRAILER_BYTES - entries)));
    private final long[] left = new long[ArchiveEntry.MOST_DEPTH + 1]; // entries, by depth
    private int depth; // directories that are open

    Cursor() {
      left[0] = topEntries;
    }

    /// @throws DamagedBackupException when no more can be understood
    Optional<ArchiveEntry> next() throws IOException {
      while (left[depth] == 0) {
        if (depth == 0) {
          return Optional.empty();
        }
        depth--;
      }
      left[depth]--;
      ArchiveEntry entry = entry(depth + 1);
      if (entry.directory()) {
        if (entry.depth() == ArchiveEntry.MOST_DEPTH) {
          throw new DamagedBackupException("the archive has too many directories in each other");
        }
        left[++depth] = entry.children();
      }
      return Optional.of(entry);
    }

    private ArchiveEntry entry(int at) throws IOException {
      byte[] name = in.bytes(in.varint(ArchiveEntry.MOST_NAME_BYTES, "length of a name"));
      if (!possible(name)) {
        throw new DamagedBackupException("the archive has an entry with an impossible name");
      }
      int word = in.u32();
      int mode = word & MODE_BITS & PERMISSIONS;
      in.varint(); // uid
      in.varint(); // gid
      long modified = in.varint();
      return switch (word >>> 30) {
        case 0 -> file(at, name, word, mode, modified);
        case 1 -> {
          int children = in.varint(ArchiveEntry.MOST_IN_DIRECTORY, "entries of a directory");
          yield new ArchiveEntry(
              at,
              name,
              ArchiveEntry.Type.DIRECTORY,
              mode,
              modified,
              children,
              0,
              ArchiveEntry.Content.EMPTY,
              ArchiveEntry.NONE);
        }
        case 2 -> {
          byte[] target = in.bytes(in.varint(ArchiveEntry.MOST_TARGET_BYTES, "length of a link"));
          in.bytes(1); // whether it leads to a directory
          yield new ArchiveEntry(
              at,
              name,
              ArchiveEntry.Type.LINK,
              mode,
              modified,
              0,
              target.length,
              ArchiveEntry.Content.EMPTY,
              target);
        }
        default -> throw new DamagedBackupException("the archive has an entry of unknown type");
      };
    }

    private ArchiveEntry file(int at, byte[] name, int word, int mode, long modified)
        throws IOException {
      Optional<Compression> compression = Compression.ofCode(word >>> 26 & 0xf);
      if (compression.isEmpty()) {
        throw new DamagedBackupException("the archive has an unknown compression");
      }
      long bytes = in.varint();
      long stored = compression.get() == Compression.NONE ? bytes : in.varint();
      long content = in.varint();
      long offset = in.varint();
      boolean inside = stored >= 0 && offset >= 0 && offset <= entries - stored;
      if (bytes < 0 || content < 0 || (stored > 0 && !inside)) {
        throw new DamagedBackupException("the archive has a file outside of it");
      }
      return new ArchiveEntry(
          at,
          name,
          ArchiveEntry.Type.FILE,
          mode,
          modified,
          0,
          content,
          new ArchiveEntry.Content(compression.get(), bytes, stored, offset),
          ArchiveEntry.NONE);
    }

    private static boolean possible(byte[] name) {
      for (byte b : name) {
        if (b == 0 || b == '/') {
          return false;
        }
      }
      boolean dots = name.length <= 2 && name.length > 0 && name[0] == '.';
      return name.length > 0 && !(dots && name[name.length - 1] == '.');
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /// The ids of a file's chunks, one after the other.
  final class ChunkIds implements Closeable {
    private final Input in;
    private final CountedStream counted;

    private ChunkIds(ArchiveEntry.Content content) throws IOException {
      InputStream stored = range(content.offset(), content.stored());
      try {
        counted = new CountedStream(content.compression().decoder(stored), content.bytes());
      } catch (IOException broken) {
        throw Input.damaged(broken);
      }
      in = new Input(counted);
    }

    /// @return 0 at the end
    /// @throws DamagedBackupException when the list is not as long as the archive says
    long next() throws IOException {
      int first = in.read();
      if (first < 0) {
        if (counted.left > 0) {
          throw new DamagedBackupException("a list of chunks ends too early");
        }
        return 0;
      }
      long id = in.varint(first);
      if (id <= 0) {
        throw new DamagedBackupException("a list of chunks has an impossible id");
      }
      return id;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /// A stream that gives so many bytes and no more.
  private static final class CountedStream extends InputStream {
    private final InputStream in;
    private long left;

    CountedStream(InputStream in, long left) {
      this.in = in;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int read;
      try {
        read = in.read(target, offset, (int) Math.min(length, left));
      } catch (DamagedBackupException damaged) {
        throw damaged;
      } catch (IOException | RuntimeException broken) { // the brotli decoder throws both
        throw Input.damaged(broken);
      }
      left -= Math.max(0, read);
      return read;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  ChunkIds chunks(ArchiveEntry.Content content) throws IOException {
    return content.stored() == 0 ? new ChunkIds(ArchiveEntry.Content.EMPTY) : new ChunkIds(content);
  }

  /// The table of chunks of an archive that was made here: for each id its hash, and its length as
  /// the value. Empty when it has none.
  ///
  /// @return closed by the caller
  Optional<ChunkTable> table() throws IOException {
    long end = entries - TABLE_TRAILER_BYTES;
    if (end < HEADER_BYTES) {
      return Optional.empty();
    }
    ByteBuffer trailer = ByteBuffer.allocate(TABLE_TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    read(channel, trailer, end);
    long begin = trailer.getLong(0);
    if (!Arrays.equals(trailer.array(), 8, 16, TABLE_SIGNATURE, 0, 8)
        || begin < HEADER_BYTES
        || begin > end) {
      return Optional.empty();
    }
    ChunkTable table = new ChunkTable();
    boolean done = false;
    try (Input in = new Input(range(begin, end - begin))) {
      for (int first = in.read(); first >= 0; first = in.read()) {
        long id = in.varint(first);
        ChunkHash hash = ChunkHash.of(in.bytes(ChunkHash.BYTES));
        long length = in.varint();
        boolean known = table.find(id) != ChunkTable.NONE || table.find(hash) != ChunkTable.NONE;
        if (id <= 0 || length < 0 || length > ChunkReader.MOST_BYTES || known) {
          return Optional.empty(); // damaged: the index may know better
        }
        table.add(hash, id, length);
      }
      done = true;
      return Optional.of(table);
    } catch (DamagedBackupException damaged) {
      return Optional.empty();
    } finally {
      if (!done) {
        table.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
