package dev.wings.fs.quota;

import dev.wings.fs.sandbox.NameCodec;
import java.io.ByteArrayOutputStream;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The sizes of the directories of a volume as the last scan found them, kept up with what the
/// daemon itself changes (`filesystem.md` 6.1, 6.3). A directory's own inode counts in its own
/// node, a file in its parent's; an inode with several names counts its blocks once.
///
/// The memory is bounded: a tree has at most [#MAX_NODES] nodes of about a hundred bytes. What
/// would be more is folded: the deepest levels count in the directories above, and a directory with
/// more than [#MAX_CHILDREN] subdirectories has no nodes for them. Levels below [#MAX_DEPTH] have
/// none either. Sums are exact all the same; only the sizes of folded directories are not known.
///
/// Safe for any thread. Answers come from memory at once; between two answers the tree may have
/// changed.
public final class UsageTree {
  static final int MAX_NODES = 1 << 16;
  static final int MAX_CHILDREN = 1 << 14;
  static final int MAX_DEPTH = 64;

  /// @param logical bytes as `st_size` counts them
  /// @param physical allocated bytes
  public record Sizes(long logical, long physical) {
    /// Of what is not known.
    public static final Sizes NONE = new Sizes(0, 0);
  }

  /// A directory.
  public interface Node {
    /// Last part of the path, as the names of a sandbox's paths; empty for the root.
    String name();

    /// The whole subtree.
    Sizes total();

    /// The files directly inside and the directory's own inode; also everything below when its
    /// subdirectories are folded.
    Sizes own();

    /// Subdirectories in the order of their names' bytes.
    Collection<Node> children();
  }

  private DirectoryNode root = new DirectoryNode(new byte[0], null);
  private int nodes = 1;

  /// Sizes of the subtree at a path.
  ///
  /// @param relativePath from the volume's root, `/` between names, with or without one at the
  ///   front; empty for the root
  /// @return zeros for what is no directory or not known
  public synchronized Sizes sizes(String relativePath) {
    DirectoryNode found = find(NameCodec.encode(relativePath));
    return found == null ? Sizes.NONE : new Sizes(found.totalLogical, found.totalPhysical);
  }

  /// The directory at a path.
  ///
  /// @param relativePath as for [#sizes]
  public synchronized Optional<Node> node(String relativePath) {
    return Optional.ofNullable(find(NameCodec.encode(relativePath))).map(View::new);
  }

  private @Nullable DirectoryNode find(byte[] path) {
    DirectoryNode node = root;
    for (byte[] name : TreePaths.names(path)) {
      node = node.child(name);
      if (node == null) {
        return null;
      }
    }
    return node;
  }

  /// What a scan has found takes the place of everything.
  synchronized void replace(DirectoryNode newRoot, int newNodes) {
    root = newRoot;
    nodes = newNodes;
  }

  synchronized void clear() {
    replace(new DirectoryNode(new byte[0], null), 1);
  }

  synchronized int nodes() {
    return nodes;
  }

  synchronized int room() {
    return MAX_NODES - nodes;
  }

  /// A change of what is directly in a directory; counts in the nearest one that has a node.
  synchronized void changed(byte[] directory, long logical, long physical) {
    add(nearest(directory), logical, physical);
  }

  /// Sizes never fall below 0; what is above changes by the same amount.
  private static void add(DirectoryNode node, long logical, long physical) {
    long logicalChange = Math.max(-node.ownLogical, logical);
    long physicalChange = Math.max(-node.ownPhysical, physical);
    node.ownLogical += logicalChange;
    node.ownPhysical += physicalChange;
    addToTotals(node, logicalChange, physicalChange);
  }

  private static void addToTotals(DirectoryNode lowest, long logical, long physical) {
    for (DirectoryNode node = lowest; node != null; node = node.parent) {
      node.totalLogical += logical;
      node.totalPhysical += physical;
    }
  }

  synchronized void created(byte[] directory, long logical, long physical) {
    Place place = place(directory);
    if (place.node != null || !place.free) {
      add(nearest(directory), logical, physical);
      return;
    }
    DirectoryNode child = new DirectoryNode(place.name, null);
    place.parent.insert(child);
    nodes++;
    add(child, logical, physical);
  }

  synchronized void removed(byte[] directory) {
    DirectoryNode node = find(directory);
    if (node != null && node.parent != null) {
      detach(node);
    }
  }

  private void detach(DirectoryNode node) {
    DirectoryNode parent = node.parent;
    if (parent != null) {
      addToTotals(parent, -node.totalLogical, -node.totalPhysical);
      parent.remove(node);
      nodes -= node.size();
    }
  }

  synchronized void moved(byte[] from, byte[] to) {
    DirectoryNode node = find(from);
    if (node == null || node.parent == null) {
      return; // counts in a folded directory, the next scan finds it
    }
    detach(node);
    Place place = place(to);
    if (place.node != null) {
      detach(place.node);
      place = place(to);
    }
    if (!place.free) {
      add(nearest(to), node.totalLogical, node.totalPhysical);
      return;
    }
    node.name = place.name;
    place.parent.insert(node);
    nodes += node.size();
    addToTotals(place.parent, node.totalLogical, node.totalPhysical);
  }

