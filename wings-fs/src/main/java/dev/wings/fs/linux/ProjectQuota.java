package dev.wings.fs.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Project quotas of ext4 and XFS: quotactl(2) and the extended attributes of
/// `ioctl_xfs_fsgetxattr(2)`, which ext4 has too. Each method throws [LinuxException] with the
/// call's errno. Setting anything needs root.
public final class ProjectQuota {
  private static final Native.Function QUOTACTL = Native.function("quotactl");

  /// The same on every architecture of [Abi].
  private static final long SYS_QUOTACTL_FD = 443;

  private static final int PRJQUOTA = 2;
  private static final int Q_GETQUOTA = 0x800007;
  private static final int Q_SETQUOTA = 0x800008;
  private static final int Q_XGETQSTAT = 0x5805;
  private static final int QIF_BLIMITS = 1;
  private static final int FS_QUOTA_PDQ_ACCT = 1 << 4;
  private static final int FS_QUOTA_PDQ_ENFD = 1 << 5;

  private static final int FS_XFLAG_PROJINHERIT = 0x200;

  /// `_IOR('X', 31, struct fsxattr)` and `_IOW('X', 32, struct fsxattr)` without the direction,
  /// whose bits depend on the architecture.
  private static final long FSGETXATTR = 0x001c_581fL;

  private static final long FSSETXATTR = 0x001c_5820L;
  private static final long DIRECTION = 0xe000_0000L;
  private static final long FSXATTR_BYTES = 28;

  private ProjectQuota() {}

  /// What a file is counted for.
  ///
  /// @param id 0 is the project of everything that has no other
  /// @param inherited whether new entries of this directory get the same
  public record Project(long id, boolean inherited) {}

  /// @param counted usage is kept
  /// @param enforced limits hold
  public record State(boolean counted, boolean enforced) {}

  /// A mounted file system, named in both ways that kernels want.
  ///
  /// @param file open file or directory on it; may be open with `O_PATH`
  /// @param device path of the block device, for kernels before 5.14
  public record FileSystem(Descriptor file, Path device) {}

  /// @param file open for reading
  /// @throws LinuxException `ENOTTY` or `EOPNOTSUPP` where the file system has no projects
  public static Project get(Descriptor file) throws LinuxException {
    Project[] result = new Project[1];
    attributes(
        file,
        read(FSGETXATTR),
        attributes ->
            result[0] =
                new Project(
                    Integer.toUnsignedLong(attributes.get(JAVA_INT, 12)),
                    (attributes.get(JAVA_INT, 0) & FS_XFLAG_PROJINHERIT) != 0));
    return result[0];
  }

  /// Changes the project and leaves everything else.
  ///
  /// @param file open for reading: a regular file or a directory
  public static void set(Descriptor file, Project project) throws LinuxException {
    attributes(
        file,
        read(FSGETXATTR),
        attributes -> {
          int flags = attributes.get(JAVA_INT, 0);
          attributes.set(
              JAVA_INT,
              0,
              project.inherited() ? flags | FS_XFLAG_PROJINHERIT : flags & ~FS_XFLAG_PROJINHERIT);
          attributes.set(JAVA_INT, 12, (int) project.id());
          ioctl(file, write(FSSETXATTR), attributes);
        });
  }

  private static long read(long request) {
    return request | (Native.ABI.iocGetFlags() & DIRECTION);
  }

  private static long write(long request) {
    return request | (Native.ABI.iocSetFlags() & DIRECTION);
  }

  @FunctionalInterface
  private interface Attributes {
    void use(MemorySegment attributes) throws LinuxException;
  }

  private static void attributes(Descriptor file, long request, Attributes then)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(FSXATTR_BYTES, 8);
      ioctl(file, request, attributes);
      then.use(attributes);
    }
  }

  private static void ioctl(Descriptor file, long request, MemorySegment attributes)
      throws LinuxException {
    int fd = file.acquire();
    try {
      Native.call(
          "ioctl", (_, state) -> (int) Native.IOCTL.call(state, fd, request, attributes.address()));
    } finally {
      file.release();
    }
  }

  /// Whether project quotas are on.
  ///
  /// @throws LinuxException `ENOSYS` where the kernel or the file system has no quotas, or none is
  ///   on
  public static State state(FileSystem on) throws LinuxException {
    State[] result = new State[1];
    quotactl(
        on,
        Q_XGETQSTAT,
        0,
        status -> {
          int flags = Short.toUnsignedInt(status.get(JAVA_SHORT, 2));
          result[0] = new State((flags & FS_QUOTA_PDQ_ACCT) != 0, (flags & FS_QUOTA_PDQ_ENFD) != 0);
        });
    return result[0];
  }

  /// Bytes that a project uses; 0 for one that nothing belongs to.
  public static long used(FileSystem on, long project) throws LinuxException {
    long[] bytes = new long[1];
    try {
      quotactl(on, Q_GETQUOTA, project, quota -> bytes[0] = quota.get(JAVA_LONG, 16));
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    return bytes[0];
  }

  /// Sets the hard and the soft limit of a project's bytes.
  ///
  /// @param bytes rounded up to KiB; 0 is unlimited
  public static void limit(FileSystem on, long project, long bytes) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment quota = arena.allocate(128, 8);
      long kibibytes = (bytes >> 10) + ((bytes & 1023) == 0 ? 0 : 1);
      quota.set(JAVA_LONG, 0, kibibytes);
      quota.set(JAVA_LONG, 8, kibibytes);
      quota.set(JAVA_INT, 64, QIF_BLIMITS);
      quotactl(on, Q_SETQUOTA, project, quota);
    }
  }

  private static void quotactl(FileSystem on, int command, long project, Attributes then)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(128, 8);
      quotactl(on, command, project, result);
      then.use(result);
    }
  }

  private static void quotactl(FileSystem on, int command, long project, MemorySegment argument)
      throws LinuxException {
    long code = Integer.toUnsignedLong(command << 8 | PRJQUOTA);
    long address = argument.address();
    int fd = on.file().acquire();
    try {
      Native.call(
          "quotactl_fd",
          (_, state) -> Native.SYSCALL.call(state, SYS_QUOTACTL_FD, fd, code, project, address));
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOSYS)) {
        throw e;
      }
      // an old kernel; or there are no quotas, which the older call says again
      byte[] device = on.device().toString().getBytes(StandardCharsets.UTF_8);
      Native.call(
          "quotactl",
          (arena, state) ->
              (int) QUOTACTL.call(state, code, Native.cString(arena, device), project, address));
    } finally {
      on.file().release();
    }
  }
}
