package dev.wings.backup.btrfs;

import dev.wings.core.WingsException;
import dev.wings.fs.host.Mounts;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/// What the kernel says about directories that snapshots are made of and kept in.
class BtrfsPlace {
  private static final long MAGIC = 0x9123683EL;

  /// Inode number of the top directory of every subvolume.
  private static final long SUBVOLUME_INODE = 256;

  /// Sees to it that a snapshot of `volume` can be made in `backups`.
  ///
  /// @param backups need not exist yet
  /// @throws WingsException when it cannot, with the reason and the way out
  void require(UUID server, Path volume, Path backups) throws IOException {
    Mounts mounts = Mounts.ofThisProcess();
    Mounts.Mount source = mount(mounts, volume);
    if (magic(volume) != MAGIC) {
      throw WingsException.impossible(
          "btrfs backups need the servers' files on Btrfs (system.data), they are on "
              + source.type());
    }
    if (!isSubvolume(volume)) {
      throw WingsException.impossible(
          "the files of this server are a plain directory and no Btrfs subvolume: set"
              + " system.disk_limiter_mode to btrfs_subvolume, stop the daemon and run: wings"
              + " migrate-disk-limiter --mode btrfs --server "
              + server);
    }
    Mounts.Mount target = mount(mounts, existing(backups));
    if (!target.type().equals("btrfs") || !target.device().equals(source.device())) {
      throw WingsException.impossible(
          "btrfs backups need system.backup_directory on the same Btrfs file system as"
              + " system.data, it is on another ("
              + target.type()
              + ")");
    }
  }

  private static Mounts.Mount mount(Mounts mounts, Path path) throws IOException {
    return mounts
        .of(path.toRealPath())
        .orElseThrow(() -> new IOException("the mount of " + path + " cannot be found"));
  }

  private static Path existing(Path path) {
    Path at = path.toAbsolutePath();
    while (!Files.exists(at)) {
      Path parent = at.getParent();
      if (parent == null) {
        return at;
      }
      at = parent;
    }
    return at;
  }

  private static long magic(Path directory) throws IOException {
    try (Descriptor open = Linux.open(directory.toString(), Linux.O_PATH | Linux.oDirectory())) {
      return Linux.fstatfs(open).type() & 0xffff_ffffL;
    } catch (LinuxException e) {
      throw e.forFile(directory.toString());
    }
  }

  /// Whether there is the top of a subvolume, and not a link to one.
  boolean isSubvolume(Path directory) throws IOException {
    int flags = Linux.O_PATH | Linux.oDirectory() | Linux.oNofollow();
    try (Descriptor open = Linux.open(directory.toString(), flags)) {
      return Linux.statx(open).inode() == SUBVOLUME_INODE && magic(directory) == MAGIC;
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
        return false;
      }
      throw e.forFile(directory.toString());
    }
  }
}
