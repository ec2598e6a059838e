package dev.wings.fs.quota;

import dev.wings.core.volume.Scan;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.IoPriority;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.quota.ModifiedPaths.Modified;
import dev.wings.fs.sandbox.SpaceGate;
import dev.wings.fs.tree.TreeWalk;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one volume uses: its account, its tree of sizes, and the scans that correct both.
///
/// Every change by the daemon moves the account and the tree and lists the directory as modified; a
/// change by the server's own process lists it through the [ChangeWatcher]. A scan of the changes
/// measures exactly those directories. Without a trusted watcher every scan is full; full scans
/// that nobody asked for take at most a fiftieth of the time, a tenth while the volume may be near
/// its limit.
///
/// Safe for any thread. Only scans block.
public final class VolumeUsage implements SpaceGate {
  private static final int FULL_SCAN_SHARE = 50;
  private static final int EARLY_SCAN_SHARE = 10;

  /// Growth of the file system below this is no reason to look.
  private static final long EARLY_SCAN_BYTES = 16 << 20;

  private static final Logger log = LoggerFactory.getLogger(VolumeUsage.class);

  private final NodeUsage node;
  private final LongSupplier nanoTime;
  private final SpaceAccount account = new SpaceAccount();
  private final UsageTree tree = new UsageTree();
  private final ModifiedPaths modified = new ModifiedPaths();
  private final Optional<VolumeWatch> watch;

  /// One scan at a time.
  private final ReentrantLock scanning = new ReentrantLock();

  private LinkTable links = new LinkTable(); // guarded by scanning
  private boolean scanned; // guarded by scanning
  private long fullScanEnded; // guarded by scanning
  private long fullScanTook; // guarded by scanning

  private volatile long lostBefore;
  private volatile long scanEnded;
  private volatile long scanTook;

  public VolumeUsage(NodeUsage node) {
    this(node, System::nanoTime);
  }

  VolumeUsage(NodeUsage node, LongSupplier nanoTime) {
    this.node = node;
    this.nanoTime = nanoTime;
    this.watch = node.watcher().map(watcher -> new VolumeWatch(watcher, tree, modified, nanoTime));
    this.scanEnded = nanoTime.getAsLong();
  }

  public SpaceAccount account() {
    return account;
  }

  public UsageTree tree() {
    return tree;
  }

  /// Measures what is asked for, or everything when the changes are not known. The result is
  /// swapped in at the end; a scan that fails leaves the old values.
  ///
  /// @param root the volume's directory, open for reading
  /// @param cancelled asked before each entry
  /// @throws dev.wings.fs.tree.WalkCancelledException when `cancelled` said so
  public void scan(Descriptor root, Scan kind, BooleanSupplier cancelled) throws IOException {
    scanning.lock();
    try {
      boolean idle = yieldDisk(IoPriority.IDLE);
      long begin = nanoTime.getAsLong();
      long lost = node.freeSpace().map(FreeSpace::lost).orElse(0L);
      boolean done = true;
      try {
        done = choose(root, kind, cancelled);
      } finally {
        if (idle) {
          yieldDisk(IoPriority.NORMAL);
        }
      }
      if (done) {
        lostBefore = lost;
        scanEnded = nanoTime.getAsLong();
        scanTook = scanEnded - begin;
      }
    } finally {
      scanning.unlock();
    }
  }

  private static boolean yieldDisk(IoPriority priority) {
    if (Thread.currentThread().isVirtual()) {
      return false; // it would be the carrier's
    }
    try {
      priority.apply();
      return true;
    } catch (LinuxException e) {
      log.atDebug().setCause(e).log("disk priority stays");
      return false;
    }
  }

  /// @return false when nothing was measured although something may have changed
  private boolean choose(Descriptor root, Scan kind, BooleanSupplier cancelled) throws IOException {
    boolean known =
        scanned
            && watch.map(VolumeWatch::trusted).orElse(false)
            && !modified.holdsAll()
            && links.complete();
    if (kind == Scan.CHANGES && known) {
      scanChanges(root, cancelled);
      return true;
    }
    long begin = nanoTime.getAsLong();
    int share = suspicious() ? EARLY_SCAN_SHARE : FULL_SCAN_SHARE;
    boolean tooSoon = scanned && begin - fullScanEnded < share * fullScanTook;
    if (kind == Scan.CHANGES && tooSoon) {
      return false;
    }
    scanAll(root, cancelled);
    fullScanEnded = nanoTime.getAsLong();
    fullScanTook = fullScanEnded - begin;
    scanned = true;
    return true;
  }

