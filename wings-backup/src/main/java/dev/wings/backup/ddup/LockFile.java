package dev.wings.backup.ddup;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the writers of several processes apart (`backups.md` A.6).
///
/// A writer that no longer exists does not count, and has left the repository as it was at any
/// point of its work: whoever comes next is told. That a process exists is not enough, because its
/// number may belong to somebody else by now: it must also be older than its entry in the file.
/// Readers are counted without a name, so a dead one cannot be told; nobody waits for them longer
/// than [#READER_PATIENCE]. They would miss a chunk and say so, and never see a wrong one. This
/// program does not enter its own readers: chunks of an archive that exists are never removed, and
/// an entry that outlives a crash would stop the other program for good.
final class LockFile {
  private static final Duration READER_PATIENCE = Duration.ofMinutes(1);
  private static final long FIRST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 100; // also how fast a wish to end is heard
  private static final Duration CLOCK_SLACK = Duration.ofSeconds(2);

  private static final int BYTES = 48;
  private static final int WRITER_MODE = 0;
  private static final int WRITER_PRESENT = 8;
  private static final int WRITER_PROCESS = 16;
  private static final int READERS = 24;

  private static final Logger log = LoggerFactory.getLogger(LockFile.class);

  private final Path file;
  private final Processes processes;

  /// What a writer is about to do.
  enum Mode {
    /// Removes chunks.
    DESTRUCTIVE(1),
    /// Adds chunks only.
    ADDING(2);

    private final int code;

    Mode(int code) {
      this.code = code;
    }
  }

  /// Knows which processes there are.
  @FunctionalInterface
  interface Processes {
    /// @param since when the process has written its number down
    boolean exists(long process, Instant since);

    /// Those of this machine, without the own one: what it holds is known otherwise.
    static Processes ofMachine() {
      return (process, since) ->
          process != ProcessHandle.current().pid()
              && ProcessHandle.of(process)
                  .filter(ProcessHandle::isAlive)
                  .map(ProcessHandle::info)
                  .map(info ->
                      info.startInstant()
                          .map(start -> start.isBefore(since.plus(CLOCK_SLACK)))
                          .orElse(true))
                  .orElse(false);
    }
  }

  LockFile(Path file, Processes processes) {
    this.file = file;
    this.processes = processes;
  }

  /// How a lock was got.
  enum Found {
    FREE,
    /// A writer had died, and may have left anything half done.
    DEAD_WRITER
  }

  /// Waits until no other process writes.
  ///
  /// @throws OperationAbortedException when the work was asked to end meanwhile
  Found acquire(Mode mode, Progress progress) throws IOException {
    long pause = FIRST_PAUSE_MILLIS;
    long begin = System.nanoTime();
    boolean told = false;
    while (true) {
      progress.check();
      long waited = System.nanoTime() - begin;
      Attempt attempt = attempt(mode, waited > READER_PATIENCE.toNanos());
      switch (attempt) {
        case DONE -> {
          return Found.FREE;
        }
        case TAKEN_OVER -> {
          log.atWarn().addKeyValue("file", file).log("took over the lock of a process that died");
          return Found.DEAD_WRITER;
        }
        case BUSY -> {
          if (!told && waited > Duration.ofSeconds(1).toNanos()) {
            told = true;
            log.atInfo()
                .addKeyValue("file", file)
                .log("another process works on the ddup-bak repository, waiting for it");
          }
          sleep(pause);
          pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
        }
      }
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }

  private enum Attempt {
    DONE,
    TAKEN_OVER,
    BUSY
  }

  /// Looks at the state and changes it, alone among processes that do it like this.
  @FunctionalInterface
  private interface Change {
    Attempt to(ByteBuffer state, Instant written) throws IOException;
  }

  private Attempt attempt(Mode mode, boolean ignoreReaders) throws IOException {
    return change((state, written) -> {
      boolean writer = state.get(WRITER_PRESENT) != 0;
      if (writer && processes.exists(state.getLong(WRITER_PROCESS), written)) {
        return Attempt.BUSY;
      }
      if (!ignoreReaders && othersRead(state, mode)) {
        return Attempt.BUSY;
      }
      state.put(WRITER_MODE, (byte) mode.code);
      state.put(WRITER_PRESENT, (byte) 1);
      state.putLong(WRITER_PROCESS, ProcessHandle.current().pid());
      return writer ? Attempt.TAKEN_OVER : Attempt.DONE;
    });
  }

  private static boolean othersRead(ByteBuffer state, Mode mode) {
    for (int code = 0; code < 3; code++) {
      if (code != mode.code && state.getLong(READERS + code * Long.BYTES) != 0) {
        return true;
      }
    }
    return false;
  }

  private Attempt change(Change change) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      try (FileLock alone = channel.tryLock()) {
        if (alone == null) {
          return Attempt.BUSY;
        }
        ByteBuffer state = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (state.hasRemaining() && channel.read(state, state.position()) > 0) {
          // a file that is too short says nothing about what it lacks
        }
        Attempt result =
            change.to(state, java.nio.file.Files.getLastModifiedTime(file).toInstant());
        if (result != Attempt.BUSY) {
          state.clear();
          while (state.hasRemaining()) {
            channel.write(state, state.position());
          }
          channel.force(/* metaData= */ true);
        }
        return result;
      } catch (OverlappingFileLockException otherThread) {
        return Attempt.BUSY;
      }
    }
  }

  /// Changes the mode of the lock that is held.
  void switchTo(Mode mode) throws IOException {
    insist((state, _) -> {
      state.put(WRITER_MODE, (byte) mode.code);
      return Attempt.DONE;
    });
  }

  /// Gives it back. Readers of other processes stay.
  void release() throws IOException {
    insist((state, _) -> {
      state.put(WRITER_MODE, (byte) 0);
      state.put(WRITER_PRESENT, (byte) 0);
      state.putLong(WRITER_PROCESS, 0);
      return Attempt.DONE;
    });
  }

  private void insist(Change change) throws IOException {
    while (change(change) == Attempt.BUSY) { // somebody looks at it for a moment
      Thread.onSpinWait();
    }
  }

  /// Whether a writer is entered that does not exist.
  boolean abandoned() throws IOException {
    boolean[] dead = new boolean[1];
    if (java.nio.file.Files.exists(file)) {
      change((state, written) -> {
        dead[0] =
            state.get(WRITER_PRESENT) != 0
                && !processes.exists(state.getLong(WRITER_PROCESS), written);
        return Attempt.BUSY; // nothing is changed
      });
    }
    return dead[0];
  }
}
