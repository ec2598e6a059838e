package dev.wings.fs.archive.tree;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import dev.wings.fs.archive.read.ArchiveEntries;
import dev.wings.fs.archive.read.ArchiveEntries.Entry;
import dev.wings.fs.archive.read.ArchiveEntries.Type;
import dev.wings.fs.archive.read.ArchiveLimitException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Where the entries of an archive stand in its tree, in some fifty bytes each (`threats.md`
/// AR-08). Names, modes and times are not kept but read again from the archive; a path is known by
/// 64 bits of its hash.
///
/// Nodes are numbers; node 0 is the root. Directories that the archive does not name are nodes,
/// too: their reference is that of the first entry below them.
final class EntryIndex {
  static final int MOST_NODES = 1_200_000;
  static final int ROOT = 0;
  static final int NONE = -1;

  private static final HashFunction HASH = Hashing.goodFastHash(128);
  private static final int LEAST_CAPACITY = 64;

  private final ArchiveEntries entries;
  private int count;
  private int[] parent;
  private int[] firstChild;
  private int[] nextSibling;
  private short[] depth;
  private boolean[] directory;
  private boolean[] implied;
  private long[] reference;
  private long[] hash;
  private long[] bytes;
  private long[] compressed;
  private int[] slots; // node + 1 by hash

  private EntryIndex(ArchiveEntries entries) {
    this.entries = entries;
    int capacity = Math.clamp(entries.count() / 8 * 9, LEAST_CAPACITY, MOST_NODES);
    parent = new int[capacity];
    firstChild = new int[capacity];
    nextSibling = new int[capacity];
    depth = new short[capacity];
    directory = new boolean[capacity];
    implied = new boolean[capacity];
    reference = new long[capacity];
    hash = new long[capacity];
    bytes = new long[capacity];
    compressed = new long[capacity];
    slots = new int[Integer.highestOneBit(capacity) * 4];
  }

  static EntryIndex of(ArchiveEntries entries) throws IOException {
    EntryIndex index = new EntryIndex(entries);
    index.add("", NONE, 0, 0, true);
    entries.forEach(index::enter);
    index.sumUp();
    return index;
  }

  private static long hash(String path) {
    return HASH.hashString(path, StandardCharsets.ISO_8859_1).asLong();
  }

  /// @param path Latin-1 of its bytes, without slashes at the ends; empty for the root
  int find(String path) {
    return find(hash(path));
  }

  private int find(long wanted) {
    int slot = (int) wanted & slots.length - 1;
    while (slots[slot] != 0) {
      int node = slots[slot] - 1;
      if (hash[node] == wanted) {
        return node;
      }
      slot = slot + 1 & slots.length - 1;
    }
    return NONE;
  }

  private void enter(Entry entry) throws IOException {
    String path = entry.path();
    int above = ROOT;
    int level = 1;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      above = directory(path.substring(0, slash), above, level, entry);
      level++;
    }
    boolean isDirectory = entry.type() == Type.DIRECTORY;
    int node = find(path);
    if (node == NONE) {
      node = add(path, above, level, entry.reference(), isDirectory);
    } else if (directory[node] != isDirectory) {
      return; // what has entries below it is a directory
    }
    reference[node] = entry.reference();
    implied[node] = false;
    if (!isDirectory) {
      bytes[node] = entry.size();
      compressed[node] = entry.compressedBytes();
    }
  }

  private int directory(String path, int above, int level, Entry entry) throws IOException {
    int node = find(path);
    if (node == NONE) {
      node = add(path, above, level, entry.reference(), true);
      implied[node] = true;
    } else if (!directory[node]) {
      directory[node] = true; // a file and a directory of one name: the directory leads further
      implied[node] = true;
      reference[node] = entry.reference();
      bytes[node] = 0;
      compressed[node] = 0;
    }
    return node;
  }

  private int add(String path, int above, int level, long entryReference, boolean isDirectory)
      throws IOException {
    if (count == MOST_NODES) {
      throw new ArchiveLimitException(
          "archives with more than %d entries cannot be browsed".formatted(MOST_NODES));
    }
    if (count == parent.length) {
      grow();
    }
    int node = count++;
    parent[node] = above;
    depth[node] = (short) level;
    directory[node] = isDirectory;
    reference[node] = entryReference;
    hash[node] = hash(path);
    firstChild[node] = NONE;
    nextSibling[node] = NONE;
    if (above != NONE) { // in front for now; turned around at the end
      nextSibling[node] = firstChild[above];
      firstChild[above] = node;
    }
    put(node);
    return node;
  }

  private void put(int node) {
    int slot = (int) hash[node] & slots.length - 1;
    while (slots[slot] != 0) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = node + 1;
  }

  private void grow() {
    int capacity = Math.min(MOST_NODES, parent.length / 2 * 3);
    parent = Arrays.copyOf(parent, capacity);
    firstChild = Arrays.copyOf(firstChild, capacity);
    nextSibling = Arrays.copyOf(nextSibling, capacity);
    depth = Arrays.copyOf(depth, capacity);
    directory = Arrays.copyOf(directory, capacity);
    implied = Arrays.copyOf(implied, capacity);
    reference = Arrays.copyOf(reference, capacity);
    hash = Arrays.copyOf(hash, capacity);
    bytes = Arrays.copyOf(bytes, capacity);
    compressed = Arrays.copyOf(compressed, capacity);
    slots = new int[Integer.highestOneBit(capacity) * 4];
    for (int node = 0; node < count; node++) {
      put(node);
    }
  }

  /// Directories get what is below them; children get the order of the archive. A parent always has
  /// a smaller number than its children.
  private void sumUp() {
    for (int node = count - 1; node > ROOT; node--) {
      bytes[parent[node]] = sum(bytes[parent[node]], bytes[node]);
      compressed[parent[node]] = sum(compressed[parent[node]], compressed[node]);
    }
    for (int node = 0; node < count; node++) {
      int reversed = NONE;
      for (int child = firstChild[node]; child != NONE; ) {
        int next = nextSibling[child];
        nextSibling[child] = reversed;
        reversed = child;
        child = next;
      }
      firstChild[node] = reversed;
    }
  }

  private static long sum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  int nodes() {
    return count;
  }

  int firstChild(int node) {
    return firstChild[node];
  }

  int nextSibling(int node) {
    return nextSibling[node];
  }

  boolean isDirectory(int node) {
    return directory[node];
  }

  /// Whether the archive has no entry of its own for the directory.
  boolean isImplied(int node) {
    return node == ROOT || implied[node];
  }

  long reference(int node) {
    return reference[node];
  }

  /// Of a directory all that is below it.
  long bytes(int node) {
    return bytes[node];
  }

  long compressedBytes(int node) {
    return compressed[node];
  }

  /// The last name of a node as Latin-1, read from the archive.
  String name(int node) throws IOException {
    String[] names = entries.entry(reference[node]).path().split("/");
    return names[depth[node] - 1];
  }
}
