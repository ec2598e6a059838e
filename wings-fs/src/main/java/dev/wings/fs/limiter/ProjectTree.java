package dev.wings.fs.limiter;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.linux.ProjectQuota;
import dev.wings.fs.linux.ProjectQuota.Project;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Gives a whole tree to a project. The top comes last and so tells whether the tree is complete; a
/// second look finds what was made in it meanwhile. Links and special files have no project.
final class ProjectTree {
  private static final int THREADS = 4;

  private ProjectTree() {}

  /// @param top open for reading
  static void assign(Descriptor top, long id, Runnable alive) throws IOException {
    walk(top, new Assignment(id, alive, /* everywhere= */ true));
    ProjectQuota.set(top, new Project(id, /* inherited= */ true));
    walk(top, new Assignment(id, alive, /* everywhere= */ false));
  }

  private static void walk(Descriptor top, Assignment assignment) throws IOException {
    TreeWalk.walk(top, assignment, THREADS, () -> false);
    IOException failure = assignment.firstFailure.get();
    if (failure != null) {
      throw failure;
    }
  }

  private static final class Assignment implements TreeVisitor {
    private final long id;
    private final Runnable alive;
    private final boolean everywhere;
    private final AtomicReference<@Nullable IOException> firstFailure = new AtomicReference<>();

    /// @param everywhere look also into directories that belong to the project
    Assignment(long id, Runnable alive, boolean everywhere) {
      this.id = id;
      this.alive = alive;
      this.everywhere = everywhere;
    }

    @Override
    public boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException {
      alive.run();
      if (type != EntryType.REGULAR && type != EntryType.DIRECTORY) {
        return false;
      }
      int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.oNofollow();
      try (Descriptor entry = Linux.openat(directory, name, flags, 0)) {
        EntryType opened = Linux.statx(entry).type();
        if (opened != EntryType.REGULAR && opened != EntryType.DIRECTORY) {
          return false; // replaced since it was listed
        }
        Project wanted = new Project(id, opened == EntryType.DIRECTORY);
        boolean changes = !ProjectQuota.get(entry).equals(wanted);
        if (changes) {
          ProjectQuota.set(entry, wanted);
        }
        return everywhere || changes;
      }
    }

    @Override
    public void failed(byte[] name, IOException failure) {
      boolean elsewhere =
          failure instanceof LinuxException e
              && (e.is(Errno.ENOENT) || e.is(Errno.ELOOP) || e.is(Errno.EBUSY));
      if (!elsewhere) { // neither gone, nor replaced by a link, nor another file system
        firstFailure.compareAndSet(null, failure);
      }
    }
  }
}
