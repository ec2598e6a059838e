package dev.wings.fs.listing;

import dev.wings.fs.archive.tree.ArchiveAttributes;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
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
  private static final int PERMISSION_BITS = 0777;
  private static final int BLOCK_BYTES = 512;

  private Statuses() {}

  static FileStatus of(Path path, LinkOption... options) throws IOException {
    FileSystem system = path.getFileSystem();
    if (system instanceof dev.wings.fs.sandbox.Sandbox) {
      return Files.readAttributes(path, SandboxAttributes.class, options).status();
    }
    if (system instanceof ArchiveFileSystem) {
      ArchiveAttributes attributes = Files.readAttributes(path, ArchiveAttributes.class, options);
      long allocated =
          attributes.compressedBytes() == 0 ? attributes.size() : attributes.compressedBytes();
      return synthetic(attributes, attributes.mode() & PERMISSION_BITS, allocated);
    }
    if (system.supportedFileAttributeViews().contains("posix")) {
      PosixFileAttributes attributes =
          Files.readAttributes(path, PosixFileAttributes.class, options);
      return synthetic(attributes, permissions(attributes), attributes.size());
    }
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class, options);
    int permissions = attributes.isDirectory() ? 0755 : 0644;
    return synthetic(attributes, permissions, attributes.size());
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

  private static FileStatus synthetic(
      BasicFileAttributes attributes, int permissions, long allocated) {
    int type =
        attributes.isDirectory()
            ? DIRECTORY
            : attributes.isSymbolicLink() ? SYMLINK : attributes.isRegularFile() ? REGULAR : 0;
    return new FileStatus(
        type | permissions,
        /* links= */ 1,
        /* uid= */ 0,
        /* gid= */ 0,
        /* inode= */ 0,
        attributes.size(),
        (allocated + BLOCK_BYTES - 1) / BLOCK_BYTES,
        /* device= */ 0,
        /* rdev= */ 0,
        /* mountId= */ -1,
        attributes.lastAccessTime().toInstant(),
        attributes.lastModifiedTime().toInstant(),
        attributes.lastModifiedTime().toInstant(),
        attributes.creationTime().toInstant());
  }
}
