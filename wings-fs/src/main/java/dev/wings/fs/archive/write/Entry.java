package dev.wings.fs.archive.write;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One entry of a tree, as it was when it was looked at.
///
/// @param name relative path, bytes as on the disk, no slash at either end
/// @param mode the nine `rwx` bits
/// @param size bytes: what the archive will hold of a file, the inode's length otherwise
/// @param target contents of a link, empty for others
/// @param links names that the inode has
/// @param file what to read; null unless the entry is a regular file and the tree is walked for its
///   contents. Belongs to whoever made the entry, see [OpenFile#retain].
/// @param holes where data is in a file that has holes; null when it is to be read as a whole
@SuppressWarnings("ArrayRecordComponent") // lives for one step, never compared
public record Entry(
    byte[] name,
    Kind kind,
    int mode,
    Instant modified,
    long size,
    byte[] target,
    int links,
    long device,
    long inode,
    @Nullable OpenFile file,
    @Nullable SparseMap holes) {
  private static final byte[] NONE = {};

  /// What an entry is.
  public enum Kind {
    DIRECTORY,
    FILE,
    SYMLINK
  }

  /// @param name as in [Entry]
  /// @param size of the inode, or 0
  public static Entry directory(byte[] name, int mode, Instant modified, long size) {
    return new Entry(name, Kind.DIRECTORY, mode, modified, size, NONE, 1, 0, 0, null, null);
  }

  /// @param target contents of the link
  public static Entry symlink(byte[] name, Instant modified, byte[] target) {
    return new Entry(
        name, Kind.SYMLINK, 0777, modified, target.length, target, 1, 0, 0, null, null);
  }

  /// A regular file with one name and no holes.
  public static Entry file(
      byte[] name, int mode, Instant modified, long size, @Nullable OpenFile file) {
    return new Entry(name, Kind.FILE, mode, modified, size, NONE, 1, 0, 0, file, null);
  }
}
