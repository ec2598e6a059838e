package dev.wings.sftp.subsystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.sftp.files.FileEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Links and canonical paths.
class LinksTest {
  @TempDir Path directory;
  private Path root;
  private TestClient client;
  private FakeTree tree;

  @BeforeEach
  void connect() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    Samples.fill(root);
    Files.writeString(directory.resolve("outside"), "secret");
    Files.createSymbolicLink(root.resolve("out"), Path.of("../outside"));
    Files.createSymbolicLink(root.resolve("dir/up"), Path.of(".."));
    Files.createSymbolicLink(root.resolve("absolute"), root.resolve("file"));
    client = new TestClient();
    tree = new FakeTree(root, client);
    client.begin(tree);
  }

  private String realpath(String path) {
    return client.ask(Packet.REALPATH, path).name();
  }

  @Test
  void makesPathsCanonical() {
    assertThat(realpath(".")).isEqualTo("/");
    assertThat(realpath("")).isEqualTo("/");
    assertThat(realpath("/")).isEqualTo("/");
    assertThat(realpath("/..")).isEqualTo("/");
    assertThat(realpath("../../file")).isEqualTo("/file");
    assertThat(realpath("//dir/./inner/")).isEqualTo("/dir/inner");
    assertThat(realpath("/link")).isEqualTo("/file");
    assertThat(realpath("/absolute")).isEqualTo("/file");
    assertThat(realpath("/dir/up/dir/up")).isEqualTo("/");
    assertThat(realpath("/not/../there/at/all")).isEqualTo("/there/at/all");
  }

  @Test
  void tellsNothingOfWhatMayNotBeSeenByACanonicalPath() throws IOException {
    assertThat(realpath("/out")).isEqualTo("/out");
    tree.hidden.add(root.resolve("link"));
    assertThat(realpath("/link")).isEqualTo("/link");
    tree.hidden.clear();
    tree.accessible = false;
    assertThat(realpath("/link")).isEqualTo("/link");
    tree.accessible = true;
    assertThat(realpath("/link")).isEqualTo("/file");
    assertThat(client.ask(Packet.REALPATH, "/nul\0").status()).isEqualTo(Status.NO_SUCH_FILE);
  }

  @Test
  void answersACanonicalPathWithoutAttributes() {
    Answer.Name name = client.ask(Packet.REALPATH, "/link").names().getFirst();

    assertThat(name).isEqualTo(new Answer.Name("/file", "/file", new Attributes.Entry(0, 0, 0)));
  }

  @Test
  void readsTheWholeContentsOfALink() throws IOException {
    Files.createSymbolicLink(root.resolve("dir/deep"), Path.of("../dir/inner"));

    assertThat(client.ask(Packet.READLINK, "/dir/deep").name()).isEqualTo("../dir/inner");
    assertThat(client.ask(Packet.READLINK, "/link").name()).isEqualTo("file");
    assertThat(client.ask(Packet.READLINK, "/absolute").name()).isEqualTo("/file");
  }

  @Test
  void readsNoLinkThatLeadsNowhereOrOut() throws IOException {
    Files.createSymbolicLink(root.resolve("nowhere"), Path.of("nothing"));

    for (String name : new String[] {"/nowhere", "/out", "/file", "/dir", "/none", "/"}) {
      assertThat(client.ask(Packet.READLINK, name).status()).isEqualTo(Status.NO_SUCH_FILE);
    }
  }

  @Test
  void makesLinksInTheOrderOfOpenSshWithContentsThatCountFromTheLink() throws IOException {
    assertThat(client.ask(Packet.SYMLINK, "/file", "/dir/one").status()).isEqualTo(Status.OK);
    assertThat(client.ask(Packet.SYMLINK, "inner", "/dir/two").status()).isEqualTo(Status.OK);
    assertThat(client.ask(Packet.SYMLINK, "../file", "/dir/three").status()).isEqualTo(Status.OK);

    assertThat(Files.readSymbolicLink(root.resolve("dir/one"))).isEqualTo(Path.of("../file"));
    assertThat(Files.readSymbolicLink(root.resolve("dir/two"))).isEqualTo(Path.of("inner"));
    assertThat(root.resolve("dir/three")).hasContent("contents");
    assertThat(tree.events).hasSize(3).contains(new FileEvent.Created(root.resolve("dir/one")));
  }

  @Test
  void countsFromWhereADirectoryReallyIs() throws IOException {
    Files.createDirectories(root.resolve("a/b/c"));
    Files.createSymbolicLink(root.resolve("short"), Path.of("a/b/c"));

    assertThat(client.ask(Packet.SYMLINK, "/file", "/short/one").status()).isEqualTo(Status.OK);
    assertThat(client.ask(Packet.SYMLINK, "../../../file", "/short/two").status())
        .isEqualTo(Status.OK);

    assertThat(root.resolve("a/b/c/one")).hasContent("contents");
    assertThat(root.resolve("a/b/c/two")).hasContent("contents");
  }

  @Test
  void linksToRegularFilesOnly() {
    assertThat(client.ask(Packet.SYMLINK, "/dir", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.SYMLINK, "/none", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.SYMLINK, "/x", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.SYMLINK, "/out", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.SYMLINK, directory + "/outside", "/x").status())
        .isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.SYMLINK, "/file", "/target").status()).isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.SYMLINK, "/file", "/").status()).isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.SYMLINK, "/file", "/no/x").status())
        .isEqualTo(Status.NO_SUCH_FILE);
    tree.hidden.add(root.resolve("file"));
    assertThat(client.ask(Packet.SYMLINK, "/file", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.SYMLINK, "/target", "/file").status())
        .isEqualTo(Status.NO_SUCH_FILE);
    assertThat(tree.events).isEmpty();
  }

  private Answer hardlink(String existing, String name) {
    return client.ask(client.extension("hardlink@openssh.com").string(existing).string(name));
  }

  @Test
  void givesRegularFilesASecondName() throws IOException {
    assertThat(hardlink("/file", "/dir/second").status()).isEqualTo(Status.OK);
    assertThat(Files.isSameFile(root.resolve("file"), root.resolve("dir/second"))).isTrue();
    assertThat(tree.events).containsExactly(new FileEvent.Created(root.resolve("dir/second")));

    assertThat(hardlink("/dir", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(hardlink("/link", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(hardlink("/none", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(hardlink("/file", "/target").status()).isEqualTo(Status.FAILURE);
    tree.hidden.add(root.resolve("file"));
    assertThat(hardlink("/file", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(hardlink("/target", "/file").status()).isEqualTo(Status.NO_SUCH_FILE);
  }

  @Test
  void doesNotGoThroughLinksThatLeadOut() {
    assertThat(client.open("/out", 1).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/out", 2 | 8).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.STAT, "/out").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.RENAME, "/out", "/x").status()).isEqualTo(Status.FAILURE);
  }

  @Test
  void expandsTheHomeToTheRoot() {
    assertThat(client.ask(client.extension("expand-path@openssh.com").string("~")).name())
        .isEqualTo("/");
    assertThat(client.ask(client.extension("expand-path@openssh.com").string("~/link")).name())
        .isEqualTo("/file");
    assertThat(client.ask(client.extension("expand-path@openssh.com").string("dir/..")).name())
        .isEqualTo("/");
    assertThat(client.ask(client.extension("expand-path@openssh.com").string("~other")).name())
        .isEqualTo("/~other");
    assertThat(client.ask(client.extension("home-directory").string("somebody")).name())
        .isEqualTo("/");
  }
}
