package dev.wings.fs.change;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxAttributes;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.tree.WorkCrew;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies one directory: the calling thread walks through the source and makes directories and
/// links, a [WorkCrew] copies the files. Entries of the source that vanish or cannot be read are
/// left out; a failure of the target ends the copy.
final class TreeCopy implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TreeCopy.class);
  private static final Set<PosixFilePermission> PLAIN_DIRECTORY =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private final Location source;
  private final Location target;
  private final FileWriter writer;
  private final Progress progress;
  private final WorkCrew crew;

  /// Where the source really is, with a slash at the end.
  private String real = "";

  /// A failure of the target that the walking thread met.
  private @Nullable IOException failure;

  /// Whether directories wait for a mode that forbids to write into them.
  private boolean lateModes;

  TreeCopy(Location source, Location target, FileWriter writer, int threads, Progress progress) {
    this.source = source;
    this.target = target;
    this.writer = writer;
    this.progress = progress;
    this.crew = new WorkCrew("wings-copy", threads);
  }

  /// Copies from a sandbox, where each entry is opened from the directory that holds it.
  void fromSandbox(Sandbox sandbox) throws IOException {
    try (Sandbox.Directory directory = sandbox.openDirectory(source.path())) {
      real = prefix(source.view().root().relativize(directory.real()).toString());
      BasicFileAttributes attributes = new SandboxAttributes(Linux.statx(directory.descriptor()));
      makeDirectory("", attributes);
      walk(directory.descriptor(), new FromSandbox());
      finish();
      if (lateModes) {
        walk(directory.descriptor(), new LateModes());
        applyLateMode("", attributes);
      }
    }
  }

  private void walk(Descriptor directory, TreeVisitor visitor) throws IOException {
    try {
      TreeWalk.walk(directory, visitor, /* threads= */ 1, this::ended);
    } catch (WalkCancelledException ended) {
      finish();
      throw ended;
    }
  }

  /// Copies from any other tree.
  void fromPath() throws IOException {
    Path root = source.path().toRealPath();
    real = prefix(source.view().root().relativize(root).toString());
    Files.walkFileTree(root, new FromPath(root));
    finish();
  }

  private boolean ended() {
    return failure != null || crew.failed() || progress.cancelled();
  }

  private void finish() throws IOException {
    IOException first = failure;
    if (first != null) {
      throw first;
    }
    crew.finish();
    progress.check();
  }

  @Override
  public void close() {
    crew.close();
  }

  private static String prefix(String path) {
    return path.isEmpty() ? "" : path + "/";
  }

  private Path targetOf(String path) {
    return path.isEmpty() ? target.path() : target.path().resolve(path);
  }

  /// What both sides say about an entry.
  private Verdict judge(String path, boolean directory) {
    if (path.isEmpty()) {
      return Verdict.KEEP; // was judged by whoever named it
    }
    String asked = prefix(source.relative()) + path;
    Verdict verdict = source.view().filter().judge(real + path, directory);
    if (verdict == Verdict.KEEP) {
      verdict = source.view().filter().judge(asked, directory);
    }
    boolean hiddenThere = target.view().filter().hides(prefix(target.relative()) + path, directory);
    return verdict != Verdict.SKIP && hiddenThere ? Verdict.SKIP : verdict;
  }

  /// @return whether to go on inside
  private boolean directory(String path, BasicFileAttributes attributes) throws IOException {
    Verdict verdict = judge(path, /* directory= */ true);
    if (verdict == Verdict.KEEP) {
      makeDirectory(path, attributes);
    }
    return verdict != Verdict.SKIP; // one that only leads to visible entries is made for the first
  }

  private void makeDirectory(String path, BasicFileAttributes attributes) throws IOException {
    Path directory = targetOf(path);
    Set<PosixFilePermission> mode = FileWriter.permissions(attributes, PLAIN_DIRECTORY);
    try {
      withParents(directory, () -> Files.createDirectory(directory));
    } catch (FileAlreadyExistsException e) {
      if (writer.overwrites() && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
      throw e;
    }
    Set<PosixFilePermission> usable = usable(mode);
    lateModes |= !usable.equals(mode);
    FileWriter.setPermissions(directory, usable);
    progress.addFile();
  }

  private static Set<PosixFilePermission> usable(Set<PosixFilePermission> mode) {
    Set<PosixFilePermission> usable =
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE);
    usable.addAll(mode);
    return usable;
  }

  private void applyLateMode(String path, BasicFileAttributes attributes) throws IOException {
    Set<PosixFilePermission> mode = FileWriter.permissions(attributes, PLAIN_DIRECTORY);
    if (!usable(mode).equals(mode) && judge(path, /* directory= */ true) == Verdict.KEEP) {
      FileWriter.setPermissions(targetOf(path), mode);
    }
  }

  @FunctionalInterface
  private interface Making {
    void run() throws IOException;
  }

  /// Directories of the source that are hidden themselves are made when something in them is not.
  private static void withParents(Path entry, Making making) throws IOException {
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

  /// Made again with the same contents; what may not be stored is left out without a word.
  private void link(String path, Path contents) {
    if (judge(path, /* directory= */ false) != Verdict.KEEP || contents.isAbsolute()) {
      return;
    }
    Path link = targetOf(path);
    try {
      withParents(
          link,
          () -> Files.createSymbolicLink(link, link.getFileSystem().getPath(contents.toString())));
      progress.addFile();
    } catch (IOException | UnsupportedOperationException refused) {
      log.atDebug().setCause(refused).log("link was not copied");
    }
  }

  private void write(FileChannel in, BasicFileAttributes attributes, String path)
      throws IOException {
    Path file = targetOf(path);
    withParents(file, () -> writer.write(in, attributes, file));
  }

  /// Entries of a sandbox.
  private final class FromSandbox implements TreeVisitor {
    @Override
    public boolean visit(Descriptor directory, byte[] name, EntryType type) {
      throw new IllegalStateException("paths are needed");
    }

    @Override
    public boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type)
        throws IOException {
      String path = prefix(NameCodec.decode(parent.bytes())) + NameCodec.decode(name);
      switch (type) {
        case DIRECTORY -> {
          if (source.path().getFileSystem().equals(target.path().getFileSystem())
              && (real + path).equals(target.relative())) {
            return false; // the copy itself
          }
          FileStatus status = Linux.statx(directory, name);
          return targeted(() -> directory(path, new SandboxAttributes(status)));
        }
        case REGULAR -> {
          if (judge(path, /* directory= */ false) == Verdict.KEEP) {
            int flags = Linux.O_PATH | Linux.oNofollow();
            crew.run(new Piece(path, Linux.openat(directory, name, flags, 0)));
          }
        }
        case SYMLINK ->
            link(
                path,
                target
                    .path()
                    .getFileSystem()
                    .getPath(NameCodec.decode(Linux.readlinkat(directory, name))));
        case FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE, UNKNOWN -> {
          // never copied (`filesystem.md` 2.5)
        }
      }
      return false;
    }

    @Override
    public void failed(byte[] name, IOException unreadable) {
      log.atTrace().setCause(unreadable).log("entry is left out of a copy");
    }
  }

  @FunctionalInterface
  private interface Step {
    boolean run() throws IOException;
  }

  /// A walk passes over what fails for the source's sake, but not for the target's.
  private boolean targeted(Step step) {
    try {
      return step.run();
    } catch (IOException e) {
      failure = e;
      return false;
    }
  }

  /// One file on its way.
  private final class Piece implements WorkCrew.Piece {
    private final String path;
    private final Descriptor file;

    /// @param file opened with `O_PATH`, which touches nothing; closed with the piece
    Piece(String path, Descriptor file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void run() throws IOException {
      try (file) {
        FileStatus status = Linux.statx(file);
        if (!status.isRegular()) {
          return; // replaced since it was listed
        }
        FileChannel in;
        try {
          in = Linux.reopen(file, Set.of(StandardOpenOption.READ));
        } catch (IOException unreadable) {
          log.atTrace().setCause(unreadable).log("file is left out of a copy");
          return;
        }
        try (in) {
          write(in, new SandboxAttributes(status), path);
        }
      }
    }

    @Override
    public void dropped() {
      file.close();
    }
  }

  /// Sets the modes that would have been in the way.
  private final class LateModes implements TreeVisitor {
    @Override
    public boolean visit(Descriptor directory, byte[] name, EntryType type) {
      throw new IllegalStateException("paths are needed");
    }

    @Override
    public boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type)
        throws IOException {
      if (type != EntryType.DIRECTORY) {
        return false;
      }
      String path = prefix(NameCodec.decode(parent.bytes())) + NameCodec.decode(name);
      return judge(path, /* directory= */ true) != Verdict.SKIP;
    }

    @Override
    public void leave(TreePath left, Descriptor directory, byte[] name) throws IOException {
      applyLateMode(
          NameCodec.decode(left.bytes()), new SandboxAttributes(Linux.statx(directory, name)));
    }

    @Override
    public void failed(byte[] name, IOException unreadable) {
      log.atTrace().setCause(unreadable).log("mode is left out of a copy");
    }
  }

  /// Entries of another file system, on one thread: archives are read in order.
  private final class FromPath extends SimpleFileVisitor<Path> {
    private final Path root;

    FromPath(Path root) {
      this.root = root;
    }

    private String relative(Path path) {
      return root.relativize(path).toString();
    }

    private FileVisitResult next() {
      return ended() ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      boolean descends = directory(relative(directory), posix(directory, attributes));
      return descends ? next() : FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      String path = relative(file);
      if (attributes.isSymbolicLink()) {
        link(path, Files.readSymbolicLink(file));
      } else if (attributes.isRegularFile()
          && judge(path, /* directory= */ false) == Verdict.KEEP) {
        Path copy = targetOf(path);
        BasicFileAttributes known = posix(file, attributes);
        withParents(copy, () -> writer.copy(file, known, copy));
      }
      return next();
    }

    private static BasicFileAttributes posix(Path path, BasicFileAttributes attributes)
        throws IOException {
      boolean known = path.getFileSystem().supportedFileAttributeViews().contains("posix");
      return known
          ? Files.readAttributes(
              path, java.nio.file.attribute.PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          : attributes;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException unreadable) {
      log.atTrace().setCause(unreadable).log("entry is left out of a copy");
      return next();
    }
  }
}
