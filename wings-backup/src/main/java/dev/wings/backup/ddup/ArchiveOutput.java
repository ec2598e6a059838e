package dev.wings.backup.ddup;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// A `.ddup` file that is written, from front to back (`backups.md` A.3). Lists of chunks may come
/// from several threads.
final class ArchiveOutput implements Closeable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final FileChannel channel;
  private final OutputStream out;
  private final MessageDigest digest = sha1();
  private long position;

  ArchiveOutput(Path file) throws IOException {
    channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    write(DdupArchive.SIGNATURE, 0, DdupArchive.SIGNATURE.length);
    write(new byte[] {DdupArchive.VERSION}, 0, 1);
  }

  static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every JDK has it
    }
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    digest.update(bytes, offset, length);
    position += length;
  }

  /// Adds a list of chunks.
  ///
  /// @return its offset
  synchronized long append(byte[] bytes, int length) throws IOException {
    long offset = position;
    write(bytes, 0, length);
    return offset;
  }

  /// The same from a buffer.
  synchronized long append(ByteBuffer bytes) throws IOException {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return append(copy, copy.length);
  }

  /// Adds the table of chunks, each once.
  ///
  /// @param lengths of the chunks, by their ids and hashes
  void table(ChunkTable lengths) throws IOException {
    long begin = position;
    Output table = new Output(asStream());
    for (int slot = 0; slot < lengths.slots(); slot++) {
      table.varint(lengths.id(slot));
      table.bytes(lengths.hash(slot).bytes());
      table.varint(lengths.value(slot));
    }
    table.u64(begin);
    table.bytes(DdupArchive.TABLE_SIGNATURE);
    table.flush();
  }

  /// Adds the entries and ends the archive. It is on the disk when this returns.
  void finish(EntrySpool entries) throws IOException {
    long begin = position;
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, /* nowrap= */ true);
    try (Output table = new Output(new DeflaterOutputStream(asStream(), deflater, BUFFER_BYTES))) {
      entries.writeTo(table);
    } finally {
      deflater.end();
    }
    Output trailer = new Output(asStream());
    trailer.u64(entries.topEntries());
    trailer.u64(begin);
    trailer.flush();
    out.flush();
    channel.force(/* metaData= */ true);
  }

  private OutputStream asStream() {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        ArchiveOutput.this.write(bytes, offset, length);
      }
    };
  }

  /// Checksum of the whole as it is reported (`backups.md` 1). Only once.
  String checksum() {
    return position + "-" + HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
