package dev.wings.fs.limiter;

import dev.wings.fs.host.Mounts;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The directory that holds those of all servers, and what is known of the file system below it.
///
/// @param mountinfo table of mounts
record DataDirectory(Path path, Path mountinfo) {
  static final long BTRFS_MAGIC = 0x9123683EL;
  static final long XFS_MAGIC = 0x58465342L;
  static final long EXT4_MAGIC = 0xEF53L;
  private static final int DIRECTORY_MODE = 0755;

  DataDirectory(Path path) {
    this(path, Path.of("/proc/self/mountinfo"));
  }

  /// Without links; made if it is missing.
  Path real() throws IOException {
    return Files.createDirectories(path.toAbsolutePath()).toRealPath();
  }

  Mounts.Mount mount() throws IOException {
    Path real = real();
    return Mounts.read(mountinfo)
        .of(real)
        .orElseThrow(() -> new LimiterException("the mount of " + real + " cannot be found"));
  }

  /// Kind of file system, as statfs(2) says.
  long magic() throws IOException {
    try (Descriptor data = Linux.open(real().toString(), Linux.O_PATH | Linux.oDirectory())) {
      return Linux.fstatfs(data).type() & 0xffff_ffffL;
    }
  }

  /// @param mode the configured one, as in the configuration
  /// @param needed what it works on
  LimiterException wrongFileSystem(String mode, String needed) throws IOException {
    Mounts.Mount mount = mount();
    return new LimiterException(
        "system.disk_limiter_mode %s needs %s, but %s is on %s (mounted at %s)"
            .formatted(mode, needed, path, mount.type(), mount.point()));
  }

  /// What a server's directory is; empty when it is missing.
  ///
  /// @throws LimiterException when something else than a directory has its name
  static Optional<FileStatus> status(ServerDirectory directory) throws IOException {
    int flags = Linux.O_PATH | Linux.oNofollow();
    FileStatus status;
    try (Descriptor open = Linux.open(directory.argument(), flags)) {
      status = Linux.statx(open);
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e.forFile(directory.argument());
    }
    if (!status.isDirectory()) {
      throw new LimiterException(directory.path() + " is not a directory but a link or a file");
    }
    return Optional.of(status);
  }

  /// Makes the server's directory unless its name is taken.
  static void make(ServerDirectory directory) throws IOException {
    Path parent = directory.path().resolveSibling("");
    try (Descriptor data = Linux.open(parent.toString(), Linux.O_PATH | Linux.oDirectory())) {
      Linux.mkdirat(data, directory.name(), DIRECTORY_MODE);
    } catch (LinuxException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e.forFile(directory.argument());
      }
    }
  }

  /// In the unit of the programs, rounded down; only 0 stays 0, which is unlimited.
  static long mebibytes(long bytes) {
    return bytes == 0 ? 0 : Math.max(1, bytes >> 20);
  }
}
