package dev.wings.fs.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The system calls, one method each, named after its manual page. Names are the bytes that the
/// kernel sees. Each method throws [LinuxException] with the call's errno, `EINVAL` for a name with
/// a NUL and `EBADF` for a closed descriptor.
public final class Linux {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_NOCTTY = 0400;
  public static final int O_NONBLOCK = 04000;
  public static final int O_PATH = 010000000;
  private static final int O_CLOEXEC = 02000000;
  private static final int F_DUPFD_CLOEXEC = 1030;

  /// Mode bits of access(2).
  public static final int R_OK = 4;

  public static final int W_OK = 2;
  public static final int X_OK = 1;
  public static final int F_OK = 0;

  /// As a uid or gid of [#fchownat]: leave it.
  public static final int UNCHANGED = -1;

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final long SYS_OPENAT2 = 437;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_BENEATH = 0x08;
  private static final long OPEN_HOW_BYTES = 24;
  private static final int MAX_RETRIES = 128;
  private static final int RENAME_NOREPLACE = 1;
  private static final int RENAME_EXCHANGE = 2;
  private static final long UTIME_OMIT = (1L << 30) - 2;
  private static final int STATX_BASIC_STATS_BTIME_MNT_ID = 0x7ff | 0x800 | 0x1000;
  private static final int STATX_BTIME = 0x800;
  private static final int STATX_MNT_ID = 0x1000;
  private static final int FS_IMMUTABLE_FL = 0x10;
  private static final int FS_APPEND_FL = 0x20;
  private static final int RLIMIT_NOFILE = 7;
  private static final int SEEK_SET = 0;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  /// `_IOW(0x94, 9, int)` without the direction, whose bits depend on the architecture.
  private static final long FICLONE = 0x0004_9409L;

  private static final long IOC_DIRECTION = 0xe000_0000L;
  private static final int PATH_MAX = 4096;
  private static final byte[] EMPTY = {};

  private Linux() {}

