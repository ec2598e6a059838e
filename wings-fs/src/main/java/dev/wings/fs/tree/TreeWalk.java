package dev.wings.fs.tree;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.DirectoryReader;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One walk over everything below an open directory, depth first.
///
/// Each level of the stack is an open directory; a child is opened from its parent's descriptor
/// with `O_NOFOLLOW`, so nothing that happens to names meanwhile leads out. A tree can be deeper
/// than the limit of open files: beyond [#MAX_OPEN_LEVELS] the oldest levels are closed and found
/// again by `..`, which counts only if device and inode are the remembered ones. The first
/// [#ALWAYS_OPEN_LEVELS] levels stay open, because only from those a subdirectory may be handed to
/// another thread, which then uses its parent's descriptor.
public final class TreeWalk {
  static final int ALWAYS_OPEN_LEVELS = 16;
  static final int MAX_OPEN_LEVELS = 64;

  private static final Logger log = LoggerFactory.getLogger(TreeWalk.class);

  private final TreeVisitor visitor;
  private final BooleanSupplier cancelled;
  private final Consumer<Runnable> starter;
  private final Semaphore idle;
  private final FileStatus root;

  /// What ended a handed-out branch early: a defect of the visitor, not of a file.
  private final AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();

  private TreeWalk(
      TreeVisitor visitor,
      BooleanSupplier cancelled,
      int threads,
      Consumer<Runnable> starter,
      FileStatus root) {
    this.visitor = visitor;
    this.cancelled = cancelled;
    this.starter = starter;
    this.idle = new Semaphore(threads - 1);
    this.root = root;
  }

  /// Visits everything below `directory`, which is not visited itself.
  ///
  /// @param directory stays the caller's; may be opened with `O_PATH`
  /// @param threads at most so many visit at a time, the calling one included
  /// @param cancelled asked before each entry
  /// @throws WalkCancelledException when `cancelled` said so
  /// @throws IOException when the directory itself cannot be read
  public static void walk(
      Descriptor directory, TreeVisitor visitor, int threads, BooleanSupplier cancelled)
      throws IOException {
    walk(directory, visitor, threads, TreeWalk::startThread, cancelled);
  }

  private static void startThread(Runnable work) {
    Thread.ofPlatform().name("wings-tree-walk").daemon().start(work);
  }

