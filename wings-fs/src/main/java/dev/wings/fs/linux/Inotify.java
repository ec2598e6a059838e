package dev.wings.fs.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// One inotify(7) instance: tells what happens in watched directories. Adding and removing is safe
/// for any thread; one thread reads.
public final class Inotify implements AutoCloseable {
  public static final int IN_MODIFY = 0x2;
  public static final int IN_ATTRIB = 0x4;
  public static final int IN_MOVED_FROM = 0x40;
  public static final int IN_MOVED_TO = 0x80;
  public static final int IN_CREATE = 0x100;
  public static final int IN_DELETE = 0x200;
  public static final int IN_DELETE_SELF = 0x400;
  public static final int IN_MOVE_SELF = 0x800;
  public static final int IN_UNMOUNT = 0x2000;
  public static final int IN_Q_OVERFLOW = 0x4000;
  public static final int IN_IGNORED = 0x8000;
  public static final int IN_ONLYDIR = 0x0100_0000;
  public static final int IN_EXCL_UNLINK = 0x0400_0000;
  public static final int IN_ISDIR = 0x4000_0000;

  private static final int IN_CLOEXEC = 02000000;
  private static final int BUFFER_BYTES = 64 << 10;

  // struct inotify_event: int wd; u32 mask; u32 cookie; u32 len; char name[len]
  private static final int HEADER_BYTES = 16;

  private final Descriptor instance;

  /// A watch whose end wakes the reader.
  private final int bell;

  private final byte[] bytes = new byte[BUFFER_BYTES];

  private Inotify(Descriptor instance, int bell) {
    this.instance = instance;
    this.bell = bell;
  }

  /// @throws LinuxException `EMFILE` when the user has too many instances
  public static Inotify open() throws LinuxException {
    Descriptor instance =
        new Descriptor(
            (int)
                Native.call(
                    "inotify_init1",
                    (_, state) -> (int) Native.INOTIFY_INIT1.call(state, IN_CLOEXEC)));
    try (Descriptor somewhere = Linux.open("/proc/self", Linux.O_PATH)) {
      return new Inotify(instance, add(instance, somewhere, IN_DELETE_SELF));
    } catch (LinuxException e) {
      instance.close();
      throw e;
    }
  }

  /// Watches exactly the open directory, whatever its name leads to meanwhile. One that is watched
  /// already keeps its number.
  ///
  /// @return number of the watch
  /// @throws LinuxException `ENOSPC` when the user has too many watches
  public int add(Descriptor directory, int mask) throws LinuxException {
    return add(instance, directory, mask | IN_ONLYDIR);
  }

  private static int add(Descriptor instance, Descriptor directory, int mask)
      throws LinuxException {
    return (int)
        Linux.onBoth(
            "inotify_add_watch",
            instance,
            directory,
            (arena, state, fd, directoryFd) ->
                (int)
                    Native.INOTIFY_ADD_WATCH.call(
                        state, fd, Linux.procPath(arena, directoryFd), mask));
  }

  /// Ends a watch.
  ///
  /// @throws LinuxException `EINVAL` when it has ended already
  public void remove(int watch) throws LinuxException {
    Linux.on(
        "inotify_rm_watch",
        instance,
        (_, state, fd) -> (int) Native.INOTIFY_RM_WATCH.call(state, fd, watch));
  }

  /// Takes the events of one reading.
  @FunctionalInterface
  public interface Listener {
    /// @param watch number of the watch, -1 for [#IN_Q_OVERFLOW]
    /// @param mask what happened
    /// @param name of the entry, empty for the directory itself
    void event(int watch, int mask, byte[] name);
  }

  /// Waits for events and hands them over.
  ///
  /// @return false when [#close] was called
  public boolean read(Listener listener) throws LinuxException {
    int length =
        (int)
            Linux.on(
                "read",
                instance,
                (arena, state, fd) -> {
                  MemorySegment events = arena.allocate(BUFFER_BYTES, 8);
                  long read = Native.READ.call(state, fd, events.address(), BUFFER_BYTES);
                  if (read > 0) {
                    MemorySegment.copy(events, JAVA_BYTE, 0, bytes, 0, (int) read);
                  }
                  return read;
                });
    ByteBuffer events = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.nativeOrder());
    boolean open = true;
    while (events.remaining() >= HEADER_BYTES) {
      int watch = events.getInt();
      int mask = events.getInt();
      events.getInt(); // cookie
      int nameBytes = events.getInt();
      int start = events.position();
      events.position(start + nameBytes);
      if (watch == bell) {
        open = false;
      } else {
        listener.event(watch, mask, name(start, nameBytes));
      }
    }
    return open;
  }

  private byte[] name(int start, int length) {
    int end = start;
    while (end < start + length && bytes[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(bytes, start, end);
  }

  /// Wakes the reader, whose [#read] then says that it is over. The reader calls [#dispose].
  @Override
  public void close() {
    try {
      remove(bell);
    } catch (LinuxException closedBefore) {
      if (!closedBefore.is(Errno.EINVAL) && !closedBefore.is(Errno.EBADF)) {
        throw new IllegalStateException("inotify_rm_watch: failed (expected: ends)", closedBefore);
      }
    }
  }

  /// Frees the instance and all its watches.
  public void dispose() {
    instance.close();
  }
}
