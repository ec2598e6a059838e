package dev.wings.fs.archive.read;

import com.github.junrar.Archive;
import com.github.junrar.io.SeekableReadOnlyByteChannel;
import com.github.junrar.volume.Volume;
import com.github.junrar.volume.VolumeManager;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What the RAR library reads an archive through: the one volume there is, with a small buffer in
/// front of it.
final class RarChannel implements SeekableReadOnlyByteChannel {
  private static final int BUFFER_BYTES = 64 << 10;

  private final ArchiveFile file;
  private final Meter meter;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long bufferStart;
  private int bufferBytes;
  private long position;

  RarChannel(ArchiveFile file, Meter meter) {
    this.file = file;
    this.meter = meter;
  }

  /// The archive as the first and only volume.
  static VolumeManager volumes(ArchiveFile file, Meter meter) {
    return new VolumeManager() {
      @Override
      public @Nullable Volume nextVolume(Archive archive, @Nullable Volume last) {
        return last == null ? new OneVolume(archive, file, meter) : null;
      }
    };
  }

  private record OneVolume(Archive archive, ArchiveFile file, Meter meter) implements Volume {
    @Override
    public SeekableReadOnlyByteChannel getChannel() {
      return new RarChannel(file, meter);
    }

    @Override
    public long getLength() {
      return file.size();
    }

    @Override
    public Archive getArchive() {
      return archive;
    }
  }

  @Override
  public long getPosition() {
    return position;
  }

  @Override
  public void setPosition(long newPosition) throws IOException {
    if (newPosition < 0) {
      throw new ArchiveException("damaged rar data: negative offset");
    }
    position = newPosition;
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer[(int) (position++ - bufferStart)] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int from = (int) (position - bufferStart);
    int read = Math.min(count, bufferBytes - from);
    System.arraycopy(buffer, from, target, offset, read);
    position += read;
    return read;
  }

  /// Makes sure that the byte at the position is in the buffer; false at the end.
  private boolean fill() throws IOException {
    if (position >= bufferStart && position < bufferStart + bufferBytes) {
      return true;
    }
    bufferStart = position;
    bufferBytes = Math.max(0, file.read(ByteBuffer.wrap(buffer), position));
    meter.in(bufferBytes);
    return bufferBytes > 0;
  }

  @Override
  public int readFully(byte[] target, int count) throws IOException {
    for (int done = 0; done < count; ) {
      int read = read(target, done, count - done);
      if (read < 0) {
        throw new EOFException("the archive is truncated");
      }
      done += read;
    }
    return count;
  }

  @Override
  public void close() {
    // the file is closed by whoever opened it
  }
}
