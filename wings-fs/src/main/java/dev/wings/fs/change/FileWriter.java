package dev.wings.fs.change;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes copies of single files. Where both sides are files of one kernel it does the copying, and
/// shares the blocks if the file system can.
final class FileWriter {
  private static final int STEP_BYTES = 1 << 20;
  private static final int BUFFER_BYTES = 128 * 1024;
  private static final Set<PosixFilePermission> PLAIN_FILE =
      PosixFilePermissions.fromString("rw-r--r--");

  private final Progress progress;
  private final boolean overwrite;

  FileWriter(Progress progress, boolean overwrite) {
    this.progress = progress;
    this.overwrite = overwrite;
  }

  boolean overwrites() {
    return overwrite;
  }

  /// @param source followed when it is a link
  void copy(Path source, BasicFileAttributes attributes, Path target) throws IOException {
    try (ReadableByteChannel in = Files.newByteChannel(source)) {
      write(in, attributes, target);
    }
  }

  /// Copies as many bytes as the source had when it was looked at.
  ///
  /// @param attributes of the file that `source` reads
  void write(ReadableByteChannel source, BasicFileAttributes attributes, Path target)
      throws IOException {
    if (overwrite) {
      requireOther(attributes, target);
    }
    Set<PosixFilePermission> mode = permissions(attributes, PLAIN_FILE);
    Set<OpenOption> options =
        overwrite
            ? Set.of(
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS)
            : Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    Set<PosixFilePermission> writable = EnumSet.copyOf(mode);
    writable.add(PosixFilePermission.OWNER_WRITE);
    try (FileChannel out =
        FileChannel.open(target, options, PosixFilePermissions.asFileAttribute(writable))) {
      transfer(source, out, attributes.size());
    }
    setPermissions(target, mode);
    progress.addFile();
  }

  /// A file must not be truncated before it is read.
  private static void requireOther(BasicFileAttributes source, Path target) throws IOException {
    Object key = source.fileKey();
    try {
      BasicFileAttributes there =
          Files.readAttributes(target, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (key != null && key.equals(there.fileKey())) {
        throw new FileSystemException(
            target.toString(), null, "source and destination are the same file");
      }
      if (!there.isRegularFile()) {
        throw new FileSystemException(target.toString(), null, "destination is not a file");
      }
    } catch (NoSuchFileException free) {
      return; // nothing to overwrite
    }
  }

  private void transfer(ReadableByteChannel source, FileChannel target, long size)
      throws IOException {
    long position = 0;
    if (source instanceof FileChannel file) {
      while (position < size) {
        progress.check();
        long moved = target.transferFrom(file, position, Math.min(STEP_BYTES, size - position));
        if (moved <= 0) {
          return; // became shorter
        }
        position += moved;
        progress.addBytes(moved);
      }
      return;
    }
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    while (position < size) {
      progress.check();
      buffer.clear().limit((int) Math.min(buffer.capacity(), size - position));
      if (source.read(buffer) < 0) {
        return;
      }
      buffer.flip();
      position += buffer.remaining();
      progress.addBytes(buffer.remaining());
      while (buffer.hasRemaining()) {
        target.write(buffer);
      }
    }
  }

  static Set<PosixFilePermission> permissions(
      BasicFileAttributes attributes, Set<PosixFilePermission> otherwise) {
    return attributes instanceof PosixFileAttributes posix ? posix.permissions() : otherwise;
  }

  static void setPermissions(Path entry, Set<PosixFilePermission> mode) throws IOException {
    @Nullable PosixFileAttributeView view =
        Files.getFileAttributeView(entry, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view != null) {
      view.setPermissions(mode);
    }
  }
}
