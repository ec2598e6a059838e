package dev.wings.fs.view;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps trees open that are expensive to open, a few for each server, and closes those that nobody
/// asked for during a while. A thread that closes them exists only while something is open.
final class OpenTrees implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OpenTrees.class);

  private final int perServer;
  private final long idleNanos;
  private final LongSupplier nanoTime;
  private final long startNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Key, Tree> trees = new HashMap<>(); // guarded by lock
  private @Nullable Thread reaper; // guarded by lock
  private boolean closed; // guarded by lock

  /// @param perServer most trees of one server; the one that was not used for longest makes room
  OpenTrees(int perServer, Duration idle, LongSupplier nanoTime) {
    this.perServer = perServer;
    this.idleNanos = idle.toNanos();
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
  }

  /// @param what identifies the tree among those of the server, and its state
  record Key(UUID server, Object what) {}

  private static final class Tree {
    private final FileView view;
    private long usedNanos; // guarded by lock

    Tree(FileView view, long nowNanos) {
      this.view = view;
      this.usedNanos = nowNanos;
    }
  }

  /// Opens a tree.
  @FunctionalInterface
  interface Opener {
    Optional<FileView> open() throws IOException;
  }

  /// The open tree, or a newly opened one. Two callers may open at the same time; one tree stays.
  Optional<FileView> get(Key key, Opener opener) throws IOException {
    Optional<FileView> known = find(key);
    if (known.isPresent()) {
      return known;
    }
    Optional<FileView> opened = opener.open();
    return opened.isEmpty() ? opened : keep(key, opened.get());
  }

  private Optional<FileView> find(Key key) {
    lock.lock();
    try {
      Tree tree = trees.get(key);
      if (tree == null || !tree.view.root().getFileSystem().isOpen()) {
        return Optional.empty();
      }
      tree.usedNanos = nanoTime.getAsLong();
      return Optional.of(tree.view);
    } finally {
      lock.unlock();
    }
  }

  /// @return empty after the end, when nothing is kept
  private Optional<FileView> keep(Key key, FileView view) {
    List<FileView> unneeded = new ArrayList<>();
    Optional<FileView> result = Optional.of(view);
    lock.lock();
    try {
      Tree other = trees.get(key);
      if (closed) {
        unneeded.add(view);
        result = Optional.empty();
      } else if (other != null && other.view.root().getFileSystem().isOpen()) {
        unneeded.add(view);
        result = Optional.of(other.view);
      } else {
        trees.put(key, new Tree(view, nanoTime.getAsLong()));
        makeRoom(key.server(), unneeded);
        startReaper();
      }
    } finally {
      lock.unlock();
    }
    unneeded.forEach(OpenTrees::close);
    return result;
  }

  private void makeRoom(UUID server, List<FileView> unneeded) {
    List<Key> own =
        trees.entrySet().stream()
            .filter(entry -> entry.getKey().server().equals(server))
            .sorted(Comparator.comparingLong(entry -> entry.getValue().usedNanos - startNanos))
            .map(Map.Entry::getKey)
            .toList();
    for (Key oldest : own.subList(0, Math.max(0, own.size() - perServer))) {
      Tree removed = trees.remove(oldest);
      if (removed != null) {
        unneeded.add(removed.view);
      }
    }
  }

  private long age(Tree tree) {
    return nanoTime.getAsLong() - tree.usedNanos;
  }

  private void startReaper() {
    if (reaper == null && !closed) {
      reaper = Thread.ofVirtual().name("wings-open-trees").start(this::reap);
    }
  }

  private void reap() {
    try {
      while (true) {
        List<FileView> expired = new ArrayList<>();
        lock.lock();
        try {
          long wait = removeIdle(expired);
          if (expired.isEmpty()) {
            if (trees.isEmpty()) {
              reaper = null;
              return;
            }
            changed.awaitNanos(wait);
          }
        } finally {
          lock.unlock();
        }
        expired.forEach(OpenTrees::close);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /// @return nanoseconds until the next one can be idle
  private long removeIdle(List<FileView> expired) {
    long wait = idleNanos;
    for (var entries = trees.entrySet().iterator(); entries.hasNext(); ) {
      Tree tree = entries.next().getValue();
      long left = idleNanos - age(tree);
      if (left <= 0) {
        expired.add(tree.view);
        entries.remove();
      } else {
        wait = Math.min(wait, left);
      }
    }
    return wait;
  }

  /// Trees that are open now.
  int size() {
    lock.lock();
    try {
      return trees.size();
    } finally {
      lock.unlock();
    }
  }

  /// Closes what is idle now, as the thread does in time.
  void closeIdle() {
    List<FileView> expired = new ArrayList<>();
    lock.lock();
    try {
      removeIdle(expired);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    expired.forEach(OpenTrees::close);
  }

  /// Whoever needs room must not fail because of another's tree.
  private static void close(FileView view) {
    try {
      view.root().getFileSystem().close();
    } catch (IOException e) {
      log.atWarn().addKeyValue("tree", view.root()).setCause(e).log("tree was not closed cleanly");
    }
  }

  @Override
  public void close() {
    List<FileView> all = new ArrayList<>();
    lock.lock();
    try {
      closed = true;
      trees.values().forEach(tree -> all.add(tree.view));
      trees.clear();
      if (reaper != null) {
        reaper.interrupt();
      }
    } finally {
      lock.unlock();
    }
    all.forEach(OpenTrees::close);
  }
}
