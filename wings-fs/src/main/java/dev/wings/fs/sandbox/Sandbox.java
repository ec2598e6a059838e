package dev.wings.fs.sandbox;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileSystemStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.tree.TreeDelete;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file system whose root is one directory, for use with `java.nio.file.Files`. No path, link or
/// race between the two leads out of it (`filesystem.md` 2).
///
/// The directory is opened once; each operation resolves its path from that descriptor, either in
/// the kernel or component by component ([SandboxMode]), and then acts on the descriptor it got, or
/// on one name in an opened parent. No host path is ever put together. What cannot be reached,
/// because it is absent or because a link leaves the root, is a `NoSuchFileException`. Devices,
/// FIFOs and sockets can be listed, renamed and deleted but not opened, nothing waits for them.
///
/// Paths are bytes. The working directory is the root, `..` is folded before links are resolved and
/// stops at the root. Owner and times are set on an entry itself, never through a link; modes keep
/// only the nine `rwx` bits.
///
/// A sandbox can be closed and opened again on the same directory, its paths stay valid. While it
/// is closed every operation fails with a [FileSystemException].
public final class Sandbox extends FileSystem {
  /// Names of files that only exist until they are renamed. What a crash leaves behind under such a
  /// name may be removed.
  public static final String STAGING_PREFIX = ".wings-staging-";

  /// Types of file systems on which `st_blocks` holds what was written a moment ago, also if it is
  /// not on the disk yet: ext4, XFS, Btrfs, F2FS, tmpfs, overlay. On others, as ZFS, it follows
  /// later.
  private static final long[] PROMPT_BLOCKS = {
    0xEF53, 0x5846_5342, 0x9123_683EL, 0xF2F5_2010L, 0x0102_1994, 0x794C_7630
  };

  private static final Logger log = LoggerFactory.getLogger(Sandbox.class);

  private final SandboxOptions options;
  private final SandboxProvider provider;
  private final Ownership ownership;
  private final SpaceLedger ledger;
  private final ReentrantLock opening = new ReentrantLock();
  private volatile @Nullable Root root;

  /// @param promptBlocks whether the file system tells the allocated blocks of a file at once
  private record Root(
      Descriptor descriptor, SandboxMode mode, Resolver resolver, boolean promptBlocks) {}

  private Sandbox(SandboxOptions options) {
    this.options = options;
    this.ownership = new Ownership(options.owner());
    this.ledger = new SpaceLedger(options.gate());
    this.provider = new SandboxProvider();
  }

  /// Opens a sandbox on a directory of the host.
  ///
  /// @param directory a directory, not a link to one
  /// @throws UnsupportedOperationException on a platform other than Linux
  /// @throws IOException when it cannot be opened, or no mode works here
  public static Sandbox open(Path directory, SandboxOptions options) throws IOException {
    Sandbox sandbox = closed(options);
    String host = directory.toAbsolutePath().toString();
    try {
      sandbox.open(Linux.open(host, Linux.O_PATH | Linux.oDirectory() | Linux.oNofollow()));
    } catch (LinuxException e) {
      throw e.forFile(host);
    }
    return sandbox;
  }

  /// As [#open(Path, SandboxOptions)] with [SandboxOptions#defaults].
  public static Sandbox open(Path directory) throws IOException {
    return open(directory, SandboxOptions.defaults());
  }

  /// A sandbox without a directory yet. Its paths can be made and kept already.
  ///
  /// @throws UnsupportedOperationException on a platform other than Linux
  public static Sandbox closed(SandboxOptions options) {
    if (!Linux.supported()) {
      throw new UnsupportedOperationException(
          "sandboxed files need Linux on a known architecture, this is "
              + System.getProperty("os.name")
              + " on "
              + System.getProperty("os.arch"));
    }
    return new Sandbox(requireNonNull(options, "options"));
  }

