package dev.wings.sftp.subsystem;

import dev.wings.sftp.limit.HandleCount;
import dev.wings.sftp.limit.SftpLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// What one channel has open, by the names that the client knows: a counter in hexadecimal
/// (`sftp.md` 9), never used twice. Used by one thread at a time.
final class Handles {
  private static final int MAX_NAME_BYTES = 16;

  private final Supplier<SftpLimits> limits;
  private final HandleCount total;
  private final Map<Long, Handle> open = new HashMap<>();
  private long next;

  Handles(Supplier<SftpLimits> limits, HandleCount total) {
    this.limits = limits;
    this.total = total;
  }

  /// Whether there is no room for one more, here or on the node.
  boolean full() {
    return open.size() >= limits.get().handlesPerChannel() || total.full();
  }

  /// Something that makes a handle.
  @FunctionalInterface
  interface Opening {
    Handle open() throws IOException;
  }

  /// Opens within the limits.
  ///
  /// @return the name
  /// @throws StatusException with `FAILURE` when there is no room
  byte[] open(Opening opening) throws IOException {
    if (open.size() >= limits.get().handlesPerChannel() || !total.take()) {
      throw new StatusException(Status.FAILURE);
    }
    boolean done = false;
    try {
      Handle handle = opening.open();
      long number = next++;
      open.put(number, handle);
      done = true;
      return Long.toHexString(number).getBytes(StandardCharsets.US_ASCII);
    } finally {
      if (!done) {
        total.release();
      }
    }
  }

  /// @throws StatusException with `NO_SUCH_FILE` for a name that nothing open has
  Handle find(byte[] name) throws StatusException {
    Handle handle = open.get(number(name));
    if (handle == null) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    return handle;
  }

  OpenFile file(byte[] name) throws StatusException {
    if (find(name) instanceof OpenFile file) {
      return file;
    }
    throw new StatusException(Status.NO_SUCH_FILE);
  }

  OpenDirectory directory(byte[] name) throws StatusException {
    if (find(name) instanceof OpenDirectory directory) {
      return directory;
    }
    throw new StatusException(Status.NO_SUCH_FILE);
  }

  /// Only the name exactly as it was given; -1 for all others.
  private static long number(byte[] name) {
    if (name.length == 0 || name.length > MAX_NAME_BYTES || (name[0] == '0' && name.length > 1)) {
      return -1;
    }
    long number = 0;
    for (byte b : name) {
      int digit = b >= '0' && b <= '9' ? b - '0' : b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
      if (digit < 0) {
        return -1;
      }
      number = number << 4 | digit;
    }
    return number;
  }

  /// Closes one; nothing happens for a name that nothing open has.
  void close(byte[] name) throws IOException {
    Handle handle = open.remove(number(name));
    if (handle != null) {
      close(handle);
    }
  }

  private void close(Handle handle) throws IOException {
    try {
      handle.close();
    } finally {
      total.release();
    }
  }

  /// Closes all, also when some cannot be closed properly.
  ///
  /// @return what went wrong
  List<Exception> closeAll() {
    List<Exception> failures = new ArrayList<>();
    for (Handle handle : open.values()) {
      try {
        close(handle);
      } catch (IOException | RuntimeException e) {
        failures.add(e);
      }
    }
    open.clear();
    return failures;
  }
}
