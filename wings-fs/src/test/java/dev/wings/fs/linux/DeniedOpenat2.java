package dev.wings.fs.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Puts a system call filter on this process that makes openat2(2) fail, as container engines with
/// an old profile do. There is no way back, so only for processes of a test's own.
public final class DeniedOpenat2 {
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;
  private static final int SECCOMP_RET_ALLOW = 0x7fff0000;
  private static final int SECCOMP_RET_ERRNO = 0x00050000;
  private static final int OPENAT2 = 437;

  private DeniedOpenat2() {}

  /// @param errno what the call answers from now on, in every thread
  public static void install(int errno) {
    Linker linker = Linker.nativeLinker();
    MethodHandle prctl =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("prctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    MethodHandle seccomp =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS),
            Linker.Option.firstVariadicArg(1));
    try (Arena arena = Arena.ofConfined()) {
      // struct sock_filter { u16 code; u8 jt; u8 jf; u32 k; }
      MemorySegment filter = arena.allocate(4 * 8, 8);
      instruction(filter, 0, 0x20, 0, 0, 0); // load the number of the call
      instruction(filter, 1, 0x15, 0, 1, OPENAT2); // equal: next, else: the one after
      instruction(filter, 2, 0x06, 0, 0, SECCOMP_RET_ERRNO | errno);
      instruction(filter, 3, 0x06, 0, 0, SECCOMP_RET_ALLOW);
      // struct sock_fprog { u16 len; struct sock_filter *filter; }
      MemorySegment program = arena.allocate(16, 8);
      program.set(JAVA_SHORT, 0, (short) 4);
      program.set(ADDRESS, 8, filter);
      int noNewPrivileges = (int) prctl.invokeExact(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
      long installed =
          (long)
              seccomp.invokeExact(
                  number(), SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, program);
      if (noNewPrivileges != 0 || installed != 0) {
        throw new IllegalStateException("filter refused: " + noNewPrivileges + " " + installed);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static long number() {
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> 317;
      case "ppc64le" -> 358;
      default -> 277;
    };
  }

  private static void instruction(
      MemorySegment filter, int index, int code, int jumpTrue, int jumpFalse, int operand) {
    long offset = index * 8L;
    filter.set(JAVA_SHORT, offset, (short) code);
    filter.set(JAVA_BYTE, offset + 2, (byte) jumpTrue);
    filter.set(JAVA_BYTE, offset + 3, (byte) jumpFalse);
    filter.set(JAVA_INT, offset + 4, operand);
  }
}
