package dev.wings.fs.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// Handles of the C library's functions. The class is initialised on Linux only, at the first call.
/// What the C libraries do not all have is called by its number through syscall(2).
final class Native {
  static final Abi ABI = Abi.of(System.getProperty("os.arch"));

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO_CAPTURE = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  // int openat(int, const char *, int, mode_t)
  static final MethodHandle OPENAT =
      variadic("openat", 3, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
  static final MethodHandle MKDIRAT = function("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  static final MethodHandle UNLINKAT = function("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  static final MethodHandle RENAMEAT =
      function("renameat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  static final MethodHandle LINKAT =
      function("linkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
  static final MethodHandle SYMLINKAT = function("symlinkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  static final MethodHandle READLINKAT =
      function("readlinkat", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  static final MethodHandle FCHMOD = function("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle FCHMODAT =
      function("fchmodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  static final MethodHandle FACCESSAT =
      function("faccessat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  static final MethodHandle FCHOWNAT =
      function("fchownat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle UTIMENSAT =
      function("utimensat", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  static final MethodHandle LSEEK = function("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle FTRUNCATE = function("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  static final MethodHandle FSYNC = function("fsync", JAVA_INT, JAVA_INT);
  static final MethodHandle FSTATFS = function("fstatfs", JAVA_INT, JAVA_INT, ADDRESS);
  static final MethodHandle IOCTL = variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  static final MethodHandle GETRLIMIT = function("getrlimit", JAVA_INT, JAVA_INT, ADDRESS);
  static final MethodHandle SETRLIMIT = function("setrlimit", JAVA_INT, JAVA_INT, ADDRESS);

  // long syscall(long, ...), once per shape of the arguments
  /// openat2(dirfd, path, how, size)
  static final MethodHandle SYSCALL_INT_PTR_PTR_LONG =
      variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);

  /// statx(dirfd, path, flags, mask, buffer)
  static final MethodHandle SYSCALL_INT_PTR_INT_INT_PTR =
      variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);

  /// renameat2(olddirfd, oldpath, newdirfd, newpath, flags)
  static final MethodHandle SYSCALL_INT_PTR_INT_PTR_INT =
      variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);

  /// getdents64(fd, buffer, size)
  static final MethodHandle SYSCALL_INT_PTR_LONG =
      variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);

  private static final long STATE_BYTES = Linker.Option.captureStateLayout().byteSize();
  private static final long STATE_ALIGNMENT = Linker.Option.captureStateLayout().byteAlignment();

  private Native() {}

  /// One attempt of a call.
  @FunctionalInterface
  interface Call {
    /// @param state where the linker leaves errno, the first argument of every handle
    /// @return what the C function returned, -1 for a failure
    @SuppressWarnings("checkstyle:IllegalThrows") // MethodHandle.invokeExact declares Throwable
    long run(Arena arena, MemorySegment state) throws Throwable;
  }

  /// Runs a call, again when a signal interrupted it.
  ///
  /// @throws LinuxException with the call's errno
  static long call(String name, Call call) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE_BYTES, STATE_ALIGNMENT);
      while (true) {
        long result = call.run(arena, state);
        if (result != -1) {
          return result;
        }
        int errno = (int) ERRNO.get(state, 0L);
        if (errno != Errno.EINTR) {
          throw new LinuxException(name, errno);
        }
      }
    } catch (LinuxException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e); // the handles raise nothing else
    }
  }

  /// A C string of the bytes.
  ///
  /// @throws LinuxException `EINVAL` when they hold a NUL, where the C string would end early
  static MemorySegment cString(Arena arena, byte[] bytes) throws LinuxException {
    for (byte b : bytes) {
      if (b == 0) {
        throw new LinuxException("path with a NUL byte", Errno.EINVAL);
      }
    }
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        symbol(name), FunctionDescriptor.of(result, arguments), ERRNO_CAPTURE);
  }

  private static MethodHandle variadic(
      String name, int firstVariadic, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        symbol(name),
        FunctionDescriptor.of(result, arguments),
        ERRNO_CAPTURE,
        Linker.Option.firstVariadicArg(firstVariadic));
  }

  private static MemorySegment symbol(String name) {
    SymbolLookup lookup = LINKER.defaultLookup();
    return lookup
        .find(name)
        .orElseThrow(() -> new UnsupportedOperationException("the C library has no " + name));
  }
}
