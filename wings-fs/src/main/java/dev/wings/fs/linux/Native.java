package dev.wings.fs.linux;

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

  /// The one shape in which the linker sees every function: the architectures known here pass the
  /// first six numbers and addresses in registers, whatever their declared width, and leave what a
  /// function does not take. Each shape more would cost milliseconds of the daemon's start.
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  static final Function OPENAT = function("openat");
  static final Function CLOSE = function("close");
  static final Function MKDIRAT = function("mkdirat");
  static final Function UNLINKAT = function("unlinkat");
  static final Function RENAMEAT = function("renameat");
  static final Function LINKAT = function("linkat");
  static final Function SYMLINKAT = function("symlinkat");
  static final Function READLINKAT = function("readlinkat");
  static final Function FCHMOD = function("fchmod");
  static final Function FCHMODAT = function("fchmodat");
  static final Function FACCESSAT = function("faccessat");
  static final Function FCHOWNAT = function("fchownat");
  static final Function UTIMENSAT = function("utimensat");
  static final Function PREAD = function("pread");
  static final Function LSEEK = function("lseek");
  static final Function FTRUNCATE = function("ftruncate");
  static final Function FSYNC = function("fsync");
  static final Function SYNCFS = function("syncfs");
  static final Function FSTATFS = function("fstatfs");
  static final Function IOCTL = function("ioctl");
  static final Function SENDFILE = function("sendfile");
  static final Function POLL = function("poll");
  static final Function FCNTL = function("fcntl");
  static final Function READ = function("read");
  static final Function INOTIFY_INIT1 = function("inotify_init1");
  static final Function INOTIFY_ADD_WATCH = function("inotify_add_watch");
  static final Function INOTIFY_RM_WATCH = function("inotify_rm_watch");
  static final Function GETRLIMIT = function("getrlimit");
  static final Function SETRLIMIT = function("setrlimit");

  /// By number, for what the C libraries do not all have.
  static final Function SYSCALL = function("syscall");

  private static final long STATE_BYTES = Linker.Option.captureStateLayout().byteSize();
  private static final long STATE_ALIGNMENT = Linker.Option.captureStateLayout().byteAlignment();

  private Native() {}

  /// A function of the C library. The result of one that returns an `int` has to be cut to that:
  /// the upper half of the register says nothing.
  ///
  /// @param handle a record's field, because those are constants to the compiler
  record Function(MethodHandle handle) {
    long call(MemorySegment state, long a) throws Throwable {
      return call(state, a, 0, 0, 0, 0, 0);
    }

    long call(MemorySegment state, long a, long b) throws Throwable {
      return call(state, a, b, 0, 0, 0, 0);
    }

    long call(MemorySegment state, long a, long b, long c) throws Throwable {
      return call(state, a, b, c, 0, 0, 0);
    }

    long call(MemorySegment state, long a, long b, long c, long d) throws Throwable {
      return call(state, a, b, c, d, 0, 0);
    }

    long call(MemorySegment state, long a, long b, long c, long d, long e) throws Throwable {
      return call(state, a, b, c, d, e, 0);
    }

    long call(MemorySegment state, long a, long b, long c, long d, long e, long f)
        throws Throwable {
      return (long) handle.invokeExact(state, a, b, c, d, e, f);
    }
  }

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

  /// Address of a C string of the bytes, valid as long as the arena.
  ///
  /// @throws LinuxException `EINVAL` when they hold a NUL, where the C string would end early
  static long cString(Arena arena, byte[] bytes) throws LinuxException {
    for (byte b : bytes) {
      if (b == 0) {
        throw new LinuxException("path with a NUL byte", Errno.EINVAL);
      }
    }
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment.address();
  }

  /// Looks a function up; those that are called again and again are fields above.
  static Function function(String name) {
    return new Function(LINKER.downcallHandle(symbol(name), SHAPE, ERRNO_CAPTURE));
  }

  /// A function of another library.
  ///
  /// @throws UnsupportedOperationException when it has none of that name
  static Function function(SymbolLookup library, String name) {
    return new Function(LINKER.downcallHandle(symbol(library, name), SHAPE, ERRNO_CAPTURE));
  }

  /// A function of another library with other parameters, which leaves no errno.
  ///
  /// @throws UnsupportedOperationException when it has none of that name
  static MethodHandle handle(SymbolLookup library, String name, FunctionDescriptor shape) {
    return LINKER.downcallHandle(symbol(library, name), shape);
  }

  private static MemorySegment symbol(SymbolLookup library, String name) {
    return library
        .find(name)
        .orElseThrow(() -> new UnsupportedOperationException("the library has no " + name));
  }

  private static MemorySegment symbol(String name) {
    SymbolLookup lookup = LINKER.defaultLookup();
    return lookup
        .find(name)
        .orElseThrow(() -> new UnsupportedOperationException("the C library has no " + name));
  }
}
