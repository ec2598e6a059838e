package dev.wings.fs.archive.tree;

import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known about an entry of an archive, for `Files.readAttributes(path,
/// ArchiveAttributes.class)`.
///
/// @param mode type and permission bits, as `st_mode`
/// @param size bytes; of a directory the sum of all below it
/// @param compressedBytes what that takes in the archive; 0 when unknown
/// @param created the archive's own creation time when the entry has none
public record ArchiveAttributes(
    int mode, long size, long compressedBytes, Instant modified, Instant created)
    implements PosixFileAttributes {
  static final int DIRECTORY = 0040000;
  static final int FILE = 0100000;
  static final int LINK = 0120000;
  private static final int TYPE_BITS = 0170000;
  private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

  /// Archives do not say whose their entries are.
  private enum Nobody implements GroupPrincipal {
    INSTANCE;

    @Override
    public String getName() {
      return "0";
    }
  }

  @Override
  public FileTime lastModifiedTime() {
    return FileTime.from(modified);
  }

  @Override
  public FileTime lastAccessTime() {
    return FileTime.from(modified);
  }

  @Override
  public FileTime creationTime() {
    return FileTime.from(created);
  }

  @Override
  public boolean isRegularFile() {
    return (mode & TYPE_BITS) == FILE;
  }

  @Override
  public boolean isDirectory() {
    return (mode & TYPE_BITS) == DIRECTORY;
  }

  @Override
  public boolean isSymbolicLink() {
    return (mode & TYPE_BITS) == LINK;
  }

  @Override
  public boolean isOther() {
    return false;
  }

  @Override
  public @Nullable Object fileKey() {
    return null;
  }

  @Override
  public UserPrincipal owner() {
    return Nobody.INSTANCE;
  }

  @Override
  public GroupPrincipal group() {
    return Nobody.INSTANCE;
  }

  @Override
  public Set<PosixFilePermission> permissions() {
    Set<PosixFilePermission> result = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < PERMISSIONS.length; i++) { // from the owner's r down to the others' x
      if ((mode & 0400 >> i) != 0) {
        result.add(PERMISSIONS[i]);
      }
    }
    return result;
  }
}
