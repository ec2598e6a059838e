package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;

/// Opens paths below a root and nothing else.
interface Resolver {
  /// Bytes of a path, its end included, that the kernel accepts (`PATH_MAX`).
  int MAX_PATH_BYTES = 4096;

  /// Links on the way are followed inside the root. The last component is followed unless the flags
  /// say `O_NOFOLLOW`, which the callers use with `O_PATH` only.
  ///
  /// @param path relative to the root, without `.` and `..`; empty is the root
  /// @param mode for `O_CREAT`
  /// @throws LinuxException `ENOENT` also for whatever would leave the root
  Descriptor open(Descriptor root, byte[] path, int flags, int mode) throws LinuxException;

  static Resolver of(SandboxMode mode) {
    return switch (mode) {
      case OPENAT2 -> Resolver::openByKernel;
      case COMPONENT_WALK -> new WalkingResolver();
    };
  }

  private static Descriptor openByKernel(Descriptor root, byte[] path, int flags, int mode)
      throws LinuxException {
    try {
      return Linux.openat2(root, path.length == 0 ? new byte[] {'.'} : path, flags, mode);
    } catch (LinuxException e) {
      throw hidingEscapes(e);
    }
  }

  /// An absolute or climbing link (`EXDEV`), a link of procfs or a cycle (`ELOOP`): whoever asks
  /// learns nothing about what is outside.
  static LinuxException hidingEscapes(LinuxException e) {
    if (!e.is(Errno.EXDEV) && !e.is(Errno.ELOOP)) {
      return e;
    }
    LinuxException hidden = new LinuxException("resolve", Errno.ENOENT);
    hidden.initCause(e);
    return hidden;
  }
}
