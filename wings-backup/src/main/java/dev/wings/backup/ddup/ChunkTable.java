package dev.wings.backup.ddup;

import dev.wings.fs.linux.OffHeap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// Chunks by their hash and by their id, with a number for each, outside of the Java heap: some 70
/// bytes each, as a repository has millions. Records are known by their slot, which stays theirs
/// until they are removed. For one thread at a time.
final class ChunkTable implements AutoCloseable {
  static final int NONE = -1;

  private static final int RECORD_BYTES = 48;
  private static final int ID = 32;
  private static final int VALUE = 40;
  private static final int LEAST_CAPACITY = 1 << 10;

  /// So many fit into the largest buffer.
  private static final int MOST_CAPACITY = 1 << 25;

  private OffHeap memory;
  private ByteBuffer records;
  private Places byHash;
  private Places byId;
  private int capacity;
  private int used; // slots that were ever taken
  private int freed = NONE; // first of the slots that were given back, linked by their values
  private int size;

  ChunkTable() {
    memory = new OffHeap();
    capacity = LEAST_CAPACITY;
    records = allocate(capacity * RECORD_BYTES);
    byHash = new Places(capacity);
    byId = new Places(capacity);
  }

  private ByteBuffer allocate(int bytes) {
    return memory.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Slots by a key's hash, with linear probing.
  private final class Places {
    private final ByteBuffer slots; // slot + 1, 0 is free
    private final int mask;

    Places(int capacity) {
      slots = allocate(capacity * 2 * Integer.BYTES);
      mask = capacity * 2 - 1;
    }

    int at(int place) {
      return slots.getInt(place * Integer.BYTES) - 1;
    }

    void set(int place, int slot) {
      slots.putInt(place * Integer.BYTES, slot + 1);
    }

    int place(long key) {
      return (int) (mix(key) >>> 32) & mask;
    }

    void insert(long key, int slot) {
      int place = place(key);
      while (at(place) != NONE) {
        place = place + 1 & mask;
      }
      set(place, slot);
    }

    /// Closes the gap: what was pushed past it moves back.
    void remove(int gone, boolean keyIsId) {
      int gap = place(keyIsId ? id(gone) : firstOf(gone));
      while (at(gap) != gone) {
        gap = gap + 1 & mask;
      }
      for (int next = gap + 1 & mask; at(next) != NONE; next = next + 1 & mask) {
        int home = place(keyIsId ? id(at(next)) : firstOf(at(next)));
        boolean stays = gap <= next ? gap < home && home <= next : gap < home || home <= next;
        if (!stays) {
          set(gap, at(next));
          gap = next;
        }
      }
      set(gap, NONE);
    }
  }

  private static long mix(long key) {
    long mixed = (key ^ key >>> 31) * 0x9E37_79B9_7F4A_7C15L;
    return mixed ^ mixed >>> 29;
  }

  int size() {
    return size;
  }

  /// Slots are numbers below this.
  int slots() {
    return used;
  }

  /// @return [#NONE] when there is none
  int find(ChunkHash hash) {
    int place = byHash.place(hash.first());
    for (int slot = byHash.at(place); slot != NONE; slot = byHash.at(place)) {
      if (hash(slot).equals(hash)) {
        return slot;
      }
      place = place + 1 & byHash.mask;
    }
    return NONE;
  }

  /// @return [#NONE] when there is none
  int find(long id) {
    int place = byId.place(id);
    for (int slot = byId.at(place); slot != NONE; slot = byId.at(place)) {
      if (id(slot) == id) {
        return slot;
      }
      place = place + 1 & byId.mask;
    }
    return NONE;
  }

  /// The hash of a chunk's id.
  Optional<ChunkHash> hash(long id) {
    int slot = find(id);
    return slot == NONE ? Optional.empty() : Optional.of(hash(slot));
  }

  /// Adds a chunk whose hash and id are both new.
  int add(ChunkHash hash, long id, long value) {
    if (freed == NONE && used == capacity) {
      grow();
    }
    int slot = freed;
    if (slot == NONE) {
      slot = used++;
    } else {
      freed = (int) value(slot);
    }
    records.put(slot * RECORD_BYTES, hash.bytes());
    records.putLong(slot * RECORD_BYTES + ID, id);
    value(slot, value);
    byHash.insert(hash.first(), slot);
    byId.insert(id, slot);
    size++;
    return slot;
  }

  void remove(int slot) {
    byHash.remove(slot, /* keyIsId= */ false);
    byId.remove(slot, /* keyIsId= */ true);
    records.putLong(slot * RECORD_BYTES + ID, 0); // ids begin at 1
    value(slot, freed);
    freed = slot;
    size--;
  }

  private void grow() {
    if (capacity == MOST_CAPACITY) {
      throw new IllegalStateException("a repository of more than " + MOST_CAPACITY + " chunks");
    }
    OffHeap oldMemory = memory;
    ByteBuffer old = records;
    memory = new OffHeap();
    capacity *= 2;
    records = allocate(capacity * RECORD_BYTES);
    records.put(0, old, 0, used * RECORD_BYTES);
    oldMemory.close();
    byHash = new Places(capacity);
    byId = new Places(capacity);
    for (int slot = 0; slot < used; slot++) { // none is given back: there was no slot left
      byHash.insert(firstOf(slot), slot);
      byId.insert(id(slot), slot);
    }
  }

  /// Whether the slot holds a chunk.
  boolean taken(int slot) {
    return id(slot) != 0;
  }

  private long firstOf(int slot) {
    return records.getLong(slot * RECORD_BYTES);
  }

  ChunkHash hash(int slot) {
    int at = slot * RECORD_BYTES;
    return new ChunkHash(
        records.getLong(at),
        records.getLong(at + 8),
        records.getLong(at + 16),
        records.getLong(at + 24));
  }

  long id(int slot) {
    return records.getLong(slot * RECORD_BYTES + ID);
  }

  long value(int slot) {
    return records.getLong(slot * RECORD_BYTES + VALUE);
  }

  void value(int slot, long value) {
    records.putLong(slot * RECORD_BYTES + VALUE, value);
  }

  @Override
  public void close() {
    memory.close();
  }
}
