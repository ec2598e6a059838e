package dev.wings.backup.s3;

import dev.wings.core.backup.BackupPart;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// An archive on its way into the storage: cut into parts, of which each lies in a scratch file
/// until it has been sent. Nothing but the parts under way is ever on the disk. For one thread.
final class PartStream implements WritableByteChannel, Closeable {
  private final Scratch scratch;
  private final PartUploads uploads;
  private final long partSize;
  private final MessageDigest digest;
  private final LongConsumer written;
  private @Nullable Part current;
  private int lastNumber;
  private long size;
  private boolean open = true;

  private record Part(int number, Path file, FileChannel channel) {
    void remove() throws IOException {
      try {
        channel.close();
      } finally {
        Files.deleteIfExists(file);
      }
    }
  }

  /// @param written told of the bytes that came, and may wait
  PartStream(
      Scratch scratch,
      PartUploads uploads,
      long partSize,
      MessageDigest digest,
      LongConsumer written) {
    this.written = written;
    this.scratch = scratch;
    this.uploads = uploads;
    this.partSize = partSize;
    this.digest = digest;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int length = source.remaining();
    digest.update(source.duplicate());
    while (source.hasRemaining()) {
      Part part = current == null ? begin() : current;
      int end = source.limit();
      long room = partSize - part.channel().position();
      source.limit((int) Math.min(end, source.position() + room));
      while (source.hasRemaining()) {
        part.channel().write(source);
      }
      source.limit(end);
      if (part.channel().position() == partSize) {
        send(part);
      }
    }
    size += length;
    written.accept(length);
    return length;
  }

  private Part begin() throws IOException {
    uploads.awaitSlot();
    int number = lastNumber + 1;
    Path file = scratch.part(number);
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
    lastNumber = number;
    Part part = new Part(number, file, channel);
    current = part;
    return part;
  }

  private void send(Part part) throws IOException {
    current = null;
    FileSlice slice = new FileSlice(part.channel(), 0, part.channel().position());
    uploads.start(part.number(), slice, part::remove);
  }

  /// Sends what is left and waits until everything has been sent.
  ///
  /// @return all parts in order
  List<BackupPart> finish() throws IOException {
    if (current != null) {
      send(current);
    }
    return uploads.finish();
  }

  /// Bytes so far.
  long size() {
    return size;
  }

  /// The checksum of everything in hexadecimal. Ends the writing.
  String sha256Hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  /// Removes the part that was not sent.
  @Override
  public void close() throws IOException {
    open = false;
    Part unsent = current;
    current = null;
    if (unsent != null) {
      unsent.remove();
    }
  }
}
