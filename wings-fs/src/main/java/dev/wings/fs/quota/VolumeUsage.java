package dev.wings.fs.quota;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.tree.TreeWalk;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/// What one volume uses: its account, its tree of sizes, and the scans that correct both.
public final class VolumeUsage {
  private final SpaceAccount account = new SpaceAccount();
  private final UsageTree tree = new UsageTree();

  public SpaceAccount account() {
    return account;
  }

  public UsageTree tree() {
    return tree;
  }

  /// Measures everything below `root`. The result is swapped in at the end; a scan that fails
  /// leaves the old values.
  ///
  /// @param root the volume's directory, open for reading
  /// @param cancelled asked before each entry
  /// @throws dev.wings.fs.tree.WalkCancelledException when `cancelled` said so
  public void scan(Descriptor root, BooleanSupplier cancelled) throws IOException {
    long before = account.used();
    DirectoryNode top = new DirectoryNode(new byte[0], null);
    TreeBuilder builder = new TreeBuilder(top, 0, UsageTree.MAX_NODES - 1, new LinkTable());
    builder.add(Linux.statx(root));
    TreeWalk.walk(root, builder, /* threads= */ 1, cancelled);
    top.close();
    tree.replace(top, builder.nodes() + 1);
    account.correct(before, top.totalPhysical);
  }

  /// The volume is empty now.
  public void reset() {
    tree.clear();
    account.reset();
  }
}
