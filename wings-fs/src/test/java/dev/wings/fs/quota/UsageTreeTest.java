package dev.wings.fs.quota;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.core.volume.Scan;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.quota.UsageTree.Node;
import dev.wings.fs.quota.UsageTree.Sizes;
import dev.wings.fs.tree.TreeUsage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The tree of sizes as full scans make it.
class UsageTreeTest {
  @TempDir private Path volume;
  private final VolumeUsage usage = new VolumeUsage(NodeUsage.NONE);

  private UsageTree scan() throws IOException {
    try (Descriptor root = Linux.open(volume.toString(), Linux.O_RDONLY)) {
      usage.scan(root, Scan.FULL, () -> false);
    }
    return usage.tree();
  }

  private long inode(String directory) throws IOException {
    try (Descriptor opened = Linux.open(volume.resolve(directory).toString(), Linux.O_RDONLY)) {
      return Linux.statx(opened).size();
    }
  }

  private static Node node(UsageTree tree, String path) {
    return tree.node(path).orElseThrow();
  }

  @Test
  void nothingIsKnownBeforeTheFirstScan() {
    assertThat(usage.tree().sizes("a")).isEqualTo(Sizes.NONE);
    assertThat(usage.tree().node("a")).isEmpty();
    assertThat(node(usage.tree(), "").children()).isEmpty();
  }

  @Test
  void eachDirectoryHoldsItsFilesAndItsOwnInode() throws IOException {
    Files.createDirectories(volume.resolve("b/deep"));
    Files.createDirectories(volume.resolve("a"));
    Files.write(volume.resolve("b/deep/file"), new byte[10_000]);
    Files.write(volume.resolve("b/file"), new byte[1]);
    Files.createSymbolicLink(volume.resolve("b/link"), Path.of("../a"));

    UsageTree tree = scan();

    assertThat(node(tree, "").children()).extracting(Node::name).containsExactly("a", "b");
    assertThat(node(tree, "/b/deep/").total().logical()).isEqualTo(10_000 + inode("b/deep"));
    assertThat(node(tree, "b").own().logical()).isEqualTo(1 + 4 + inode("b"));
    assertThat(tree.sizes("b").logical())
        .isEqualTo(node(tree, "b").own().logical() + tree.sizes("b/deep").logical());
    assertThat(tree.sizes("b/file")).isEqualTo(Sizes.NONE);
    assertThat(tree.sizes("b/link")).as("links are not followed").isEqualTo(Sizes.NONE);
  }

  @Test
  @Proves("QU-05")
  void totalsAreThoseOfAWalkWithLinksOnceAndHolesNotAtAll() throws IOException {
    Files.createDirectories(volume.resolve("a/b"));
    Path file = Files.write(volume.resolve("a/file"), new byte[100_000]);
    Files.createLink(volume.resolve("a/b/second"), file);
    Files.createLink(volume.resolve("third"), file);
    try (RandomAccessFile sparse =
        new RandomAccessFile(volume.resolve("sparse").toString(), "rw")) {
      sparse.setLength(1L << 40);
    }

    UsageTree tree = scan();

    TreeUsage walked;
    try (Descriptor root = Linux.open(volume.toString(), Linux.O_RDONLY)) {
      walked = TreeUsage.measure(root, 1, () -> false);
    }
    assertThat(tree.sizes("")).isEqualTo(new Sizes(walked.logicalBytes(), walked.physicalBytes()));
    assertThat(tree.sizes("").physical()).isLessThan(200_000);
    assertThat(usage.account().used()).isEqualTo(walked.physicalBytes());
  }

  @Test
  void namesThatAreNoUtf8AreFound() throws IOException {
    Path odd = volume.resolve("plain");
    Files.createDirectory(odd);
    try (Descriptor root = Linux.open(volume.toString(), Linux.O_RDONLY)) {
      Linux.renameat(root, "plain".getBytes(), root, new byte[] {'x', (byte) 0xff});
    }

    UsageTree tree = scan();

    String name = node(tree, "").children().iterator().next().name();
    assertThat(tree.sizes(name).logical()).isPositive();
  }

