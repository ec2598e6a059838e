package dev.wings.fs.sandbox;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What `java.nio.file.Files` calls. One per sandbox, so that the JDK itself copies between two
/// sandboxes, or a sandbox and the host, by opening both ends. File systems are not made from URIs.
final class SandboxProvider extends FileSystemProvider {
  static final String SCHEME = "wings-sandbox";
  private static final int FILE_MODE = 0666;
  private static final int DIRECTORY_MODE = 0777;

  static boolean follows(LinkOption... options) {
    for (LinkOption option : options) {
      if (requireNonNull(option) == LinkOption.NOFOLLOW_LINKS) {
        return false;
      }
    }
    return true;
  }

  private static SandboxPath own(Path path) {
    SandboxPath sandboxPath = (SandboxPath) requireNonNull(path);
    return sandboxPath.sandbox().own(path);
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException("open a sandbox with Sandbox.open");
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new FileSystemNotFoundException("sandboxes are not found by URI: " + uri);
  }

  @Override
  public Path getPath(URI uri) {
    throw new FileSystemNotFoundException("sandboxes are not found by URI: " + uri);
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    SandboxPath file = own(path);
    OpenRequest request = OpenRequest.of(options);
    try {
      return new FileOpener(file.sandbox()).open(file, request, mode(FILE_MODE, attributes));
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  private static int mode(int normal, FileAttribute<?>... attributes) {
    int mode = normal;
    for (FileAttribute<?> attribute : attributes) {
      if (!attribute.name().equals("posix:permissions")) {
        throw new UnsupportedOperationException(
            "attribute: " + attribute.name() + " (expected: posix:permissions)");
      }
      mode = SandboxAttributes.mode(Attributes.permissions(attribute.value()));
    }
    return mode;
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path dir, DirectoryStream.Filter<? super Path> filter) throws IOException {
    SandboxPath directory = own(dir);
    try {
      Descriptor open =
          directory
              .sandbox()
              .resolve(directory, Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.oDirectory());
      return new SandboxDirectoryStream(directory, open, requireNonNull(filter));
    } catch (LinuxException e) {
      throw e.forFile(dir.toString());
    }
  }

  @Override
  public void createDirectory(Path dir, FileAttribute<?>... attributes) throws IOException {
    SandboxPath directory = own(dir);
    if (directory.folded().getNameCount() == 0) {
      throw new FileAlreadyExistsException(dir.toString());
    }
    try {
      new FileOpener(directory.sandbox())
          .createDirectory(directory, mode(DIRECTORY_MODE, attributes));
    } catch (LinuxException e) {
      throw e.forFile(dir.toString());
    }
  }

  @Override
  public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes)
      throws IOException {
    if (attributes.length > 0) {
      throw new UnsupportedOperationException("a symbolic link has no attributes of its own");
    }
    try {
      Relocation.createSymbolicLink(own(link), own(target));
    } catch (LinuxException e) {
      throw e.forFile(link.toString());
    }
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    try {
      Relocation.createLink(own(link), own(existing));
    } catch (LinuxException e) {
      throw e.forFiles(existing.toString(), link.toString());
    }
  }

  /// The contents of the link as they are, which need not lead anywhere.
  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    SandboxPath own = own(link);
    try (Descriptor open = own.sandbox().resolve(own, Attributes.pathFlags(/* follow= */ false))) {
      if (!Linux.statx(open).isSymlink()) {
        throw new NotLinkException(link.toString());
      }
      return SandboxPath.parse(own.sandbox(), Linux.readlinkat(open));
    } catch (LinuxException e) {
      throw e.forFile(link.toString());
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    try {
      Relocation.delete(own(path));
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    try {
      Copy.copy(own(source), own(target), options);
    } catch (LinuxException e) {
      throw e.forFiles(source.toString(), target.toString());
    }
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    try {
      Relocation.move(own(source), own(target), options);
    } catch (LinuxException e) {
      throw e.forFiles(source.toString(), target.toString());
    }
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    if (path.equals(other)) {
      return true;
    }
    if (!(other instanceof SandboxPath that) || that.sandbox() != own(path).sandbox()) {
      return false;
    }
    SandboxAttributes first = Attributes.read(own(path), /* follow= */ true);
    return first.fileKey().equals(Attributes.read(that, /* follow= */ true).fileKey());
  }

  @Override
  public boolean isHidden(Path path) {
    SandboxPath name = own(path).getFileName();
    return name != null && name.toString().startsWith(".");
  }

  @Override
  public FileStore getFileStore(Path path) {
    return new SandboxFileStore(own(path).sandbox());
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    int mode = Linux.F_OK;
    for (AccessMode access : modes) {
      mode |=
          switch (access) {
            case READ -> Linux.R_OK;
            case WRITE -> Linux.W_OK;
            case EXECUTE -> Linux.X_OK;
          };
    }
    Attributes.checkAccess(own(path), mode);
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return AttributeViews.view(own(path), type, follows(options));
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class
        && type != PosixFileAttributes.class
        && type != SandboxAttributes.class) {
      throw new UnsupportedOperationException("attributes: " + type.getName());
    }
    return type.cast(Attributes.read(own(path), follows(options)));
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return AttributeNames.read(
        Attributes.read(own(path), follows(options)), AttributeNames.Request.parse(attributes));
  }

  @Override
  public void setAttribute(
      Path path, String attribute, @Nullable Object value, LinkOption... options)
      throws IOException {
    Attributes.set(own(path), attribute, value, follows(options));
  }
}
