package dev.wings.fs.listing;

import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.listing.MediaTypes.Head;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Remembers what the first bytes of files told, by device, inode, times and size, so that listing
/// a directory again opens no file. Bounded: a new file takes the place of an older one; 1.2 MB
/// when full, nothing before it is used.
final class HeadCache {
  private static final int STRIPES = 64;
  private static final int SLOTS = 1024; // per stripe
  private static final int WAYS = 4;

  private final Stripe[] stripes = new Stripe[STRIPES];

  HeadCache() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  @Nullable Head find(FileStatus file) {
    long place = mix(file.inode() * 31 + file.device());
    return stripe(place).find(slot(place), file.inode(), stamp(file));
  }

  void remember(FileStatus file, Head head) {
    long place = mix(file.inode() * 31 + file.device());
    stripe(place).remember(slot(place), file.inode(), stamp(file), head);
  }

  private Stripe stripe(long place) {
    return stripes[(int) (place & (STRIPES - 1))];
  }

  private static int slot(long place) {
    return (int) (place >>> 32) & (SLOTS / WAYS - 1);
  }

  /// Everything that changes when another file or other content is there. Two states with the same
  /// number would at worst show a wrong icon.
  @SuppressWarnings("JavaInstantGetSecondsGetNano") // mixes both parts of each time
  private static long stamp(FileStatus file) {
    long stamp = mix(file.device());
    stamp = mix(stamp + file.size());
    stamp = mix(stamp + file.modified().getEpochSecond());
    stamp = mix(stamp + file.modified().getNano());
    stamp = mix(stamp + file.changed().getEpochSecond());
    return mix(stamp + file.changed().getNano());
  }

  /// Finaliser of MurmurHash3.
  private static long mix(long value) {
    long mixed = value + 0x9E37_79B9_7F4A_7C15L;
    mixed = (mixed ^ (mixed >>> 33)) * 0xFF51_AFD7_ED55_8CCDL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xC4CE_B9FE_1A85_EC53L;
    return mixed ^ (mixed >>> 33);
  }

  private static final class Stripe {
    private final ReentrantLock lock = new ReentrantLock();
    private long[] inodes = {};
    private long[] stamps = {};
    private @Nullable Head[] heads = {};
    private int victim;

    @Nullable Head find(int set, long inode, long stamp) {
      lock.lock();
      try {
        if (heads.length == 0) {
          return null;
        }
        for (int i = set * WAYS; i < (set + 1) * WAYS; i++) {
          if (stamps[i] == stamp && inodes[i] == inode) {
            return heads[i];
          }
        }
        return null;
      } finally {
        lock.unlock();
      }
    }

    void remember(int set, long inode, long stamp, Head head) {
      lock.lock();
      try {
        if (heads.length == 0) {
          inodes = new long[SLOTS];
          stamps = new long[SLOTS];
          heads = new @Nullable Head[SLOTS];
        }
        int slot = place(set, inode);
        inodes[slot] = inode;
        stamps[slot] = stamp;
        heads[slot] = head;
      } finally {
        lock.unlock();
      }
    }

    /// The slot of the same inode, else a free one, else the next in turn.
    private int place(int set, long inode) {
      int free = -1;
      for (int i = set * WAYS; i < (set + 1) * WAYS; i++) {
        if (heads[i] == null) {
          free = i;
        } else if (inodes[i] == inode) {
          return i;
        }
      }
      if (free >= 0) {
        return free;
      }
      victim = (victim + 1) % WAYS;
      return set * WAYS + victim;
    }
  }
}