  @Test
  @Proves("QU-06")
  void deepLevelsAreFoldedIntoThoseAbove() throws IOException {
    Path deep = volume;
    for (int level = 0; level < UsageTree.MAX_DEPTH + 40; level++) {
      deep = Files.createDirectory(deep.resolve("d"));
    }
    Files.write(deep.resolve("file"), new byte[1_000_000]);

    UsageTree tree = scan();

    assertThat(tree.nodes()).isEqualTo(UsageTree.MAX_DEPTH + 1);
    String deepest = String.join("/", java.util.Collections.nCopies(UsageTree.MAX_DEPTH, "d"));
    assertThat(node(tree, deepest).own().logical()).isGreaterThan(1_000_000);
    assertThat(tree.sizes("").logical()).isGreaterThan(1_000_000);
  }

  @Test
  @Proves("QU-06")
  void tooManyDirectoriesAreFoldedFromBelowAndSumsStayExact() throws IOException {
    for (int i = 0; i < 30; i++) {
      for (int j = 0; j < 10; j++) {
        Path leaf = Files.createDirectories(volume.resolve("a" + i + "/b" + j + "/c/d"));
        Files.write(leaf.resolve("file"), new byte[5_000]);
      }
    }
    UsageTree exact = scan();

    DirectoryNode top = new DirectoryNode(new byte[0], null);
    TreeBuilder builder =
        new TreeBuilder(top, top, 0, /* maxNodes= */ 400, new LinkTable(), (_, _) -> {});
    try (Descriptor root = Linux.open(volume.toString(), Linux.O_RDONLY)) {
      builder.add(Linux.statx(root));
      dev.wings.fs.tree.TreeWalk.walk(root, builder, 1, () -> false);
    }
    top.close();

    assertThat(top.size() - 1).isEqualTo(builder.nodes()).isLessThanOrEqualTo(400);
    List<DirectoryNode> first = top.children();
    assertThat(first).hasSize(30);
    for (DirectoryNode child : first) {
      assertThat(new Sizes(child.totalLogical, child.totalPhysical))
          .isEqualTo(exact.sizes(new String(child.name)));
    }
    assertThat(new Sizes(top.totalLogical, top.totalPhysical)).isEqualTo(exact.sizes(""));
  }

  @Test
  @Proves("QU-06")
  void directoryWithTooManySubdirectoriesHasNoNodesForThem() throws IOException {
    Path wide = Files.createDirectory(volume.resolve("wide"));
    for (int i = 0; i <= UsageTree.MAX_CHILDREN; i++) {
      Files.createDirectory(wide.resolve("d" + i));
    }

    UsageTree tree = scan();

    assertThat(tree.nodes()).isEqualTo(2);
    assertThat(node(tree, "wide").children()).isEmpty();
    assertThat(tree.sizes("wide").logical())
        .isEqualTo(inode("wide") + (UsageTree.MAX_CHILDREN + 1) * inode("wide/d0"));
  }

  /// A directory that gets another's name while its parent is read is met under both.
  @Test
  void whatAScanFoundTakesThePlaceOfADirectoryThatGotItsName() {
    UsageTree tree = new UsageTree();
    tree.created("old".getBytes(UTF_8), 10, 10);
    DirectoryNode root = tree.chain(new byte[0]).getFirst();
    DirectoryNode kept = root.children().getFirst();
    DirectoryNode measured = new DirectoryNode(new byte[0], null);
    DirectoryNode found = new DirectoryNode("new".getBytes(UTF_8), null);
    found.ownPhysical = 30;
    found.ownLogical = 30;
    found.close();
    measured.append(found);
    measured.close();
    tree.moved("old".getBytes(UTF_8), "new".getBytes(UTF_8));

    boolean gone = tree.apply(root, measured, Set.of(kept), 1);

    assertThat(gone).isTrue();
    assertThat(tree.sizes("new")).isEqualTo(new Sizes(30, 30));
    assertThat(tree.sizes("")).isEqualTo(new Sizes(30, 30));
    assertThat(tree.nodes()).isEqualTo(2);
  }
}
