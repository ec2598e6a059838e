package dev.wings.fs.sandbox;

import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Set;

/// Everything that one look at an entry tells, for `Files.readAttributes(path,
/// SandboxAttributes.class)`.
///
/// @param status what the kernel said
public record SandboxAttributes(FileStatus status) implements PosixFileAttributes {
  /// Identity of an inode, the value of [#fileKey].
  public record InodeKey(long device, long inode) {}

  public EntryType type() {
    return status.type();
  }

  /// Bytes on disk, `blocks × 512`.
  public long allocatedBytes() {
    return status.allocatedBytes();
  }

  /// Number of names that the inode has.
  public int links() {
    return status.links();
  }

  public int uid() {
    return status.uid();
  }

  public int gid() {
    return status.gid();
  }

  /// Type and permission bits, as `st_mode`.
  public int mode() {
    return status.mode();
  }

  @Override
  public UserPrincipal owner() {
    return new NumericPrincipal(status.uid());
  }

  @Override
  public GroupPrincipal group() {
    return new NumericPrincipal(status.gid());
  }

  @Override
  public Set<PosixFilePermission> permissions() {
    return permissions(status.mode());
  }

  /// The nine `rwx` bits as the JDK's set.
  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> result = EnumSet.noneOf(PosixFilePermission.class);
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((mode & bit(permission)) != 0) {
        result.add(permission);
      }
    }
    return result;
  }

  static int mode(Set<PosixFilePermission> permissions) {
    int mode = 0;
    for (PosixFilePermission permission : permissions) {
      mode |= bit(permission);
    }
    return mode;
  }

  private static int bit(PosixFilePermission permission) {
    return switch (permission) {
      case OWNER_READ -> 0400;
      case OWNER_WRITE -> 0200;
      case OWNER_EXECUTE -> 0100;
      case GROUP_READ -> 0040;
      case GROUP_WRITE -> 0020;
      case GROUP_EXECUTE -> 0010;
      case OTHERS_READ -> 0004;
      case OTHERS_WRITE -> 0002;
      case OTHERS_EXECUTE -> 0001;
    };
  }

  @Override
  public FileTime lastModifiedTime() {
    return FileTime.from(status.modified());
  }

  @Override
  public FileTime lastAccessTime() {
    return FileTime.from(status.accessed());
  }

  /// The epoch when the file system does not record it.
  @Override
  public FileTime creationTime() {
    return FileTime.from(status.created());
  }

  @Override
  public boolean isRegularFile() {
    return status.isRegular();
  }

  @Override
  public boolean isDirectory() {
    return status.isDirectory();
  }

  @Override
  public boolean isSymbolicLink() {
    return status.isSymlink();
  }

  @Override
  public boolean isOther() {
    return !isRegularFile() && !isDirectory() && !isSymbolicLink();
  }

  @Override
  public long size() {
    return status.size();
  }

  @Override
  public InodeKey fileKey() {
    return new InodeKey(status.device(), status.inode());
  }
}
