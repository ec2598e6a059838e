package dev.wings.fs.quota;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.tree.TreeVisitor;
import java.io.IOException;
import java.util.function.BiConsumer;

/// Makes the nodes of a subtree from one walk over it, and keeps their number within bounds by
/// folding (see [UsageTree]). For a walk on one thread.
final class TreeBuilder implements TreeVisitor {
  private final LinkTable links;
  private final int maxNodes;
  private final DirectoryNode place;
  private final BiConsumer<Descriptor, DirectoryNode> entering;

  private final DirectoryNode top;
  private DirectoryNode current;
  private int depth;

  /// Levels below [#current] that the walk is in and that have no nodes.
  private int folded;

  private int maxDepth;
  private int nodes;
  private long entries;
  private long skipped;

  /// @param top gets the nodes; has none yet
  /// @param topDepth its depth in the whole tree
  /// @param maxNodes nodes below the top
  /// @param place node in the tree that the top stands for
  /// @param entering told each directory that gets a node, or the node that it counts in, before
  ///   its entries are read
  TreeBuilder(
      DirectoryNode top,
      DirectoryNode place,
      int topDepth,
      int maxNodes,
      LinkTable links,
      BiConsumer<Descriptor, DirectoryNode> entering) {
    this.top = top;
    this.place = place;
    this.entering = entering;
    this.current = top;
    this.maxNodes = maxNodes;
    this.links = links;
    maxDepth = Math.max(0, UsageTree.MAX_DEPTH - topDepth);
  }

  @Override
  public boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException {
    entries++;
    if (type != EntryType.DIRECTORY) {
      add(Linux.statx(directory, name));
    }
    return true;
  }

  /// Counts one inode in the directory that the walk is in.
  void add(FileStatus status) {
    current.ownLogical += status.size();
    if (status.links() > 1 && !status.isDirectory()) {
      current.ownPhysical +=
          links.met(counting(), status.device(), status.inode(), status.allocatedBytes());
    } else {
      current.ownPhysical += status.allocatedBytes();
    }
  }

  private DirectoryNode counting() {
    return current == top ? place : current;
  }

  @Override
  public void enter(Descriptor directory, byte[] name, FileStatus status) {
    if (current.childCount() == UsageTree.MAX_CHILDREN) {
      nodes -= current.fold();
    }
    if (folded > 0 || depth == maxDepth || current.folded) {
      current.folded = true;
      folded++;
    } else {
      DirectoryNode child = new DirectoryNode(name, null);
      current.append(child);
      current = child;
      depth++;
      nodes++;
    }
    entering.accept(directory, counting());
    add(status);
    if (nodes > maxNodes) {
      lower();
    }
  }

  /// Gives up the deepest levels, until a quarter of the room is free again.
  private void lower() {
    int[] perLevel = new int[maxDepth + 1];
    count(top, 0, perLevel);
    int kept = 0;
    int level = 0;
    while (level < maxDepth && kept + perLevel[level + 1] <= maxNodes - maxNodes / 4) {
      kept += perLevel[++level];
    }
    maxDepth = level;
    while (depth > maxDepth && current.parent != null) {
      current = current.parent;
      depth--;
      folded++;
    }
    foldBelow(top, maxDepth);
    nodes = top.size() - 1;
  }

  private static void count(DirectoryNode node, int level, int[] perLevel) {
    for (DirectoryNode child : node.children()) {
      perLevel[level + 1]++;
      count(child, level + 1, perLevel);
    }
  }

  private static void foldBelow(DirectoryNode node, int levels) {
    if (levels > 0) {
      node.children().forEach(child -> foldBelow(child, levels - 1));
    } else if (node.childCount() > 0) {
      node.fold();
    }
  }

  @Override
  public void exit(byte[] name) {
    if (folded > 0) {
      folded--;
      return;
    }
    current.close();
    if (current.parent != null) {
      current = current.parent;
      depth--;
    }
  }

  @Override
  public void failed(byte[] name, IOException failure) {
    skipped++; // vanished, or another mount
  }

  int nodes() {
    return nodes;
  }

  long entries() {
    return entries;
  }

  long skipped() {
    return skipped;
  }
}
