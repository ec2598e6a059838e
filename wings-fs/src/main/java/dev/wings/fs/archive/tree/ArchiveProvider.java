package dev.wings.fs.archive.tree;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What `java.nio.file.Files` calls for paths in archives.
final class ArchiveProvider extends FileSystemProvider {
  static final String SCHEME = "wings-archive";

  static boolean follows(LinkOption... options) {
    for (LinkOption option : options) {
      if (requireNonNull(option) == LinkOption.NOFOLLOW_LINKS) {
        return false;
      }
    }
    return true;
  }

  private static ArchivePath own(Path path) {
    return (ArchivePath) requireNonNull(path);
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException("open an archive with ArchiveFileSystem.open");
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new FileSystemNotFoundException("archives are not found by URI: " + uri);
  }

  @Override
  public Path getPath(URI uri) {
    throw new FileSystemNotFoundException("archives are not found by URI: " + uri);
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    checkReading(options);
    return own(path).getFileSystem().channel(own(path));
  }

  private static void checkReading(Iterable<? extends OpenOption> options) {
    for (OpenOption option : options) {
      if (option != StandardOpenOption.READ && !(option instanceof LinkOption)) {
        throw new ReadOnlyFileSystemException();
      }
    }
  }

  @Override
  public InputStream newInputStream(Path path, OpenOption... options) throws IOException {
    checkReading(Set.of(options));
    return own(path).getFileSystem().stream(own(path));
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path dir, DirectoryStream.Filter<? super Path> filter) throws IOException {
    ArchivePath directory = own(dir);
    int node = directory.getFileSystem().directory(directory);
    return new Children(directory, directory.getFileSystem().firstChild(node), filter);
  }

  /// Goes through a directory, reading one name after the other.
  private static final class Children implements DirectoryStream<Path>, Iterator<Path> {
    private final ArchivePath directory;
    private final DirectoryStream.Filter<? super Path> filter;
    private int node;
    private @Nullable Path next;
    private boolean iterating;
    private boolean closed;

    Children(ArchivePath directory, int first, DirectoryStream.Filter<? super Path> filter) {
      this.directory = directory;
      this.node = first;
      this.filter = requireNonNull(filter);
    }

    @Override
    public Iterator<Path> iterator() {
      if (iterating || closed) {
        throw new IllegalStateException("only one iterator, before closing");
      }
      iterating = true;
      return this;
    }

    @Override
    public boolean hasNext() {
      try {
        while (next == null && node != EntryIndex.NONE && !closed) {
          Path child = directory.child(directory.getFileSystem().name(node));
          node = directory.getFileSystem().nextSibling(node);
          if (filter.accept(child)) {
            next = child;
          }
        }
      } catch (IOException e) {
        throw new DirectoryIteratorException(e);
      }
      return next != null;
    }

    @Override
    public Path next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Path result = requireNonNull(next);
      next = null;
      return result;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Override
  public void createDirectory(Path dir, FileAttribute<?>... attributes) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void delete(Path path) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void createLink(Path link, Path existing) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    return own(link).getFileSystem().linkContents(own(link));
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return path.equals(other)
        || (other instanceof ArchivePath that
            && that.getFileSystem() == own(path).getFileSystem()
            && that.toRealPath().equals(own(path).toRealPath()));
  }

  @Override
  public boolean isHidden(Path path) {
    ArchivePath name = own(path).getFileName();
    return name != null && name.toString().startsWith(".");
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw new UnsupportedOperationException("archives have no store");
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    own(path).getFileSystem().attributes(own(path), /* follow= */ true);
    for (AccessMode mode : modes) {
      if (mode == AccessMode.WRITE) {
        throw new AccessDeniedException(path.toString(), null, "archives are read-only");
      }
    }
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return type == BasicFileAttributeView.class
        ? type.cast(new View(own(path), follows(options)))
        : null;
  }

  private record View(ArchivePath path, boolean follow) implements BasicFileAttributeView {
    @Override
    public String name() {
      return "basic";
    }

    @Override
    public BasicFileAttributes readAttributes() throws IOException {
      return path.getFileSystem().attributes(path, follow);
    }

    @Override
    public void setTimes(
        @Nullable FileTime lastModified,
        @Nullable FileTime lastAccess,
        @Nullable FileTime created) {
      throw new ReadOnlyFileSystemException();
    }
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class
        && type != PosixFileAttributes.class
        && type != ArchiveAttributes.class) {
      throw new UnsupportedOperationException("attributes: " + type.getName());
    }
    return type.cast(own(path).getFileSystem().attributes(own(path), follows(options)));
  }

  /// `basic:*`, `posix:*` and `unix:mode`, by any of these view names.
  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    ArchiveAttributes found = own(path).getFileSystem().attributes(own(path), follows(options));
    Map<String, Object> all =
        Map.ofEntries(
            Map.entry("lastModifiedTime", found.lastModifiedTime()),
            Map.entry("lastAccessTime", found.lastAccessTime()),
            Map.entry("creationTime", found.creationTime()),
            Map.entry("size", found.size()),
            Map.entry("isRegularFile", found.isRegularFile()),
            Map.entry("isDirectory", found.isDirectory()),
            Map.entry("isSymbolicLink", found.isSymbolicLink()),
            Map.entry("isOther", found.isOther()),
            Map.entry("permissions", found.permissions()),
            Map.entry("owner", found.owner()),
            Map.entry("group", found.group()),
            Map.entry("mode", found.mode()));
    String names = attributes.substring(attributes.indexOf(':') + 1);
    if (names.equals("*")) {
      return all;
    }
    Map<String, Object> result = new java.util.LinkedHashMap<>();
    for (String name : names.split(",")) {
      if (!all.containsKey(name)) {
        throw new IllegalArgumentException(
            "attribute: " + name + " (expected: one of " + all.keySet() + ")");
      }
      result.put(name, requireNonNull(all.get(name)));
    }
    return result;
  }

  @Override
  public void setAttribute(
      Path path, String attribute, @Nullable Object value, LinkOption... options) {
    throw new ReadOnlyFileSystemException();
  }
}
