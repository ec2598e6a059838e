package dev.wings.fs.quota;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A directory of a [UsageTree]. Guarded by the tree once it is part of one; before that it belongs
/// to the scan that makes it.
final class DirectoryNode {
  private static final DirectoryNode[] NONE = {};

  byte[] name;
  @Nullable DirectoryNode parent;

  /// The files directly inside and the directory's own inode; with everything below when [#folded].
  long ownLogical;

  long ownPhysical;

  /// The whole subtree, valid from [#close] on.
  long totalLogical;

  long totalPhysical;

  /// Subdirectories have no nodes of their own but count here.
  boolean folded;

  /// Counts in the parent, which has been folded.
  private boolean gone;

  private DirectoryNode[] children = NONE;
  private int count;

  DirectoryNode(byte[] name, @Nullable DirectoryNode parent) {
    this.name = name;
    this.parent = parent;
  }

  int childCount() {
    return count;
  }

  List<DirectoryNode> children() {
    return Arrays.asList(Arrays.copyOf(children, count));
  }

  /// Adds at the end; [#close] brings the children into order.
  void append(DirectoryNode child) {
    if (count == children.length) {
      children = Arrays.copyOf(children, Math.max(4, count + (count >> 1)));
    }
    children[count++] = child;
    child.parent = this;
  }

  /// Adds in order. Totals are not touched.
  void insert(DirectoryNode child) {
    int at = -1 - search(child.name);
    if (at < 0) {
      throw new IllegalStateException("child: exists (expected: a new name)");
    }
    append(child);
    System.arraycopy(children, at, children, at + 1, count - 1 - at);
    children[at] = child;
  }

  /// Takes a child out. Totals are not touched.
  void remove(DirectoryNode child) {
    int at = search(child.name);
    if (at >= 0 && children[at] == child) {
      System.arraycopy(children, at + 1, children, at, count - at - 1);
      children = Arrays.copyOf(children, --count);
    }
    child.parent = null;
  }

  @Nullable DirectoryNode child(byte[] childName) {
    int at = search(childName);
    return at >= 0 ? children[at] : null;
  }

  private int search(byte[] childName) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Arrays.compareUnsigned(children[middle].name, childName);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1 - low;
  }

  /// Everything below is known: sorts the children, frees what is not needed and sums up.
  void close() {
    children = count == 0 ? NONE : Arrays.copyOf(children, count);
    Arrays.sort(children, (a, b) -> Arrays.compareUnsigned(a.name, b.name));
    totalLogical = ownLogical;
    totalPhysical = ownPhysical;
    for (DirectoryNode child : children) {
      totalLogical += child.totalLogical;
      totalPhysical += child.totalPhysical;
    }
  }

  /// Moves the sums of everything below into this node, also of nodes that are not closed yet.
  ///
  /// @return number of nodes that went
  int fold() {
    int removed = 0;
    Deque<DirectoryNode> open = new ArrayDeque<>(children());
    while (!open.isEmpty()) {
      DirectoryNode node = open.pop();
      open.addAll(node.children());
      ownLogical += node.ownLogical;
      ownPhysical += node.ownPhysical;
      node.gone = true;
      removed++;
    }
    children = NONE;
    count = 0;
    folded = true;
    return removed;
  }

  /// The node where this one counts now.
  DirectoryNode counting() {
    DirectoryNode node = this;
    while (node.gone && node.parent != null) {
      node = node.parent;
    }
    return node;
  }

  /// Number of nodes of this subtree.
  int size() {
    int size = 0;
    Deque<DirectoryNode> open = new ArrayDeque<>(List.of(this));
    while (!open.isEmpty()) {
      DirectoryNode node = open.pop();
      open.addAll(node.children());
      size++;
    }
    return size;
  }

  int depth() {
    int depth = 0;
    for (DirectoryNode node = parent; node != null; node = node.parent) {
      depth++;
    }
    return depth;
  }

  /// The names from the root on, joined by slashes; empty for the root.
  byte[] path() {
    List<byte[]> names = new ArrayList<>();
    for (DirectoryNode node = this; node.parent != null; node = node.parent) {
      names.add(node.name);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : names.reversed()) {
      if (out.size() > 0) {
        out.write('/');
      }
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
