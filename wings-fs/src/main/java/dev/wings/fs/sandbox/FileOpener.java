package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.tree.TreeDelete;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/// Opens and creates files.
///
/// An existing file is opened with `O_PATH` first, which touches nothing. Only after its type and
/// the guard's rule were checked on that descriptor, exactly the same inode is opened for use. So a
/// FIFO blocks nobody, a device is never opened, and what is truncated is what was checked. A new
/// file is created exclusively and belongs to its owner before anyone gets the channel.
final class FileOpener {
  private static final int OWNER_RW = 0600;

  private final Sandbox sandbox;

  FileOpener(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  /// @param mode permission bits of a file that is created, before the umask
  FileChannel open(SandboxPath path, OpenRequest request, int mode) throws IOException {
    if (request.createNew()) {
      return create(path, request, mode);
    }
    Descriptor existing;
    try {
      existing = sandbox.resolve(path, Attributes.pathFlags(request.follow()));
    } catch (LinuxException e) {
      if (!request.create() || !e.is(Errno.ENOENT)) {
        throw e;
      }
      return createMissing(path, request, mode);
    }
    try (existing) {
      return openExisting(path, existing, request);
    }
  }

  private FileChannel createMissing(SandboxPath path, OpenRequest request, int mode)
      throws IOException {
    try {
      return create(path, request, mode);
    } catch (LinuxException e) {
      if (!e.is(Errno.EEXIST) || !request.follow()) {
        throw e;
      }
    }
    // a link to nothing, or somebody was faster
    int flags = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_NONBLOCK | Linux.O_NOCTTY;
    try (Descriptor created = sandbox.resolve(path, flags, mode)) {
      return openExisting(path, created, request);
    }
  }

  private FileChannel openExisting(SandboxPath path, Descriptor file, OpenRequest request)
      throws IOException {
    FileStatus status = Linux.statx(file);
    if (!status.isRegular()) {
      throw new FileSystemException(path.toString(), null, describe(status.type()));
    }
    sandbox
        .options()
        .guard()
        .check(
            location(path, file),
            request.write() ? AccessGuard.Access.WRITE : AccessGuard.Access.READ);
    if (request.write()) {
      sandbox.ownership().give(file, status);
    }
    FileChannel channel =
        charged(
            Linux.reopen(file, request.channel()),
            request,
            file,
            () -> sandbox.location(file, path).parentOrRoot());
    boolean done = false;
    try {
      if (request.truncate() && status.size() > 0) {
        channel.truncate(0);
      }
      if (request.deleteOnClose()) {
        unlink(path);
      }
      done = true;
      return channel;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  /// A descriptor of a regular file, checked as a channel is.
  Descriptor openForReading(SandboxPath path) throws IOException {
    try (Descriptor file = sandbox.resolve(path, Linux.O_PATH)) {
      if (!Linux.statx(file).isRegular()) {
        throw new LinuxException("open", Errno.ENOENT);
      }
      sandbox.options().guard().check(location(path, file), AccessGuard.Access.READ);
      return Linux.reopenForReading(file);
    }
  }

  /// The guard is asked with the real place; nobody pays for finding it without a guard.
  private Path location(SandboxPath path, Descriptor file) throws IOException {
    return sandbox.options().guard().equals(AccessGuard.NONE) ? path : sandbox.location(file, path);
  }

  private static String describe(EntryType type) {
    return switch (type) {
      case DIRECTORY -> "is a directory";
      case SYMLINK -> "is a symbolic link";
      case REGULAR, UNKNOWN, FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE ->
          "is not a regular file";
    };
  }

  private FileChannel create(SandboxPath path, OpenRequest request, int mode) throws IOException {
    if (path.lastNameStartsWith(Sandbox.STAGING_PREFIX)) {
      sandbox.options().staging().starting(path.folded().parentOrRoot());
    }
    int flags = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.oNofollow();
    try (Sandbox.Slot slot = sandbox.slot(path);
        Descriptor created = Linux.openat(slot.parent(), slot.name(), flags, mode | OWNER_RW)) {
      FileChannel channel = null;
      boolean done = false;
      try {
        sandbox.options().guard().check(location(path, created), AccessGuard.Access.WRITE);
        sandbox.ownership().take(created);
        channel =
            charged(
                Linux.reopen(created, request.channel()),
                request,
                created,
                () -> sandbox.directory(slot, path));
        if ((mode & OWNER_RW) != OWNER_RW) { // it could not have been opened with that
          Linux.fchmod(created, Linux.statx(created).permissions() & mode);
        }
        if (request.deleteOnClose()) {
          Linux.unlinkat(slot.parent(), slot.name());
        }
        done = true;
        return channel;
      } finally {
        if (!done) {
          try {
            Linux.unlinkat(slot.parent(), slot.name());
          } finally {
            if (channel != null) {
              channel.close();
            }
          }
        }
      }
    }
  }

  private void unlink(SandboxPath path) throws IOException {
    try (Sandbox.Slot slot = sandbox.slot(path)) {
      sandbox.unlink(slot, path);
    }
  }

  @FunctionalInterface
  private interface Location {
    SandboxPath find() throws IOException;
  }

  /// @param channel closed when this fails
  private FileChannel charged(
      FileChannel channel, OpenRequest request, Descriptor file, Location directory)
      throws IOException {
    SpaceLedger ledger = sandbox.ledger();
    if (!request.write() || ledger.idle()) {
      return channel; // the JDK's own class: zero-copy of others looks into it
    }
    Descriptor own = null;
    FileChannel result = null;
    try {
      own = Linux.dup(file);
      InodeSpace space = ledger.open(own, directory.find().resolvable(), sandbox.promptBlocks());
      result = new ChargedFileChannel(channel, ledger, space, own, request.append());
      return result;
    } finally {
      if (result == null) {
        channel.close();
        if (own != null) {
          own.close();
        }
      }
    }
  }

  void createDirectory(SandboxPath path, int mode) throws IOException {
    try (Sandbox.Slot slot = sandbox.slot(path);
        SpaceLedger.Hold hold = sandbox.ledger().holdAll()) {
      Linux.mkdirat(slot.parent(), slot.name(), mode);
      int flags = Linux.O_PATH | Linux.oDirectory() | Linux.oNofollow();
      boolean done = false;
      try (Descriptor created = Linux.openat(slot.parent(), slot.name(), flags, 0)) {
        sandbox.ownership().take(created);
        chargeDirectory(created, path);
        done = true;
      } finally {
        if (!done) {
          removeAfterFailure(slot);
        }
      }
    }
  }

  private void chargeDirectory(Descriptor created, SandboxPath path) throws IOException {
    SpaceGate gate = sandbox.options().gate();
    if (sandbox.ledger().idle()) {
      return;
    }
    byte[] location = sandbox.location(created, path).resolvable();
    FileStatus status = Linux.statx(created);
    if (status.allocatedBytes() > 0) {
      gate.reserve(status.allocatedBytes(), 0);
    }
    gate.created(location, status.size(), status.allocatedBytes());
  }

  /// Only an empty directory goes; one that was put there meanwhile is somebody else's.
  private static void removeAfterFailure(Sandbox.Slot slot) throws LinuxException {
    try {
      TreeDelete.rmdir(slot.parent(), slot.name());
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR) && !e.is(Errno.ENOTEMPTY)) {
        throw e;
      }
    }
  }
}
