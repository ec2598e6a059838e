package dev.wings.backup.ddup;

import java.util.Arrays;

/// What a repository knows of its chunks: their ids, and how often each stands in an archive
/// (`backups.md` A.5). For one thread at a time.
final class ChunkIndex implements AutoCloseable {
  /// In a chunk's number beside its uses.
  private static final long SAVED = 1L << 62;

  private final ChunkTable chunks = new ChunkTable();
  private final int chunkBytes;
  private final int mostChunks;
  private long nextId = 1;

  // ids to be used again, oldest first
  private long[] free = new long[64];
  private int firstFree;
  private int freeCount;

  /// @param chunkBytes as in the file
  /// @param mostChunks as in the file
  ChunkIndex(int chunkBytes, int mostChunks) {
    this.chunkBytes = chunkBytes;
    this.mostChunks = mostChunks;
  }

  /// One of a new repository.
  static ChunkIndex fresh() {
    return new ChunkIndex(FastCdc.AVERAGE_BYTES, 0);
  }

  int chunkBytes() {
    return chunkBytes;
  }

  int mostChunks() {
    return mostChunks;
  }

  ChunkTable chunks() {
    return chunks;
  }

  long nextId() {
    return nextId;
  }

  /// Ids from here on have not been given out.
  void nextId(long next) {
    nextId = Math.max(nextId, next);
  }

  int freeIds() {
    return freeCount;
  }

  long freeId(int index) {
    return free[(firstFree + index) % free.length];
  }

  void free(long id) {
    if (freeCount == free.length) {
      long[] larger = new long[Math.multiplyExact(freeCount, 2)];
      for (int i = 0; i < freeCount; i++) {
        larger[i] = freeId(i);
      }
      free = larger;
      firstFree = 0;
    }
    free[(firstFree + freeCount++) % free.length] = id;
  }

  private long takeId() {
    if (freeCount == 0) {
      return nextId++;
    }
    long id = free[firstFree];
    firstFree = (firstFree + 1) % free.length;
    freeCount--;
    return id;
  }

  /// No id is given out twice from now on, whatever was listed as free.
  void forgetFreeIds() {
    Arrays.fill(free, 0);
    freeCount = 0;
  }

  /// Counts one occurrence of a chunk, which gets an id when it is new.
  ///
  /// @return the slot
  int use(ChunkHash hash) {
    int slot = chunks.find(hash);
    if (slot == ChunkTable.NONE) {
      return chunks.add(hash, takeId(), 1);
    }
    chunks.value(slot, chunks.value(slot) + 1);
    return slot;
  }

  /// How often a chunk stands in an archive. At 0 it is to be removed.
  long uses(int slot) {
    return chunks.value(slot) & ~SAVED;
  }

  /// Takes one occurrence away.
  ///
  /// @return false when there was none
  boolean drop(int slot) {
    if (uses(slot) == 0) {
      return false;
    }
    chunks.value(slot, chunks.value(slot) - 1);
    return true;
  }

  /// Whether the index on the disk has the chunk. Its file must not go before that has changed.
  boolean saved(int slot) {
    return (chunks.value(slot) & SAVED) != 0;
  }

  /// What is known now is on the disk.
  void markSaved() {
    for (int slot = 0; slot < chunks.slots(); slot++) {
      if (chunks.taken(slot)) {
        chunks.value(slot, uses(slot) == 0 ? 0 : uses(slot) | SAVED);
      }
    }
  }

  /// Forgets a chunk that nothing uses.
  void remove(int slot) {
    free(chunks.id(slot));
    chunks.remove(slot);
  }

  @Override
  public void close() {
    chunks.close();
  }
}
