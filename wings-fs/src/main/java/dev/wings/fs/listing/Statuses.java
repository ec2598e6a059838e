package dev.wings.fs.listing;

import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.sandbox.SandboxAttributes;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;

/// What a file system says about an entry, in the kernel's terms also for trees that are not the
/// kernel's.
final class Statuses {
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int SYMLINK = 0120000;
  private static final int BLOCK_BYTES = 512;

  private Statuses() {}

  static FileStatus of(Path path, LinkOption... options) throws IOException {
    FileSystem system = path.getFileSystem();
    if (system instanceof dev.wings.fs.sandbox.Sandbox) {
      return Files.readAttributes(path, SandboxAttributes.class, options).status();
    }
    if (system.supportedFileAttributeViews().contains("posix")) {
      PosixFileAttributes attributes =
          Files.readAttributes(path, PosixFileAttributes.class, options);
      return synthetic(attributes, permissions(attributes));
    }
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class, options);
    return synthetic(attributes, attributes.isDirectory() ? 0755 : 0644);
  }

  /// Whether the status names an inode, by which contents can be remembered.
  static boolean hasIdentity(FileStatus status) {
    return status.inode() != 0;
  }

  private static int permissions(PosixFileAttributes attributes) {
    int mode = 0;
    int bit = 0400;
    for (PosixFilePermission permission : PosixFilePermission.values()) { // from the owner's `r` on
      mode |= attributes.permissions().contains(permission) ? bit : 0;
      bit >>= 1;
    }
    return mode;
  }

  private static FileStatus synthetic(BasicFileAttributes attributes, int permissions) {
    int type =
        attributes.isDirectory()
            ? DIRECTORY
            : attributes.isSymbolicLink() ? SYMLINK : attributes.isRegularFile() ? REGULAR : 0;
    long size = attributes.size();
    return new FileStatus(
        type | permissions,
        /* links= */ 1,
        /* uid= */ 0,
        /* gid= */ 0,
        /* inode= */ 0,
        size,
        (size + BLOCK_BYTES - 1) / BLOCK_BYTES,
        /* device= */ 0,
        /* rdev= */ 0,
        /* mountId= */ -1,
        attributes.lastAccessTime().toInstant(),
        attributes.lastModifiedTime().toInstant(),
        attributes.lastModifiedTime().toInstant(),
        attributes.creationTime().toInstant());
  }
}
