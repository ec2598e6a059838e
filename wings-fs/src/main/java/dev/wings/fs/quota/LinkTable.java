package dev.wings.fs.quota;

import dev.wings.fs.tree.InodeSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Files with several names and the directory in which their blocks count, which is the one where a
/// scan met them first (`filesystem.md` 6.1). Bounded: of a tree with more than [#MAX] such files,
/// and after one of them has moved, only a full scan tells the truth. For one thread at a time.
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

  /// A name of a file with several was met in `node`.
  ///
  /// @return allocated bytes that count there
  long met(DirectoryNode node, long device, long number, long physical) {
    Inode inode = new Inode(device, number);
    Link link = links.get(inode);
    if (link == null) {
      if (links.size() == MAX) {
        complete = false;
        return beyond.add(device, number) ? physical : 0;
      }
      links.put(inode, new Link(node, physical));
      return physical;
    }
    if (!link.confirmed) {
      link.node = node;
      link.physical = physical;
      link.confirmed = true;
      return physical;
    }
    if (link.physical != physical) { // it counts elsewhere, with another size
      complete = false;
    }
    return 0;
  }

  /// Whether single directories can be measured without looking at all.
  boolean complete() {
    return complete;
  }

  /// Directories are about to be measured anew: the names in them may be gone.
  void measuring(Set<DirectoryNode> nodes) {
    for (Link link : links.values()) {
      link.confirmed &= !nodes.contains(link.node.counting());
    }
  }

  /// The measuring is over. A file that was not met again may have other names elsewhere.
  void measured(UsageTree tree) {
    if (links.values().removeIf(link -> !link.confirmed || !tree.holds(link.node))) {
      complete = false;
    }
  }
}
