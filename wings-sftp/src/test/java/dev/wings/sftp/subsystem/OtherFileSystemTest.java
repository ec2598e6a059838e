package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.sftp.files.PlainTree;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The inside of an archive as a tree: a file system of another kind, without owners, modes or
/// links.
class OtherFileSystemTest {
  @TempDir Path directory;
  private FileSystem archive;
  private Path root;
  private TestClient client;

  @BeforeEach
  void connect() throws IOException {
    URI uri = URI.create("jar:" + directory.resolve("files.zip").toUri());
    archive = FileSystems.newFileSystem(uri, Map.of("create", "true"));
    root = archive.getPath("/top");
    Files.createDirectory(root);
    client = new TestClient();
    client.begin(new PlainTree(root, client));
  }

  @AfterEach
  void close() throws IOException {
    archive.close();
  }

  @Test
  void servesFilesOfAnArchive() throws IOException {
    assertThat(client.ask(client.request(Packet.MKDIR).string("/dir").mode(0700)).status())
        .isEqualTo(Status.OK);
    byte[] handle = client.open("/dir/file", 2 | 8 | 16).handle();
    assertThat(client.write(handle, 0, "contents".getBytes(UTF_8)).status()).isEqualTo(Status.OK);
    client.close(handle);
    assertThat(Files.readString(root.resolve("dir/file"))).isEqualTo("contents");

    handle = client.open("/dir/file", 1).handle();
    assertThat(client.read(handle, 3, 100).data()).asString(UTF_8).isEqualTo("tents");
    client.close(handle);
    assertThat(client.ask(Packet.STAT, "/dir/file").attributes().mode()).isEqualTo(0100644);
    assertThat(client.ask(Packet.STAT, "/dir").attributes().mode()).isEqualTo(0040755);
    assertThat(client.ask(Packet.REALPATH, "/dir/./file").name()).isEqualTo("/dir/file");
    assertThat(client.ask(client.request(Packet.SETSTAT).string("/dir/file").mode(0)).status())
        .isEqualTo(Status.OK);

    handle = client.openDirectory("/dir").handle();
    assertThat(client.ask(client.request(Packet.READDIR).string(handle)).names())
        .extracting(Answer.Name::name)
        .containsExactly("file");
    assertThat(client.ask(Packet.RENAME, "/dir/file", "/moved").status()).isEqualTo(Status.OK);
    Packet replacing = client.extension("posix-rename@openssh.com").string("/moved").string("/x");
    assertThat(client.ask(replacing).status()).isEqualTo(Status.OK);
    assertThat(client.ask(Packet.REMOVE, "/x").status()).isEqualTo(Status.OK);
    assertThat(client.ask(Packet.RMDIR, "/dir").status()).isEqualTo(Status.OK);
    assertThat(Files.exists(root.resolve("dir"))).isFalse();
  }

  @Test
  void refusesWhatTheFileSystemCannotDo() {
    byte[] handle = client.open("/file", 2 | 8).handle();
    client.close(handle);

    assertThat(client.ask(Packet.SYMLINK, "/file", "/link").status()).isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.READLINK, "/file").status())
        .isIn(Status.FAILURE, Status.NO_SUCH_FILE);
    assertThat(
            client
                .ask(client.extension("hardlink@openssh.com").string("/file").string("/x"))
                .status())
        .isEqualTo(Status.FAILURE);
  }
}
