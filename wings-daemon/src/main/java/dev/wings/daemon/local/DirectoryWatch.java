package dev.wings.daemon.local;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells when the entries of a directory have changed and nothing more happens for a moment.
final class DirectoryWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DirectoryWatch.class);

  /// Editors write in several steps; the files are read when they have been quiet this long.
  private static final long QUIET_MILLIS = 200;

  /// Something that writes all the time does not put off the others for ever.
  private static final int MAX_CHANGES = 20;

  private final Path directory;
  private final Runnable changed;
  private final WatchService watch;
  private @Nullable Thread thread;

  /// @param changed runs on the thread of the watch
  DirectoryWatch(Path directory, Runnable changed) throws IOException {
    this.directory = directory;
    this.changed = changed;
    this.watch = directory.getFileSystem().newWatchService();
    register();
  }

  /// Reports the directory as it is now, and goes on watching it.
  void start() {
    thread = Thread.ofVirtual().name("watch-" + directory.getFileName()).start(this::run);
  }

  private void run() {
    try {
      changed.run();
      while (true) {
        settle(watch.take());
        changed.run();
      }
    } catch (InterruptedException | ClosedWatchServiceException end) {
      log.atDebug().addKeyValue("directory", directory).log("no longer watched");
    }
  }

  /// Returns when nothing has happened for a moment, or when it never stops happening.
  private void settle(WatchKey first) throws InterruptedException {
    WatchKey key = first;
    for (int changes = 0; key != null && changes < MAX_CHANGES; changes++) {
      key.pollEvents();
      if (!key.reset()) {
        watchAgain();
      }
      key = watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /// The directory was removed or renamed: a new one takes its place.
  private void watchAgain() {
    try {
      Files.createDirectories(directory);
      register();
      log.atWarn()
          .addKeyValue("directory", directory)
          .log("a watched directory was removed, a new one is watched");
    } catch (IOException failure) {
      log.atError()
          .addKeyValue("directory", directory)
          .setCause(failure)
          .log("a watched directory is gone, changes are not seen until the next start");
    }
  }

  private void register() throws IOException {
    directory.register(
        watch,
        StandardWatchEventKinds.ENTRY_CREATE,
        StandardWatchEventKinds.ENTRY_MODIFY,
        StandardWatchEventKinds.ENTRY_DELETE);
  }

  @Override
  public void close() throws IOException {
    watch.close();
    if (thread != null) {
      thread.interrupt();
    }
  }
}
