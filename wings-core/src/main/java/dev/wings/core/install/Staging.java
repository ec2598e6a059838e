package dev.wings.core.install;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

  private String read(String name, boolean fromEnd) throws IOException {
    Path file = directory.resolve(name);
    try {
      // a fifo would block in open: look first; the race only costs the installation its own result
      if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isRegularFile()) {
        return "";
      }
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
    } catch (NoSuchFileException gone) {
      return "";
    }
  }

  /// Removes everything, links as links.
  void delete() throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
