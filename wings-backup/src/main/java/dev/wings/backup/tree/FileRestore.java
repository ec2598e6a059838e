package dev.wings.backup.tree;

import dev.wings.backup.driver.Restoration;
import dev.wings.core.operation.Progress;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.WorkCrew;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// Copies the files of a [TreeRestore]. The kernel does the copying, and shares the blocks where
/// both sides are on one file system that can. Holes stay holes.
///
/// A file with several names is written once, under its inode's number in a directory that goes at
/// the end, and gets its names from there. So nothing has to be remembered, however many there are.
final class FileRestore {
  private static final int STEP_BYTES = 1 << 20;
  private static final int PROBE_BYTES = 4096;
  private static final int STRIPES = 64;
  private static final int DELETE_THREADS = 4;
  private static final int OWNER_WRITE = 0200;
  private static final long FUSE = 0x65735546L;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final ByteBuffer ZEROS = ByteBuffer.allocate(BLOCK_BYTES).asReadOnlyBuffer();

  /// Less than this is not worth looking for holes.
  private static final long MIN_HOLE_BYTES = 64 * 1024;

  /// What a file system has against one entry and not against all.
  private static final Set<Integer> OF_THE_ENTRY =
      Set.of(
          Errno.ENAMETOOLONG,
          Errno.EINVAL,
          Errno.EEXIST,
          Errno.ENOENT,
          Errno.ENOTDIR,
          Errno.ELOOP,
          Errno.EFBIG,
          Errno.EMLINK);

