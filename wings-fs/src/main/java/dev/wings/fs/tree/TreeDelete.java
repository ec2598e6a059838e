package dev.wings.fs.tree;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Removes whole trees (`filesystem.md` 2.7). Links are removed as links, an entry of another mount
/// is an error and stays. Immutable and append-only flags are cleared when they are in the way.
public final class TreeDelete {
  private static final int MAX_PASSES = 8;

  private TreeDelete() {}

  /// How single names are removed, by all threads of a walk.
  public interface Remover {
    /// As [TreeDelete#unlink] and [TreeDelete#rmdir].
    Remover PLAIN =
        new Remover() {
          @Override
          public void unlink(Descriptor parent, byte[] name) throws LinuxException {
            TreeDelete.unlink(parent, name);
          }

          @Override
          public void rmdir(Descriptor parent, byte[] name) throws LinuxException {
            TreeDelete.rmdir(parent, name);
          }
        };

    /// @throws LinuxException `EISDIR` for a directory
    void unlink(Descriptor parent, byte[] name) throws LinuxException;

    void rmdir(Descriptor parent, byte[] name) throws LinuxException;
  }

  /// Removes one entry and everything below it. Does what can be done before it fails.
  ///
  /// @param parent directory that holds the entry
  /// @param threads at most so many remove at a time
  /// @return number of entries removed
  /// @throws LinuxException the first failure; `ENOENT` when the entry does not exist
  public static long delete(Descriptor parent, byte[] name, int threads, BooleanSupplier cancelled)
      throws IOException {
    return delete(parent, name, Remover.PLAIN, threads, cancelled);
  }

  /// The same with another way to remove a name.
  public static long delete(
      Descriptor parent, byte[] name, Remover remover, int threads, BooleanSupplier cancelled)
      throws IOException {
    try {
      remover.unlink(parent, name);
      return 1;
    } catch (LinuxException e) {
      if (!e.is(Errno.EISDIR)) {
        throw e;
      }
    }
    try (Descriptor directory = TreeWalk.openDirectory(parent, name)) {
      if (!Linux.statx(directory).sameMount(Linux.statx(parent))) {
        throw new LinuxException("another file system is mounted here", Errno.EBUSY);
      }
      long below = clear(directory, remover, threads, cancelled);
      remover.rmdir(parent, name);
      return below + 1;
    }
  }

  /// Removes everything inside a directory and keeps it. As [#delete] otherwise.
  public static long clear(Descriptor directory, int threads, BooleanSupplier cancelled)
      throws IOException {
    return clear(directory, Remover.PLAIN, threads, cancelled);
  }

  /// The same with another way to remove a name.
  public static long clear(
      Descriptor directory, Remover remover, int threads, BooleanSupplier cancelled)
      throws IOException {
    long removed = 0;
    // Some file systems skip entries of a directory that shrinks while it is listed, and a game may
    // still be creating some: look again as long as that helps.
    for (int pass = 1; ; pass++) {
      Removal removal = new Removal(remover);
      TreeWalk.walk(directory, removal, threads, cancelled);
      removed += removal.removed.get();
      IOException failure = removal.firstFailure.get();
      boolean progress = removal.removed.get() > 0;
      if (!progress || pass == MAX_PASSES) {
        if (failure != null) {
          throw failure;
        }
        return removed;
      }
    }
  }

  private static final class Removal implements TreeVisitor {
    private final Remover remover;
    private final AtomicLong removed = new AtomicLong();
    private final AtomicReference<@Nullable IOException> firstFailure = new AtomicReference<>();

    Removal(Remover remover) {
      this.remover = remover;
    }

    @Override
    public boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException {
      if (type == EntryType.DIRECTORY) {
        return true;
      }
      remover.unlink(directory, name);
      removed.incrementAndGet();
      return false;
    }

    @Override
    public void leave(Descriptor directory, byte[] name) throws IOException {
      remover.rmdir(directory, name);
      removed.incrementAndGet();
    }

    @Override
    public void failed(byte[] name, IOException failure) {
      if (failure instanceof LinuxException e && e.is(Errno.ENOENT)) {
        return; // somebody else removed it
      }
      firstFailure.compareAndSet(null, failure);
    }
  }

  /// Removes one name that is not a directory, past immutable flags.
  ///
  /// @throws LinuxException `EISDIR` for a directory
  public static void unlink(Descriptor parent, byte[] name) throws LinuxException {
    pastFlags(parent, name, () -> Linux.unlinkat(parent, name));
  }

  /// Removes one empty directory, past immutable flags.
  public static void rmdir(Descriptor parent, byte[] name) throws LinuxException {
    pastFlags(parent, name, () -> Linux.rmdirat(parent, name));
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws LinuxException;
  }

  private static void pastFlags(Descriptor parent, byte[] name, Attempt attempt)
      throws LinuxException {
    try {
      attempt.run();
    } catch (LinuxException denied) {
      if (!denied.is(Errno.EPERM) && !denied.is(Errno.EACCES)) {
        throw denied;
      }
      boolean entryCleared = clearFlags(parent, name, denied);
      boolean parentCleared = clearFlags(parent, new byte[] {'.'}, denied);
      if (!entryCleared && !parentCleared) {
        throw denied;
      }
      attempt.run();
    }
  }

  private static boolean clearFlags(Descriptor parent, byte[] name, LinuxException denied) {
    try {
      EntryType type = Linux.statx(parent, name).type();
      if (type != EntryType.REGULAR && type != EntryType.DIRECTORY) {
        return false; // only those have flags, and only those may be opened
      }
      int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.oNofollow();
      try (Descriptor entry = Linux.openat(parent, name, flags, 0)) {
        return Linux.clearProtectingFlags(entry);
      }
    } catch (LinuxException e) {
      denied.addSuppressed(e);
      return false;
    }
  }
}
