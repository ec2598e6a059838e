package dev.wings.core.install;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/// The host directory that a script container sees: the script, and files the script writes for the
/// daemon. The container may put anything in their place, so they are read without following links
/// and only when they are regular files.
final class Staging {
  /// Bytes of a status or progress file that count.
  static final int MAX_READ = 4096;

  private final Path directory;

  Staging(Path directory) {
    this.directory = directory;
  }

  String hostPath() {
    return directory.toAbsolutePath().toString();
  }

  /// @param name of the script, with line ends made LF
  /// @param writable empty files that the script may write
  void create(String name, String script, String... writable) throws IOException {
    delete();
    Files.createDirectories(directory);
    mode(directory, "rwxr-xr-x");
    Path file = directory.resolve(name);
    Files.writeString(file, script.replace("\r\n", "\n"));
    mode(file, "rwxr-xr-x");
    for (String empty : writable) {
      mode(Files.createFile(directory.resolve(empty)), "rw-rw-rw-");
    }
  }

  private static void mode(Path path, String mode) throws IOException {
    if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }
  }

  /// The first bytes of a file, empty when it is missing or no regular file.
  String head(String name) throws IOException {
    return read(name, false);
  }

  /// The last bytes of a file, empty when it is missing or no regular file.
  String tail(String name) throws IOException {
    return read(name, true);
  }

  /// The container may exchange the file at any moment, also for a fifo, whose opening would block,
  /// or a device. So its inode is first linked to a name outside the container's reach, where
  /// nothing changes between the look and the opening.
  private String read(String name, boolean fromEnd) throws IOException {
    Path file = directory.resolve(name);
    Path aside = aside(name);
    if (!regular(file)) {
      return "";
    }
    Files.deleteIfExists(aside);
    try {
      Files.createLink(aside, file);
      return regular(aside) ? content(aside, fromEnd) : "";
    } catch (NoSuchFileException gone) {
      return "";
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private Path aside(String name) {
    return directory.resolveSibling(directory.getFileName() + "." + name);
  }

  private static boolean regular(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isRegularFile();
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  private static String content(Path file, boolean fromEnd) throws IOException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      if (fromEnd && channel.size() > MAX_READ) {
        channel.position(channel.size() - MAX_READ);
      }
      ByteBuffer buffer = ByteBuffer.allocate(MAX_READ);
      while (buffer.hasRemaining() && channel.read(buffer) > 0) {
        // until the limit or the end
      }
      return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }
  }

  /// Removes everything, links as links. Works however deep the script nested its directories:
  /// inner directories are moved up before their parent goes. Names are only ever resolved against
  /// open directories, so that nothing outside can be hit even if the container still runs.
  void delete() throws IOException {
    for (boolean empty = !Files.exists(directory, LinkOption.NOFOLLOW_LINKS); !empty; ) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        empty = removeEntries(secure(entries));
      }
    }
    Files.deleteIfExists(directory);
  }

  /// @return whether there was nothing
  private boolean removeEntries(SecureDirectoryStream<Path> top) throws IOException {
    boolean empty = true;
    for (Path entry : top) {
      empty = false;
      Path name = entry.getFileName();
      if (isDirectory(top, name)) {
        try (SecureDirectoryStream<Path> inner =
            top.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          for (Path innerEntry : inner) {
            removeOrMoveUp(inner, innerEntry.getFileName(), top);
          }
        }
        top.deleteDirectory(name);
      } else {
        top.deleteFile(name);
      }
    }
    return empty;
  }

  private static void removeOrMoveUp(
      SecureDirectoryStream<Path> from, Path name, SecureDirectoryStream<Path> top)
      throws IOException {
    if (isDirectory(from, name)) {
      from.move(name, top, Path.of("moved-" + UUID.randomUUID()));
    } else {
      from.deleteFile(name);
    }
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    return parent
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    throw new IOException("this platform has no secure directory streams");
  }
}
