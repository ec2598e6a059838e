package dev.wings.fs.quota;

import dev.wings.fs.tree.InodeSet;
import java.util.HashMap;
import java.util.Map;

/// Files with several names and the directory in which their blocks count, which is the one where a
/// scan met them first (`filesystem.md` 6.1). Bounded: of a tree with more than [#MAX] such files
/// only a full scan can tell the truth. For one thread at a time.
final class LinkTable {
  static final int MAX = 20_000;

  private final Map<Inode, Link> links = new HashMap<>();
  private final InodeSet beyond = new InodeSet();
  private boolean complete = true;

  private record Inode(long device, long number) {}

  private static final class Link {
    DirectoryNode node;
    long physical;
    boolean confirmed = true;

    Link(DirectoryNode node, long physical) {
      this.node = node;
      this.physical = physical;
    }
  }

  /// A name of a file with several was met in `node`; its blocks are added where they belong.
  void met(DirectoryNode node, long device, long number, long physical) {
    Inode inode = new Inode(device, number);
    Link link = links.get(inode);
    if (link == null) {
      if (links.size() < MAX) {
        links.put(inode, new Link(node, physical));
        node.ownPhysical += physical;
      } else {
        complete = false;
        node.ownPhysical += beyond.add(device, number) ? physical : 0;
      }
    } else if (!link.confirmed) { // its directory was measured anew and may have lost the name
      link.node = node;
      link.physical = physical;
      link.confirmed = true;
      node.ownPhysical += physical;
    }
  }
}
