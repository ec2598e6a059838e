package dev.wings.backup.tree;

import dev.wings.backup.driver.Restoration;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.write.Measurement;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.WorkCrew;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes a tree into an empty directory of another sandbox. The calling thread walks and makes
/// directories and links, a [WorkCrew] copies the files; a second walk gives the directories their
/// modes and times, when nothing is written into them any more. Nothing of the tree's size is kept
/// in memory.
///
/// An entry that cannot be read, or that the target cannot hold, is reported and left out. A target
/// that fails otherwise ends the restore.
final class TreeRestore implements AutoCloseable {
  private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

  private final OpenTree tree;
  private final Restoration restoration;
  private final Progress progress;
  private final Sandbox sandbox;
  private final FileRestore files;
  private final WorkCrew crew;

  /// A failure of the target that the walking thread met.
  private @Nullable IOException failure;

  TreeRestore(OpenTree tree, Restoration restoration, int threads) {
    this.tree = tree;
    this.restoration = restoration;
    this.progress = restoration.progress();
    this.sandbox = (Sandbox) restoration.target().getFileSystem();
    this.files = new FileRestore(restoration);
    this.crew = new WorkCrew("wings-backup-restore", threads);
  }

  void run() throws IOException {
    try (Measurement _ = Measurement.start(tree.source(), progress)) {
      new Entries().walk(tree.root(), /* threads= */ 1, this::ended, progress);
      finish();
      files.end();
      new Directories().walk(tree.root(), /* threads= */ 1, this::ended, progress);
      finish();
    }
  }

  private boolean ended() {
    return failure != null || crew.failed();
  }

  private void finish() throws IOException {
    if (failure != null) {
      throw failure;
    }
    crew.finish();
    progress.check();
  }

  @Override
  public void close() {
    crew.close();
  }

  private Path targetOf(TreePath path) {
    return restoration.target().resolve(sandbox.pathOf(path.bytes()));
  }

  static void trouble(Restoration restoration, String path, IOException reason) {
    Throwable cause = reason.getCause() instanceof LinuxException e ? e : reason;
    restoration.trouble().accept(path + ": " + cause.getMessage());
  }

  /// Directories of the tree that are not in the backup are made when something in them is.
  @FunctionalInterface
  interface Making {
    void run() throws IOException;
  }

  static void withParents(Path entry, Making making) throws IOException {
    try {
      making.run();
    } catch (NoSuchFileException e) {
      Path parent = entry.getParent();
      if (parent == null || Files.exists(parent, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
      Files.createDirectories(parent);
      making.run();
    }
  }

  static void setTime(Path entry, Instant modified) throws IOException {
    Files.getFileAttributeView(entry, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(modified), null, null);
  }

  static void setMode(Path entry, int mode) throws IOException {
    Files.getFileAttributeView(entry, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setPermissions(permissions(mode));
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

  /// Makes everything.
  private final class Entries extends KeptEntries {
    Entries() {
      super(tree.hidden().and(restoration.filter()));
    }

    @Override
    boolean kept(TreePath path, Descriptor directory, byte[] name, EntryType type)
        throws IOException {
      return switch (type) {
        case DIRECTORY -> directory(path, Linux.statx(directory, name));
        case REGULAR -> {
          int flags = Linux.O_PATH | Linux.oNofollow();
          crew.run(files.new Piece(path, targetOf(path), Linux.openat(directory, name, flags, 0)));
          yield false;
        }
        case SYMLINK -> {
          link(path, Linux.readlinkat(directory, name), Linux.statx(directory, name));
          yield false;
        }
        case FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE, UNKNOWN -> false; // as in archives
      };
    }

    private boolean directory(TreePath path, FileStatus status) {
      Path directory = targetOf(path);
      boolean made =
          make(path, () -> withParents(directory, () -> Files.createDirectory(directory)));
      progress.addBytes(status.size());
      return made;
    }

    private void link(TreePath path, byte[] contents, FileStatus status) {
      Path link = targetOf(path);
      boolean made =
          make(
              path,
              () -> {
                withParents(link, () -> sandbox.restoreLink(link, contents));
                setTime(link, status.modified());
              });
      progress.addBytes(status.size());
      if (made) {
        progress.addFile();
      }
    }

    /// @return whether it was made
    private boolean make(TreePath path, Making making) {
      try {
        making.run();
        return true;
      } catch (IOException e) {
        if (FileRestore.isOfTheEntry(e)) {
          trouble(restoration, text(path), e);
        } else {
          failure = e; // a walk passes over exceptions
        }
        return false;
      }
    }

    @Override
    public void failed(byte[] name, IOException unreadable) {
      if (FileRestore.isOfTheProcess(unreadable)) {
        failure = unreadable;
      } else {
        trouble(restoration, NameCodec.decode(name), unreadable);
      }
    }
  }

  /// Gives the directories their modes and times.
  private final class Directories extends KeptEntries {
    Directories() {
      super(tree.hidden().and(restoration.filter()));
    }

    @Override
    boolean kept(TreePath path, Descriptor directory, byte[] name, EntryType type)
        throws IOException {
      if (type != EntryType.DIRECTORY) {
        return false;
      }
      FileStatus status = Linux.statx(directory, name);
      Path made = targetOf(path);
      try {
        setMode(made, status.permissions());
        setTime(made, status.modified());
        return true;
      } catch (NoSuchFileException leftOut) {
        return false;
      } catch (IOException e) {
        failure = e;
        return false;
      }
    }

    @Override
    public void failed(byte[] name, IOException unreadable) {
      // reported when the entries were made
    }
  }
}
