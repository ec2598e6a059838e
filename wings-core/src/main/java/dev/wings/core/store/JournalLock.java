package dev.wings.core.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/// The kernel's lock that makes a process the only user of a [Journal]; it ends with the process,
/// however that ends.
///
/// It is held on a file of its own (`NAME.lock`), because such a lock belongs to a process and a
/// file: the kernel drops it when the process closes *any* descriptor of that file, so a locked
/// file can neither be opened a second time to read it, nor be replaced by a rename.
final class JournalLock implements AutoCloseable {
  private final FileChannel channel;

  private JournalLock(FileChannel channel) {
    this.channel = channel;
  }

  /// @throws HeldException when another user holds it
  /// @throws IOException when the lock file cannot be used
  static JournalLock take(Path journal) throws IOException {
    Path file = journal.resolveSibling(journal.getFileName() + ".lock");
    if (openedHere(file)) { // opening and closing it would drop the lock
      throw new HeldException(journal + " is in use by this process already");
    }
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        note(channel);
        return new JournalLock(channel);
      }
      throw new HeldException(journal + " is in use by another process" + holder(channel));
    } catch (OverlappingFileLockException held) {
      channel.close();
      throw new HeldException(journal + " is in use by this process already");
    } catch (IOException failure) {
      channel.close();
      throw failure;
    }
  }

  /// Whether this process has the file open; false where there is no `/proc`.
  private static boolean openedHere(Path file) {
    Path descriptors = file.getFileSystem().getPath("/proc/self/fd");
    if (!Files.exists(file) || !Files.isDirectory(descriptors)) {
      return false;
    }
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.anyMatch(descriptor -> isSame(descriptor, file));
    } catch (IOException unreadable) {
      return false; // then the attempt itself tells
    }
  }

  private static boolean isSame(Path descriptor, Path file) {
    try {
      return Files.isSameFile(descriptor, file);
    } catch (IOException closedMeanwhileOrNoFile) {
      return false;
    }
  }

  /// Leaves the process id for the message of the next one; not being able to costs only that.
  private static void note(FileChannel channel) {
    try {
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(UTF_8)), 0);
    } catch (IOException diskFull) {
      // the lock is what counts
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    String text = new String(pid.array(), 0, pid.position(), UTF_8);
    return text.matches("[0-9]+") ? " (process " + text + ")" : "";
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// Another user holds the lock.
  static final class HeldException extends IOException {
    private static final long serialVersionUID = 1L;

    HeldException(String message) {
      super(message);
    }
  }
}