  /// A place for a node.
  ///
  /// @param node what is there
  /// @param free whether a node may be added
  private record Place(
      DirectoryNode parent, byte[] name, @Nullable DirectoryNode node, boolean free) {}

  private Place place(byte[] path) {
    List<byte[]> names = TreePaths.names(path);
    DirectoryNode parent = root;
    for (int i = 0; i < names.size() - 1; i++) {
      DirectoryNode next = parent.child(names.get(i));
      if (next == null) {
        return new Place(parent, names.get(i), null, /* free= */ false);
      }
      parent = next;
    }
    if (names.isEmpty()) {
      return new Place(root, new byte[0], root, /* free= */ false);
    }
    byte[] name = names.getLast();
    boolean free =
        !parent.folded
            && nodes < MAX_NODES
            && parent.childCount() < MAX_CHILDREN
            && names.size() <= MAX_DEPTH;
    return new Place(parent, name, parent.child(name), free);
  }

  private DirectoryNode nearest(byte[] path) {
    DirectoryNode node = root;
    for (byte[] name : TreePaths.names(path)) {
      DirectoryNode child = node.child(name);
      if (child == null) {
        return node;
      }
      node = child;
    }
    return node;
  }

  /// What a scan found directly in a directory.
  ///
  /// @param measured holds the directory's own sizes and nodes for subdirectories that were not
  ///   known, closed
  /// @param kept subdirectories that are still there and were not measured
  /// @return whether a subdirectory has gone
  synchronized boolean apply(
      DirectoryNode node, DirectoryNode measured, Set<DirectoryNode> kept, int newNodes) {
    if (!holds(node)) {
      return false;
    }
    boolean gone = false;
    for (DirectoryNode child : node.children()) {
      if (!kept.contains(child)) {
        detach(child);
        gone = true;
      }
    }
    long logical = measured.totalLogical - node.ownLogical;
    long physical = measured.totalPhysical - node.ownPhysical;
    for (DirectoryNode child : measured.children()) {
      DirectoryNode before = node.child(child.name);
      if (before != null) { // got this name, or was met twice, while the directory was read
        detach(before);
        gone = true;
      }
      node.insert(child);
    }
    nodes += newNodes;
    node.ownLogical = measured.ownLogical;
    node.ownPhysical = measured.ownPhysical;
    node.folded = measured.folded;
    addToTotals(node, logical, physical);
    return gone;
  }

  /// Whether a node is part of the tree.
  synchronized boolean holds(DirectoryNode node) {
    DirectoryNode at = node;
    while (at.parent != null) {
      at = at.parent;
    }
    return at == root;
  }

  /// Where an entry of a directory is.
  ///
  /// @param name empty for the directory itself
  synchronized byte[] path(DirectoryNode directory, byte[] name) {
    byte[] path = directory.path();
    if (name.length == 0) {
      return path;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(path.length + 1 + name.length);
    out.writeBytes(path);
    if (path.length > 0) {
      out.write('/');
    }
    out.writeBytes(name);
    return out.toByteArray();
  }

  /// The chain of nodes towards a path, as far as it is known, the root first.
  synchronized List<DirectoryNode> chain(byte[] path) {
    List<DirectoryNode> chain = new ArrayList<>();
    DirectoryNode node = root;
    chain.add(node);
    for (byte[] name : TreePaths.names(path)) {
      node = node.child(name);
      if (node == null) {
        break;
      }
      chain.add(node);
    }
    return chain;
  }

  synchronized @Nullable DirectoryNode child(DirectoryNode node, byte[] name) {
    return node.child(name);
  }

  synchronized long physical() {
    return root.totalPhysical;
  }

  /// What a caller sees of a node.
  private final class View implements Node {
    private final DirectoryNode node;

    View(DirectoryNode node) {
      this.node = node;
    }

    @Override
    public String name() {
      synchronized (UsageTree.this) {
        return NameCodec.decode(node.name);
      }
    }

    @Override
    public Sizes total() {
      synchronized (UsageTree.this) {
        return new Sizes(node.totalLogical, node.totalPhysical);
      }
    }

    @Override
    public Sizes own() {
      synchronized (UsageTree.this) {
        return new Sizes(node.ownLogical, node.ownPhysical);
      }
    }

    @Override
    public Collection<Node> children() {
      List<DirectoryNode> nodes;
      synchronized (UsageTree.this) {
        nodes = node.children();
      }
      return new AbstractCollection<>() {
        @Override
        public Iterator<Node> iterator() {
          return nodes.stream().<Node>map(View::new).iterator();
        }

        @Override
        public int size() {
          return nodes.size();
        }
      };
    }
  }
}