  /// Whether this package works here: Linux on a known architecture.
  public static boolean supported() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return false;
    }
    try {
      return Native.ABI.oDirectory() != 0;
    } catch (ExceptionInInitializerError | NoClassDefFoundError unknownArchitecture) {
      return false;
    }
  }

  /// Flag `O_DIRECTORY`, whose value depends on the architecture.
  public static int oDirectory() {
    return Native.ABI.oDirectory();
  }

  /// Flag `O_NOFOLLOW`, whose value depends on the architecture.
  public static int oNofollow() {
    return Native.ABI.oNofollow();
  }

  /// Resolves `path` below `root` inside the kernel: never out of it, never through a link of
  /// procfs. An absolute link counts as leaving even if its target is inside.
  ///
  /// @param path relative to `root`; `.` is the root itself
  /// @param mode permission bits of a file created by `O_CREAT`; ignored without
  /// @throws LinuxException `EXDEV` for a path that leaves, `ENOSYS` or `EPERM` where the call is
  ///   missing or filtered, `EAGAIN` when renames disturbed the walk again and again
  public static Descriptor openat2(Descriptor root, byte[] path, int flags, int mode)
      throws LinuxException {
    long openFlags = flags | O_CLOEXEC;
    long openMode = (flags & O_CREAT) != 0 ? mode : 0; // the kernel refuses any other
    for (int attempt = 1; ; attempt++) {
      try {
        return new Descriptor(
            (int)
                on(
                    "openat2",
                    root,
                    (arena, state, fd) -> {
                      MemorySegment how = arena.allocate(OPEN_HOW_BYTES, 8);
                      how.set(JAVA_LONG, 0, openFlags);
                      how.set(JAVA_LONG, 8, openMode);
                      how.set(JAVA_LONG, 16, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
                      return Native.SYSCALL.call(
                          state,
                          SYS_OPENAT2,
                          fd,
                          Native.cString(arena, path),
                          how.address(),
                          OPEN_HOW_BYTES);
                    }));
      } catch (LinuxException e) {
        if (!e.is(Errno.EAGAIN) || attempt == MAX_RETRIES) {
          throw e; // EAGAIN: a rename raced with the walk, ask again
        }
      }
    }
  }

  /// Opens an absolute path of the host.
  public static Descriptor open(String path, int flags) throws LinuxException {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    return new Descriptor(
        (int)
            Native.call(
                "open",
                (arena, state) ->
                    (int)
                        Native.OPENAT.call(
                            state, AT_FDCWD, Native.cString(arena, bytes), flags | O_CLOEXEC, 0)));
  }

  /// Opens one name in a directory. Several components are not confined: use [#openat2] for those.
  public static Descriptor openat(Descriptor directory, byte[] name, int flags, int mode)
      throws LinuxException {
    return new Descriptor(
        (int)
            on(
                "openat",
                directory,
                (arena, state, fd) ->
                    (int)
                        Native.OPENAT.call(
                            state, fd, Native.cString(arena, name), flags | O_CLOEXEC, mode)));
  }

  /// Another descriptor of the same open file (fcntl(2) with `F_DUPFD_CLOEXEC`).
  public static Descriptor dup(Descriptor file) throws LinuxException {
    return new Descriptor(
        (int)
            on(
                "fcntl",
                file,
                (_, state, fd) -> (int) Native.FCNTL.call(state, fd, F_DUPFD_CLOEXEC, 0)));
  }

  static void close(int fd) {
    try {
      // no second try after EINTR: on Linux the number is free again whatever close(2) says
      Native.call("close", (_, state) -> Math.max(0, (int) Native.CLOSE.call(state, fd)));
    } catch (LinuxException e) {
      throw new AssertionError(e); // a result of at least 0 is not a failure
    }
  }

  public static void mkdirat(Descriptor directory, byte[] name, int mode) throws LinuxException {
    on(
        "mkdirat",
        directory,
        (arena, state, fd) ->
            (int) Native.MKDIRAT.call(state, fd, Native.cString(arena, name), mode));
  }

  /// Removes a name that is not a directory; `EISDIR` for a directory.
  public static void unlinkat(Descriptor directory, byte[] name) throws LinuxException {
    unlinkat(directory, name, 0);
  }

  /// Removes an empty directory (unlinkat(2) with `AT_REMOVEDIR`).
  public static void rmdirat(Descriptor directory, byte[] name) throws LinuxException {
    unlinkat(directory, name, AT_REMOVEDIR);
  }

  private static void unlinkat(Descriptor directory, byte[] name, int flags) throws LinuxException {
    on(
        "unlinkat",
        directory,
        (arena, state, fd) ->
            (int) Native.UNLINKAT.call(state, fd, Native.cString(arena, name), flags));
  }

  /// Renames, replacing what can be replaced.
  public static void renameat(Descriptor from, byte[] name, Descriptor to, byte[] newName)
      throws LinuxException {
    onBoth(
        "renameat",
        from,
        to,
        (arena, state, fromFd, toFd) ->
            (int)
                Native.RENAMEAT.call(
                    state,
                    fromFd,
                    Native.cString(arena, name),
                    toFd,
                    Native.cString(arena, newName)));
  }

  /// Renames only onto a free name (renameat2(2) with `RENAME_NOREPLACE`). Where the kernel or the
  /// file system lacks that, the name is looked at first, which another process can race with.
  ///
  /// @throws LinuxException `EEXIST` when the new name is taken
  public static void renameatNoReplace(Descriptor from, byte[] name, Descriptor to, byte[] newName)
      throws LinuxException {
    try {
      renameat2(from, name, to, newName, RENAME_NOREPLACE);
    } catch (LinuxException e) {
      if (!e.is(Errno.EINVAL) && !e.is(Errno.ENOSYS)) {
        throw e;
      }
      boolean taken = true;
      try {
        statx(to, newName);
      } catch (LinuxException missing) {
        if (!missing.is(Errno.ENOENT)) {
          throw missing;
        }
        taken = false;
      }
      if (taken) {
        throw new LinuxException("renameat2", Errno.EEXIST);
      }
      renameat(from, name, to, newName);
    }
  }

  /// Swaps two names in one step (renameat2(2) with `RENAME_EXCHANGE`).
  public static void renameatExchange(Descriptor from, byte[] name, Descriptor to, byte[] other)
      throws LinuxException {
    renameat2(from, name, to, other, RENAME_EXCHANGE);
  }

  private static void renameat2(
      Descriptor from, byte[] name, Descriptor to, byte[] newName, int flags)
      throws LinuxException {
    onBoth(
        "renameat2",
        from,
        to,
        (arena, state, fromFd, toFd) ->
            Native.SYSCALL.call(
                state,
                Native.ABI.sysRenameat2(),
                fromFd,
                Native.cString(arena, name),
                toFd,
                Native.cString(arena, newName),
                flags));
  }

  /// Makes a second name for an inode, never following `name`.
  public static void linkat(Descriptor from, byte[] name, Descriptor to, byte[] newName)
      throws LinuxException {
    onBoth(
        "linkat",
        from,
        to,
        (arena, state, fromFd, toFd) ->
            (int)
                Native.LINKAT.call(
                    state,
                    fromFd,
                    Native.cString(arena, name),
                    toFd,
                    Native.cString(arena, newName),
                    0));
  }

  public static void symlinkat(byte[] contents, Descriptor directory, byte[] name)
      throws LinuxException {
    on(
        "symlinkat",
        directory,
        (arena, state, fd) ->
            (int)
                Native.SYMLINKAT.call(
                    state, Native.cString(arena, contents), fd, Native.cString(arena, name)));
  }

  /// Contents of a link.
  ///
  /// @throws LinuxException `EINVAL` when the name is not a link
  public static byte[] readlinkat(Descriptor directory, byte[] name) throws LinuxException {
    byte[] buffer = new byte[PATH_MAX];
    long length =
        on(
            "readlinkat",
            directory,
            (arena, state, fd) -> {
              MemorySegment target = arena.allocate(PATH_MAX);
              long read =
                  Native.READLINKAT.call(
                      state, fd, Native.cString(arena, name), target.address(), PATH_MAX);
              if (read > 0) {
                MemorySegment.copy(target, JAVA_BYTE, 0, buffer, 0, (int) read);
              }
              return read;
            });
    return Arrays.copyOf(buffer, (int) length);
  }

  /// Contents of a link that is open with `O_PATH`.
  public static byte[] readlinkat(Descriptor link) throws LinuxException {
    return readlinkat(link, EMPTY);
  }

  /// The host path by which the kernel knows the descriptor now, from `/proc/self/fd`.
  public static byte[] path(Descriptor file) throws LinuxException {
    byte[] buffer = new byte[PATH_MAX];
    long length =
        on(
            "readlink",
            file,
            (arena, state, fd) -> {
              MemorySegment target = arena.allocate(PATH_MAX);
              long read =
                  Native.READLINKAT.call(
                      state, AT_FDCWD, procPath(arena, fd), target.address(), PATH_MAX);
              if (read > 0) {
                MemorySegment.copy(target, JAVA_BYTE, 0, buffer, 0, (int) read);
              }
              return read;
            });
    return Arrays.copyOf(buffer, (int) length);
  }

  /// Changes the mode of an open file; not for `O_PATH`.
  public static void fchmod(Descriptor file, int mode) throws LinuxException {
    on("fchmod", file, (_, state, fd) -> (int) Native.FCHMOD.call(state, fd, mode));
  }

  /// Changes the mode of exactly the inode that `file` names, also for `O_PATH`: its entry of
  /// procfs is not looked up by name again. A link has no mode, the kernel says `EOPNOTSUPP`.
  public static void fchmodat(Descriptor file, int mode) throws LinuxException {
    on(
        "fchmodat",
        file,
        (arena, state, fd) ->
            (int) Native.FCHMODAT.call(state, AT_FDCWD, procPath(arena, fd), mode, 0));
  }

  /// Whether the process may use the inode that `file` names.
  ///
  /// @param mode [#R_OK], [#W_OK], [#X_OK] combined, or [#F_OK]
  public static void faccessat(Descriptor file, int mode) throws LinuxException {
    on(
        "faccessat",
        file,
        (arena, state, fd) ->
            (int) Native.FACCESSAT.call(state, AT_FDCWD, procPath(arena, fd), mode, 0));
  }

  /// Changes the owner of the inode that `file` names, also for `O_PATH` and for a link itself.
  public static void fchownat(Descriptor file, int uid, int gid) throws LinuxException {
    on(
        "fchownat",
        file,
        (arena, state, fd) ->
            (int)
                Native.FCHOWNAT.call(
                    state,
                    fd,
                    Native.cString(arena, EMPTY),
                    uid,
                    gid,
                    AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
  }

  /// Changes the owner of the entry itself, never of what it links to.
  public static void fchownat(Descriptor directory, byte[] name, int uid, int gid)
      throws LinuxException {
    on(
        "fchownat",
        directory,
        (arena, state, fd) ->
            (int)
                Native.FCHOWNAT.call(
                    state, fd, Native.cString(arena, name), uid, gid, AT_SYMLINK_NOFOLLOW));
  }

  /// Sets times of the entry itself, never of what it links to. An absent time stays.
  public static void utimensat(
      Descriptor directory, byte[] name, Optional<Instant> accessed, Optional<Instant> modified)
      throws LinuxException {
    on(
        "utimensat",
        directory,
        (arena, state, fd) -> {
          MemorySegment times = arena.allocate(32, 8);
          putTime(times, 0, accessed);
          putTime(times, 16, modified);
          return (int)
              Native.UTIMENSAT.call(
                  state, fd, Native.cString(arena, name), times.address(), AT_SYMLINK_NOFOLLOW);
        });
  }

  @SuppressWarnings("JavaInstantGetSecondsGetNano") // a timespec holds exactly these two parts
  private static void putTime(MemorySegment times, long offset, Optional<Instant> time) {
    long seconds = 0;
    long nanos = UTIME_OMIT;
    if (time.isPresent()) {
      seconds = time.get().getEpochSecond();
      nanos = time.get().getNano();
    }
    times.set(JAVA_LONG, offset, seconds);
    times.set(JAVA_LONG, offset + 8, nanos);
  }

  /// Looks at the inode that `file` names, also for `O_PATH`.
  public static FileStatus statx(Descriptor file) throws LinuxException {
    return statx(file, EMPTY, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
  }

  /// Looks at the entry itself, never at what it links to.
  public static FileStatus statx(Descriptor directory, byte[] name) throws LinuxException {
    return statx(directory, name, AT_SYMLINK_NOFOLLOW);
  }

  private static FileStatus statx(Descriptor directory, byte[] name, int flags)
      throws LinuxException {
    FileStatus[] status = new FileStatus[1];
    on(
        "statx",
        directory,
        (arena, state, fd) -> {
          MemorySegment buffer = arena.allocate(256, 8);
          long result =
              Native.SYSCALL.call(
                  state,
                  Native.ABI.sysStatx(),
                  fd,
                  Native.cString(arena, name),
                  flags,
                  STATX_BASIC_STATS_BTIME_MNT_ID,
                  buffer.address());
          if (result == 0) {
            status[0] = decode(buffer);
          }
          return result;
        });
    return status[0];
  }

  /// Reads a `struct statx`, whose layout is the same on every architecture.
  private static FileStatus decode(MemorySegment statx) {
    int mask = statx.get(JAVA_INT, 0);
    return new FileStatus(
        Short.toUnsignedInt(statx.get(JAVA_SHORT, 28)),
        statx.get(JAVA_INT, 16),
        statx.get(JAVA_INT, 20),
        statx.get(JAVA_INT, 24),
        statx.get(JAVA_LONG, 32),
        statx.get(JAVA_LONG, 40),
        statx.get(JAVA_LONG, 48),
        device(statx, 136),
        device(statx, 128),
        (mask & STATX_MNT_ID) != 0 ? statx.get(JAVA_LONG, 144) : -1,
        time(statx, 64),
        time(statx, 112),
        time(statx, 96),
        (mask & STATX_BTIME) != 0 ? time(statx, 80) : Instant.EPOCH);
  }

  private static long device(MemorySegment statx, long offset) {
    return (Integer.toUnsignedLong(statx.get(JAVA_INT, offset)) << 32)
        | Integer.toUnsignedLong(statx.get(JAVA_INT, offset + 4));
  }

  private static Instant time(MemorySegment statx, long offset) {
    long seconds = statx.get(JAVA_LONG, offset);
    if (seconds >= Instant.MAX.getEpochSecond()) { // anyone can set such a time on his files
      return Instant.MAX;
    }
    return seconds <= Instant.MIN.getEpochSecond()
        ? Instant.MIN
        : Instant.ofEpochSecond(seconds, statx.get(JAVA_INT, offset + 8));
  }

  /// Moves the position of an open directory to a cookie of its listing.
  static void lseek(Descriptor file, long position) throws LinuxException {
    on("lseek", file, (_, state, fd) -> Native.LSEEK.call(state, fd, position, SEEK_SET));
  }

  /// Where the next bytes are that are not part of a hole (lseek(2) with `SEEK_DATA`); empty when
  /// only a hole follows. File systems without holes say `position` itself.
  public static OptionalLong nextData(Descriptor file, long position) throws LinuxException {
    try {
      return OptionalLong.of(
          on("lseek", file, (_, state, fd) -> Native.LSEEK.call(state, fd, position, SEEK_DATA)));
    } catch (LinuxException e) {
      if (!e.is(Errno.ENXIO)) {
        throw e;
      }
      return OptionalLong.empty();
    }
  }

  /// Where the next hole begins (lseek(2) with `SEEK_HOLE`); the end of the file counts as one.
  ///
  /// @throws LinuxException `ENXIO` when `position` is behind the end
  public static long nextHole(Descriptor file, long position) throws LinuxException {
    return on("lseek", file, (_, state, fd) -> Native.LSEEK.call(state, fd, position, SEEK_HOLE));
  }

  /// Lets `target` share the data of `source` (`ioctl_ficlone(2)`).
  ///
  /// @param target empty and open for writing
  /// @return false where the file systems cannot do that
  public static boolean shareData(Descriptor source, Descriptor target) throws LinuxException {
    try {
      onBoth(
          "ioctl",
          target,
          source,
          (_, state, fd, from) ->
              (int)
                  Native.IOCTL.call(
                      state, fd, Native.ABI.iocSetFlags() & IOC_DIRECTION | FICLONE, from));
      return true;
    } catch (LinuxException e) {
      if (e.is(Errno.EXDEV)
          || e.is(Errno.EINVAL)
          || e.is(Errno.ENOTTY)
          || e.is(Errno.EOPNOTSUPP)
          || e.is(Errno.ENOSYS)) {
        return false;
      }
      throw e;
    }
  }

  /// Reads directory entries into `buffer`; 0 at the end.
  static int getdents64(Descriptor directory, byte[] buffer) throws LinuxException {
    return (int)
        on(
            "getdents64",
            directory,
            (arena, state, fd) -> {
              MemorySegment entries = arena.allocate(buffer.length, 8);
              long read =
                  Native.SYSCALL.call(
                      state, Native.ABI.sysGetdents64(), fd, entries.address(), buffer.length);
              if (read > 0) {
                MemorySegment.copy(entries, JAVA_BYTE, 0, buffer, 0, (int) read);
              }
              return read;
            });
  }

  /// Reads at a position into a direct buffer, from its position to its limit.
  ///
  /// @param buffer its position moves by what was read
  /// @return number of bytes, 0 at the end of the file
  public static int pread(Descriptor file, ByteBuffer buffer, long position) throws LinuxException {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("buffer: on the heap (expected: direct)");
    }
    int read =
        (int)
            on(
                "pread",
                file,
                (_, state, fd) ->
                    Native.PREAD.call(
                        state,
                        fd,
                        MemorySegment.ofBuffer(buffer).address(),
                        buffer.remaining(),
                        position));
    buffer.position(buffer.position() + read);
    return read;
  }

  public static void ftruncate(Descriptor file, long bytes) throws LinuxException {
    on("ftruncate", file, (_, state, fd) -> (int) Native.FTRUNCATE.call(state, fd, bytes));
  }

  /// Waits until the file, or the names in a directory, are on the disk.
  public static void fsync(Descriptor file) throws LinuxException {
    on("fsync", file, (_, state, fd) -> (int) Native.FSYNC.call(state, fd));
  }

  /// Waits until everything on the file system that holds `file` is on the disk.
  ///
  /// @param file not open with `O_PATH`
  public static void syncfs(Descriptor file) throws LinuxException {
    on("syncfs", file, (_, state, fd) -> (int) Native.SYNCFS.call(state, fd));
  }

  /// Capacity of the file system that holds `file`.
  public static FileSystemStatus fstatfs(Descriptor file) throws LinuxException {
    long[] values = new long[7];
    on(
        "fstatfs",
        file,
        (arena, state, fd) -> {
          MemorySegment buffer = arena.allocate(256, 8);
          int result = (int) Native.FSTATFS.call(state, fd, buffer.address());
          for (int i = 0; i < values.length; i++) {
            values[i] = buffer.get(JAVA_LONG, i * 8L);
          }
          return result;
        });
    return new FileSystemStatus(
        values[0],
        values[1] * values[2],
        values[1] * values[3],
        values[1] * values[4],
        values[1],
        values[5],
        values[6]);
  }

  /// Clears the immutable and append-only flags of an open file or directory (`FS_IOC_GETFLAGS`,
  /// `FS_IOC_SETFLAGS`).
  ///
  /// @return whether one of them was set
  public static boolean clearProtectingFlags(Descriptor file) throws LinuxException {
    int flags = ioctl(file, Native.ABI.iocGetFlags(), 0);
    int cleared = flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
    if (cleared == flags) {
      return false;
    }
    ioctl(file, Native.ABI.iocSetFlags(), cleared);
    return true;
  }

  /// Sets the append-only flag, which protects a file as the immutable flag does.
  static void setAppendOnly(Descriptor file) throws LinuxException {
    int flags = ioctl(file, Native.ABI.iocGetFlags(), 0);
    ioctl(file, Native.ABI.iocSetFlags(), flags | FS_APPEND_FL);
  }

  private static int ioctl(Descriptor file, long request, int argument) throws LinuxException {
    int[] value = {argument};
    on(
        "ioctl",
        file,
        (arena, state, fd) -> {
          MemorySegment number = arena.allocate(8, 8);
          number.set(JAVA_INT, 0, value[0]);
          int result = (int) Native.IOCTL.call(state, fd, request, number.address());
          value[0] = number.get(JAVA_INT, 0);
          return result;
        });
    return value[0];
  }

  /// Limit of open files of this process.
  public static ResourceLimit getrlimitNofile() throws LinuxException {
    long[] values = new long[2];
    Native.call(
        "getrlimit",
        (arena, state) -> {
          MemorySegment limits = arena.allocate(16, 8);
          int result = (int) Native.GETRLIMIT.call(state, RLIMIT_NOFILE, limits.address());
          values[0] = limits.get(JAVA_LONG, 0);
          values[1] = limits.get(JAVA_LONG, 8);
          return result;
        });
    return new ResourceLimit(values[0], values[1]);
  }

  public static void setrlimitNofile(ResourceLimit limit) throws LinuxException {
    Native.call(
        "setrlimit",
        (arena, state) -> {
          MemorySegment limits = arena.allocate(16, 8);
          limits.set(JAVA_LONG, 0, limit.soft());
          limits.set(JAVA_LONG, 8, limit.hard());
          return (int) Native.SETRLIMIT.call(state, RLIMIT_NOFILE, limits.address());
        });
  }

  /// Opens exactly the inode that `file` names again, as a channel of the JDK. Check before that it
  /// is a regular file: opening a FIFO would block, opening a device could do anything. `file`
  /// stays open and independent of the channel.
  public static FileChannel reopen(Descriptor file, Set<? extends OpenOption> options)
      throws IOException {
    int fd = file.acquire();
    try {
      return FileChannel.open(Path.of("/proc/self/fd/" + fd), options);
    } finally {
      file.release();
    }
  }

  /// The same as a descriptor for reading.
  public static Descriptor reopenForReading(Descriptor file) throws LinuxException {
    int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    return new Descriptor(
        (int)
            on(
                "open",
                file,
                (arena, state, fd) ->
                    (int) Native.OPENAT.call(state, AT_FDCWD, procPath(arena, fd), flags, 0)));
  }

  static long procPath(Arena arena, int fd) {
    return arena.allocateFrom("/proc/self/fd/" + fd).address();
  }

  @FunctionalInterface
  interface OnDescriptor {
    long run(Arena arena, MemorySegment state, int fd) throws Throwable;
  }

  @FunctionalInterface
  interface OnDescriptors {
    long run(Arena arena, MemorySegment state, int fd, int other) throws Throwable;
  }

  static long on(String name, Descriptor descriptor, OnDescriptor call) throws LinuxException {
    int fd = descriptor.acquire();
    try {
      return Native.call(name, (arena, state) -> call.run(arena, state, fd));
    } finally {
      descriptor.release();
    }
  }

  static long onBoth(String name, Descriptor descriptor, Descriptor other, OnDescriptors call)
      throws LinuxException {
    int otherFd = other.acquire();
    try {
      return on(name, descriptor, (arena, state, fd) -> call.run(arena, state, fd, otherFd));
    } finally {
      other.release();
    }
  }
}
