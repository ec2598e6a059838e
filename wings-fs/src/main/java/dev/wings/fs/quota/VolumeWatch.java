package dev.wings.fs.quota;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Inotify;
import dev.wings.fs.linux.LinuxException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The watches of one volume. While it is trusted, the list of modified directories is complete.
/// Trust begins with a full scan during which everything could be watched, and ends when the root
/// goes away, a watch is refused or the reader fails.
final class VolumeWatch {
  /// How long a volume whose watches were refused stays without any: trying costs one system call
  /// for each directory, and what was in the way rarely changes.
  private static final Duration RETRY = Duration.ofHours(1);

  private static final Logger log = LoggerFactory.getLogger(VolumeWatch.class);

  private final ChangeWatcher watcher;
  private final UsageTree tree;
  private final ModifiedPaths modified;
  private final LongSupplier nanoTime;

  /// Numbers of the watches.
  private final Set<Integer> numbers = ConcurrentHashMap.newKeySet();

  /// Number of the full scan, by which watches of directories that are gone are found.
  private volatile int generation;

  private volatile boolean refused = true;

  /// No watch is tried before that, after one was refused.
  private volatile OptionalLong retryAt = OptionalLong.empty();

  private volatile boolean trusted;
  private volatile boolean ownershipDirty = true;

  /// A watched directory.
  static final class Watch {
    private final VolumeWatch owner;
    private final DirectoryNode node;
    private final boolean root;
    private final int generation;

    /// What [ModifiedPaths#drains] was when the directory was listed last.
    private volatile int listed = -1;

    private Watch(VolumeWatch owner, DirectoryNode node, boolean root, int generation) {
      this.owner = owner;
      this.node = node;
      this.root = root;
      this.generation = generation;
    }

    VolumeWatch owner() {
      return owner;
    }
  }

  VolumeWatch(
      ChangeWatcher watcher, UsageTree tree, ModifiedPaths modified, LongSupplier nanoTime) {
    this.watcher = watcher;
    this.nanoTime = nanoTime;
    this.tree = tree;
    this.modified = modified;
  }

  boolean trusted() {
    return trusted;
  }

  /// Something may have an owner other than the server's.
  boolean ownershipDirty() {
    return !trusted || ownershipDirty;
  }

  /// All owners are being checked; what changes from now on counts again.
  void ownershipClean() {
    ownershipDirty = false;
  }

  void ownershipUnknown() {
    ownershipDirty = true;
  }

  /// A full scan begins.
  void begin() {
    generation++;
    refused = retryAt.isPresent() && nanoTime.getAsLong() - retryAt.getAsLong() < 0;
  }

  /// Watches a directory before its entries are read.
  void add(Descriptor directory, DirectoryNode node, boolean root) {
    if (refused) {
      return;
    }
    try {
      int number = watcher.inotify().add(directory, ChangeWatcher.MASK);
      Watch before = watcher.watches().put(number, new Watch(this, node, root, generation));
      if (before != null && before.owner != this) { // it was moved here
        before.owner.removed(number);
      }
      if (numbers.add(number)) {
        if (numbers.size() > ChangeWatcher.MAX_PER_VOLUME
            || watcher.watches().size() > ChangeWatcher.MAX) {
          refuse("there are too many directories");
        }
      }
    } catch (LinuxException e) {
      if (e.is(Errno.ENOSPC)) {
        refuse("the limit fs.inotify.max_user_watches is reached");
      } else if (!e.is(Errno.ENOENT)) { // removed meanwhile
        refuse(String.valueOf(e.getMessage()));
      }
    }
  }

  private void refuse(String why) {
    log.atInfo().addKeyValue("reason", why).log("volume is not watched, scans are always full");
    refused = true;
    retryAt = OptionalLong.of(nanoTime.getAsLong() + RETRY.toNanos());
    fail();
    removeIf(_ -> true);
  }

  /// A full scan is done.
  void end() {
    if (!refused) {
      int current = generation;
      removeIf(watch -> watch.generation != current);
      trusted = true;
    }
  }

  /// Ends watches of directories that have left the tree.
  void prune() {
    removeIf(watch -> !tree.holds(watch.node));
  }

  private void removeIf(Predicate<Watch> gone) {
    for (Integer number : numbers) {
      Watch watch = watcher.watches().get(number);
      if (watch == null || watch.owner != this) {
        numbers.remove(number);
      } else if (gone.test(watch) && watcher.watches().remove(number, watch)) {
        numbers.remove(number);
        end(number);
      }
    }
  }

  private void end(int number) {
    try {
      watcher.inotify().remove(number);
    } catch (LinuxException e) { // the kernel has ended it with the directory
      log.atTrace().setCause(e).log("watch had ended");
    }
  }

  void event(Watch watch, int mask, byte[] name) {
    if ((mask & Inotify.IN_IGNORED) != 0) {
      return;
    }
    ownershipDirty = true;
    int self = Inotify.IN_DELETE_SELF | Inotify.IN_MOVE_SELF;
    if ((mask & Inotify.IN_UNMOUNT) != 0 || (watch.root && (mask & self) != 0)) {
      fail();
      return;
    }
    boolean directory = (mask & Inotify.IN_ISDIR) != 0 && name.length > 0;
    if (directory && (mask & (Inotify.IN_CREATE | Inotify.IN_MOVED_TO)) != 0) {
      modified.add(tree.path(watch.node, name), /* whole= */ true);
    }
    if (watch.listed != modified.drains()) {
      watch.listed = modified.add(tree.path(watch.node, new byte[0]), /* whole= */ false);
    }
  }

  void removed(int number) {
    numbers.remove(number);
  }

  void overflow() {
    ownershipDirty = true;
    modified.addRoot();
  }

  /// The list is not complete any more.
  void fail() {
    trusted = false;
    modified.addRoot();
  }

  void close() {
    fail();
    refused = true;
    retryAt = OptionalLong.empty();
    removeIf(_ -> true);
  }
}
