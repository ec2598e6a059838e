package dev.wings.sftp.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlainTreeTest {
  @TempDir Path directory;
  private Path root;
  private PlainTree tree;

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectories(directory.resolve("root"));
    Files.createDirectories(root.resolve("dir/deep"));
    Files.writeString(root.resolve("dir/file"), "text");
    Files.writeString(directory.resolve("outside"), "secret");
    tree = new PlainTree(root, Runnable::run);
  }

  @Test
  void hidesWhatLeadsOut() throws IOException {
    Files.createSymbolicLink(root.resolve("up"), Path.of(".."));
    Files.createSymbolicLink(root.resolve("out"), Path.of("../outside"));
    Files.createSymbolicLink(root.resolve("out-new"), Path.of("../not-yet"));
    Files.createSymbolicLink(root.resolve("in"), Path.of("dir"));
    Files.createSymbolicLink(root.resolve("in-new"), Path.of("dir/not-yet"));

    for (String name : new String[] {"up", "up/outside", "up/x", "out", "out-new", "in/../../x"}) {
      assertThat(tree.hidden(root.resolve(name).normalize())).as(name).isTrue();
    }
    for (String name : new String[] {"in", "in/file", "in/none", "in-new", "none/x", "dir"}) {
      assertThat(tree.hidden(root.resolve(name))).as(name).isFalse();
    }
    assertThat(tree.hidden(root)).isFalse();
  }

  @Test
  void removesATreeButNotWhatItsLinksLeadTo() throws IOException {
    Files.createSymbolicLink(root.resolve("dir/deep/out"), directory);

    tree.deleteTree(root.resolve("dir"));

    assertThat(root.resolve("dir")).doesNotExist();
    assertThat(directory.resolve("outside")).hasContent("secret");
  }

  @Test
  void turnsNamesIntoBytesAndBack() {
    byte[] name = "größe/日本".getBytes(UTF_8);

    assertThat(tree.bytes(tree.path(name))).isEqualTo(name);
    assertThatThrownBy(() -> tree.path(new byte[] {'a', (byte) 0xFF}))
        .isInstanceOf(InvalidPathException.class);
  }

  @Test
  void knowsTheSpaceOfItsFileSystem() throws IOException {
    assertThat(tree.space().totalBytes()).isPositive();
    assertThat(tree.space().freeBytes()).isBetween(1L, tree.space().totalBytes());
  }

  @Test
  void needsADirectoryThatIsThere() {
    assertThatThrownBy(() -> new PlainTree(root.resolve("none"), Runnable::run))
        .isInstanceOf(IOException.class);
  }
}
