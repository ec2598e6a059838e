package dev.wings.fs.archive.read;

import dev.wings.core.operation.OperationAbortedException;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import org.tukaani.xz.MemoryLimitException;

/// A third-party decoder whose failures, of whatever type, become an [ArchiveException], unless
/// they are known to come from what it reads.
final class DecoderStream extends FilterInputStream {
  private final String label;
  private final long memoryBytes;

  private DecoderStream(String label, long memoryBytes, InputStream decoder) {
    super(decoder);
    this.label = label;
    this.memoryBytes = memoryBytes;
  }

  /// Makes a decoder, which may read from its source.
  @FunctionalInterface
  interface Opening {
    InputStream open() throws IOException;
  }

  static InputStream open(String label, long memoryBytes, Opening opening) throws IOException {
    try {
      return new DecoderStream(label, memoryBytes, opening.open());
    } catch (IOException | RuntimeException e) {
      throw translated(label, memoryBytes, e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      return in.read(target, offset, length);
    } catch (IOException | RuntimeException e) {
      throw translated(label, memoryBytes, e);
    }
  }

  @Override
  public long skip(long count) throws IOException {
    byte[] sink = new byte[(int) Math.min(8192, Math.max(0, count))];
    int read = sink.length == 0 ? 0 : read(sink, 0, sink.length);
    return Math.max(0, read);
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /// The failure as users should see it.
  ///
  /// @throws OperationAbortedException when it is one
  static IOException translated(String label, long memoryBytes, Exception failure) {
    return switch (failure) {
      case OperationAbortedException aborted -> throw aborted;
      case ArchiveException known -> known;
      case FileSystemException source -> source;
      case ClosedChannelException closed -> closed;
      case InterruptedIOException interrupted -> interrupted;
      case MemoryLimitException memory ->
          Decompressor.tooMuchMemory(label, memory.getMemoryNeeded() * 1024L, memoryBytes);
      case EOFException end -> new ArchiveException("the " + label + " data is truncated", end);
      case Exception other when isMemory(other) ->
          new ArchiveLimitException(
              "the %s data needs more than %d MiB of memory".formatted(label, memoryBytes >> 20),
              other);
      case Exception other -> new ArchiveException("damaged " + label + " data", other);
    };
  }

  /// zstd has only this text to say it.
  private static boolean isMemory(Exception failure) {
    return String.valueOf(failure.getMessage()).contains("too much memory");
  }
}
