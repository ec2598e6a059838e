package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.tree.TreeDelete;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// Tells the [SpaceGate] what the daemon does to the files of one sandbox. An inode is looked at
/// and changed under one lock, so that of two threads that remove its last names, or of one that
/// removes and one that writes, exactly one gives its space back.
final class SpaceLedger {
  private static final int STRIPES = 8;

  /// Only somebody beside the daemon can exchange a name that often.
  private static final int MAX_ATTEMPTS = 100;

  private final SpaceGate gate;
  private final Stripe[] stripes =
      Stream.generate(Stripe::new).limit(STRIPES).toArray(Stripe[]::new);

  private record Inode(long device, long number) {
    static Inode of(FileStatus status) {
      return new Inode(status.device(), status.inode());
    }
  }

  /// Inodes with the same hash.
  private static final class Stripe {
    final ReentrantLock lock = new ReentrantLock();
    final Map<Inode, InodeSpace> written = new HashMap<>();
  }

  SpaceLedger(SpaceGate gate) {
    this.gate = gate;
  }

  /// Whether nothing has to be counted.
  boolean idle() {
    return gate.equals(SpaceGate.OPEN);
  }

  SpaceGate gate() {
    return gate;
  }

  private Stripe stripe(Inode inode) {
    return stripes[Math.floorMod(inode.hashCode(), STRIPES)];
  }

  /// A channel is going to write. Followed by one [#close].
  ///
  /// @param file the file, open in any way
  InodeSpace open(Descriptor file, byte[] directory, boolean promptBlocks) throws LinuxException {
    Inode inode = Inode.of(Linux.statx(file));
    Stripe stripe = stripe(inode);
    stripe.lock.lock();
    try {
      InodeSpace space = stripe.written.get(inode);
      if (space == null) {
        space = new InodeSpace(gate, directory, promptBlocks, Linux.statx(file));
        stripe.written.put(inode, space);
      }
      space.holders++;
      return space;
    } finally {
      stripe.lock.unlock();
    }
  }

  void close(InodeSpace space, Descriptor file) throws LinuxException {
    Inode inode;
    try {
      inode = Inode.of(Linux.statx(file));
    } catch (LinuxException e) {
      forget(space);
      throw e;
    }
    Stripe stripe = stripe(inode);
    stripe.lock.lock();
    try {
      if (--space.holders == 0) {
        stripe.written.remove(inode);
        space.end(Linux.statx(file));
      }
    } finally {
      stripe.lock.unlock();
    }
  }

  private void forget(InodeSpace space) {
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        if (stripe.written.containsValue(space) && --space.holders == 0) {
          stripe.written.values().remove(space);
          space.endUnseen();
        }
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  /// Removes one name that is not a directory, past immutable flags.
  ///
  /// @param directory path of the parent
  /// @throws LinuxException `EISDIR` for a directory
  void unlink(Descriptor parent, byte[] name, byte[] directory) throws LinuxException {
    if (idle()) {
      TreeDelete.unlink(parent, name);
      return;
    }
    for (int attempt = 1; ; attempt++) {
      FileStatus status = Linux.statx(parent, name);
      if (status.isDirectory()) {
        throw new LinuxException("unlinkat", Errno.EISDIR);
      }
      try (Hold hold = hold(status)) {
        FileStatus now = Linux.statx(parent, name);
        if (now.sameInode(status) || attempt >= MAX_ATTEMPTS) {
          TreeDelete.unlink(parent, name);
          hold.lost(now, directory);
          return;
        }
      }
    }
  }

  /// Removes an empty directory, past immutable flags.
  ///
  /// @return its allocated bytes, 0 when nothing is counted
  long rmdir(Descriptor parent, byte[] name) throws LinuxException {
    if (idle()) {
      TreeDelete.rmdir(parent, name);
      return 0;
    }
    FileStatus status = Linux.statx(parent, name);
    try (Hold hold = hold(status)) { // not while it is being made and charged
      TreeDelete.rmdir(parent, name);
      return status.allocatedBytes();
    }
  }

  /// Renames as rename(2), and gives back what is replaced. Both names stay what they were looked
  /// at as, because whoever takes a name away from a file holds that file's lock.
  ///
  /// @param directory path of the target's parent
  /// @return what moved; empty when both names belonged to one inode and nothing happened
  Optional<FileStatus> rename(Sandbox.Slot from, Sandbox.Slot to, byte[] directory)
      throws LinuxException {
    for (int attempt = 1; ; attempt++) {
      FileStatus moved = Linux.statx(from.parent(), from.name());
      FileStatus replaced = Relocation.status(to).orElse(moved);
      try (Hold hold = hold(moved, replaced)) {
        boolean same =
            Relocation.status(from).filter(moved::sameInode).isPresent() || attempt >= MAX_ATTEMPTS;
        Optional<FileStatus> target = Relocation.status(to);
        if (same && target.isEmpty()) {
          if (renamedToFreeName(from, to)) {
            return Optional.of(moved);
          }
        } else if (same && target.get().sameInode(moved)) {
          return Optional.empty();
        } else if (same && (target.get().sameInode(replaced) || attempt >= MAX_ATTEMPTS)) {
          Linux.renameat(from.parent(), from.name(), to.parent(), to.name());
          hold.lost(target.get(), directory);
          return Optional.of(moved);
        }
      }
    }
  }

  private static boolean renamedToFreeName(Sandbox.Slot from, Sandbox.Slot to)
      throws LinuxException {
    try {
      Linux.renameatNoReplace(from.parent(), from.name(), to.parent(), to.name());
      return true;
    } catch (LinuxException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
      return false; // somebody was faster
    }
  }

  /// Makes a second name for a file while nobody removes the first.
  void link(Sandbox.Slot from, Sandbox.Slot to) throws LinuxException {
    for (int attempt = 1; ; attempt++) {
      FileStatus status = Linux.statx(from.parent(), from.name());
      try (Hold hold = hold(status)) {
        boolean same = Relocation.status(from).filter(status::sameInode).isPresent();
        if (same || attempt >= MAX_ATTEMPTS) {
          Linux.linkat(from.parent(), from.name(), to.parent(), to.name());
          return;
        }
      }
    }
  }

  /// Keeps all names from being taken away, while one is made whose inode is not known yet.
  Hold holdAll() {
    return new Hold(idle() ? List.of() : List.of(stripes));
  }

  private Hold hold(FileStatus... files) {
    return new Hold(
        Stream.of(files)
            .map(file -> stripe(Inode.of(file)))
            .distinct()
            .sorted(Comparator.comparingInt(List.of(stripes)::indexOf))
            .toList());
  }

  /// Locks of some inodes, taken in one order.
  final class Hold implements AutoCloseable {
    private final List<Stripe> held;

    private Hold(List<Stripe> held) {
      this.held = held;
      held.forEach(stripe -> stripe.lock.lock());
    }

    /// The name of a file or an empty directory has gone.
    private void lost(FileStatus gone, byte[] directory) {
      if (gone.isDirectory()) {
        gate.removed(directory, gone.allocatedBytes());
        return;
      }
      Inode inode = Inode.of(gone);
      boolean last = gone.links() <= 1 && !stripe(inode).written.containsKey(inode);
      gate.settle(directory, 0, -gone.size(), last ? -gone.allocatedBytes() : 0);
    }

    @Override
    public void close() {
      held.forEach(stripe -> stripe.lock.unlock());
    }
  }
}
