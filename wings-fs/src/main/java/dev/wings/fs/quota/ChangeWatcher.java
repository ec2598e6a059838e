package dev.wings.fs.quota;

import dev.wings.fs.linux.Inotify;
import dev.wings.fs.linux.LinuxException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches the directories of all volumes with one inotify instance (`filesystem.md` 7), so that
/// scans need to look only at what has changed.
///
/// Watches are set by the scans themselves: a directory is watched before its entries are read, so
/// no change falls between the two. A new directory is not watched at once but listed with
/// everything below it, and watched by the scan that this leads to. One thread reads the events; it
/// touches no file system. A watch costs the kernel about a kibibyte and the heap about a hundred
/// bytes; beyond [#MAX_PER_VOLUME] or [#MAX] a volume is scanned as a whole.
public final class ChangeWatcher implements AutoCloseable {
  static final int MAX = 1 << 17;
  static final int MAX_PER_VOLUME = 1 << 15;

  static final int MASK =
      Inotify.IN_ATTRIB
          | Inotify.IN_CREATE
          | Inotify.IN_DELETE
          | Inotify.IN_DELETE_SELF
          | Inotify.IN_MODIFY
          | Inotify.IN_MOVED_FROM
          | Inotify.IN_MOVED_TO
          | Inotify.IN_MOVE_SELF
          | Inotify.IN_EXCL_UNLINK;

  /// Gives the kernel time to merge events.
  private static final Duration PAUSE = Duration.ofMillis(2);

  /// How often an overflow is told at most; a busy game causes many.
  private static final Duration OVERFLOW_NEWS = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(ChangeWatcher.class);

  private final Inotify inotify;
  private final Map<Integer, VolumeWatch.Watch> watches = new ConcurrentHashMap<>();
  private volatile OptionalLong overflowTold = OptionalLong.empty();

  private ChangeWatcher(Inotify inotify) {
    this.inotify = inotify;
  }

  /// Starts to watch; empty when the system has no instance left, which is logged.
  public static Optional<ChangeWatcher> start() {
    try {
      ChangeWatcher watcher = new ChangeWatcher(Inotify.open());
      Thread.ofPlatform().daemon().name("wings-changes").start(watcher::read);
      return Optional.of(watcher);
    } catch (LinuxException e) {
      log.atWarn().setCause(e).log("changes of files cannot be watched, scans are always full");
      return Optional.empty();
    }
  }

  private void read() {
    try {
      while (inotify.read(this::event)) {
        Thread.sleep(PAUSE);
      }
    } catch (LinuxException e) {
      log.atError().setCause(e).log("reading changes failed, scans are always full");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      watches.values().stream().map(VolumeWatch.Watch::owner).distinct().forEach(VolumeWatch::fail);
      watches.clear();
      inotify.dispose();
    }
  }

  private void event(int number, int mask, byte[] name) {
    if ((mask & Inotify.IN_Q_OVERFLOW) != 0) {
      overflow();
      return;
    }
    VolumeWatch.Watch watch = watches.get(number);
    if (watch != null) {
      watch.owner().event(watch, mask, name);
      if ((mask & Inotify.IN_IGNORED) != 0 && watches.remove(number, watch)) {
        watch.owner().removed(number);
      }
    }
  }

  /// Events were lost.
  void overflow() {
    long now = System.nanoTime();
    OptionalLong told = overflowTold;
    if (told.isEmpty() || now - told.getAsLong() >= OVERFLOW_NEWS.toNanos()) {
      overflowTold = OptionalLong.of(now);
      log.atInfo().log("too many changes at a time, all volumes will be scanned");
    }
    watches.values().stream()
        .map(VolumeWatch.Watch::owner)
        .distinct()
        .forEach(VolumeWatch::overflow);
  }

  Inotify inotify() {
    return inotify;
  }

  Map<Integer, VolumeWatch.Watch> watches() {
    return watches;
  }

  /// Ends the thread; volumes are scanned as a whole from now on.
  @Override
  public void close() {
    inotify.close();
  }
}