  /// Opens, or moves to another directory.
  ///
  /// @param directory the sandbox's from now on; closed also when this fails
  public void open(Descriptor directory) throws IOException {
    boolean opened = false;
    opening.lock();
    try {
      SandboxMode mode = probe(directory);
      Root before = root;
      root = new Root(directory, mode, Resolver.of(mode), tellsBlocks(directory));
      opened = true;
      if (before != null) {
        before.descriptor().close();
      }
      log.atDebug().addKeyValue("mode", mode.label()).log("sandbox opened");
    } finally {
      if (!opened) {
        directory.close();
      }
      opening.unlock();
    }
  }

  private static boolean tellsBlocks(Descriptor directory) throws LinuxException {
    long type = Linux.fstatfs(directory).type();
    return LongStream.of(PROMPT_BLOCKS).anyMatch(known -> known == type);
  }

  private SandboxMode probe(Descriptor directory) throws IOException {
    List<SandboxMode> candidates =
        options.mode().map(List::of).orElseGet(() -> List.of(SandboxMode.values()));
    LinuxException failure = new LinuxException("probe", Errno.ENOSYS);
    for (SandboxMode mode : candidates) {
      try (Descriptor self = Resolver.of(mode).open(directory, new byte[0], Linux.O_PATH, 0)) {
        Linux.path(self); // channels are opened through procfs
        return mode;
      } catch (LinuxException e) {
        failure.addSuppressed(e);
      }
    }
    throw new IOException(
        "no way to confine file access works on this system (openat2, or openat with procfs)",
        failure);
  }

  /// How names are resolved.
  ///
  /// @throws IllegalStateException while closed
  public SandboxMode mode() {
    Root open = root;
    if (open == null) {
      throw new IllegalStateException("the sandbox is not open");
    }
    return open.mode();
  }

  /// A path from outside: a client's path, absolute or not, is always relative to the root
  /// (`filesystem.md` 2.3).
  ///
  /// @throws java.nio.file.InvalidPathException for a NUL character
  public Path clientPath(String path) {
    return SandboxPath.parse(this, NameCodec.encode(path)).folded();
  }

  /// A path of exactly these bytes, as archives and other formats of bytes name files. Slashes
  /// separate names; `.` and `..` are kept until the path is used.
  ///
  /// @throws java.nio.file.InvalidPathException for a NUL
  public Path pathOf(byte[] path) {
    for (int i = 0; i < path.length; i++) {
      if (path[i] == 0) {
        throw new InvalidPathException(NameCodec.decode(path), "NUL character", i);
      }
    }
    return SandboxPath.parse(this, path);
  }

  /// The bytes of a path of any sandbox, the reverse of [#pathOf].
  ///
  /// @throws ProviderMismatchException for a path of another kind
  public static byte[] bytesOf(Path path) {
    if (requireNonNull(path, "path") instanceof SandboxPath own) {
      return own.bytes();
    }
    throw new ProviderMismatchException("path: " + path + " (expected: path of a sandbox)");
  }

  /// Asks whether so many bytes more would fit now, for programs whose writing is not counted.
  ///
  /// @throws DiskLimitException when they would not
  public void requireSpace(long bytes) throws IOException {
    if (bytes > 0) {
      ledger.gate().reserve(bytes, 0);
      ledger.gate().release(bytes);
    }
  }

