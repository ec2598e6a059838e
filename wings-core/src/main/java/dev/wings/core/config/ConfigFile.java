package dev.wings.core.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the configuration file so that a crash leaves the old or the new one, and keeps the one
/// that was replaced beside it as `NAME.bak` (`threats.md` ST-04). A new file has mode 0600; of an
/// existing one owner, group and their rights stay, and nobody else gets any, for it holds secrets.
final class ConfigFile {
  private static final Logger log = LoggerFactory.getLogger(ConfigFile.class);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> NOBODY_ELSE =
      PosixFilePermissions.fromString("rwxrwx---");

  private ConfigFile() {}

  static void write(Path file, byte[] content) throws IOException {
    if (!Files.exists(file)) {
      replace(file.toAbsolutePath(), content, null);
      return;
    }
    Path target = file.toRealPath(); // a link stays a link
    PosixFileAttributeView view = posix(target);
    PosixFileAttributes attributes = view == null ? null : view.readAttributes();
    keepCopy(target, attributes);
    replace(target, content, attributes);
  }

  private static void keepCopy(Path target, @Nullable PosixFileAttributes attributes) {
    Path copy = target.resolveSibling(target.getFileName() + ".bak");
    try {
      replace(copy, Files.readAllBytes(target), attributes);
    } catch (IOException failure) {
      log.atWarn()
          .addKeyValue("file", copy)
          .setCause(failure)
          .log("no copy of the previous configuration was kept");
    }
  }

  private static void replace(Path target, byte[] content, @Nullable PosixFileAttributes attributes)
      throws IOException {
    Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
    try {
      create(temporary);
    } catch (FileSystemException closedDirectory) {
      overwriteInstead(target, content, closedDirectory);
      return;
    }
    try {
      overwrite(temporary, content);
      takeOver(temporary, attributes);
    } catch (IOException failure) {
      delete(temporary, failure);
      throw failure;
    }
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (FileSystemException busy) {
      // a single file that is bind-mounted into a container cannot be replaced, only rewritten
      delete(temporary, busy);
      overwriteInstead(target, content, busy);
      return;
    }
    syncDirectory(target);
  }

  private static void overwriteInstead(Path target, byte[] content, FileSystemException reason)
      throws IOException {
    if (!Files.isRegularFile(target)) {
      throw reason;
    }
    overwrite(target, content);
  }

  private static void delete(Path temporary, IOException failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException alsoFailed) {
      failure.addSuppressed(alsoFailed);
    }
  }

  private static void create(Path temporary) throws IOException {
    Files.deleteIfExists(temporary);
    if (posix(temporary) == null) {
      Files.createFile(temporary);
    } else {
      Files.createFile(temporary, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
  }

  private static void takeOver(Path file, @Nullable PosixFileAttributes old) throws IOException {
    PosixFileAttributeView view = posix(file);
    if (view == null || old == null) {
      return;
    }
    PosixFileAttributes own = view.readAttributes();
    if (!own.owner().equals(old.owner())) {
      view.setOwner(old.owner());
    }
    if (!own.group().equals(old.group())) {
      view.setGroup(old.group());
    }
    Set<PosixFilePermission> permissions = EnumSet.copyOf(NOBODY_ELSE);
    permissions.retainAll(old.permissions());
    view.setPermissions(permissions);
  }

  private static @Nullable PosixFileAttributeView posix(Path file) {
    return Files.getFileAttributeView(file, PosixFileAttributeView.class);
  }

  /// Writes first and cuts afterwards: a full disk leaves as much as there was.
  private static void overwrite(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.truncate(content.length);
      channel.force(true);
    }
  }

  private static void syncDirectory(Path file) throws IOException {
    Path directory = file.getParent();
    if (directory != null && posix(file) != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
