package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.SandboxOptions.Owner;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives created entries to the configured owner and takes special mode bits from them
/// (`filesystem.md` 3).
final class Ownership {
  private static final Logger log = LoggerFactory.getLogger(Ownership.class);
  private static final int SPECIAL_BITS = 07000;
  private static final int RWX_BITS = 0777;

  private final Optional<Owner> owner;

  /// Rootless and refused once: not tried again.
  private final AtomicBoolean refused = new AtomicBoolean();

  Ownership(Optional<Owner> owner) {
    this.owner = owner;
  }

  /// Makes a file or directory the owner's, and plain.
  void take(Descriptor created) throws LinuxException {
    FileStatus status = Linux.statx(created);
    give(created, status);
    if ((status.mode() & SPECIAL_BITS) != 0 && !status.isSymlink()) {
      Linux.fchmodat(created, status.mode() & RWX_BITS);
    }
  }

  /// Makes an existing file the owner's; the mode stays.
  void give(Descriptor file, FileStatus status) throws LinuxException {
    if (differs(status)) {
      Owner to = owner.orElseThrow();
      attempt(to, () -> Linux.fchownat(file, to.uid(), to.gid()));
    }
  }

  /// Makes an entry the owner's, without following it.
  void give(Descriptor parent, byte[] name) throws LinuxException {
    if (owner.isPresent() && differs(Linux.statx(parent, name))) {
      Owner to = owner.get();
      attempt(to, () -> Linux.fchownat(parent, name, to.uid(), to.gid()));
    }
  }

  private boolean differs(FileStatus status) {
    return owner.isPresent()
        && (status.uid() != owner.get().uid() || status.gid() != owner.get().gid());
  }

  @FunctionalInterface
  private interface Change {
    void run() throws LinuxException;
  }

  private void attempt(Owner to, Change change) throws LinuxException {
    if (refused.get()) {
      return;
    }
    try {
      change.run();
    } catch (LinuxException e) {
      if (!to.rootless() || (!e.is(Errno.EPERM) && !e.is(Errno.EINVAL))) {
        throw e;
      }
      if (refused.compareAndSet(false, true)) {
        log.atWarn()
            .addKeyValue("uid", to.uid())
            .addKeyValue("gid", to.gid())
            .setCause(e)
            .log("owner of new files cannot be changed, going on without");
      }
    }
  }
}
