package dev.wings.backup.s3;

import dev.wings.core.backup.BackupPart;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Parts that are sent at the same time, each by a thread of its own. The first that fails ends the
/// others. Used by one thread; closed, it waits for its threads.
final class PartUploads implements AutoCloseable {
  private static final long POLL_MILLIS = 50;

  private final PartSender sender;
  private final Urls urls;
  private final Semaphore slots;
  private final int most;
  private final Progress whole;
  private final Progress own;

  private final ReentrantLock lock = new ReentrantLock();
  private final List<BackupPart> parts = new ArrayList<>(); // guarded by lock
  private final List<Thread> threads = new ArrayList<>(); // guarded by lock
  private @Nullable Throwable failure; // guarded by lock

  /// @param most parts at a time
  /// @param whole of the backup
  /// @param own handed to `sender`; cancelled when the upload is to end
  PartUploads(PartSender sender, Urls urls, int most, Progress whole, Progress own) {
    this.sender = sender;
    this.urls = urls;
    this.slots = new Semaphore(most);
    this.most = most;
    this.whole = whole;
    this.own = own;
  }

  /// What is to be done with a part's bytes when they are not needed any more.
  @FunctionalInterface
  interface Release {
    void run() throws IOException;
  }

  /// Waits until another part may be under way.
  ///
  /// @throws IOException when one has failed
  void awaitSlot() throws IOException {
    acquire(1);
  }

  /// Sends a part for which [#awaitSlot] was called.
  ///
  /// @param release called when it has been sent, or has failed
  void start(int number, FileSlice slice, Release release) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("wings-s3-part-" + number)
            .unstarted(() -> run(number, slice, release));
    lock.lock();
    try {
      threads.add(thread);
    } finally {
      lock.unlock();
    }
    thread.start();
  }

  private void run(int number, FileSlice slice, Release release) {
    try {
      BackupPart part;
      try {
        part = sender.send(number, slice, urls);
      } finally {
        release.run();
      }
      lock.lock();
      try {
        parts.add(part);
      } finally {
        lock.unlock();
      }
    } catch (Throwable failed) { // outermost: without it the part would only be missing
      fail(failed);
    } finally {
      lock.lock();
      try {
        threads.remove(Thread.currentThread());
      } finally {
        lock.unlock();
      }
      slots.release();
    }
  }

  private void fail(Throwable failed) {
    own.cancel();
    lock.lock();
    try {
      if (failure == null) {
        failure = failed;
      } else if (!(failed instanceof OperationAbortedException)) {
        failure.addSuppressed(failed);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Ends the backup when it was cancelled, or when a part has failed.
  void check() throws IOException {
    whole.check();
    lock.lock();
    try {
      switch (failure) {
        case null -> {}
        case IOException failed -> throw new IOException(failed.getMessage(), failed);
        case RuntimeException failed -> throw failed;
        case Throwable failed -> throw new IllegalStateException(failed);
      }
    } finally {
      lock.unlock();
    }
  }

  private void acquire(int permits) throws IOException {
    try {
      do {
        check();
      } while (!slots.tryAcquire(permits, POLL_MILLIS, TimeUnit.MILLISECONDS));
      check();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }

  /// Waits for all parts.
  ///
  /// @return them in order
  List<BackupPart> finish() throws IOException {
    acquire(most);
    lock.lock();
    try {
      return parts.stream().sorted(Comparator.comparingInt(BackupPart::number)).toList();
    } finally {
      lock.unlock();
    }
  }

  /// Ends what is under way and waits for that.
  @Override
  public void close() {
    own.cancel();
    boolean interrupted = false;
    for (Thread thread : threads()) {
      thread.interrupt(); // ends what waits for the storage
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true; // they end when they look at their progress
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Thread> threads() {
    lock.lock();
    try {
      return List.copyOf(threads);
    } finally {
      lock.unlock();
    }
  }
}
