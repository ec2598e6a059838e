package dev.wings.sftp.subsystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// OPENDIR and READDIR.
class ListingTest {
  @TempDir Path root;
  private TestClient client;
  private FakeTree tree;

  @BeforeEach
  void connect() throws IOException {
    client = new TestClient();
    tree = new FakeTree(root, client);
    client.begin(tree);
  }

  private Answer read(byte[] handle) {
    return client.ask(client.request(Packet.READDIR).string(handle));
  }

  /// Sizes of the answers until the end.
  private List<Integer> listAll(byte[] handle, Set<String> names) {
    List<Integer> sizes = new ArrayList<>();
    Answer answer = read(handle);
    for (; answer.type() == Answer.NAME; answer = read(handle)) {
      List<Answer.Name> entries = answer.names();
      sizes.add(entries.size());
      entries.forEach(entry -> assertThat(names.add(entry.name())).isTrue());
      assertThat(answer.fields().capacity()).isLessThan(256 << 10);
    }
    assertThat(answer.status()).isEqualTo(Status.EOF);
    return sizes;
  }

  private void fill(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Files.createFile(root.resolve("entry-" + i));
    }
  }

  @Test
  void listsEntriesWithAttributesAndALineForPeople() throws IOException {
    Files.writeString(root.resolve("recent"), "contents");
    Files.setPosixFilePermissions(
        root.resolve("recent"), PosixFilePermissions.fromString("rw-r--r--"));
    Files.setLastModifiedTime(
        root.resolve("recent"), FileTime.from(TestClient.NOW.minus(Duration.ofDays(17))));
    Files.createDirectory(root.resolve("old"));
    Files.setPosixFilePermissions(
        root.resolve("old"), PosixFilePermissions.fromString("rwxr-x---"));
    Files.setLastModifiedTime(
        root.resolve("old"), FileTime.from(TestClient.NOW.minus(Duration.ofDays(400))));
    Files.createSymbolicLink(root.resolve("link"), Path.of("recent"));
    Files.createSymbolicLink(root.resolve("nowhere"), Path.of("nothing"));

    byte[] handle = client.openDirectory("/").handle();
    List<Answer.Name> names = read(handle).names();

    assertThat(names)
        .extracting(Answer.Name::name)
        .containsOnly("recent", "old", "link", "nowhere");
    for (Answer.Name name : names) {
      switch (name.name()) {
        case "recent" -> {
          assertThat(name.attributes().size()).isEqualTo(8);
          assertThat(name.attributes().mode()).isEqualTo(0100644);
          assertThat(name.longName())
              .isEqualTo("-rw-r--r--    1 container container            8 Nov  8 12:00 recent");
        }
        case "old" ->
            assertThat(name.longName())
                .startsWith("drwxr-x---    1 container container ")
                .endsWith(" Oct 21  2025 old");
        case "link" -> assertThat(name.attributes().mode()).isEqualTo(0100777);
        default -> assertThat(name.longName()).startsWith("lrwxrwxrwx");
      }
    }
    assertThat(read(handle).status()).isEqualTo(Status.EOF);
    assertThat(read(handle).status()).isEqualTo(Status.EOF);
  }

  @Test
  void opensOnlyDirectories() throws IOException {
    Files.writeString(root.resolve("file"), "text");

    assertThat(client.openDirectory("/file").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.openDirectory("/none").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.total.open()).isZero();
  }

  @Test
  void doesNotMistakeHandles() throws IOException {
    Files.writeString(root.resolve("file"), "text");
    byte[] directory = client.openDirectory("/").handle();
    byte[] file = client.open("/file", 1).handle();

    assertThat(read(file).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.read(directory, 0, 1).status()).isEqualTo(Status.NO_SUCH_FILE);
  }

  @Test
  void leavesOutHiddenEntries() throws IOException {
    fill(3);
    tree.hidden.add(root.resolve("entry-1"));

    Set<String> names = new HashSet<>();
    listAll(client.openDirectory("/").handle(), names);

    assertThat(names).containsOnly("entry-0", "entry-2");
  }

  @Test
  @Proves("SF-09")
  void answersInPagesUpToTheLimitOfADirectory() throws IOException {
    fill(50);
    client.settings.entriesPerReply = 20;

    assertThat(listAll(client.openDirectory("/").handle(), new HashSet<>()))
        .containsExactly(20, 20, 10);
    client.settings.entriesPerDirectory = 25;
    assertThat(listAll(client.openDirectory("/").handle(), new HashSet<>())).containsExactly(20, 5);
    client.settings.entriesPerDirectory = 0;
    assertThat(listAll(client.openDirectory("/").handle(), new HashSet<>()))
        .containsExactly(20, 20, 10);
  }

  @Test
  @Proves("SF-09")
  void stopsWithTheHandle() throws IOException {
    fill(30);
    client.settings.entriesPerReply = 10;
    byte[] handle = client.openDirectory("/").handle();
    tree.looks = 0;
    assertThat(read(handle).names()).hasSize(10);
    assertThat(tree.looks).as("looks at no more than it answers").isEqualTo(10);

    client.close(handle);

    assertThat(read(handle).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.total.open()).isZero();
  }

  @Test
  @Proves("SF-09")
  void listsAHundredThousandEntriesPageByPage() throws IOException {
    for (int i = 0; i < 100_000; i++) { // links are quicker to make than files
      Path file = root.resolve("file-" + i / 50_000);
      if (i % 50_000 == 0) {
        Files.createFile(file);
      }
      Files.createLink(root.resolve("entry-" + i), file);
    }
    client.settings.entriesPerDirectory = 0;
    client.settings.entriesPerReply = 100_000;
    byte[] handle = client.openDirectory("/").handle();
    int count = 0;
    Answer answer = read(handle);
    for (; answer.type() == Answer.NAME; answer = read(handle)) {
      assertThat(answer.fields().array().length).as("bytes held").isLessThan(300 << 10);
      count += answer.fields().getInt(0);
    }

    assertThat(count).isEqualTo(100_002);
  }
}
