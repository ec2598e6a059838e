package dev.wings.core.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/// Writes the configuration file so that a crash leaves the old or the new one. Owner and mode of
/// an existing file stay; a new one has mode 0600.
final class ConfigFile {
  private ConfigFile() {}

  static void write(Path file, byte[] content) throws IOException {
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
    Files.deleteIfExists(temporary);
    try {
      create(temporary, target, content);
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (FileSystemException busy) {
      // a single file that is bind-mounted into a container cannot be replaced, only rewritten
      Files.deleteIfExists(temporary);
      put(target, content, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
    }
  }

  private static void create(Path temporary, Path target, byte[] content) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(target, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view == null) {
      put(temporary, content, StandardOpenOption.CREATE_NEW);
      return;
    }
    Files.createFile(
        temporary,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    put(temporary, content, StandardOpenOption.WRITE);
    if (Files.exists(target)) {
      PosixFileAttributes old = view.readAttributes();
      PosixFileAttributeView fresh =
          Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
      fresh.setPermissions(old.permissions());
      fresh.setOwner(old.owner());
      fresh.setGroup(old.group());
    }
  }

  private static void put(Path path, byte[] content, StandardOpenOption... options)
      throws IOException {
    StandardOpenOption[] all = java.util.Arrays.copyOf(options, options.length + 1);
    all[options.length] = StandardOpenOption.WRITE;
    try (FileChannel channel = FileChannel.open(path, all)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }
}
