package dev.wings.fs.archive.read;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/// A file that is being extracted. Closed without [#commit] it is removed: a file that is there is
/// complete. Belongs to one thread.
final class FileSink extends OutputStream implements Closeable {
  private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

  private final Path path;
  private final SeekableByteChannel channel;
  private final EntryAttributes attributes;
  private final Guard guard;
  private long position;
  private boolean hole;
  private boolean committed;

  FileSink(Path path, SeekableByteChannel channel, EntryAttributes attributes, Guard guard) {
    this.path = path;
    this.channel = channel;
    this.attributes = attributes;
    this.guard = guard;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    guard.out(length);
    put(ByteBuffer.wrap(source, offset, length));
    position += length;
    hole = false;
  }

  private void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Leaves out bytes, which read as zero.
  void skip(long bytes) throws IOException {
    if (bytes <= 0) {
      return;
    }
    long end = position + bytes;
    if (end < 0) {
      throw new ArchiveException("an entry is larger than any file can be");
    }
    position = end;
    channel.position(end);
    hole = true;
  }

  long position() {
    return position;
  }

  /// Ends the file and gives it its mode and time.
  void commit() throws IOException {
    if (hole) { // only a byte at the end makes it that long
      channel.position(position - 1);
      put(ByteBuffer.allocate(1));
    }
    channel.close();
    if (attributes.mode().isPresent()) {
      Files.setAttribute(
          path,
          "posix:permissions",
          permissions(attributes.mode().getAsInt()),
          LinkOption.NOFOLLOW_LINKS);
    }
    if (attributes.modified().isPresent()) {
      Files.setLastModifiedTime(path, FileTime.from(attributes.modified().get()));
    }
    committed = true;
  }

  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> result = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < PERMISSIONS.length; i++) { // from the owner's r down to the others' x
      if ((mode & 0400 >> i) != 0) {
        result.add(PERMISSIONS[i]);
      }
    }
    return result;
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      if (!committed) {
        committed = true;
        Files.deleteIfExists(path);
      }
    }
  }
}
