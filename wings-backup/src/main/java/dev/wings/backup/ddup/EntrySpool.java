package dev.wings.backup.ddup;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// The entries of an archive that is being written, in files without a name. An archive counts a
/// directory's entries before them, and tells where a file's chunks are, which both is known later
/// only: entries are written down in the order of the walk, what becomes known later beside it, and
/// all of it is put together at the end.
///
/// One thread adds entries; several may tell about files.
final class EntrySpool implements Closeable {
  private static final int RESULT_BYTES = 33;
  private static final int BUFFER_BYTES = 64 << 10;

  private final FileChannel entries;
  private final FileChannel results;
  private final DataOutputStream out;
  private int[] children = new int[256]; // by number of the directory
  private int directories = 1; // 0 is the root
  private int files;

  /// @param scratch a name that is free; gone as soon as this returns
  EntrySpool(Path scratch) throws IOException {
    entries = unnamed(scratch);
    boolean done = false;
    try {
      results = unnamed(scratch);
      done = true;
    } finally {
      if (!done) {
        entries.close();
      }
    }
    out =
        new DataOutputStream(
            new BufferedOutputStream(Channels.newOutputStream(entries), BUFFER_BYTES));
  }

  static FileChannel unnamed(Path scratch) throws IOException {
    return FileChannel.open(
        scratch,
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  /// What every entry has.
  ///
  /// @param parent number of the directory that holds it
  @SuppressWarnings("ArrayRecordComponent") // lives for one step, never compared
  record Head(int parent, byte[] name, int mode, long modified) {}

  private void head(ArchiveEntry.Type type, Head head) throws IOException {
    out.writeByte(type.code());
    out.writeByte(head.name().length);
    out.write(head.name());
    out.writeInt(head.mode());
    out.writeLong(head.modified());
    if (++children[head.parent()] > ArchiveEntry.MOST_IN_DIRECTORY) {
      throw new IOException(
          "a directory has more than %d entries, which ddup-bak archives cannot hold"
              .formatted(ArchiveEntry.MOST_IN_DIRECTORY));
    }
  }

  /// @return the directory's number
  int directory(Head head) throws IOException {
    head(ArchiveEntry.Type.DIRECTORY, head);
    if (directories == children.length) {
      children = Arrays.copyOf(children, Math.multiplyExact(directories, 2));
    }
    return directories++;
  }

  void link(Head head, byte[] target) throws IOException {
    head(ArchiveEntry.Type.LINK, head);
    out.writeShort(target.length);
    out.write(target);
  }

  /// @return the file's number, for [#stored]
  int file(Head head) throws IOException {
    head(ArchiveEntry.Type.FILE, head);
    return files++;
  }

  /// Tells what became of a file.
  ///
  /// @param size bytes of its content
  void stored(int file, long size, ArchiveEntry.Content content) throws IOException {
    ByteBuffer result =
        ByteBuffer.allocate(RESULT_BYTES)
            .put((byte) content.compression().code())
            .putLong(size)
            .putLong(content.bytes())
            .putLong(content.stored())
            .putLong(content.offset())
            .flip();
    long at = (long) file * RESULT_BYTES;
    while (result.hasRemaining()) {
      results.write(result, at + result.position());
    }
  }

  long topEntries() {
    return children[0];
  }

  /// Writes the table of an archive's entries. Nothing is added any more.
  void writeTo(Output archive) throws IOException {
    out.flush();
    entries.position(0);
    results.position(0);
    try (DataInputStream in = buffered(entries);
        DataInputStream done = buffered(results)) {
      int directory = 1;
      for (int type = in.read(); type >= 0; type = in.read()) {
        byte[] name = in.readNBytes(in.readUnsignedByte());
        int mode = in.readInt();
        long modified = in.readLong();
        switch (ArchiveEntry.Type.ofCode(type)) {
          case DIRECTORY -> {
            head(archive, ArchiveEntry.Type.DIRECTORY, 0, name, mode, modified);
            archive.varint(children[directory++]);
          }
          case LINK -> {
            head(archive, ArchiveEntry.Type.LINK, 0, name, mode, modified);
            byte[] target = in.readNBytes(in.readUnsignedShort());
            archive.varint(target.length);
            archive.bytes(target);
            archive.write(0); // only Windows asks whether it leads to a directory
          }
          case FILE -> {
            int compression = done.readUnsignedByte();
            long size = done.readLong();
            head(archive, ArchiveEntry.Type.FILE, compression, name, mode, modified);
            archive.varint(done.readLong());
            long stored = done.readLong();
            if (compression != Compression.NONE.code()) {
              archive.varint(stored);
            }
            archive.varint(size);
            archive.varint(done.readLong());
          }
        }
      }
    }
  }

  private static DataInputStream buffered(FileChannel channel) {
    InputStream in = Channels.newInputStream(channel);
    return new DataInputStream(new java.io.BufferedInputStream(in, BUFFER_BYTES));
  }

  private static void head(
      Output archive, ArchiveEntry.Type type, int compression, byte[] name, int mode, long modified)
      throws IOException {
    archive.varint(name.length);
    archive.bytes(name);
    archive.u32(type.code() << 30 | compression << 26 | mode);
    archive.varint(0); // owners are given anew at each restore
    archive.varint(0);
    archive.varint(modified);
  }

  @Override
  public void close() throws IOException {
    try (entries;
        results) {
      // the files have no names, so they end with their channels
    }
  }
}
