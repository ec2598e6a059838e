package dev.wings.backup.ddup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;

/// The content of a file at any place. Only the chunks that hold it are read; where they begin is
/// known at once in archives that were made here, and found by reading the chunks before in others.
/// As long as the file: what the chunks lack reads as zeros.
final class ContentChannel implements SeekableByteChannel {
  private static final int NONE = -1;

  private final ChunkNames names;
  private final ChunkReader reader;
  private final DdupArchive.ChunkIds ids;
  private final long size;
  private int[] slots = new int[16];
  private long[] ends = new long[16]; // where each chunk ends, as far as they are known
  private int known;
  private boolean all;
  private int loaded = NONE;
  private long position;
  private boolean open = true;

  ContentChannel(DdupArchive archive, ChunkNames names, ChunkReader reader, ArchiveEntry entry)
      throws IOException {
    this.names = names;
    this.reader = reader;
    this.ids = archive.chunks(entry.content());
    this.size = entry.size();
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    checkOpen();
    if (position >= size) {
      return -1;
    }
    int most = (int) Math.min(target.remaining(), size - position);
    if (most == 0) {
      return 0;
    }
    int chunk = chunkAt(position);
    if (chunk == NONE) {
      int count = Math.min(most, 8 << 10);
      target.put(new byte[count]);
      position += count;
      return count;
    }
    load(chunk);
    long begin = begin(chunk);
    int count = (int) Math.min(most, ends[chunk] - position);
    target.put(reader.content(), (int) (position - begin), count);
    position += count;
    return count;
  }

  private long begin(int chunk) {
    return chunk == 0 ? 0 : ends[chunk - 1];
  }

  private void load(int chunk) throws IOException {
    if (loaded == chunk) {
      return;
    }
    loaded = NONE;
    int length = reader.read(names.hash(slots[chunk]));
    if (length != ends[chunk] - begin(chunk)) {
      throw new IOException("a chunk is not as long as the archive says");
    }
    loaded = chunk;
  }

  /// @return [#NONE] behind the last one
  private int chunkAt(long at) throws IOException {
    while (!all && (known == 0 || ends[known - 1] <= at)) {
      discover();
    }
    int found = Arrays.binarySearch(ends, 0, known, at + 1);
    int chunk = found >= 0 ? found : -found - 1;
    return chunk < known ? chunk : NONE;
  }

  private void discover() throws IOException {
    long id = ids.next();
    if (id == 0) {
      all = true;
      return;
    }
    if (known == slots.length) {
      slots = Arrays.copyOf(slots, known * 2);
      ends = Arrays.copyOf(ends, known * 2);
    }
    int slot = names.slot(id);
    int length;
    if (names.length(slot).isPresent()) {
      length = names.length(slot).getAsInt();
    } else {
      loaded = NONE;
      length = reader.read(names.hash(slot));
      loaded = known;
    }
    slots[known] = slot;
    ends[known] = (known == 0 ? 0 : ends[known - 1]) + length;
    known++;
  }

  private void checkOpen() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public synchronized SeekableByteChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("position: " + newPosition + " (expected: >= 0)");
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    checkOpen();
    return size;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long newSize) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public synchronized void close() throws IOException {
    if (open) {
      open = false;
      reader.close();
      ids.close();
    }
  }
}
