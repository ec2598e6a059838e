package dev.wings.fs.listing;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.DirectoryReader;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.listing.MediaTypes.Head;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A directory of a sandbox. Everything goes through its descriptor, one name at a time, so that no
/// path is resolved again for each entry and nothing that happens to paths meanwhile leads out.
final class DescriptorSource implements DirectorySource {
  private static final int OPEN_HEAD =
      Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_NOCTTY | Linux.oNofollow();

  private final Sandbox sandbox;
  private final Sandbox.Directory directory;
  private final DirectoryReader reader;
  private final ByteBuffer head = ByteBuffer.allocateDirect(MediaTypes.HEAD_BYTES);

  DescriptorSource(Sandbox sandbox, Path path) throws IOException {
    this.sandbox = sandbox;
    this.directory = sandbox.openDirectory(path);
    this.reader = new DirectoryReader(directory.descriptor());
  }

  @Override
  public Path real() {
    return directory.real();
  }

  @Override
  public @Nullable Named next() throws IOException {
    while (true) {
      Optional<DirectoryReader.Entry> entry = reader.next();
      if (entry.isEmpty()) {
        return null;
      }
      byte[] name = entry.get().name();
      EntryType type = entry.get().type();
      if (type != EntryType.UNKNOWN) {
        return new Named(name, type);
      }
      try {
        return new Named(name, Linux.statx(directory.descriptor(), name).type());
      } catch (LinuxException vanished) {
        // a file system without types in its listing, and the entry has gone since
      }
    }
  }

  @Override
  public FileStatus status(byte[] name) throws IOException {
    return Linux.statx(directory.descriptor(), name);
  }

  /// Opening without waiting and without following, then checking what was opened: neither a FIFO
  /// nor a link that takes the file's place can do any harm.
  @Override
  public Head head(byte[] name, FileStatus status) throws IOException {
    try (Descriptor file = Linux.openat(directory.descriptor(), name, OPEN_HEAD, 0)) {
      FileStatus opened = Linux.statx(file);
      if (!opened.isRegular() || !opened.sameInode(status)) {
        throw new NoSuchFileException(NameCodec.decode(name));
      }
      head.clear();
      int length = Linux.pread(file, head, 0);
      byte[] bytes = new byte[length];
      head.flip().get(bytes);
      return Head.of(bytes, length);
    }
  }

  @Override
  public Path path(byte[] name) {
    return directory.real().resolve(sandbox.getPath(NameCodec.decode(name)));
  }

  @Override
  public void close() {
    directory.close();
  }
}
