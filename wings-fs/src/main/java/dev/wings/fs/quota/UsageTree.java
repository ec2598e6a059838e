package dev.wings.fs.quota;

import dev.wings.fs.sandbox.NameCodec;
import java.util.AbstractCollection;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
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
