package dev.wings.backup.ddup;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/// The content of a file from front to back. It has exactly the size that the archive says: what
/// the chunks have more is left out, what they lack reads as zeros. For one thread.
final class FileContent extends InputStream {
  private final ChunkNames names;
  private final ChunkReader reader;
  private final DdupArchive.ChunkIds ids;
  private long left;
  private int at;
  private int end;
  private boolean padded;

  FileContent(DdupArchive archive, ChunkNames names, ChunkReader reader, ArchiveEntry entry)
      throws IOException {
    this.names = names;
    this.reader = reader;
    this.ids = archive.chunks(entry.content());
    this.left = entry.size();
  }

  /// Whether the chunks were shorter than the file.
  boolean padded() {
    return padded;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      return -1;
    }
    fill();
    int count = (int) Math.min(length, left);
    if (padded) {
      java.util.Arrays.fill(target, offset, offset + count, (byte) 0);
    } else {
      count = Math.min(count, end - at);
      System.arraycopy(reader.content(), at, target, offset, count);
      at += count;
    }
    left -= count;
    return count;
  }

  private void fill() throws IOException {
    while (at == end && !padded) {
      long id = ids.next();
      if (id == 0) {
        padded = true;
        return;
      }
      end = reader.read(names.hash(names.slot(id)));
      at = 0;
    }
  }

  @Override
  public void close() throws IOException {
    ids.close();
  }
}
