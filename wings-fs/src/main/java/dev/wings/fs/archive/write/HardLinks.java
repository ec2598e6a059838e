package dev.wings.fs.archive.write;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Remembers inodes with several names until all of their names were met. Bounded: what comes when
/// it is full is stored as a file of its own.
final class HardLinks {
  private static final int MAX_INODES = 50_000;

  private final Map<Inode, First> first = new HashMap<>();

  private record Inode(long device, long number) {}

  private static final class First {
    final byte[] name;
    int toCome;

    First(byte[] name, int toCome) {
      this.name = name;
      this.toCome = toCome;
    }
  }

  /// Name under which the archive holds the inode already; null when this is its first.
  byte @Nullable [] meet(Entry entry) {
    if (entry.links() < 2) {
      return null;
    }
    Inode inode = new Inode(entry.device(), entry.inode());
    First known = first.get(inode);
    if (known == null) {
      if (first.size() < MAX_INODES) {
        first.put(inode, new First(entry.name(), entry.links() - 1));
      }
      return null;
    }
    known.toCome--;
    if (known.toCome == 0) {
      first.remove(inode);
    }
    return known.name;
  }
}
