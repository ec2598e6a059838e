package dev.wings.fs.linux;

import java.util.concurrent.atomic.AtomicInteger;

/// An open file descriptor, closed exactly once.
///
/// The kernel hands a closed number out again at once, so a number must never be closed twice and
/// never be used after its close. The state therefore counts the calls in progress: [#close] only
/// forbids new ones, and whoever leaves last closes the number. Safe for any number of threads.
public final class Descriptor implements AutoCloseable {
  private static final int CLOSED = 1 << 30;

  private final int fd;

  /// Calls in progress, plus [#CLOSED] from the first [#close] on.
  private final AtomicInteger state = new AtomicInteger();

  Descriptor(int fd) {
    if (fd < 0) {
      throw new IllegalArgumentException("fd: " + fd + " (expected: >= 0)");
    }
    this.fd = fd;
  }

  /// Begins a call. Each success is followed by one [#release].
  ///
  /// @throws LinuxException `EBADF` after [#close]
  int acquire() throws LinuxException {
    while (true) {
      int current = state.get();
      if ((current & CLOSED) != 0) {
        throw new LinuxException("acquire", Errno.EBADF);
      }
      if (state.compareAndSet(current, current + 1)) {
        return fd;
      }
    }
  }

  void release() {
    if (state.decrementAndGet() == CLOSED) {
      Linux.close(fd);
    }
  }

  public boolean isOpen() {
    return (state.get() & CLOSED) == 0;
  }

  /// Forbids new calls; running ones end normally. Later calls of this method do nothing.
  @Override
  public void close() {
    while (true) {
      int current = state.get();
      if ((current & CLOSED) != 0) {
        return;
      }
      if (state.compareAndSet(current, current | CLOSED)) {
        if (current == 0) {
          Linux.close(fd);
        }
        return;
      }
    }
  }
}
