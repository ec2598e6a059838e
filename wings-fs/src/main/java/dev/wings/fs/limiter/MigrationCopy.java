package dev.wings.fs.limiter;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import dev.wings.fs.tree.WalkCancelledException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Copies a tree into an empty directory that nobody else uses: contents with their holes, by
/// sharing data where the file system can; modes, owners, times, links and hard links. The first
/// failure ends it; a FIFO, socket or device is one.
final class MigrationCopy implements TreeVisitor {
  private static final int PRIVATE_FILE = 0600;
  private static final int PRIVATE_DIRECTORY = 0700;
  private static final int MAX_LINK_PATH = 4000;
  private static final long CHUNK = 8L << 20;
  private static final int BUFFER = 64 << 10;

  private final Descriptor top;
  private final Runnable alive;

  /// Where the walk is, below [#top].
  private final Deque<byte[]> names = new ArrayDeque<>();

  /// First copy of each file that has several names, from [#top].
  private final Map<Long, byte[]> linked = new HashMap<>();

  private final ByteBuffer zeros = ByteBuffer.allocateDirect(BUFFER);
  private Descriptor current;
  private @Nullable IOException failure;

  private MigrationCopy(Descriptor top, Runnable alive) throws LinuxException {
    this.top = top;
    this.alive = alive;
    this.current = reopen(top, new byte[] {'.'});
  }

  /// @param source open directory
  /// @param target open directory, empty
  static void copy(Descriptor source, Descriptor target, Runnable alive) throws IOException {
    MigrationCopy copy = new MigrationCopy(target, alive);
    try {
      TreeWalk.walk(source, copy, /* threads= */ 1, () -> copy.failure != null);
    } catch (WalkCancelledException failed) {
      throw copy.failure == null ? failed : copy.failure;
    } finally {
      copy.current.close();
    }
    if (copy.failure != null) {
      throw copy.failure;
    }
    FileStatus status = Linux.statx(source);
    Linux.fchownat(target, status.uid(), status.gid());
    Linux.fchmodat(target, status.permissions());
  }

  private static Descriptor reopen(Descriptor directory, byte[] name) throws LinuxException {
    return Linux.openat(directory, name, Linux.O_PATH | Linux.oDirectory() | Linux.oNofollow(), 0);
  }

  @Override
  public boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException {
    alive.run();
    switch (type) {
      case DIRECTORY -> {
        Linux.mkdirat(current, name, PRIVATE_DIRECTORY);
        move(reopen(current, name));
        names.addLast(name);
      }
      case REGULAR -> file(directory, name);
      case SYMLINK -> {
        Linux.symlinkat(Linux.readlinkat(directory, name), current, name);
        FileStatus status = Linux.statx(directory, name);
        Linux.fchownat(current, name, status.uid(), status.gid());
        times(status, name);
      }
      case FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE, UNKNOWN ->
          throw new IOException("is a %s, which cannot be copied".formatted(type.name()));
    }
    return true;
  }

  private void move(Descriptor next) {
    current.close();
    current = next;
  }

  @Override
  public void leave(Descriptor directory, byte[] name) throws IOException {
    FileStatus status = Linux.statx(directory, name);
    Linux.fchownat(current, status.uid(), status.gid());
    Linux.fchmodat(current, status.permissions());
    move(reopen(current, new byte[] {'.', '.'}));
    names.removeLast();
    times(status, name);
  }

  private void file(Descriptor directory, byte[] name) throws IOException {
    int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.oNofollow();
    try (Descriptor source = Linux.openat(directory, name, flags, 0)) {
      FileStatus status = Linux.statx(source);
      if (!status.isRegular()) {
        throw new IOException("was replaced while it was copied");
      }
      byte[] first = linked.get(status.inode());
      if (first != null) {
        Linux.linkat(top, first, current, name);
        return;
      }
      int creating = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.oNofollow();
      try (Descriptor target = Linux.openat(current, name, creating, PRIVATE_FILE)) {
        if (!Linux.shareData(source, target)) {
          contents(source, target, status);
        }
        Linux.fchownat(target, status.uid(), status.gid());
        Linux.fchmod(target, status.permissions());
      }
      times(status, name);
      if (status.links() > 1) {
        remember(status.inode(), name);
      }
    }
  }

  private void contents(Descriptor source, Descriptor target, FileStatus status)
      throws IOException {
    long size = status.size();
    boolean sparse = status.allocatedBytes() < size;
    try (FileChannel in = Linux.reopen(source, Set.of(StandardOpenOption.READ));
        FileChannel out = Linux.reopen(target, Set.of(StandardOpenOption.WRITE))) {
      long position = Linux.nextData(source, 0).orElse(size);
      while (position < size) {
        long end = Math.min(size, Linux.nextHole(source, position));
        if (sparse) {
          copyWithoutZeros(in, out, position, end);
        } else {
          copy(in, out, position, end);
        }
        position = end;
        position = Linux.nextData(source, position).orElse(size);
      }
    }
    Linux.ftruncate(target, size);
  }

  private void copy(FileChannel in, FileChannel out, long from, long end) throws IOException {
    long position = from;
    out.position(position);
    while (position < end) {
      long moved = in.transferTo(position, Math.min(CHUNK, end - position), out);
      if (moved <= 0) {
        throw new IOException("became shorter while it was copied");
      }
      position += moved;
      alive.run();
    }
  }

  /// Not every file system tells where its holes are.
  private void copyWithoutZeros(FileChannel in, FileChannel out, long from, long end)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    long position = from;
    while (position < end) {
      buffer.clear().limit((int) Math.min(BUFFER, end - position));
      int read = in.read(buffer, position);
      if (read <= 0) {
        throw new IOException("became shorter while it was copied");
      }
      buffer.flip();
      if (buffer.mismatch(zeros.duplicate().limit(read)) >= 0) {
        long target = position;
        while (buffer.hasRemaining()) {
          target += out.write(buffer, target);
        }
      }
      position += read;
      alive.run();
    }
  }

  private void times(FileStatus status, byte[] name) throws LinuxException {
    Linux.utimensat(current, name, Optional.of(status.accessed()), Optional.of(status.modified()));
  }

  private void remember(long inode, byte[] name) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    names.forEach(each -> {
      path.writeBytes(each);
      path.write('/');
    });
    path.writeBytes(name);
    if (path.size() <= MAX_LINK_PATH) { // beyond that a name is copied as a file of its own
      linked.put(inode, path.toByteArray());
    }
  }

  @Override
  public void failed(byte[] name, IOException reason) {
    if (failure == null) {
      names.addLast(name);
      StringBuilder path = new StringBuilder();
      names.forEach(each -> path.append('/').append(new String(each, StandardCharsets.UTF_8)));
      failure = new IOException(path + ": " + reason.getMessage(), reason);
    }
  }
}