  /// Removes an entry and everything below it, links as links, in constant memory. The root is
  /// emptied and kept.
  ///
  /// @param threads at most so many remove at a time
  /// @param cancelled asked before each entry
  /// @return number of entries removed
  /// @throws IOException the first failure, after everything that can be removed was
  public long deleteTree(Path path, int threads, BooleanSupplier cancelled) throws IOException {
    SandboxPath entry = own(path).folded();
    try {
      if (entry.getNameCount() == 0) {
        try (Descriptor directory = resolve(entry, Linux.O_PATH | Linux.oDirectory())) {
          return TreeDelete.clear(directory, new Removal(), threads, cancelled);
        }
      }
      try (Slot slot = slot(entry)) {
        SandboxPath directory = directory(slot, entry);
        long removed =
            TreeDelete.delete(slot.parent(), slot.name(), new Removal(), threads, cancelled);
        options.gate().removed(directory.child(slot.name()).resolvable(), 0);
        return removed;
      }
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  /// The root directory's descriptor, for walks over the whole tree.
  ///
  /// @return open for reading names; the caller closes it
  public Descriptor openRoot() throws IOException {
    try {
      return resolve(rootPath(), Linux.O_RDONLY | Linux.oDirectory());
    } catch (LinuxException e) {
      throw e.forFile("/");
    }
  }

  /// A directory and the place that the path to it really led to.
  ///
  /// @param descriptor open for reading names; closed with this
  /// @param real absolute, all links resolved
  public record Directory(Descriptor descriptor, Path real) implements AutoCloseable {
    @Override
    public void close() {
      descriptor.close();
    }
  }

  /// Opens a directory, following links, for walks over the tree below it. What is checked about
  /// the real place holds for the descriptor, whatever happens to the path meanwhile.
  ///
  /// @return closed by the caller
  public Directory openDirectory(Path path) throws IOException {
    SandboxPath directory = own(path);
    try {
      int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.oDirectory();
      Descriptor open = resolve(directory, flags);
      boolean done = false;
      try {
        Directory result = new Directory(open, location(open, directory));
        done = true;
        return result;
      } finally {
        if (!done) {
          open.close();
        }
      }
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  /// Makes a link again exactly as it was, for restoring what a game had made: its contents may be
  /// absolute or lead out. Nothing here ever follows them there.
  ///
  /// @param contents what `readlink(2)` said
  /// @throws java.nio.file.FileAlreadyExistsException when the name is taken
  public void restoreLink(Path link, byte[] contents) throws IOException {
    try {
      Relocation.storeAnyLink(own(link), contents);
    } catch (LinuxException e) {
      throw e.forFile(link.toString());
    }
  }

  /// Opens a regular file for reading, following links inside. The caller closes it.
  ///
  /// @throws NoSuchFileException also for what is no regular file
  public Descriptor openFile(Path path) throws IOException {
    try {
      return new FileOpener(this).openForReading(own(path));
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  /// Waits until the names in a directory are on the disk, as after a rename that must last.
  public void syncDirectory(Path path) throws IOException {
    try (Descriptor directory = resolve(own(path), Linux.O_RDONLY | Linux.oDirectory())) {
      Linux.fsync(directory);
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  /// A name in an opened directory, the handle for everything that changes names.
  @SuppressWarnings("ArrayRecordComponent") // lives for one operation, never compared
  record Slot(Descriptor parent, byte[] name) implements AutoCloseable {
    @Override
    public void close() {
      parent.close();
    }
  }

  /// Opens the directory that holds the path's last name.
  Slot slot(SandboxPath path) throws IOException {
    SandboxPath folded = path.folded();
    SandboxPath parent = folded.getParent();
    if (parent == null) {
      throw new FileSystemException(path.toString(), null, "the root itself cannot be changed");
    }
    return new Slot(resolve(parent, Linux.O_PATH | Linux.oDirectory()), folded.lastName());
  }

  Descriptor resolve(SandboxPath path, int flags) throws IOException {
    return resolve(path, flags, 0);
  }

  Descriptor resolve(SandboxPath path, int flags, int mode) throws IOException {
    Root open = root;
    if (open == null) {
      throw new FileSystemException(path.toString(), null, "the server's files are not open");
    }
    return open.resolver().open(open.descriptor(), path.resolvable(), flags, mode);
  }

  /// Where an open file is, from the root on, links resolved.
  SandboxPath location(Descriptor file, SandboxPath asked) throws IOException {
    Root open = root;
    if (open == null || Linux.statx(file).links() == 0) {
      throw new NoSuchFileException(asked.toString());
    }
    byte[] base = Linux.path(open.descriptor());
    byte[] path = Linux.path(file);
    int prefix = base.length == 1 ? 0 : base.length; // a root at / ends with its slash
    boolean below =
        path.length >= base.length
            && Arrays.equals(base, 0, prefix, path, 0, prefix)
            && (path.length == prefix || path[prefix] == '/');
    if (!below) {
      throw new NoSuchFileException(asked.toString()); // moved out of the root meanwhile
    }
    return SandboxPath.parse(this, Arrays.copyOfRange(path, prefix, path.length)).toAbsolutePath();
  }

  SandboxPath realPath(SandboxPath path, boolean follow) throws IOException {
    int flags = follow ? Linux.O_PATH : Linux.O_PATH | Linux.oNofollow();
    try (Descriptor file = resolve(path, flags)) {
      return location(file, path);
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  SandboxPath own(Path path) {
    if (requireNonNull(path, "path") instanceof SandboxPath own && own.sandbox() == this) {
      return own;
    }
    throw new ProviderMismatchException("path: " + path + " (expected: path of this sandbox)");
  }

  SandboxOptions options() {
    return options;
  }

  Ownership ownership() {
    return ownership;
  }

  SpaceLedger ledger() {
    return ledger;
  }

  /// Whether the file system tells allocated blocks at once.
  boolean promptBlocks() {
    Root open = root;
    return open != null && open.promptBlocks();
  }

  /// Where a slot's parent really is; nobody pays for finding it when nothing is counted.
  SandboxPath directory(Slot slot, SandboxPath asked) throws IOException {
    SandboxPath parent = asked.folded().parentOrRoot();
    if (ledger.idle() || parent.isRootPath()) {
      return parent;
    }
    try {
      return location(slot.parent(), parent);
    } catch (NoSuchFileException moved) {
      log.atTrace().setCause(moved).log("directory was moved away, its old path is used");
      return parent;
    }
  }

  /// Removes a name that is not a directory, and gives its space back.
  void unlink(Slot slot, SandboxPath path) throws IOException {
    ledger.unlink(slot.parent(), slot.name(), directory(slot, path).resolvable());
  }

  /// Removes an empty directory, and gives its space back.
  void rmdir(Slot slot, SandboxPath path) throws IOException {
    SandboxPath directory = directory(slot, path).child(slot.name());
    long physical = ledger.rmdir(slot.parent(), slot.name());
    options.gate().removed(directory.resolvable(), physical);
  }

  /// Gives back the space of each entry of a tree. The sizes of its directories go with its top.
  private final class Removal implements TreeDelete.Remover {
    @Override
    public void unlink(Descriptor parent, byte[] name) throws LinuxException {
      ledger.unlink(parent, name, SpaceGate.NOWHERE);
    }

    @Override
    public void rmdir(Descriptor parent, byte[] name) throws LinuxException {
      options.gate().settle(SpaceGate.NOWHERE, 0, 0, -ledger.rmdir(parent, name));
    }
  }

  FileSystemStatus capacity() throws IOException {
    try (Descriptor directory = resolve(rootPath(), Linux.O_PATH)) {
      return Linux.fstatfs(directory);
    }
  }

  private SandboxPath rootPath() {
    return new SandboxPath(this, true, new byte[][] {});
  }

  @Override
  public SandboxProvider provider() {
    return provider;
  }

  /// Later operations fail. Channels and streams that are open stay so. Does nothing when closed.
  @Override
  public void close() {
    opening.lock();
    try {
      Root open = root;
      root = null;
      if (open != null) {
        open.descriptor().close();
      }
    } finally {
      opening.unlock();
    }
  }

  @Override
  public boolean isOpen() {
    return root != null;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(rootPath());
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of(new SandboxFileStore(this));
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return AttributeNames.VIEWS;
  }

  @Override
  public Path getPath(String first, String... more) {
    StringBuilder joined = new StringBuilder(first);
    for (String part : more) {
      if (!part.isEmpty()) {
        joined.append(joined.isEmpty() ? "" : "/").append(part);
      }
    }
    return SandboxPath.parse(this, NameCodec.encode(joined.toString()));
  }

  /// `glob:` and `regex:` as the JDK describes them, on the path's string.
  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    return Globs.matcher(syntaxAndPattern);
  }

  /// Users and groups are numbers here: the names of the host mean nothing inside a container.
  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return NumericPrincipal.LOOKUP;
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("a sandbox cannot be watched");
  }

  @Override
  public String toString() {
    Root open = root;
    if (open == null) {
      return "sandbox (closed)";
    }
    try {
      return "sandbox " + new String(Linux.path(open.descriptor()), StandardCharsets.UTF_8);
    } catch (LinuxException e) {
      return "sandbox (" + e.getMessage() + ")";
    }
  }
}
