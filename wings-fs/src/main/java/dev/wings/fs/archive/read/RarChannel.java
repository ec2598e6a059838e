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
  private final Guard guard;
  private final Opening opening;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long bufferStart;
  private int bufferBytes;
  private long position;

  /// What happens while the library reads all headers, whose failures it keeps to itself.
  static final class Opening {
    private static final int HEADER_OVERHEAD_BYTES = 256; // one seek for each header

    private final ExtractionLimits limits;
    private @Nullable Exception failure;
    private long headerBytes;
    private boolean done;

    Opening(ExtractionLimits limits) {
      this.limits = limits;
    }

    /// Bounds what the library keeps: it holds every header.
    private void read(long bytes) throws ArchiveLimitException {
      if (done) {
        return;
      }
      headerBytes += bytes;
      if (headerBytes > limits.keptBytes()) {
        ArchiveLimitException tooMuch =
            new ArchiveLimitException(
                "headers of the rar file take more than %d MiB"
                    .formatted(limits.keptBytes() >> 20));
        failed(tooMuch);
        throw tooMuch;
      }
    }

    private void failed(Exception reason) {
      failure = failure == null ? reason : failure;
    }

    /// All headers were read, or as many as could be.
    ///
    /// @throws IOException what the library has not told
    void finish() throws IOException {
      done = true;
      switch (failure) {
        case null -> {}
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        default -> throw new IllegalStateException(failure);
      }
    }
  }

  private RarChannel(ArchiveFile file, Guard guard, Opening opening) {
    this.file = file;
    this.guard = guard;
    this.opening = opening;
  }

  /// The archive as the first and only volume.
  static VolumeManager volumes(ArchiveFile file, Guard guard, Opening opening) {
    return new VolumeManager() {
      @Override
      public @Nullable Volume nextVolume(Archive archive, @Nullable Volume last) {
        return last == null ? new OneVolume(archive, file, guard, opening) : null;
      }
    };
  }

  private record OneVolume(Archive archive, ArchiveFile file, Guard guard, Opening opening)
      implements Volume {
    @Override
    public SeekableReadOnlyByteChannel getChannel() {
      return new RarChannel(file, guard, opening);
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
      ArchiveException damaged = new ArchiveException("damaged rar data: negative offset");
      opening.failed(damaged);
      throw damaged;
    }
    opening.read(Opening.HEADER_OVERHEAD_BYTES);
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
    opening.read(read);
    return read;
  }

  /// Makes sure that the byte at the position is in the buffer; false at the end.
  private boolean fill() throws IOException {
    if (position >= bufferStart && position < bufferStart + bufferBytes) {
      return true;
    }
    bufferStart = position;
    bufferBytes = 0;
    try {
      bufferBytes = Math.max(0, file.read(ByteBuffer.wrap(buffer), position));
      guard.in(bufferBytes);
    } catch (IOException | RuntimeException e) {
      opening.failed(e);
      throw e;
    }
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