  /// @param starter runs what it is given on another thread, or throws `OutOfMemoryError`
  static void walk(
      Descriptor directory,
      TreeVisitor visitor,
      int threads,
      Consumer<Runnable> starter,
      BooleanSupplier cancelled)
      throws IOException {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads + " (expected: >= 1)");
    }
    FileStatus status = Linux.statx(directory);
    Descriptor readable = openDirectory(directory, new byte[] {'.'});
    TreeWalk walk = new TreeWalk(visitor, cancelled, threads, starter, status);
    walk.new Branch(null, 0).run(new Level(TreePath.ROOT, new byte[] {'.'}, readable, status));
    Throwable defect = walk.defect.get();
    if (defect != null) {
      throw new IllegalStateException("a thread of the walk failed", defect);
    }
    if (cancelled.getAsBoolean()) {
      throw new WalkCancelledException();
    }
  }

  private boolean ended() {
    return defect.get() != null || cancelled.getAsBoolean();
  }

  /// Opens one directory for reading its names, never through a link.
  public static Descriptor openDirectory(Descriptor parent, byte[] name) throws LinuxException {
    int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.oDirectory() | Linux.oNofollow();
    return Linux.openat(parent, name, flags, 0);
  }

  /// One directory on the stack.
  private static final class Level implements AutoCloseable {
    private final TreePath path;
    private final byte[] name;
    private final FileStatus status;
    private @Nullable Descriptor descriptor;
    private @Nullable DirectoryReader reader;
    private long cookie;

    /// Subdirectories that other threads work on; this level is party 0.
    private final Phaser handedOut = new Phaser(1);

    Level(TreePath path, byte[] name, Descriptor descriptor, FileStatus status) {
      this.path = path;
      this.name = name;
      this.descriptor = descriptor;
      this.reader = new DirectoryReader(descriptor);
      this.status = status;
    }

    Descriptor open() {
      if (descriptor == null) {
        throw new IllegalStateException("level is suspended");
      }
      return descriptor;
    }

    Optional<DirectoryReader.Entry> next() throws LinuxException {
      if (reader == null) {
        throw new IllegalStateException("level is suspended");
      }
      return reader.next();
    }

    boolean suspended() {
      return descriptor == null;
    }

    void suspend() {
      if (reader != null) {
        cookie = reader.cookie();
      }
      close();
    }

    /// Finds the directory again from one of its subdirectories.
    void resume(Descriptor child) throws LinuxException {
      Descriptor parent = Linux.openat(child, new byte[] {'.', '.'}, Linux.oDirectory(), 0);
      try {
        if (!Linux.statx(parent).sameInode(status)) {
          throw new LinuxException("directory moved during the walk", Errno.ESTALE);
        }
        reader = DirectoryReader.resume(parent, cookie);
        descriptor = parent;
      } finally {
        if (descriptor == null) {
          parent.close();
        }
      }
    }

    @Override
    public void close() {
      if (descriptor != null) {
        descriptor.close();
      }
      descriptor = null;
      reader = null;
    }
  }

  /// The part of the walk that one thread does: one subdirectory of `parent`, or the root.
  private final class Branch {
    private final @Nullable Level parent;
    private final int depth;
    private final List<Level> stack = new ArrayList<>();

    Branch(@Nullable Level parent, int depth) {
      this.parent = parent;
      this.depth = depth;
    }

    void run(Level first) {
      stack.add(first);
      try {
        while (!stack.isEmpty()) {
          step();
        }
      } catch (RuntimeException | Error e) {
        defect.compareAndSet(null, e); // ends the handed-out branches too
        throw e;
      } finally {
        closeAll();
      }
    }

    /// Other threads may still use a level's descriptor: each is closed when they have left it.
    private void closeAll() {
      while (!stack.isEmpty()) {
        Level level = stack.removeLast();
        level.handedOut.arriveAndAwaitAdvance();
        level.close();
        exit(level);
      }
    }

    private void exit(Level level) {
      if (level.path != TreePath.ROOT) { // that one belongs to the caller
        visitor.exit(level.name);
      }
    }

    private void step() {
      Level level = stack.getLast();
      Optional<DirectoryReader.Entry> entry = Optional.empty();
      if (!ended()) {
        try {
          entry = level.next();
        } catch (IOException e) {
          visitor.failed(level.name, e);
        }
      }
      if (entry.isPresent()) {
        visit(level, entry.get());
      } else {
        leave(level);
      }
    }

    private void visit(Level level, DirectoryReader.Entry entry) {
      try {
        EntryType type =
            entry.type() == EntryType.UNKNOWN
                ? Linux.statx(level.open(), entry.name()).type()
                : entry.type();
        boolean descends = visitor.visit(level.path, level.open(), entry.name(), type);
        if (descends && type == EntryType.DIRECTORY) {
          descend(level, entry.name());
        }
      } catch (IOException e) {
        visitor.failed(entry.name(), e);
      }
    }

    private void descend(Level level, byte[] name) throws IOException {
      Descriptor child = openDirectory(level.open(), name);
      Level next;
      try {
        FileStatus status = Linux.statx(child);
        if (!status.sameMount(root)) {
          throw new LinuxException("another file system is mounted here", Errno.EBUSY);
        }
        next = new Level(level.path.child(name), name, child, status);
        visitor.enter(child, name, status);
      } catch (IOException | RuntimeException e) {
        child.close();
        throw e;
      }
      if (depth + stack.size() <= ALWAYS_OPEN_LEVELS && idle.tryAcquire()) {
        if (handOut(level, next)) {
          return;
        }
        idle.release();
      }
      stack.add(next);
      int oldest = stack.size() - 1 - (MAX_OPEN_LEVELS - ALWAYS_OPEN_LEVELS);
      if (oldest >= ALWAYS_OPEN_LEVELS) {
        stack.get(oldest).suspend();
      }
    }

    /// @return false when the system has no thread left, and this one has to do it
    private boolean handOut(Level level, Level next) {
      level.handedOut.register();
      Branch branch = new Branch(level, depth + stack.size());
      Runnable work =
          () -> {
            try {
              branch.run(next);
            } catch (RuntimeException | Error e) {
              defect.compareAndSet(null, e); // reported by the thread that called walk
            } finally {
              idle.release();
              level.handedOut.arriveAndDeregister();
            }
          };
      try {
        starter.accept(work);
        return true;
      } catch (OutOfMemoryError noThread) { // how the JVM says that pthread_create failed
        level.handedOut.arriveAndDeregister();
        log.atDebug().setCause(noThread).log("a walk goes on with fewer threads");
        return false;
      }
    }

    private void leave(Level level) {
      level.handedOut.arriveAndAwaitAdvance();
      stack.removeLast();
      exit(level);
      Level above = stack.isEmpty() ? parent : stack.getLast();
      try {
        if (above == null) {
          return; // the root of the walk belongs to the caller
        }
        if (above.suspended()) {
          above.resume(level.open());
        }
        if (!ended()) {
          visitor.leave(level.path, above.open(), level.name);
        }
      } catch (IOException e) {
        visitor.failed(level.name, e);
        while (!stack.isEmpty() && stack.getLast().suspended()) {
          exit(stack.removeLast()); // cannot be found again; the first levels always can
        }
      } finally {
        level.close();
      }
    }
  }
}
