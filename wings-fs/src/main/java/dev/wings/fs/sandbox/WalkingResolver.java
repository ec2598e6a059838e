package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Resolves component by component, each opened with `O_NOFOLLOW` from the descriptor of the one
/// before. Links are read from their own descriptor and their components put in front of the rest.
/// `..`, which only links can bring in, goes back to the descriptor that was passed on the way down
/// and never asks the kernel for a parent: what was reached stays below the root even if
/// directories are moved meanwhile. Links of procfs have absolute contents and end the walk like
/// any other.
final class WalkingResolver implements Resolver {
  /// The kernel's own limit (`MAXSYMLINKS`).
  private static final int MAX_LINKS = 40;

  private static final byte[] DOT = {'.'};
  private static final byte[] DOT_DOT = {'.', '.'};

  @Override
  public Descriptor open(Descriptor root, byte[] path, int flags, int mode) throws LinuxException {
    if (path.length >= MAX_PATH_BYTES) {
      throw new LinuxException("resolve", Errno.ENAMETOOLONG);
    }
    try (Walk walk = new Walk(root, flags, mode)) {
      return walk.open(path);
    } catch (LinuxException e) {
      throw Resolver.hidingEscapes(e);
    }
  }

  private static final class Walk implements AutoCloseable {
    private final Descriptor root;
    private final int flags;
    private final int mode;
    private final Deque<byte[]> pending = new ArrayDeque<>();

    /// Directories passed, below the root.
    private final List<Descriptor> passed = new ArrayList<>();

    private int links;

    /// A link ended with a slash, so that what it leads to must be a directory.
    private boolean mustBeDirectory;

    Walk(Descriptor root, int flags, int mode) {
      this.root = root;
      this.flags = flags;
      this.mode = mode;
    }

    Descriptor open(byte[] path) throws LinuxException {
      push(path);
      while (!pending.isEmpty()) {
        byte[] name = pending.removeFirst();
        if (Arrays.equals(name, DOT)) {
          continue;
        }
        if (Arrays.equals(name, DOT_DOT)) {
          up();
        } else if (pending.isEmpty()) {
          Descriptor last = openLast(name);
          if (last != null) {
            return last;
          }
        } else {
          down(name);
        }
      }
      return Linux.openat(current(), DOT, flags & ~Linux.oNofollow(), 0);
    }

    private Descriptor current() {
      return passed.isEmpty() ? root : passed.getLast();
    }

    private void up() throws LinuxException {
      if (passed.isEmpty()) {
        throw new LinuxException("resolve", Errno.EXDEV);
      }
      passed.removeLast().close();
    }

    private void down(byte[] name) throws LinuxException {
      Descriptor entry = peek(name);
      try {
        FileStatus status = Linux.statx(entry);
        if (status.isDirectory()) {
          passed.add(entry);
          return;
        }
        if (!status.isSymlink()) {
          throw new LinuxException("resolve", Errno.ENOTDIR);
        }
        follow(entry);
      } catch (LinuxException e) {
        entry.close();
        throw e;
      }
      entry.close();
    }

    /// @return null when the name was a link, whose components are now pending
    private @Nullable Descriptor openLast(byte[] name) throws LinuxException {
      if ((flags & Linux.oNofollow()) == 0) {
        try (Descriptor entry = peek(name)) {
          if (Linux.statx(entry).isSymlink()) {
            follow(entry);
            return null;
          }
        } catch (LinuxException e) {
          if (!e.is(Errno.ENOENT) || (flags & Linux.O_CREAT) == 0) {
            throw e;
          }
        }
      }
      int directory = mustBeDirectory ? Linux.oDirectory() : 0;
      Descriptor last = Linux.openat(current(), name, flags | Linux.oNofollow() | directory, mode);
      boolean keep = false;
      try {
        // with O_PATH, a link put here since the look above is opened itself instead of failing
        keep = (flags & Linux.oNofollow()) != 0 || !Linux.statx(last).isSymlink();
        if (keep) {
          return last;
        }
        follow(last);
        return null;
      } finally {
        if (!keep) {
          last.close();
        }
      }
    }

    private Descriptor peek(byte[] name) throws LinuxException {
      return Linux.openat(current(), name, Linux.O_PATH | Linux.oNofollow(), 0);
    }

    private void follow(Descriptor link) throws LinuxException {
      if (++links > MAX_LINKS) {
        throw new LinuxException("resolve", Errno.ELOOP);
      }
      byte[] contents = Linux.readlinkat(link);
      if (contents.length == 0) {
        throw new LinuxException("resolve", Errno.ENOENT);
      }
      if (contents[0] == '/') {
        throw new LinuxException("resolve", Errno.EXDEV);
      }
      if (pending.isEmpty() && contents[contents.length - 1] == '/') {
        mustBeDirectory = true;
      }
      push(contents);
    }

    private void push(byte[] path) {
      int end = path.length;
      for (int i = path.length - 1; i >= -1; i--) {
        if (i < 0 || path[i] == '/') {
          if (end > i + 1) {
            pending.addFirst(Arrays.copyOfRange(path, i + 1, end));
          }
          end = i;
        }
      }
    }

    @Override
    public void close() {
      passed.forEach(Descriptor::close);
    }
  }
}
