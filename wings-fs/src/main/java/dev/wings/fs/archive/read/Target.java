package dev.wings.fs.archive.read;

import dev.wings.fs.archive.read.Directories.Directory;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.SandboxAttributes;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/// The place that entries are extracted into (`filesystem.md` 15.2). Files may be opened by several
/// threads at a time, everything else happens on one.
///
/// Links are only remembered until all files are there ([DeferredLinks]): what an archive brings
/// can never lead what comes later in it to another place (`threats.md` AR-03). Attributes of
/// directories come at the very end, since writing into a directory changes them.
final class Target {
  private static final int KEPT_OVERHEAD_BYTES = 96;
  private static final Set<StandardOpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final Set<java.nio.file.OpenOption> REPLACE =
      Set.of(
          StandardOpenOption.WRITE,
          StandardOpenOption.TRUNCATE_EXISTING,
          LinkOption.NOFOLLOW_LINKS);

  /// What a file system says about a name or kind that it cannot have.
  private static final Set<Integer> REFUSALS =
      Set.of(
          Errno.EPERM,
          Errno.EEXIST,
          Errno.ENOTDIR,
          Errno.EISDIR,
          Errno.EINVAL,
          Errno.EFBIG,
          Errno.EMLINK,
          Errno.ENAMETOOLONG,
          Errno.ELOOP,
          Errno.EOPNOTSUPP);

  private final Optional<RestoreWatch> watch;
  private final Directories directories;
  private final DeferredLinks links;
  private final Guard guard;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<DirectoryAttributes> attributes = new ArrayList<>();
  private final LongAdder written = new LongAdder();
  private final LongAdder hidden = new LongAdder();
  private final LongAdder dropped = new LongAdder();

  private record DirectoryAttributes(EntryName name, EntryAttributes attributes) {}

  /// @param destination an existing directory
  /// @param root what the filter's paths are relative to
  /// @param watch of an archive that is restored as it was
  Target(Path destination, Path root, PathFilter filter, Guard guard, Optional<RestoreWatch> watch)
      throws IOException {
    this.directories = new Directories(destination, root, filter, guard);
    this.links = new DeferredLinks(directories, guard, this);
    this.guard = guard;
    this.watch = watch;
  }

  /// Whether the archive is one of the daemon's own, whose tree is to become what it was.
  boolean faithful() {
    return watch.isPresent();
  }

  /// Makes one entry.
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  /// Makes an entry that may fail alone. It is left out then when a tree is restored as it was, and
  /// ends the extraction otherwise.
  void alone(EntryName name, Step step) throws IOException {
    try {
      step.run();
    } catch (ArchiveLimitException limit) {
      throw limit;
    } catch (ArchiveException | FileSystemException failure) {
      if (watch.isEmpty() || !concernsOneEntry(failure)) {
        throw failure;
      }
      leftOut(name.display(), failure);
    }
  }

  void leftOut(String name, Exception failure) {
    hidden.increment();
    String reason =
        failure instanceof FileSystemException refused && refused.getReason() != null
            ? refused.getReason()
            : String.valueOf(failure.getMessage());
    watch.ifPresent(told -> told.leftOut(name, reason));
  }

  /// Whether a failure says nothing about the entries after this one, as a full disk does.
  private static boolean concernsOneEntry(IOException failure) {
    return !(failure.getCause() instanceof LinuxException system)
        || REFUSALS.contains(system.errno());
  }

  Guard guard() {
    return guard;
  }

  /// Checks an entry's name and counts it. Empty when the entry is to be skipped.
  Optional<EntryName> name(byte[] raw) throws ArchiveException {
    guard.entry();
    guard.metadata(raw.length);
    Optional<EntryName> name = parse(raw);
    if (name.isEmpty()) {
      hidden.increment();
    } else {
      guard.depth(name.get().depth());
    }
    return name;
  }

  /// The same without counting it.
  Optional<EntryName> place(byte[] raw) throws ArchiveException {
    return watch.isEmpty() ? EntryName.parse(raw) : EntryName.parseOwn(raw);
  }

  private Optional<EntryName> parse(byte[] raw) throws ArchiveException {
    if (watch.isEmpty()) {
      return EntryName.parse(raw);
    }
    try {
      return EntryName.parseOwn(raw);
    } catch (ArchiveException impossible) {
      leftOut("an entry", impossible);
      return Optional.empty();
    }
  }

  /// An entry of a kind that is not extracted.
  void dropped() {
    dropped.increment();
  }

  /// Makes a directory. Its attributes are kept until the end.
  void directory(EntryName name, EntryAttributes given) throws IOException {
    if (name.top()) {
      return; // the destination keeps what it has
    }
    if (directories.of(name).hidden()) {
      hidden.increment();
      return;
    }
    guard.kept(name.key().length() + KEPT_OVERHEAD_BYTES);
    lock.lock();
    try {
      attributes.add(new DirectoryAttributes(name, given));
    } finally {
      lock.unlock();
    }
    done();
  }

