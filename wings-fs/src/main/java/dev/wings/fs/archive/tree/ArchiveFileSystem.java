package dev.wings.fs.archive.tree;

import dev.wings.fs.archive.read.ArchiveEntries;
import dev.wings.fs.archive.read.ArchiveEntries.Entry;
import dev.wings.fs.archive.read.ArchiveEntries.Type;
import dev.wings.fs.sandbox.NameCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An archive, such as a zip or 7z file, as a read-only file system (`filesystem.md` 16).
///
/// Directories that the archive does not name are there as well; the size of a directory is the sum
/// of what is below it. Of several entries of one name the last counts. Links of zip files are
/// followed as long as they stay inside; contents of files come out with their checksum verified.
/// [ArchiveAttributes] tell the compressed size. Every change fails with a
/// [java.nio.file.ReadOnlyFileSystemException].
public final class ArchiveFileSystem extends FileSystem {
  /// Archives with more entries and directories cannot be browsed.
  public static final int MOST_ENTRIES = EntryIndex.MOST_NODES;

  private static final int MOST_LINKS = 40;
  private static final int DIRECTORY_MODE = 0755;
  private static final int FILE_MODE = 0644;
  private static final int LINK_MODE = 0777;
  private static final int MAX_LINK_BYTES = 4096;

  private final ArchiveEntries entries;
  private final EntryIndex index;
  private final Instant created;
  private final ArchiveProvider provider = new ArchiveProvider();
  private volatile boolean open = true;

  private ArchiveFileSystem(ArchiveEntries entries, EntryIndex index, Instant created) {
    this.entries = entries;
    this.index = index;
    this.created = created;
  }

  /// Opens an archive and reads its index.
  ///
  /// @param archive a regular file of any file system
  /// @throws dev.wings.fs.archive.read.ArchiveException when it is neither a zip nor a 7z file,
  ///   damaged or too large to browse
  public static ArchiveFileSystem open(Path archive) throws IOException {
    Instant created =
        Files.readAttributes(archive, BasicFileAttributes.class).creationTime().toInstant();
    Path name = archive.getFileName();
    ArchiveEntries entries =
        ArchiveEntries.open(Files.newByteChannel(archive), name == null ? "" : name.toString());
    return of(entries, created);
  }

  /// Shows entries that come from anywhere.
  ///
  /// @param entries closed with the result, also when this fails
  /// @param created creation time of entries that have none
  public static ArchiveFileSystem of(ArchiveEntries entries, Instant created) throws IOException {
    boolean done = false;
    try {
      ArchiveFileSystem result = new ArchiveFileSystem(entries, EntryIndex.of(entries), created);
      done = true;
      return result;
    } finally {
      if (!done) {
        entries.close();
      }
    }
  }

  /// The directory that holds everything.
  public Path root() {
    return new ArchivePath(this, true, List.of());
  }

  /// A path from outside, always relative to the root.
  public Path clientPath(String path) {
    return new ArchivePath(this, true, ArchivePath.parse(this, path).folded());
  }

  /// Entries and directories, as a measure of its memory: some sixty bytes each.
  public int nodes() {
    return index.nodes();
  }

  private void checkOpen() {
    if (!open) {
      throw new ClosedFileSystemException();
    }
  }

  /// What a path leads to.
  private record Found(int node, List<String> names) {}

