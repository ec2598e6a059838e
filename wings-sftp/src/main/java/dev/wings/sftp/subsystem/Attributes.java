package dev.wings.sftp.subsystem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Attributes of entries, on the wire and in the file system (`sftp.md` 9).
final class Attributes {
  private static final int SIZE = 0x1;
  private static final int OWNER = 0x2;
  private static final int PERMISSIONS = 0x4;
  private static final int TIMES = 0x8;
  private static final int EXTENDED = 0x8000_0000;

  static final int FILE_TYPES = 0170000;
  static final int DIRECTORY = 0040000;
  static final int LINK = 0120000;
  private static final int REGULAR = 0100000;
  private static final int OTHER = 0010000;
  private static final int RWX_BITS = 0777;
  private static final int NEW_DIRECTORY = 0755;
  private static final long MAX_SECONDS = 0xFFFF_FFFFL;

  private static final LinkOption[] FOLLOW = {};
  private static final LinkOption[] NOFOLLOW = {LinkOption.NOFOLLOW_LINKS};

  /// From the most significant of the nine bits on.
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OWNER_READ,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_EXECUTE
  };

  private final boolean posix;

  /// @param root of the file system that will be asked
  Attributes(Path root) {
    this.posix = root.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /// What clients are told of an entry.
  ///
  /// @param mode type and permission bits
  /// @param modified seconds since 1970, as an unsigned number
  record Entry(long size, int mode, int modified) {
    void write(Reply reply) {
      reply.u32(SIZE | OWNER | PERMISSIONS | TIMES).u64(size).u32(/* uid */ 0).u32(/* gid */ 0);
      reply.u32(mode).u32(/* accessed */ 0).u32(modified);
    }
  }

  /// What a client wants of an entry; the rest of what it sent is not used.
  ///
  /// @param size of files, unsigned
  /// @param permissions the nine bits
  /// @param modified seconds since 1970
  record Wish(OptionalLong size, OptionalInt permissions, OptionalLong modified) {
    boolean isEmpty() {
      return size.isEmpty() && permissions.isEmpty() && modified.isEmpty();
    }

    /// For a directory that is being made. All bits is what clients send that leave the mode to the
    /// server's umask (OpenSSH, paramiko); nobody wants it to be writable for everybody.
    Wish forNewDirectory() {
      return permissions.isPresent() && permissions.getAsInt() == RWX_BITS
          ? new Wish(size, OptionalInt.of(NEW_DIRECTORY), modified)
          : this;
    }
  }

  static Wish read(Fields in) throws StatusException {
    int flags = in.u32();
    OptionalLong size = OptionalLong.empty();
    if ((flags & SIZE) != 0) {
      size = OptionalLong.of(in.u64());
    }
    if ((flags & OWNER) != 0) {
      in.u32();
      in.u32();
    }
    OptionalInt permissions = OptionalInt.empty();
    if ((flags & PERMISSIONS) != 0) {
      permissions = OptionalInt.of(in.u32() & RWX_BITS);
    }
    OptionalLong modified = OptionalLong.empty();
    if ((flags & TIMES) != 0) {
      in.u32();
      modified = OptionalLong.of(Integer.toUnsignedLong(in.u32()));
    }
    if ((flags & EXTENDED) != 0) {
      skipPairs(in);
    }
    return new Wish(size, permissions, modified);
  }

  private static void skipPairs(Fields in) throws StatusException {
    long count = Integer.toUnsignedLong(in.u32());
    for (long i = 0; i < count; i++) { // ends with the packet at the latest
      in.data();
      in.data();
    }
  }

  BasicFileAttributes followed(Path path) throws IOException {
    return read(path, FOLLOW);
  }

  BasicFileAttributes own(Path path) throws IOException {
    return read(path, NOFOLLOW);
  }

  private BasicFileAttributes read(Path path, LinkOption... options) throws IOException {
    return posix
        ? Files.readAttributes(path, PosixFileAttributes.class, options)
        : Files.readAttributes(path, BasicFileAttributes.class, options);
  }

  /// With links followed.
  Entry of(Path path) throws IOException {
    BasicFileAttributes attributes = followed(path);
    return entry(attributes, type(attributes));
  }

  /// Of the entry itself, but with the type of what a link leads to, so that clients show it as a
  /// file or a directory.
  Entry ofEntry(Path path) throws IOException {
    BasicFileAttributes attributes = own(path);
    return entry(attributes, attributes.isSymbolicLink() ? typeBehind(path) : type(attributes));
  }

  private int typeBehind(Path link) {
    try {
      return type(Files.readAttributes(link, BasicFileAttributes.class));
    } catch (IOException leadsNowhere) {
      return LINK;
    }
  }

  private static int type(BasicFileAttributes attributes) {
    if (attributes.isRegularFile()) {
      return REGULAR;
    }
    if (attributes.isDirectory()) {
      return DIRECTORY;
    }
    return attributes.isSymbolicLink() ? LINK : OTHER;
  }

  private static Entry entry(BasicFileAttributes attributes, int type) {
    int bits =
        attributes instanceof PosixFileAttributes known
            ? bits(known.permissions())
            : type == DIRECTORY ? 0755 : 0644;
    long modified = attributes.lastModifiedTime().to(TimeUnit.SECONDS);
    return new Entry(attributes.size(), type | bits, (int) Math.clamp(modified, 0, MAX_SECONDS));
  }

  private static int bits(Set<PosixFilePermission> permissions) {
    int bits = 0;
    for (PosixFilePermission permission : BITS) {
      bits = bits << 1 | (permissions.contains(permission) ? 1 : 0);
    }
    return bits;
  }

  private static Set<PosixFilePermission> permissions(int bits) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < BITS.length; i++) {
      if ((bits & 0400 >> i) != 0) {
        permissions.add(BITS[i]);
      }
    }
    return permissions;
  }

  /// Changes permissions and times. Owners never change.
  void apply(Wish wish, Path path) throws IOException {
    apply(wish, path, FOLLOW);
  }

  /// The same without following a link; its permissions cannot be changed.
  void applyToEntry(Wish wish, Path path) throws IOException {
    apply(wish, path, NOFOLLOW);
  }

  /// Changes only the permissions.
  void applyPermissions(Wish wish, Path path) throws IOException {
    Wish permissions = new Wish(OptionalLong.empty(), wish.permissions(), OptionalLong.empty());
    apply(permissions, path, NOFOLLOW);
  }

  private void apply(Wish wish, Path path, LinkOption... options) throws IOException {
    if (wish.permissions().isPresent()) {
      applyPermissions(wish.permissions().getAsInt(), path, options);
    }
    if (wish.modified().isPresent()) {
      BasicFileAttributeView view = view(path, BasicFileAttributeView.class, options);
      if (view != null) {
        view.setTimes(
            FileTime.from(wish.modified().getAsLong(), TimeUnit.SECONDS),
            /* lastAccessTime= */ null,
            /* createTime= */ null);
      }
    }
  }

  private void applyPermissions(int bits, Path path, LinkOption... options) throws IOException {
    PosixFileAttributeView view = posix ? view(path, PosixFileAttributeView.class, options) : null;
    if (view != null) {
      view.setPermissions(permissions(bits));
    } else {
      read(path, options); // has none, but has to be there
    }
  }

  private <V extends BasicFileAttributeView> @Nullable V view(
      Path path, Class<V> type, LinkOption... options) {
    return Files.getFileAttributeView(path, type, options);
  }
}
