package dev.wings.fs.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Takes rights away from this process, for good. For processes that exist to deal with one hostile
/// file: never to be called in the daemon itself, except for [#pathForOtherProcess].
public final class Confinement {
  private static final int RLIMIT_FSIZE = 1;
  private static final int RLIMIT_DATA = 2;
  private static final int RLIMIT_CORE = 4;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final String DATA_SIZE = "VmData:";

  private Confinement() {}

  /// A path by which another process of the same user can open the inode, as long as `file` stays
  /// open here.
  public static String pathForOtherProcess(Descriptor file) throws LinuxException {
    int fd = file.acquire();
    try {
      return "/proc/" + ProcessHandle.current().pid() + "/fd/" + fd;
    } finally {
      file.release();
    }
  }

  /// Makes a directory the root of the process and takes the identity of a user without groups
  /// (chroot(2), setgroups(2), setresgid(2), setresuid(2), prctl(2)). Paths lead nowhere else
  /// afterwards, and what a user other than root may not do fails.
  ///
  /// @throws LinuxException `EPERM` without the rights to do that; then everything may be half done
  public static void enter(Descriptor root, int uid, int gid) throws LinuxException {
    int fd = root.acquire();
    try {
      Native.call("fchdir", (_, state) -> (int) Native.function("fchdir").call(state, fd));
    } finally {
      root.release();
    }
    Native.call(
        "chroot",
        (arena, state) ->
            (int) Native.function("chroot").call(state, arena.allocateFrom(".").address()));
    Native.call("setgroups", (_, state) -> (int) Native.function("setgroups").call(state, 0, 0));
    Native.call(
        "setresgid", (_, state) -> (int) Native.function("setresgid").call(state, gid, gid, gid));
    Native.call(
        "setresuid", (_, state) -> (int) Native.function("setresuid").call(state, uid, uid, uid));
    Native.call(
        "prctl",
        (_, state) -> (int) Native.function("prctl").call(state, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  }

  /// Lets the data of the process grow by so many bytes; what asks for more gets none.
  ///
  /// @throws LinuxException also when the present size is not known
  public static void limitMemoryGrowth(long bytes) throws LinuxException {
    limit(RLIMIT_DATA, dataBytes() + bytes);
  }

  /// A file cannot be written beyond this size.
  public static void limitFileSize(long bytes) throws LinuxException {
    limit(RLIMIT_FSIZE, bytes);
  }

  public static void forbidCoreDumps() throws LinuxException {
    limit(RLIMIT_CORE, 0);
  }

  private static void limit(int resource, long bytes) throws LinuxException {
    Native.call(
        "setrlimit",
        (arena, state) -> {
          MemorySegment limits = arena.allocate(16, 8);
          limits.set(JAVA_LONG, 0, bytes);
          limits.set(JAVA_LONG, 8, bytes);
          return (int) Native.SETRLIMIT.call(state, resource, limits.address());
        });
  }

  /// See proc_pid_status(5).
  private static long dataBytes() throws LinuxException {
    try {
      List<String> lines =
          Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1);
      for (String line : lines) {
        if (line.startsWith(DATA_SIZE)) {
          String kib = line.substring(DATA_SIZE.length()).replace("kB", "").strip();
          return Long.parseLong(kib) << 10;
        }
      }
    } catch (IOException | NumberFormatException unreadable) {
      LinuxException failure = new LinuxException("size of the process", Errno.EIO);
      failure.initCause(unreadable);
      throw failure;
    }
    throw new LinuxException("size of the process", Errno.EIO);
  }
}
