package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.Edit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// A file that is open. All access is positional; the position of the channel itself is not used.
final class OpenFile implements Handle {
  private final Path path;
  private final FileChannel channel;
  private final OpenFlags flags;
  private final Edit edit;
  private boolean written;

  /// The size when it was last looked at, so that no reply is larger than it has to be.
  private long knownSize;

  /// @param channel closed with this handle
  /// @param cut whether opening it changed it already
  OpenFile(Path path, FileChannel channel, OpenFlags flags, Edit edit, boolean cut) {
    this.path = path;
    this.channel = channel;
    this.flags = flags;
    this.edit = edit;
    this.written = cut;
  }

  @Override
  public Path path() {
    return path;
  }

  FileChannel forReading() throws StatusException {
    if (!flags.reads()) {
      throw new StatusException(Status.PERMISSION_DENIED);
    }
    return channel;
  }

  FileChannel forWriting() throws StatusException {
    if (!flags.writes()) {
      throw new StatusException(Status.PERMISSION_DENIED);
    }
    return channel;
  }

  /// How many of `wanted` bytes there are at `offset`; 0 at the end.
  int available(long offset, int wanted) throws IOException {
    if (offset + wanted > knownSize) {
      knownSize = channel.size();
    }
    return Math.clamp(knownSize - offset, 0, wanted);
  }

  /// Writes all of `data`, or fails with what was written so far kept.
  ///
  /// @param offset ignored when the file was opened for appending
  void write(ByteBuffer data, long offset) throws IOException {
    FileChannel target = forWriting();
    long at = flags.append() ? target.size() : offset;
    while (data.hasRemaining()) {
      int count = target.write(data, at);
      written = written || count > 0;
      at += count;
    }
  }

  /// Whether [#resize] can be used.
  boolean resizable() {
    return flags.writes() && !flags.append();
  }

  void resize(long size) throws IOException {
    written = resize(channel, size) || written;
    knownSize = 0;
  }

  /// Cuts, or lets zeros follow.
  ///
  /// @return whether anything changed
  static boolean resize(FileChannel channel, long size) throws IOException {
    long before = channel.size();
    if (size < before) {
      channel.truncate(size);
    } else if (size > before) {
      channel.write(ByteBuffer.allocate(1), size - 1); // asks for the space as every write does
    }
    return size != before;
  }

  long size() throws IOException {
    return channel.size();
  }

  void force() throws IOException {
    channel.force(/* metaData= */ true);
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      edit.closed(written);
    }
  }
}