  private void scanAll(Descriptor root, BooleanSupplier cancelled) throws IOException {
    long mark = account.mark();
    modified.drain();
    watch.ifPresent(VolumeWatch::begin);
    DirectoryNode top = new DirectoryNode(new byte[0], null);
    LinkTable found = new LinkTable();
    TreeBuilder builder =
        new TreeBuilder(
            top, top, 0, UsageTree.MAX_NODES - 1, found, (d, n) -> watch(d, n, /* root= */ false));
    boolean done = false;
    try {
      watch(root, top, /* root= */ true);
      builder.add(Linux.statx(root));
      TreeWalk.walk(root, builder, /* threads= */ 1, cancelled);
      done = true;
    } finally {
      if (!done) {
        modified.addRoot();
      }
    }
    top.close();
    links = found;
    tree.replace(top, builder.nodes() + 1);
    account.correct(mark, top.totalPhysical);
    watch.ifPresent(VolumeWatch::end);
    if (links.complete() && !modified.holdsAll()) {
      // of what the daemon did meanwhile nobody knows whether it was done before the scan came by
      scanChanges(root, cancelled);
    }
  }

  private void scanChanges(Descriptor root, BooleanSupplier cancelled) throws IOException {
    List<Modified> changes = modified.drain();
    if (changes.isEmpty()) {
      return;
    }
    PartialScan scan =
        new PartialScan(tree, links, (d, n) -> watch(d, n, n.parent == null), cancelled);
    boolean done = false;
    try {
      scan.run(root, changes);
      done = true;
    } finally {
      if (!done) {
        changes.forEach(change -> modified.add(change.path(), change.whole()));
      }
    }
    account.correct(account.mark(), tree.physical());
    if (scan.gone()) {
      watch.ifPresent(VolumeWatch::prune);
    }
  }

  private void watch(Descriptor directory, DirectoryNode place, boolean root) {
    watch.ifPresent(found -> found.add(directory, place, root));
  }

  /// Whether the volume may have come near its limit since it was measured: the file system has
  /// lost half of what the volume may still take, and something has changed in it as far as that is
  /// known. Never blocks.
  public boolean suspicious() {
    long limit = account.limit();
    if (limit == 0 || node.freeSpace().isEmpty()) {
      return false;
    }
    long lost = node.freeSpace().get().lost() - lostBefore;
    long left = Math.max(0, limit - account.used());
    boolean unchanged = watch.map(VolumeWatch::trusted).orElse(false) && modified.isEmpty();
    return lost >= Math.max(EARLY_SCAN_BYTES, left / 2)
        && !unchanged
        && nanoTime.getAsLong() - scanEnded >= EARLY_SCAN_SHARE * scanTook;
  }

  /// Whether files may belong to somebody else than they should.
  public boolean ownershipDirty() {
    return watch.map(VolumeWatch::ownershipDirty).orElse(true);
  }

  /// All owners are about to be checked; what changes from now on counts again.
  public void checkingOwnership() {
    watch.ifPresent(VolumeWatch::ownershipClean);
  }

  /// The check of the owners failed.
  public void ownershipUnknown() {
    watch.ifPresent(VolumeWatch::ownershipUnknown);
  }

  /// Whether changes are known, so that scans look at those only.
  public boolean watched() {
    return watch.map(VolumeWatch::trusted).orElse(false);
  }

  /// Asks whether so many bytes may be written now; takes nothing.
  ///
  /// @throws dev.wings.fs.sandbox.DiskLimitException when they may not
  public void check(long bytes) throws IOException {
    if (bytes > 0) {
      requireRoom(bytes, FreeSpace.LIGHT_BYTES);
      account.check(bytes);
    }
  }

  private void requireRoom(long bytes, long before) throws IOException {
    if (node.freeSpace().isPresent()) {
      node.freeSpace().get().require(bytes, before);
    }
  }

  /// The volume is empty now.
  public void reset() {
    tree.clear();
    account.reset();
    modified.addRoot();
  }

  /// Ends the watching; the next scan begins it anew.
  public void forget() {
    watch.ifPresent(VolumeWatch::close);
  }

  @Override
  public void reserve(long bytes, long before) throws IOException {
    requireRoom(bytes, before);
    account.reserve(bytes);
  }

  @Override
  public void release(long bytes) {
    account.release(bytes);
  }

  @Override
  public void settle(byte[] directory, long reserved, long logical, long physical) {
    account.settle(reserved, physical);
    if (directory != NOWHERE) {
      tree.changed(directory, logical, physical);
      modified.add(directory, /* whole= */ false);
    }
  }

  @Override
  public void created(byte[] directory, long logical, long physical) {
    account.settle(physical, physical);
    tree.created(directory, logical, physical);
    modified.add(directory, /* whole= */ true);
    modified.add(TreePaths.parent(directory), /* whole= */ false);
  }

  @Override
  public void removed(byte[] directory, long physical) {
    account.settle(0, -physical);
    tree.removed(directory);
    modified.add(TreePaths.parent(directory), /* whole= */ false);
  }

  @Override
  public void moved(byte[] from, byte[] to) {
    tree.moved(from, to);
    modified.add(TreePaths.parent(from), /* whole= */ false);
    modified.add(TreePaths.parent(to), /* whole= */ false);
    modified.add(to, /* whole= */ true);
  }
}