  private Found resolve(ArchivePath path, boolean followLast) throws IOException {
    checkOpen();
    Deque<String> left = new ArrayDeque<>(path.folded());
    List<String> done = new ArrayList<>();
    int node = EntryIndex.ROOT;
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.removeFirst();
      if (name.equals("..")) {
        if (done.isEmpty()) {
          throw new NoSuchFileException(path.toString()); // a link that leads out
        }
        done.removeLast();
        node = find(done, path);
        continue;
      }
      if (!index.isDirectory(node)) {
        throw new NoSuchFileException(path.toString());
      }
      done.add(name);
      node = find(done, path);
      boolean link = !index.isDirectory(node) && entry(node).type() == Type.SYMBOLIC_LINK;
      if (link && (followLast || !left.isEmpty())) {
        if (++links > MOST_LINKS) {
          throw new FileSystemLoopException(path.toString());
        }
        done.removeLast();
        follow(contents(node), left, path);
        node = find(done, path);
      }
    }
    return new Found(node, done);
  }

  private static void follow(String contents, Deque<String> left, ArchivePath path)
      throws IOException {
    if (contents.startsWith("/")) {
      throw new NoSuchFileException(path.toString());
    }
    List<String> names =
        Arrays.stream(contents.split("/")).filter(n -> !n.isEmpty() && !n.equals(".")).toList();
    names.reversed().forEach(left::addFirst);
  }

  private int find(List<String> names, ArchivePath asked) throws IOException {
    int node;
    try {
      byte[] bytes = NameCodec.encode(String.join("/", names));
      node = index.find(new String(bytes, StandardCharsets.ISO_8859_1));
    } catch (InvalidPathException impossible) {
      node = EntryIndex.NONE;
    }
    if (node == EntryIndex.NONE) {
      throw new NoSuchFileException(asked.toString());
    }
    return node;
  }

  private Entry entry(int node) throws IOException {
    return entries.entry(index.reference(node));
  }

  private String contents(int node) throws IOException {
    try (InputStream in = entries.content(index.reference(node))) {
      return NameCodec.decode(in.readNBytes(MAX_LINK_BYTES));
    }
  }

  ArchivePath realPath(ArchivePath path, boolean follow) throws IOException {
    return new ArchivePath(this, true, resolve(path, follow).names());
  }

  ArchivePath linkContents(ArchivePath path) throws IOException {
    int node = resolve(path, /* followLast= */ false).node();
    if (index.isDirectory(node) || entry(node).type() != Type.SYMBOLIC_LINK) {
      throw new java.nio.file.NotLinkException(path.toString());
    }
    return ArchivePath.parse(this, contents(node));
  }

  ArchiveAttributes attributes(ArchivePath path, boolean follow) throws IOException {
    int node = resolve(path, follow).node();
    long size = index.bytes(node);
    long compressed = index.compressedBytes(node);
    if (index.isImplied(node)) {
      return new ArchiveAttributes(
          ArchiveAttributes.DIRECTORY | DIRECTORY_MODE, size, compressed, created, created);
    }
    Entry entry = entry(node);
    int mode =
        switch (entry.type()) {
          case DIRECTORY -> ArchiveAttributes.DIRECTORY | entry.mode().orElse(DIRECTORY_MODE);
          case FILE -> ArchiveAttributes.FILE | entry.mode().orElse(FILE_MODE);
          case SYMBOLIC_LINK -> ArchiveAttributes.LINK | LINK_MODE;
        };
    return new ArchiveAttributes(
        mode, size, compressed, entry.modified(), entry.created().orElse(created));
  }

  /// @throws NoSuchFileException for anything but a regular file
  SeekableByteChannel channel(ArchivePath path) throws IOException {
    int node = resolve(path, /* followLast= */ true).node();
    if (index.isDirectory(node)) {
      throw new java.nio.file.FileSystemException(path.toString(), null, "is a directory");
    }
    Optional<SeekableByteChannel> anywhere = entries.channel(index.reference(node));
    return anywhere.isPresent()
        ? anywhere.get()
        : new ArchiveChannel(() -> content(node), index.bytes(node));
  }

  InputStream stream(ArchivePath path) throws IOException {
    int node = resolve(path, /* followLast= */ true).node();
    if (index.isDirectory(node)) {
      throw new java.nio.file.FileSystemException(path.toString(), null, "is a directory");
    }
    return content(node);
  }

  private InputStream content(int node) throws IOException {
    checkOpen();
    return entries.content(index.reference(node));
  }

  /// The node of a directory.
  int directory(ArchivePath path) throws IOException {
    int node = resolve(path, /* followLast= */ true).node();
    if (!index.isDirectory(node)) {
      throw new java.nio.file.NotDirectoryException(path.toString());
    }
    return node;
  }

  int firstChild(int node) {
    return index.firstChild(node);
  }

  int nextSibling(int node) {
    return index.nextSibling(node);
  }

  String name(int node) throws IOException {
    checkOpen();
    return NameCodec.decode(index.name(node).getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public ArchiveProvider provider() {
    return provider;
  }

  /// Later operations fail, and so does reading on in contents that are open.
  @Override
  public void close() throws IOException {
    open = false;
    entries.close();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isReadOnly() {
    return true;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(root());
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of("basic", "posix");
  }

  @Override
  public Path getPath(String first, String... more) {
    StringBuilder joined = new StringBuilder(first);
    for (String part : more) {
      if (!part.isEmpty()) {
        joined.append(joined.isEmpty() ? "" : "/").append(part);
      }
    }
    return ArchivePath.parse(this, joined.toString());
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    throw new UnsupportedOperationException("patterns of paths in archives");
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException("archives have no users");
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("an archive cannot be watched");
  }
}
