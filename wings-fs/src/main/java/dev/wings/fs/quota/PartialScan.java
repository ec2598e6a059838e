package dev.wings.fs.quota;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.quota.ModifiedPaths.Modified;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/// Measures single directories of a tree again. Subdirectories that have a node are left alone,
/// others are walked. For one thread.
final class PartialScan {
  private final UsageTree tree;
  private final LinkTable links;
  private final BiConsumer<Descriptor, DirectoryNode> entering;
  private final BooleanSupplier cancelled;
  private boolean gone;

  PartialScan(
      UsageTree tree,
      LinkTable links,
      BiConsumer<Descriptor, DirectoryNode> entering,
      BooleanSupplier cancelled) {
    this.tree = tree;
    this.links = links;
    this.entering = entering;
    this.cancelled = cancelled;
  }

  /// @param root the volume's directory
  /// @param modified parents before what is below them
  void run(Descriptor root, List<Modified> modified) throws IOException {
    Map<DirectoryNode, Boolean> targets = new HashMap<>();
    for (Modified one : modified) {
      List<DirectoryNode> chain = tree.chain(one.path());
      boolean known = chain.size() == TreePaths.names(one.path()).size() + 1;
      // what has no node is found by measuring what is above
      targets.merge(chain.getLast(), known && one.whole(), Boolean::logicalOr);
    }
    links.measuring(targets.keySet());
    for (Modified one : modified) {
      measureNearest(root, tree.chain(one.path()), targets);
    }
    links.measured(tree);
  }

  /// Whether a directory has left the tree.
  boolean gone() {
    return gone;
  }

  /// Opens the directory, or the nearest one above that exists, and measures it unless that was
  /// done.
  private void measureNearest(
      Descriptor root, List<DirectoryNode> chain, Map<DirectoryNode, Boolean> targets)
      throws IOException {
    DirectoryNode node = chain.getFirst();
    Descriptor directory = TreeWalk.openDirectory(root, new byte[] {'.'});
    try {
      for (DirectoryNode next : chain.subList(1, chain.size())) {
        Descriptor child;
        try {
          child = TreeWalk.openDirectory(directory, next.name);
        } catch (LinuxException notThere) {
          targets.putIfAbsent(node, false);
          break;
        }
        directory.close();
        directory = child;
        node = next;
      }
      Boolean whole = targets.get(node);
      if (whole == null) {
        return; // measured before, as part of what is above
      }
      targets.remove(node);
      measure(directory, node, whole);
    } finally {
      directory.close();
    }
  }

  private void measure(Descriptor directory, DirectoryNode node, boolean whole) throws IOException {
    DirectoryNode measured = new DirectoryNode(node.name, null);
    TreeBuilder builder =
        new TreeBuilder(measured, node, node.depth(), tree.room(), links, entering);
    entering.accept(directory, node);
    builder.add(Linux.statx(directory));
    Shallow visitor = new Shallow(node, builder, whole || node.folded);
    TreeWalk.walk(directory, visitor, /* threads= */ 1, cancelled);
    measured.close();
    gone |= tree.apply(node, measured, visitor.kept, builder.nodes());
  }

  /// Leaves known subdirectories out.
  private final class Shallow implements TreeVisitor {
    private final DirectoryNode node;
    private final TreeBuilder builder;
    private final boolean whole;
    private final Set<DirectoryNode> kept = new HashSet<>();

    Shallow(DirectoryNode node, TreeBuilder builder, boolean whole) {
      this.node = node;
      this.builder = builder;
      this.whole = whole;
    }

    @Override
    public boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type)
        throws IOException {
      if (!whole && parent == TreePath.ROOT && type == EntryType.DIRECTORY) {
        DirectoryNode child = tree.child(node, name);
        if (child != null) {
          kept.add(child);
          return false;
        }
      }
      return builder.visit(directory, name, type);
    }

    @Override
    public boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException {
      return builder.visit(directory, name, type);
    }

    @Override
    public void enter(Descriptor directory, byte[] name, FileStatus status) {
      builder.enter(directory, name, status);
    }

    @Override
    public void exit(byte[] name) {
      builder.exit(name);
    }

    @Override
    public void failed(byte[] name, IOException failure) {
      builder.failed(name, failure);
    }
  }
}
