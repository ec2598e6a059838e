package dev.wings.core.upload;

import dev.wings.core.WingsException;
import dev.wings.core.operation.OperationAbortedException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The uploads of one server: who writes to which staging file, one writer at a time for each, and
/// how far they are. While bytes arrive the list is published every second, and once more when the
/// last one rests.
public final class Uploads {
  private static final Duration KEEP = Duration.ofHours(24);
  private static final long ANNOUNCE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MAX_RECORDS = 4096;

  private final Consumer<List<UploadEntry>> listener;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Upload> uploads = new HashMap<>(); // by staging path, guarded by lock
  private int active; // guarded by lock
  private boolean announcing; // guarded by lock
  private long generation; // guarded by lock

  /// @param listener hears of all that are known while some are under way; must return quickly
  public Uploads(Consumer<List<UploadEntry>> listener, InstantSource clock) {
    this.listener = listener;
    this.clock = clock;
  }

  /// Who uploads what.
  ///
  /// @param directory relative to the server's root
  /// @param total bytes of the whole file if they were announced
  public record Begin(
      String directory,
      String targetName,
      UUID user,
      @Nullable String userName,
      @Nullable Long total,
      boolean resumable) {}

  /// Takes the turn of one staging file, waiting for whoever has it.
  ///
  /// @param uploaded bytes that are there already
  public Upload begin(Begin begin, long uploaded) throws InterruptedException {
    String path = path(begin.directory(), begin.targetName());
    lock.lockInterruptibly();
    try {
      forgetOld();
      Upload upload = uploads.get(path);
      while (upload != null && upload.busy) {
        changed.await();
        upload = uploads.get(path);
      }
      if (upload == null) {
        if (uploads.size() >= MAX_RECORDS) {
          throw WingsException.impossible("too many unfinished uploads");
        }
        upload = new Upload(path, clock.instant());
        uploads.put(path, upload);
      }
      upload.enter(begin, uploaded, generation);
      active++;
      announce();
      return upload;
    } finally {
      lock.unlock();
    }
  }

  private static String path(String directory, String targetName) {
    return directory + "/" + targetName + UploadEntry.STAGING_SUFFIX;
  }

  private void forgetOld() {
    Instant oldest = clock.instant().minus(KEEP);
    uploads.values().removeIf(upload -> !upload.busy && upload.updated.isBefore(oldest));
  }

  /// Who uploads to a staging file, as far as is known.
  public Optional<UUID> owner(String directory, String targetName) {
    lock.lock();
    try {
      return Optional.ofNullable(uploads.get(path(directory, targetName))).map(u -> u.begin.user());
    } finally {
      lock.unlock();
    }
  }

  /// Everything known, in order of start.
  public List<UploadEntry> list() {
    lock.lock();
    try {
      forgetOld();
      return uploads.values().stream()
          .sorted(Comparator.comparing(upload -> upload.started))
          .map(Upload::entry)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /// Ends every upload that is under way; later ones are allowed (`websocket.md` 3.7).
  public void abortAll() {
    lock.lock();
    try {
      generation++;
    } finally {
      lock.unlock();
    }
  }

  private void announce() {
    if (!announcing) {
      announcing = true;
      Thread.ofVirtual().name("uploads").start(this::announceWhileActive);
    }
  }

  private void announceWhileActive() {
    boolean goesOn = true;
    while (goesOn) {
      List<UploadEntry> entries;
      lock.lock();
      try {
        long left = ANNOUNCE_NANOS;
        while (left > 0 && active > 0) {
          left = changed.awaitNanos(left);
        }
        goesOn = active > 0;
        announcing = goesOn;
        entries = list();
      } catch (InterruptedException impossible) {
        announcing = false;
        return;
      } finally {
        lock.unlock();
      }
      listener.accept(entries);
    }
  }

  /// One file that is being uploaded, from its first slice to its last.
  public final class Upload {
    private final String path;
    private final Instant started;
    private Begin begin = new Begin("", "", new UUID(0, 0), null, null, false);
    private Instant updated;
    private boolean busy;
    private long enteredIn;
    private volatile long uploaded;

    private Upload(String path, Instant started) {
      this.path = path;
      this.started = started;
      this.updated = started;
    }

    private void enter(Begin newBegin, long bytes, long inGeneration) {
      begin =
          newBegin.total() == null && begin.total() != null
              ? new Begin(
                  newBegin.directory(),
                  newBegin.targetName(),
                  newBegin.user(),
                  newBegin.userName(),
                  begin.total(),
                  newBegin.resumable())
              : newBegin;
      busy = true;
      enteredIn = inGeneration;
      uploaded = bytes;
      updated = clock.instant();
    }

    /// Bytes have arrived.
    ///
    /// @param total bytes of the file so far
    /// @throws OperationAbortedException when uploads were aborted meanwhile
    public void progress(long total) {
      uploaded = total;
      lock.lock();
      try {
        if (enteredIn != generation) {
          throw new OperationAbortedException();
        }
      } finally {
        lock.unlock();
      }
    }

    /// Gives the turn back; the client may go on later.
    public void rest() {
      leave(/* forget= */ false);
    }

    /// Gives the turn back; there is no staging file any more.
    public void finish() {
      leave(/* forget= */ true);
    }

    private void leave(boolean forget) {
      lock.lock();
      try {
        if (busy) {
          busy = false;
          updated = clock.instant();
          active--;
          if (forget) {
            uploads.remove(path);
          }
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }

    private UploadEntry entry() {
      return new UploadEntry(
          begin.targetName() + UploadEntry.STAGING_SUFFIX,
          begin.targetName(),
          begin.directory(),
          begin.user(),
          begin.userName(),
          uploaded,
          begin.total(),
          begin.resumable(),
          busy,
          started,
          updated);
    }
  }
}
