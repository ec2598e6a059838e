package dev.wings.fs;

import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;
import java.util.UUID;

/// Replaces whole files so that a crash, a full disk or a failing writer leaves the old content or
/// the new one and nothing in between. Works on paths of a sandbox and of the host.
///
/// The new content goes to a sibling whose name begins with [Sandbox#STAGING_PREFIX], is synced,
/// and takes the target's name; the directory is synced after that. Code that only knows
/// `java.nio.file` gets the same from a temporary file with such a name and `Files.move` with
/// `ATOMIC_MOVE`.
public final class AtomicFiles {
  private AtomicFiles() {}

  /// Writes the new content.
  @FunctionalInterface
  public interface Content {
    /// @param channel at position 0 of an empty file; closed by the caller
    void writeTo(FileChannel channel) throws IOException;
  }

  /// Replaces or creates a file. Mode and owner of an existing one are kept; a link is followed and
  /// stays.
  public static void replace(Path target, Content content) throws IOException {
    Path file = Files.isSymbolicLink(target) ? target.toRealPath() : target.toAbsolutePath();
    Path directory = file.getParent();
    if (directory == null) {
      throw new FileSystemException(target.toString(), null, "is not a file");
    }
    Path staging = directory.resolve(Sandbox.STAGING_PREFIX + UUID.randomUUID());
    boolean done = false;
    try {
      try (FileChannel channel =
          FileChannel.open(staging, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        Optional<PosixFileAttributes> old = existing(file);
        if (old.isPresent()) {
          keep(old.get(), staging);
        }
        content.writeTo(channel);
        channel.force(/* metaData= */ true);
      }
      Files.move(
          staging, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      done = true;
      syncDirectory(directory);
    } finally {
      if (!done) {
        Files.deleteIfExists(staging);
      }
    }
  }

  /// Replaces or creates a file with text in UTF-8.
  public static void replace(Path target, String content) throws IOException {
    replace(
        target,
        channel -> {
          var bytes = StandardCharsets.UTF_8.encode(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  private static Optional<PosixFileAttributes> existing(Path file) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view == null) {
      return Optional.empty(); // a file system without modes
    }
    try {
      PosixFileAttributes attributes = view.readAttributes();
      if (!attributes.isRegularFile()) {
        throw new FileSystemException(file.toString(), null, "is not a regular file");
      }
      return Optional.of(attributes);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static void keep(PosixFileAttributes old, Path staging) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(
            staging, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    PosixFileAttributes fresh = view.readAttributes();
    if (!fresh.owner().equals(old.owner())) {
      view.setOwner(old.owner());
    }
    if (!fresh.group().equals(old.group())) {
      view.setGroup(old.group());
    }
    view.setPermissions(old.permissions());
  }

  /// Puts the names in a directory on the disk.
  public static void syncDirectory(Path directory) throws IOException {
    if (directory.getFileSystem() instanceof Sandbox sandbox) {
      sandbox.syncDirectory(directory);
    } else {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(/* metaData= */ true);
      }
    }
  }
}