  private final Restoration restoration;
  private final Progress progress;
  private final Path linked;
  private final ThreadLocal<ByteBuffer> blocks =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BLOCK_BYTES));
  private final ReentrantLock[] stripes =
      Stream.generate(ReentrantLock::new).limit(STRIPES).toArray(ReentrantLock[]::new);

  FileRestore(Restoration restoration) {
    this.restoration = restoration;
    this.progress = restoration.progress();
    this.linked = restoration.target().resolve(Sandbox.STAGING_PREFIX + "links");
  }

  static boolean isOfTheEntry(IOException failure) {
    Throwable cause = failure instanceof LinuxException ? failure : failure.getCause();
    return cause instanceof LinuxException e && OF_THE_ENTRY.contains(e.errno());
  }

  /// Whether this process, and not the disk, lacks something.
  static boolean isOfTheProcess(IOException failure) {
    return failure instanceof LinuxException e
        && (e.is(Errno.EMFILE) || e.is(Errno.ENFILE) || e.is(Errno.ENOMEM));
  }

  /// All files are there.
  void end() throws IOException {
    try {
      ((Sandbox) linked.getFileSystem()).deleteTree(linked, DELETE_THREADS, progress::cancelled);
    } catch (NoSuchFileException none) {
      // no file had several names
    }
  }

  /// One file on its way.
  final class Piece implements WorkCrew.Piece {
    private final TreePath path;
    private final Path target;
    private final Descriptor file;

    /// @param file opened with `O_PATH`, which touches nothing; closed with the piece
    Piece(TreePath path, Path target, Descriptor file) {
      this.path = path;
      this.target = target;
      this.file = file;
    }

    @Override
    public void run() throws IOException {
      try (file) {
        FileStatus status = Linux.statx(file);
        boolean written = status.links() > 1 ? writeLinked(status) : write(status, target);
        if (written) {
          progress.addFile();
          restoration.file().accept(KeptEntries.text(path));
        }
      } catch (IOException e) {
        if (!isOfTheEntry(e)) {
          throw e;
        }
        TreeRestore.trouble(restoration, KeptEntries.text(path), e);
      }
    }

    @Override
    public void dropped() {
      file.close();
    }

    private boolean writeLinked(FileStatus status) throws IOException {
      Path first = linked.resolve(Long.toUnsignedString(status.inode()));
      ReentrantLock lock = stripes[Math.floorMod(Long.hashCode(status.inode()), STRIPES)];
      lock.lock();
      try {
        if (Files.notExists(first)) {
          makeLinked();
          if (!write(status, first)) {
            return false;
          }
        } else {
          progress.addBytes(status.size());
        }
        TreeRestore.withParents(target, () -> Files.createLink(target, first));
        return true;
      } finally {
        lock.unlock();
      }
    }

    private void makeLinked() throws IOException {
      try {
        Files.createDirectory(linked);
      } catch (FileAlreadyExistsException there) {
        // made for another file
      }
    }

    /// @return false when it could not be read, and was reported
    private boolean write(FileStatus status, Path to) throws IOException {
      int mode = status.permissions() & 0777;
      try (Descriptor reading = Linux.reopenForReading(file);
          FileChannel in = Linux.reopen(file, Set.of(StandardOpenOption.READ))) {
        if (!copy(reading, in, status, to, mode)) {
          Files.deleteIfExists(to);
          return false;
        }
      } catch (LinuxException unreadable) {
        if (isOfTheProcess(unreadable)) {
          throw unreadable;
        }
        TreeRestore.trouble(restoration, KeptEntries.text(path), unreadable);
        return false;
      }
      TreeRestore.setMode(to, mode);
      TreeRestore.setTime(to, status.modified());
      return true;
    }

    private boolean copy(Descriptor reading, FileChannel in, FileStatus status, Path to, int mode)
        throws IOException {
      var attribute =
          PosixFilePermissions.asFileAttribute(TreeRestore.permissions(mode | OWNER_WRITE));
      FileChannel[] made = new FileChannel[1];
      TreeRestore.withParents(
          to,
          () ->
              made[0] =
                  FileChannel.open(
                      to,
                      Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                      attribute));
      try (FileChannel out = made[0]) {
        if (status.size() - status.allocatedBytes() < MIN_HOLE_BYTES) {
          return copy(in, out, 0, status.size());
        }
        return copyExtents(reading, in, out, status.size());
      }
    }

    private boolean copyExtents(Descriptor reading, FileChannel in, FileChannel out, long size)
        throws IOException {
      out.write(ByteBuffer.allocate(1), size - 1); // only a byte at the end makes it that long
      for (long position = 0; position < size; ) {
        OptionalLong data = Linux.nextData(reading, position);
        if (data.isEmpty() || data.getAsLong() >= size) {
          progress.addBytes(size - position);
          return true;
        }
        long end = Math.min(size, Linux.nextHole(reading, data.getAsLong()));
        if (end - data.getAsLong() == size && Linux.fstatfs(reading).type() == FUSE) {
          copyBlocks(reading, out, size);
          return true;
        }
        progress.addBytes(data.getAsLong() - position);
        if (!copy(in, out, data.getAsLong(), end)) {
          return false;
        }
        position = end;
      }
      return true;
    }

    /// Programs behind FUSE that do not tell where holes are: blocks of zeros become some.
    private void copyBlocks(Descriptor reading, FileChannel out, long size) throws IOException {
      ByteBuffer block = blocks.get();
      for (long position = 0; position < size; ) {
        progress.check();
        block.clear();
        while (block.hasRemaining()
            && Linux.pread(reading, block, position + block.position()) > 0) {
          // until the block or the file ends
        }
        if (block.position() == 0) {
          throw new LinuxException("the file ends early", Errno.EIO);
        }
        block.flip();
        int length = block.remaining();
        if (block.mismatch(ZEROS.slice(0, length)) >= 0) {
          for (long at = position; block.hasRemaining(); ) {
            at += out.write(block, at);
          }
        }
        position += length;
        progress.addBytes(length);
      }
    }

    /// @return false when it could not be read, and was reported
    private boolean copy(FileChannel in, FileChannel out, long from, long to) throws IOException {
      for (long position = from; position < to; ) {
        progress.check();
        restoration.pace().took(0, progress); // only what others wait for slows a restore down
        long step = Math.min(STEP_BYTES, to - position);
        long moved;
        try {
          in.position(position);
          moved = out.transferFrom(in, position, step);
        } catch (IOException failed) {
          probe(in, position, step, failed);
          return false;
        }
        if (moved <= 0) {
          TreeRestore.trouble(
              restoration, KeptEntries.text(path), new IOException("ends after " + position));
          return false;
        }
        position += moved;
        progress.addBytes(moved);
      }
      return true;
    }

    /// Tells a source that cannot be read from a target that cannot be written.
    ///
    /// @throws IOException the failure, if it was the target's
    private void probe(FileChannel in, long from, long count, IOException failed)
        throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(PROBE_BYTES);
      try {
        for (long position = from; position < from + count; position += PROBE_BYTES) {
          in.read(buffer.clear(), position);
        }
      } catch (IOException unreadable) {
        TreeRestore.trouble(restoration, KeptEntries.text(path), unreadable);
        return;
      }
      throw failed;
    }
  }
}
