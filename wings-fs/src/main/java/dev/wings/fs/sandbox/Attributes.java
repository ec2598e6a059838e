package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads and changes attributes. Modes are changed on the descriptor that a path led to, owner and
/// times on the entry itself, never through a link (`filesystem.md` 2.4).
final class Attributes {
  private static final int RWX_BITS = 0777;

  private Attributes() {}

  static SandboxAttributes read(SandboxPath path, boolean follow) throws IOException {
    try (Descriptor file = path.sandbox().resolve(path, pathFlags(follow))) {
      return new SandboxAttributes(Linux.statx(file));
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  static int pathFlags(boolean follow) {
    return follow ? Linux.O_PATH : Linux.O_PATH | Linux.oNofollow();
  }

  static void checkAccess(SandboxPath path, int mode) throws IOException {
    try (Descriptor file = path.sandbox().resolve(path, Linux.O_PATH)) {
      if (mode != Linux.F_OK) {
        Linux.faccessat(file, mode);
      }
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  /// @param mode only its nine `rwx` bits count
  static void setPermissions(SandboxPath path, int mode, boolean follow) throws IOException {
    try (Descriptor file = path.sandbox().resolve(path, pathFlags(follow))) {
      if (Linux.statx(file).isSymlink()) {
        throw new FileSystemException(path.toString(), null, "a symbolic link has no mode");
      }
      Linux.fchmodat(file, mode & RWX_BITS);
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  static void setTimes(
      SandboxPath path, Optional<FileTime> lastModified, Optional<FileTime> lastAccess)
      throws IOException {
    if (lastModified.isEmpty() && lastAccess.isEmpty()) {
      return;
    }
    try (Sandbox.Slot slot = entry(path)) {
      Linux.utimensat(
          slot.parent(),
          slot.name(),
          lastAccess.map(FileTime::toInstant),
          lastModified.map(FileTime::toInstant));
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  static void setOwner(
      SandboxPath path, Optional<UserPrincipal> owner, Optional<GroupPrincipal> group)
      throws IOException {
    chown(
        path,
        owner.map(Attributes::number).orElse(Linux.UNCHANGED),
        group.map(Attributes::number).orElse(Linux.UNCHANGED));
  }

  private static void chown(SandboxPath path, int uid, int gid) throws IOException {
    try (Sandbox.Slot slot = entry(path)) {
      Linux.fchownat(slot.parent(), slot.name(), uid, gid);
    } catch (LinuxException e) {
      throw e.forFile(path.toString());
    }
  }

  private static int number(UserPrincipal principal) {
    if (principal instanceof NumericPrincipal numeric) {
      return numeric.id();
    }
    throw new ProviderMismatchException("principal: " + principal + " (expected: of a sandbox)");
  }

  /// As [Sandbox#slot]; the root is `.` in itself.
  private static Sandbox.Slot entry(SandboxPath path) throws IOException {
    if (path.folded().getNameCount() > 0) {
      return path.sandbox().slot(path);
    }
    Descriptor root = path.sandbox().resolve(path, Linux.O_PATH | Linux.oDirectory());
    return new Sandbox.Slot(root, new byte[] {'.'});
  }

  /// Sets an attribute by its name.
  ///
  /// @throws UnsupportedOperationException for one that is not known or cannot be set
  static void set(SandboxPath path, String attribute, @Nullable Object value, boolean follow)
      throws IOException {
    String name = attribute.substring(attribute.indexOf(':') + 1);
    switch (name) {
      case "lastModifiedTime" ->
          setTimes(path, Optional.ofNullable((FileTime) value), Optional.empty());
      case "lastAccessTime" ->
          setTimes(path, Optional.empty(), Optional.ofNullable((FileTime) value));
      case "creationTime" -> {
        // no call of Linux sets it; the JDK's own provider ignores it as well
      }
      case "permissions" ->
          setPermissions(path, SandboxAttributes.mode(permissions(value)), follow);
      case "mode" -> setPermissions(path, required(value, Integer.class), follow);
      case "owner" ->
          setOwner(path, Optional.of(required(value, UserPrincipal.class)), Optional.empty());
      case "group" ->
          setOwner(path, Optional.empty(), Optional.of(required(value, GroupPrincipal.class)));
      case "uid" -> chown(path, required(value, Integer.class), Linux.UNCHANGED);
      case "gid" -> chown(path, Linux.UNCHANGED, required(value, Integer.class));
      default -> throw new UnsupportedOperationException("attribute cannot be set: " + attribute);
    }
  }

  static Set<PosixFilePermission> permissions(@Nullable Object value) {
    Set<PosixFilePermission> result = EnumSet.noneOf(PosixFilePermission.class);
    for (Object permission : required(value, Set.class)) {
      result.add((PosixFilePermission) permission);
    }
    return result;
  }

  private static <T> T required(@Nullable Object value, Class<T> type) {
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "value: " + value + " (expected: a " + type.getSimpleName() + ")");
    }
    return type.cast(value);
  }
}
