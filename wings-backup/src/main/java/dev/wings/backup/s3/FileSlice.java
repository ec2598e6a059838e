package dev.wings.backup.s3;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.Progress;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// A range of a file that is sent. Each sending reads it anew, from its own beginning (`threats.md`
/// BK-09).
///
/// @param offset of the first byte
/// @param length bytes, above 0
record FileSlice(FileChannel file, long offset, long length) {
  private static final int STEP_BYTES = 256 << 10;

  /// The body of a request, with its exact length.
  ///
  /// @param pace of the sending
  /// @param progress ends it when it was cancelled; nothing is counted
  BodyPublisher body(Pace pace, Progress progress) {
    return BodyPublishers.fromPublisher(
        BodyPublishers.ofByteArrays(() -> new Steps(pace, progress)), length);
  }

  private final class Steps implements Iterator<byte[]> {
    private final Pace pace;
    private final Progress progress;
    private long done;

    Steps(Pace pace, Progress progress) {
      this.pace = pace;
      this.progress = progress;
    }

    @Override
    public boolean hasNext() {
      return done < length;
    }

    @Override
    public byte[] next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      progress.check();
      byte[] step = new byte[(int) Math.min(STEP_BYTES, length - done)];
      try {
        read(ByteBuffer.wrap(step));
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
      done += step.length;
      pace.took(step.length, progress);
      return step;
    }

    private void read(ByteBuffer step) throws IOException {
      long at = offset + done;
      while (step.hasRemaining()) {
        int count = file.read(step, at);
        if (count < 0) {
          throw new EOFException("a part became shorter while it was sent");
        }
        at += count;
      }
    }
  }
}
