package dev.wings.fs.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.time.Duration;

/// The system calls that move the contents of files, one method each, named after its manual page.
/// Throws as [Linux] does.
public final class Transfers {
  private static final long F_DUPFD_CLOEXEC = 1030;
  private static final short POLLOUT = 4;
  private static final int POLLFD_BYTES = 8;

  private Transfers() {}

  /// Sends a part of a file into a socket without copying it through this process.
  ///
  /// @param socket not blocking
  /// @return number of bytes sent, 0 at the end of the file
  /// @throws LinuxException `EAGAIN` when the socket takes nothing now
  public static long sendfile(Descriptor socket, Descriptor file, long position, long count)
      throws LinuxException {
    int out = socket.acquire();
    try {
      return on(
          "sendfile",
          file,
          (arena, state, fd) -> {
            MemorySegment offset = arena.allocateFrom(JAVA_LONG, position);
            return Native.SENDFILE.call(state, out, fd, offset.address(), count);
          });
    } finally {
      socket.release();
    }
  }

  /// Waits until a socket takes something, or has failed.
  ///
  /// @return false when the time was not enough
  public static boolean awaitWritable(Descriptor socket, Duration patience) throws LinuxException {
    long ready =
        on(
            "poll",
            socket,
            (arena, state, fd) -> {
              MemorySegment poll = arena.allocate(POLLFD_BYTES, 4);
              poll.set(JAVA_INT, 0, fd);
              poll.set(JAVA_SHORT, 4, POLLOUT);
              return (int) Native.POLL.call(state, poll.address(), 1, patience.toMillis());
            });
    return ready > 0;
  }

  /// A second descriptor of what another part of the process has open (fcntl(2) with
  /// `F_DUPFD_CLOEXEC`). The caller sees to it that the number is not closed meanwhile.
  public static Descriptor duplicate(int fd) throws LinuxException {
    return new Descriptor(
        (int)
            Native.call(
                "fcntl", (_, state) -> (int) Native.FCNTL.call(state, fd, F_DUPFD_CLOEXEC, 0)));
  }

  @FunctionalInterface
  private interface OnDescriptor {
    @SuppressWarnings("checkstyle:IllegalThrows") // as Native.Call
    long run(java.lang.foreign.Arena arena, MemorySegment state, int fd) throws Throwable;
  }

  private static long on(String name, Descriptor descriptor, OnDescriptor call)
      throws LinuxException {
    int fd = descriptor.acquire();
    try {
      return Native.call(name, (arena, state) -> call.run(arena, state, fd));
    } finally {
      descriptor.release();
    }
  }
}
