package dev.wings.fs.send;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.linux.Transfers;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/// A regular file that is open for sending. Size and time are those at the moment of opening. For
/// one thread at a time.
public abstract sealed class OpenedFile implements AutoCloseable {
  private final long size;
  private final Instant modified;

  private OpenedFile(long size, Instant modified) {
    this.size = size;
    this.modified = modified;
  }

  /// Opens a file, following links inside its file system. Nothing waits for a FIFO.
  ///
  /// @throws NoSuchFileException for a path that leads to no regular file
  public static OpenedFile open(Path path) throws IOException {
    return path.getFileSystem() instanceof Sandbox sandbox
        ? InKernel.of(sandbox, path)
        : Copied.of(path);
  }

  /// Bytes when it was opened.
  public long size() {
    return size;
  }

  public Instant modified() {
    return modified;
  }

  /// Reads into a direct buffer.
  ///
  /// @return number of bytes, 0 at the end
  public abstract int read(ByteBuffer target, long position) throws IOException;

  /// Whether [#sendTo] works.
  public abstract boolean sendable();

  /// Sends a part without copying it through this process.
  ///
  /// @return bytes sent, 0 at the end of the file, -1 when the socket takes nothing now
  /// @throws PeerGoneException when nobody can receive it any more
  /// @throws IOException when the file cannot be read
  public abstract long sendTo(OutgoingSocket socket, long position, long count) throws IOException;

  @Override
  public abstract void close() throws IOException;

  /// A file with a descriptor.
  private static final class InKernel extends OpenedFile {
    private final Descriptor file;

    private InKernel(Descriptor file, FileStatus status) {
      super(status.size(), status.modified());
      this.file = file;
    }

    static InKernel of(Sandbox sandbox, Path path) throws IOException {
      Descriptor file = sandbox.openFile(path);
      boolean done = false;
      try {
        InKernel opened = new InKernel(file, Linux.statx(file));
        done = true;
        return opened;
      } catch (LinuxException e) {
        throw e.forFile(path.toString());
      } finally {
        if (!done) {
          file.close();
        }
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return Linux.pread(file, target, position);
    }

    @Override
    public boolean sendable() {
      return true;
    }

    @Override
    public long sendTo(OutgoingSocket socket, long position, long count) throws IOException {
      try {
        return Transfers.sendfile(socket.descriptor(), file, position, count);
      } catch (LinuxException e) {
        if (e.is(Errno.EAGAIN)) {
          return -1;
        }
        if (e.is(Errno.EPIPE) || e.is(Errno.ECONNRESET)) {
          throw new PeerGoneException(e);
        }
        throw e;
      }
    }

    @Override
    public void close() {
      file.close();
    }
  }

  /// A file of another file system, such as one inside an archive.
  private static final class Copied extends OpenedFile {
    private final SeekableByteChannel channel;

    private Copied(SeekableByteChannel channel, BasicFileAttributes attributes) {
      super(attributes.size(), attributes.lastModifiedTime().toInstant());
      this.channel = channel;
    }

    static Copied of(Path path) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw new NoSuchFileException(path.toString());
      }
      return new Copied(Files.newByteChannel(path), attributes);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      if (channel.position() != position) {
        channel.position(position);
      }
      return Math.max(0, channel.read(target));
    }

    @Override
    public boolean sendable() {
      return false;
    }

    @Override
    public long sendTo(OutgoingSocket socket, long position, long count) {
      throw new UnsupportedOperationException("a file without a descriptor is read, not sent");
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
