package dev.wings.fs.linux;

import java.time.Instant;

/// What statx(2) tells about one inode.
///
/// @param mode type and permission bits, as `st_mode`
/// @param size bytes, as `st_size`
/// @param blocks allocated units of 512 bytes
/// @param device number of the device that holds the inode
/// @param rdev number of the device that a device node stands for
/// @param mountId mount that the inode was reached through; -1 when the kernel (before 5.8) does
///   not say
/// @param created the epoch when the file system does not record it
public record FileStatus(
    int mode,
    int links,
    int uid,
    int gid,
    long inode,
    long size,
    long blocks,
    long device,
    long rdev,
    long mountId,
    Instant accessed,
    Instant modified,
    Instant changed,
    Instant created) {
  private static final int PERMISSIONS = 07777;

  public EntryType type() {
    return EntryType.ofMode(mode);
  }

  public boolean isRegular() {
    return type() == EntryType.REGULAR;
  }

  public boolean isDirectory() {
    return type() == EntryType.DIRECTORY;
  }

  public boolean isSymlink() {
    return type() == EntryType.SYMLINK;
  }

  /// The lower twelve bits: set-id, sticky and `rwx`.
  public int permissions() {
    return mode & PERMISSIONS;
  }

  /// Bytes on disk.
  public long allocatedBytes() {
    return blocks * 512;
  }

  public boolean sameInode(FileStatus other) {
    return inode == other.inode && device == other.device;
  }

  /// Whether both were reached through the same mount. Compares devices where the kernel does not
  /// name mounts.
  public boolean sameMount(FileStatus other) {
    return (mountId >= 0 && other.mountId >= 0) ? mountId == other.mountId : device == other.device;
  }
}