  private void done() {
    written.increment();
    guard.progress().addFile();
  }

  /// Opens a file, with the directories above it. Empty when users must not have it there.
  ///
  /// @throws ArchiveException when a directory is in its place
  Optional<FileSink> file(EntryName name, EntryAttributes given) throws IOException {
    if (name.top()) {
      hidden.increment();
      return Optional.empty();
    }
    Directory parent = directories.of(name.parent());
    byte[] last = name.lastName();
    if (directories.hides(parent, last)) {
      hidden.increment();
      return Optional.empty();
    }
    links.replacedByFile(name);
    Path path = parent.path().resolve(directories.name(last));
    SeekableByteChannel channel = open(parent, path, name, given);
    return Optional.of(new FileSink(path, channel, given, guard));
  }

  /// Writes a whole file.
  void write(EntryName name, EntryAttributes given, byte[] content) throws IOException {
    Optional<FileSink> sink = file(name, given);
    if (sink.isEmpty()) {
      guard.skipped(content.length);
      return;
    }
    try (FileSink file = sink.get()) {
      if (content.length > 0) {
        file.write(content, 0, content.length);
      }
      commit(file, name);
    }
  }

  /// The file of a sink is complete.
  void commit(FileSink sink, EntryName name) throws IOException {
    sink.commit();
    done();
    watch.ifPresent(told -> told.file(name.display()));
  }

  private SeekableByteChannel open(
      Directory parent, Path path, EntryName name, EntryAttributes given) throws IOException {
    try {
      SeekableByteChannel created = create(path, given);
      boolean recorded = false;
      try {
        directories.made(parent, name);
        recorded = true;
      } finally {
        if (!recorded) {
          created.close();
        }
      }
      return created;
    } catch (FileAlreadyExistsException e) {
      return replace(path, name, given);
    }
  }

  private static SeekableByteChannel create(Path path, EntryAttributes given) throws IOException {
    return given.mode().isPresent()
        ? Files.newByteChannel(
            path,
            NEW,
            PosixFilePermissions.asFileAttribute(FileSink.permissions(given.mode().getAsInt())))
        : Files.newByteChannel(path, NEW);
  }

  /// Overwrites a file. A link, a special file or one of several names of a file is replaced
  /// instead: what it stands for belongs to somebody else.
  private static SeekableByteChannel replace(Path path, EntryName name, EntryAttributes given)
      throws IOException {
    BasicFileAttributes found = attributes(path);
    if (found.isDirectory()) {
      throw new ArchiveException(
          "'%s' is a directory, the archive has a file there".formatted(name.display()));
    }
    boolean shared = found instanceof SandboxAttributes own && own.links() > 1;
    if (found.isRegularFile() && !shared) {
      return Files.newByteChannel(path, REPLACE);
    }
    Files.delete(path);
    return create(path, given);
  }

  static BasicFileAttributes attributes(Path path) throws IOException {
    Class<? extends BasicFileAttributes> type =
        path.getFileSystem() instanceof dev.wings.fs.sandbox.Sandbox
            ? SandboxAttributes.class
            : BasicFileAttributes.class;
    return Files.readAttributes(path, type, LinkOption.NOFOLLOW_LINKS);
  }

  /// Remembers a symbolic link.
  void symbolicLink(EntryName name, byte[] contents, EntryAttributes given) throws IOException {
    if (name.top() || !links.symbolic(name, contents, given)) {
      hidden.increment();
    }
  }

  /// Remembers a further name of a file of this archive.
  void hardLink(EntryName name, byte[] target) throws IOException {
    Optional<EntryName> existing = parse(target);
    if (name.top() || existing.isEmpty() || existing.get().top()) {
      hidden.increment();
      return;
    }
    links.hard(name, existing.get());
  }

  /// Makes the links, then sets the attributes of directories.
  void finish() throws IOException {
    for (int made = links.make(); made > 0; made--) {
      done();
    }
    for (DirectoryAttributes directory : attributes.reversed()) {
      guard.move();
      apply(directory);
    }
  }

  private void apply(DirectoryAttributes directory) throws IOException {
    Path path = directories.of(directory.name()).path();
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return; // a link to one, or replaced meanwhile
    }
    EntryAttributes given = directory.attributes();
    if (given.mode().isPresent()) {
      Files.setAttribute(
          path,
          "posix:permissions",
          FileSink.permissions(given.mode().getAsInt()),
          LinkOption.NOFOLLOW_LINKS);
    }
    if (given.modified().isPresent()) {
      Files.setLastModifiedTime(path, FileTime.from(given.modified().get()));
    }
  }

  /// Removes what was made.
  void undo() throws IOException {
    directories.removeMade();
  }

  ExtractionResult result() {
    return new ExtractionResult(written.sum(), hidden.sum() + links.skipped(), dropped.sum());
  }
}
