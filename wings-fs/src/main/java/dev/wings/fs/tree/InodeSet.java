package dev.wings.fs.tree;

/// A set of inodes in 16 bytes each, for trees with millions of hard links. Safe for several
/// threads.
public final class InodeSet {
  private long[] table = new long[64]; // pairs of device + 1 (0 is a free slot) and inode
  private int size;

  /// @return whether it was not there yet
  public synchronized boolean add(long device, long inode) {
    if (size * 3 >= table.length) { // two of three pairs in use
      long[] old = table;
      table = new long[old.length * 2];
      size = 0;
      for (int i = 0; i < old.length; i += 2) {
        if (old[i] != 0) {
          insert(old[i], old[i + 1]);
        }
      }
    }
    return insert(device + 1, inode);
  }

  private boolean insert(long key, long inode) {
    int pairs = table.length / 2;
    long mixed = (inode * 31 + key) * 0x9E37_79B9_7F4A_7C15L;
    for (int slot = (int) (mixed >>> 33) & (pairs - 1); ; slot = (slot + 1) & (pairs - 1)) {
      if (table[2 * slot] == 0) {
        table[2 * slot] = key;
        table[2 * slot + 1] = inode;
        size++;
        return true;
      }
      if (table[2 * slot] == key && table[2 * slot + 1] == inode) {
        return false;
      }
    }
  }
}
